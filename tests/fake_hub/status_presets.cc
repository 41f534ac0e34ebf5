// Every way in which the Hub tells, or fails to tell, what its scanners found.
#include <array>

#include "tests/fake_hub/preset_groups.h"
#include "tests/fake_hub/security.h"
#include "tests/support/pickle_builder.h"

namespace counterscan::fake {
namespace {

File Pickle(std::string path, std::optional<Json> status) {
  std::string content = PickleBuilder().Proto(4).Unicode(path).Stop().bytes();  // its own name
  return {.path = std::move(path),
          .content = std::move(content),
          .lfs = true,
          .security_file_status = std::move(status)};
}

Repo WithFiles(std::string id, std::vector<File> files) {
  Repo repo{.id = std::move(id)};
  repo.commits.push_back({.name = {.id = MadeUpCommit(repo.id)}, .files = std::move(files)});
  return repo;
}

const Json kSafe = SecurityFileStatus({.pickle = "safe", .jfrog = "safe"});

// Files named by the scanner and what it says: "av-queued.bin".
Repo EveryStatus() {
  std::vector<File> files;
  for (const std::string& word : StatusWords()) {
    const std::array<std::pair<const char*, Scans>, 5> scanners = {
        {{"av", {.av = word}},
         {"pickle", {.pickle = word}},
         {"protect-ai", {.protect_ai = word}},
         {"virus-total", {.virus_total = word}},
         {"jfrog", {.jfrog = word}}}};
    for (const auto& [scanner, scans] : scanners) {
      files.push_back(
          Pickle(std::string(scanner) + "-" + word + ".bin", SecurityFileStatus(scans)));
    }
  }
  return WithFiles("states-org/every-status", std::move(files));
}

// The status of files as servers, mirrors and proxies have mangled it.
Repo EveryHole() {
  Json unknown_word = kSafe;
  unknown_word["status"] = "malicious";
  Json unknown_scanner_word = kSafe;
  unknown_scanner_word["avScan"]["status"] = "SAFE";
  Json no_status = kSafe;
  no_status.erase("status");
  Json null_status = kSafe;
  null_status["status"] = nullptr;
  Json number_status = kSafe;
  number_status["status"] = 1;
  Json no_av = kSafe;
  no_av.erase("avScan");
  Json null_av = kSafe;
  null_av["avScan"] = nullptr;
  Json new_scanner = kSafe;
  new_scanner["newScan"] = {{"status", "unsafe"}, {"message", "found by somebody new"}};
  Json escapes = kSafe;
  escapes["avScan"]["message"] = "\x1b]0;owned\x07\x1b[2Jsafe\r\nFORGED: \u202eline";
  escapes["avScan"]["reportLink"] = "javascript:alert(1)";
  Json imports = kSafe;
  imports["pickleImportScan"]["pickleImports"] = "os system";
  return WithFiles("states-org/every-hole",
                   {Pickle("absent.bin", std::nullopt), Pickle("null.bin", Json()),
                    Pickle("empty.bin", Json::object()), Pickle("text.bin", Json("safe")),
                    Pickle("list.bin", Json::array()), Pickle("true.bin", Json(true)),
                    Pickle("unknown-word.bin", unknown_word),
                    Pickle("unknown-scanner-word.bin", unknown_scanner_word),
                    Pickle("no-status.bin", no_status), Pickle("null-status.bin", null_status),
                    Pickle("number-status.bin", number_status), Pickle("no-av.bin", no_av),
                    Pickle("null-av.bin", null_av), Pickle("new-scanner.bin", new_scanner),
                    Pickle("escapes.bin", escapes), Pickle("imports-text.bin", imports)});
}

Repo SafeFilesScansNotDone() {
  Repo repo =
      WithFiles("states-org/scans-not-done", {Pickle("a.bin", kSafe), Pickle("b.bin", kSafe)});
  repo.repo_status = Json{{"scansDone", false}, {"filesWithIssues", Json::array()}};
  return repo;
}

Repo NothingScanned() {
  Repo repo = WithFiles("states-org/nothing-scanned",
                        {Pickle("a.bin", std::nullopt), Pickle("b.bin", std::nullopt)});
  repo.repo_status = Json{{"scansDone", false}, {"filesWithIssues", Json::array()}};
  return repo;
}

// Scans are not done, and issues are listed already.
Repo IssuesBeforeDone() {
  Repo repo = WithFiles("states-org/issues-before-done",
                        {Pickle("bad.bin", SecurityFileStatus({.av = "unsafe"})),
                         Pickle("later.bin", SecurityFileStatus({.av = "queued"}))});
  return repo;
}

// The whole and the part say different things, both ways.
Repo RepositoryDeniesFile() {
  Repo repo = WithFiles("states-org/repository-denies-file",
                        {Pickle("bad.bin", SecurityFileStatus({.av = "unsafe"}))});
  repo.repo_status = Json{{"scansDone", true}, {"filesWithIssues", Json::array()}};
  return repo;
}

Repo FileDeniesRepository() {
  Repo repo = WithFiles("states-org/file-denies-repository", {Pickle("good.bin", kSafe)});
  Json issues = Json::array();
  issues.push_back({{"path", "good.bin"}, {"level", "unsafe"}});
  repo.repo_status = Json{{"scansDone", true}, {"filesWithIssues", issues}};
  return repo;
}

// The file's own word is milder than its worst scanner's.
Repo MilderThanItsScanners() {
  return WithFiles("states-org/milder-than-its-scanners",
                   {Pickle("bad.bin", SecurityFileStatus({.av = "unsafe"}, "safe"))});
}

Repo OldDialectUnsafe() {
  Repo repo = WithFiles("old-org/dialect-b", {Pickle("danger.dat", std::nullopt),
                                              Pickle("eicar_test_file", std::nullopt),
                                              Pickle("fine.bin", std::nullopt)});
  repo.dialect = StatusDialect::kHasUnsafeFile;
  std::vector<File>& files = repo.commits.front().files;
  files[0].security = OldSecurity(repo, files[0], "", {{"__builtin__", "eval", "dangerous"}});
  files[1].security = OldSecurity(repo, files[1], "Win.Test.EICAR_HDB-1", {});
  files[2].security =
      OldSecurity(repo, files[2], "", {{"collections", "OrderedDict", "innocuous"}});
  return repo;
}

// As it was recorded of EleutherAI/gpt-j-6b: not unsafe, and not scanned either.
Repo OldDialectNulls() {
  Repo repo = WithFiles("old-org/dialect-b-nulls", {Pickle("pytorch_model.bin", std::nullopt)});
  repo.dialect = StatusDialect::kHasUnsafeFile;
  repo.repo_status = Json::parse(
      R"({"scansDone":null,"dangerousPickles":null,"hasUnsafeFile":false,)"
      R"("repositoryId":"models/old-org/dialect-b-nulls",)"
      R"("revision":"f98c709453c9402b1309b032f40df1c10ad481a2","clamAVInfectedFiles":null})");
  return repo;
}

Repo OldestDialect(std::string id, bool infected) {
  Repo repo = WithFiles(std::move(id), {Pickle("pytorch_model.bin", std::nullopt)});
  repo.dialect = StatusDialect::kContainsInfected;
  repo.repo_status = Json{{"containsInfected", infected}};
  return repo;
}

Repo OldestDialectSafe() { return OldestDialect("old-org/dialect-a", false); }
Repo OldestDialectInfected() { return OldestDialect("old-org/dialect-a-infected", true); }

// The outage of 2024: 200, everything there but what was asked for.
Repo AbsentStatus() {
  Repo repo = WithFiles("states-org/absent-status", {Pickle("a.bin", std::nullopt)});
  repo.dialect = StatusDialect::kAbsent;
  return repo;
}

Repo NullStatus() {
  Repo repo = WithFiles("states-org/null-status", {Pickle("a.bin", kSafe)});
  repo.repo_status = Json();
  return repo;
}

Repo DriftedStatus() {
  Repo repo = WithFiles("states-org/drifted-status", {Pickle("a.bin", kSafe)});
  repo.repo_status = Json{{"scansDone", "yes"}, {"filesWithIssues", "none"}};
  return repo;
}

Repo DatasetStatus() {
  Repo repo = WithFiles("states-org/unsafe-dataset",
                        {Pickle("rows.pkl", SecurityFileStatus({.av = "unsafe"}))});
  repo.kind = RepoKind::kDataset;
  return repo;
}

Repo SpaceStatus() {
  Repo repo = WithFiles("states-org/unsafe-space",
                        {Pickle("model.pkl", SecurityFileStatus({.av = "unsafe"}))});
  repo.kind = RepoKind::kSpace;
  return repo;
}

}  // namespace

std::vector<Preset> StatusPresets() {
  return {{"every-status", "a file for each scanner and each word it may say", EveryStatus},
          {"every-hole", "a file for each way in which a status may be broken", EveryHole},
          {"scans-not-done", "scansDone is false though all files are safe", SafeFilesScansNotDone},
          {"nothing-scanned", "scansDone is false, and no file has a status", NothingScanned},
          {"issues-before-done", "an unsafe file while others are queued", IssuesBeforeDone},
          {"repository-denies-file", "no issues, and an unsafe file", RepositoryDeniesFile},
          {"file-denies-repository", "an issue with a safe file", FileDeniesRepository},
          {"milder-than-its-scanners", "a safe file with an unsafe scan", MilderThanItsScanners},
          {"dialect-a", "the status of 2022, nothing infected", OldestDialectSafe},
          {"dialect-a-infected", "the status of 2022, infected", OldestDialectInfected},
          {"dialect-b", "the status until October 2024, unsafe", OldDialectUnsafe},
          {"dialect-b-nulls", "the status until October 2024, never scanned", OldDialectNulls},
          {"absent-status", "no status at all, as in the outage of 2024", AbsentStatus},
          {"null-status", "a status that is null", NullStatus},
          {"drifted-status", "a status whose members have other types", DriftedStatus},
          {"unsafe-dataset", "a dataset with an unsafe file", DatasetStatus},
          {"unsafe-space", "a space with an unsafe file", SpaceStatus}};
}

}  // namespace counterscan::fake
