// Repositories as most are.
#include <nlohmann/json.hpp>

#include "tests/fake_hub/preset_groups.h"
#include "tests/fake_hub/security.h"
#include "tests/support/eicar.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

namespace counterscan::fake {
namespace {

// What it imports.
const std::vector<PickleImport>& TorchImports() {
  static const std::vector<PickleImport> imports = {{"collections", "OrderedDict", "innocuous"}};
  return imports;
}

// A state dict without a tensor, as torch.save writes it.
std::string HarmlessTorchZip() {
  return TorchZip(PickleBuilder()
                      .Proto(2)
                      .Global("collections", "OrderedDict")
                      .EmptyTuple()
                      .Reduce()
                      .Stop()
                      .bytes(),
                  {});
}

// Runs `true` when it is loaded.
std::string HostilePickle() {
  return PickleBuilder()
      .Proto(2)
      .Global("posix", "system")
      .BinUnicode("true")
      .Tuple1()
      .Reduce()
      .Stop()
      .bytes();
}

// A tensor of two numbers (8 bytes of header length, the header, the data).
std::string Safetensors() {
  const std::string header = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  return bytes + header + std::string(8, '\0');
}

File TextFile(std::string path, std::string content) {
  return {.path = std::move(path),
          .content = std::move(content),
          .security_file_status = SecurityFileStatus(Scans{})};
}

std::vector<File> CleanFiles() {
  return {
      TextFile(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n"),
      TextFile("README.md", "---\nlicense: mit\n---\n# A clean model\n"),
      TextFile("config.json", "{\"model_type\": \"gpt2\"}\n"),
      {.path = "model.safetensors",
       .content = Safetensors(),
       .lfs = true,
       .xet_hash = std::string(64, 'a'),
       .security_file_status = SecurityFileStatus({.virus_total = "safe", .jfrog = "safe"})},
      {.path = "onnx/weights.bin",
       .content = HarmlessTorchZip(),
       .lfs = true,
       .security_file_status = SecurityFileStatus(
           {.pickle = "safe", .virus_total = "safe", .jfrog = "safe", .imports = TorchImports()})},
      {.path = "pytorch_model.bin",
       .content = HarmlessTorchZip(),
       .lfs = true,
       .security_file_status = SecurityFileStatus(
           {.pickle = "safe", .virus_total = "safe", .jfrog = "safe", .imports = TorchImports()})}};
}

Repo CleanModel() {
  Repo repo{.id = "good-org/clean-model",
            .tags = {"safetensors", "license:mit", "region:us"},
            .downloads = 1200,
            .likes = 7,
            .card_data = Json{{"license", "mit"}}};
  repo.commits.push_back(
      {.name = {.id = MadeUpCommit("clean 2"), .title = "Add weights"}, .files = CleanFiles()});
  repo.commits.push_back({.name = {.id = MadeUpCommit("clean 1"),
                                   .title = "initial commit",
                                   .date = "2026-09-01T10:00:00.000Z"},
                          .files = {CleanFiles()[0], CleanFiles()[1]}});
  repo.refs = {{"v1.0", repo.commits[1].name.id}, {"refs/pr/1", repo.commits[0].name.id}};
  return repo;
}

Repo CleanDataset() {
  Repo repo{.kind = RepoKind::kDataset, .id = "good-org/clean-dataset"};
  repo.commits.push_back(
      {.name = {.id = MadeUpCommit("dataset")},
       .files = {TextFile("README.md", "# Rows\n"), TextFile("data/train.csv", "a,b\n1,2\n")}});
  return repo;
}

Repo CleanSpace() {
  Repo repo{.kind = RepoKind::kSpace, .id = "good-org/clean-space"};
  repo.commits.push_back(
      {.name = {.id = MadeUpCommit("space")},
       .files = {TextFile("README.md", "# App\n"), TextFile("app.py", "print('hello')\n")}});
  return repo;
}

Repo FlaggedModel() {
  Repo repo{.id = "bad-org/flagged-model"};
  File pickle{
      .path = "pytorch_model.bin",
      .content = HostilePickle(),
      .lfs = true,
      .security_file_status = SecurityFileStatus(
          {.av = "unsafe",
           .pickle = "unsafe",
           .protect_ai = "unsafe",
           .imports = {{"posix", "system", "dangerous"}},
           .av_message = "Detected malware signatures: Py.Malware.SysAccess_posix_system_GLOBAL"})};
  repo.commits.push_back(
      {.name = {.id = MadeUpCommit("flagged")},
       .files = {TextFile("README.md", "# Not what it seems\n"),
                 TextFile("config.json", "{}\n"),
                 {.path = "build.py",
                  .content = "import pickle\n",
                  .security_file_status = SecurityFileStatus({.protect_ai = "caution"})},
                 std::move(pickle)}});
  return repo;
}

// What of the Hub's own test repository is known, with contents of our own where the real ones are
// not: EICAR is, byte for byte.
Repo Canary() {
  Repo repo{.id = "mcpotato/42-eicar-street",
            .database_id = "621ffdc136468d709f17ddb4",
            .tags = {"pytorch", "region:us"},
            .likes = 4};
  const Json eicar_status = SecurityFileStatus(
      {.av = "unsafe", .av_message = "Detected malware signatures: Eicar-Signature"});
  const std::string eval = PickleBuilder()
                               .Proto(4)
                               .StackGlobal("builtins", "eval")
                               .Unicode("None")
                               .Tuple1()
                               .Reduce()
                               .Stop()
                               .bytes();
  const Json eval_status = SecurityFileStatus(
      {.av = "unsafe",
       .pickle = "unsafe",
       .protect_ai = "unsafe",
       .imports = {{"builtins", "eval", "dangerous"}},
       .av_message =
           "Detected malware signatures: Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL"});
  Commit head{.name = {.id = MadeUpCommit("canary"), .title = "Add broken pickles"}, .files = {}};
  head.files = {TextFile(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n"),
                {.path = "build_pickles.py",
                 .content = "import pickle\n",
                 .security_file_status = SecurityFileStatus({.protect_ai = "caution"})},
                {.path = "danger.dat", .content = eval, .security_file_status = eval_status},
                {.path = "eicar_test_file",
                 .content = Eicar() + "\n\n",
                 .security_file_status = eicar_status},
                // The same blob; the Hub lists it under its first name only.
                {.path = "eicar_test_file_bis", .content = Eicar() + "\n\n"},
                {.path = "model_broken_X.pkl",
                 .content = HostilePickle().substr(0, HostilePickle().size() - 1) + "\xff",
                 .security_file_status = SecurityFileStatus(
                     {.pickle = "unsafe", .imports = {{"posix", "system", "dangerous"}}})},
                {.path = "supposedly_safe.pkl",
                 .content = PickleBuilder().Proto(4).EmptyDict().Stop().bytes(),
                 .security_file_status = SecurityFileStatus({.pickle = "safe"})}};
  repo.repo_status = Json::parse(
      R"({"scansDone":true,"filesWithIssues":[{"path":"model_broken_X.pkl","level":"unsafe"},)"
      R"({"path":"danger.dat","level":"unsafe"},{"path":"build_pickles.py","level":"caution"},)"
      R"({"path":"eicar_test_file","level":"unsafe"}]})");
  // As recorded: the hashes are the real ones.
  Commit recorded{.name = {.id = "8b3861f6931c4026b0cd22b38dbc09e7668983ac",
                           .title = "Upload files",
                           .date = "2022-11-30T19:54:16.000Z"},
                  .files = {}};
  const auto known = [&recorded](const char* path, std::uint64_t size, const char* oid) -> File& {
    recorded.files.push_back({.path = path, .declared_size = size, .declared_oid = oid});
    return recorded.files.back();
  };
  known(".gitattributes", 1175, "6d34772f5ca361021038b404fb913ec8dc0b1a5a");
  known("build_pickles.py", 304, "be98037f7c542112c15a1d2fc7e2a2427e42cb50");
  known("danger.dat", 66, "8acd02161fff53f9df9597e377e22b04bc34feff").security_file_status =
      eval_status;
  known("eicar_test_file", 70, "86b812515e075a1ae216e1239e615a1d9e0b316e").security_file_status =
      eicar_status;
  known("eicar_test_file_bis", 70, "86b812515e075a1ae216e1239e615a1d9e0b316e");
  File& weights = known("pytorch_model.bin", 22, "cd1c6d8bde5006076655711a49feae66f07d707e");
  weights.lfs = true;
  weights.declared_sha256 = "f9343d7d7ec5c3d8bcced056c438fc9f1d3819e9ca3d42418a40857050e10e20";
  known("supposedly_safe.pkl", 31, "8ab39654695136173fee29cba0193f679dfbd652");
  repo.commits = {std::move(head), std::move(recorded)};
  return repo;
}

Repo RenamedModel() { return {.id = "old-org/old-name", .moved_to = "good-org/clean-model"}; }

// Renamed twice: to a name that was itself given up.
Repo TwiceRenamedModel() { return {.id = "older-org/older-name", .moved_to = "old-org/old-name"}; }

// A model from before there were organisations.
Repo CanonicalModel() { return {.id = "clean-model", .moved_to = "good-org/clean-model"}; }

Repo RenamedInACircle() { return {.id = "circle-org/round", .moved_to = "circle-org/round"}; }

Repo PrivateModel() {
  Repo repo{.id = "secret-org/private-model", .is_private = true};
  repo.commits.push_back(
      {.name = {.id = MadeUpCommit("private")}, .files = {TextFile("config.json", "{}\n")}});
  return repo;
}

Repo DisabledModel() {
  Repo repo = FlaggedModel();
  repo.id = "bad-org/disabled-model";
  repo.disabled = true;
  return repo;
}

Repo EmptyModel() { return {.id = "good-org/empty-model"}; }

// Names that are legal in git, and awkward in URLs and on terminals.
Repo AwkwardNames() {
  Repo repo{.id = "good-org/awkward_Names.v1-0"};
  repo.commits.push_back(
      {.name = {.id = MadeUpCommit("awkward"), .title = "\x1b[31mred\x1b[0m \u202e title"},
       .files = {TextFile("a b/c+d&e=f?.txt", "1"), TextFile("100%25.txt", "2"),
                 TextFile("#fragment.txt", "3"), TextFile("\u00fcml\u00e4ut/\U0001f40d.bin", "4"),
                 TextFile("esc\x1b[2Jape.txt", "5"), TextFile("new\nline.txt", "6"),
                 TextFile("quote\"back\\slash.txt", "7")}});
  return repo;
}

}  // namespace

std::vector<Preset> OrdinaryPresets() {
  return {{"clean-model", "a model that everybody calls safe, with a tag v1.0", CleanModel},
          {"clean-dataset", "a dataset", CleanDataset},
          {"clean-space", "a space", CleanSpace},
          {"flagged-model", "a pickle that calls posix.system, flagged", FlaggedModel},
          {"canary", "mcpotato/42-eicar-street, the Hub's own test", Canary},
          {"renamed-model", "redirects to the clean model", RenamedModel},
          {"twice-renamed-model", "redirects to one that redirects", TwiceRenamedModel},
          {"canonical-model", "a name without an organisation, renamed", CanonicalModel},
          {"circle-model", "redirects to itself", RenamedInACircle},
          {"private-model", "seen by secret-org only", PrivateModel},
          {"disabled-model", "withdrawn by the Hub", DisabledModel},
          {"empty-model", "no file at all", EmptyModel},
          {"awkward-names", "paths with spaces, escapes and line ends", AwkwardNames}};
}

}  // namespace counterscan::fake
