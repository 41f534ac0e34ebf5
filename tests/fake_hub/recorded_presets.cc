// Repositories as the real Hub had them when its replies were recorded: what the fake makes of them
// must be the recorded bytes (fixtures/hub).
#include "tests/fake_hub/preset_groups.h"

namespace counterscan::fake {
namespace {

constexpr const char* kGpt2Commit = "ae329b6937f31305a0d6c6779f6cd4072cc4097e";

std::string ProtectAiLink(const char* blob) {
  return std::string("https://insights-db.paloaltonetworks.com/models/wzshiming/gpt2/") +
         kGpt2Commit + "/files?blob-id=" + blob + "&utm_source=huggingface";
}

Json AvScan() {
  return {{"status", "safe"},
          {"message", "No security issues detected"},
          {"reportLink", "https://fdtn.ai/ai-supply-chain/hugging-face?utm_source=huggingface"}};
}

Json NoPickle() {
  return {{"status", "unscanned"}, {"pickleImports", Json::array()}, {"version", "0.0.0"}};
}

Json Gpt2Status(const char* blob, Json virus_total) {
  return {{"status", "safe"},
          {"protectAiScan",
           {{"status", "safe"},
            {"message", "This file has no security findings."},
            {"reportLink", ProtectAiLink(blob)}}},
          {"avScan", AvScan()},
          {"pickleImportScan", NoPickle()},
          {"virusTotalScan", std::move(virus_total)},
          {"jFrogScan", {{"status", "unscanned"}, {"message", "Not a machine-learning model"}}}};
}

Repo RecordedModel() {
  Repo repo{.id = "wzshiming/gpt2"};
  const char* const config = "10c66461e4c109db5a2196bff4bb59be30396ed8";
  const char* const lite = "90e59f00f62c654b1a88a5f127dff14df4611cdc";
  const char* const sha256 = "c966da3b74697803352ca7c6f2f220e7090a557b619de9da0c6b34d89f7825c1";
  repo.commits.push_back(
      {.name = {.id = kGpt2Commit,
                .title = "Duplicate from openai-community/gpt2",
                .date = "2026-09-22T17:25:10.000Z"},
       .files = {{.path = "64-8bits.tflite",
                  .lfs = true,
                  .declared_size = 125162496,
                  .declared_oid = lite,
                  .declared_sha256 = sha256,
                  .xet_hash = "f39b58dcd1ec07aaa95eb0c2f827a00dfac2404728b60d273ab3687f73311e03",
                  .security_file_status = Gpt2Status(
                      lite, {{"status", "safe"},
                             {"message", "0/76 engines detect it as malicious."},
                             {"reportLink", std::string("https://www.virustotal.com/gui/file/") +
                                                sha256 + "?utm_source=huggingface"}})},
                 {.path = "config.json",
                  .declared_size = 665,
                  .declared_oid = config,
                  .security_file_status = Gpt2Status(config, {{"status", "unscanned"}})}}});
  return repo;
}

Repo RecordedDataset() {
  Repo repo{.kind = RepoKind::kDataset, .id = "wzshiming/fixtures_image_utils"};
  repo.commits.push_back(
      {.name = {.id = "ba937e465960aa8dc41a6126458531ccc65cef76",
                .title = "Duplicate from hf-internal-testing/fixtures_image_utils",
                .date = "2026-09-22T17:26:11.000Z"},
       .files = {{.path = "README.md",
                  .declared_size = 365,
                  .declared_oid = "072da2918ce4d084616646eca739fdc36b534a96",
                  .security_file_status = Json{{"status", "safe"},
                                               {"protectAiScan", {{"status", "unscanned"}}},
                                               {"avScan", AvScan()},
                                               {"pickleImportScan", NoPickle()},
                                               {"virusTotalScan", {{"status", "unscanned"}}}}}}});
  return repo;
}

Repo RecordedGatedModel() {
  Repo repo{.id = "OwnerOfTheGatedModel/tiny-gated-model",
            .database_id = "6ac4f6932fb5557d4ceee81f",
            .gated = "manual",
            .tags = {"safetensors", "license:mit", "region:us"},
            .created_at = "2026-10-06T13:24:35.000Z",
            .card_data = Json{{"license", "mit"}}};
  repo.commits.push_back(
      {.name = {.id = "5bb9fc53add422c252f7351a8e28c438cb98ea21",
                .date = "2026-10-06T13:24:38.000Z"},
       .files = {
           {.path = ".gitattributes",
            .declared_size = 1519,
            .declared_oid = "a6344aac8c09253b3b630fb776ae94478aa0275b"},
           {.path = "README.md",
            .content = "---\nlicense: mit\n---\n\n# tiny-gated-model\n\n"
                       "A tiny, randomly initialised GPT-2 (2 layers, 64 dims, vocab 1000). "
                       "Its weights are untrained.\nIt exists as a sandbox for testing "
                       "gated-model access requests.\n"},
           {.path = "checkpoint-0/config.json",
            .declared_size = 819,
            .declared_oid = "1a78b7e6c35fa843b214689706ce9398ac8fc761"},
           {.path = "checkpoint-0/generation_config.json",
            .declared_size = 195,
            .declared_oid = "ad61e9690fadc7132837a8a037197af97061bd5f"},
           {.path = "checkpoint-0/model.safetensors",
            .lfs = true,
            .declared_size = 691784,
            .declared_oid = "73500655b76ca057265c754b218fbfab58751f0b",
            .declared_sha256 = "321019a3b5ea40a247b2cd8db89a7f2dd7bbfe6aeab29c92fc5f58e098cef177",
            .xet_hash = "c9a7ab6a87eaa2ed02b787b3c4959e217c1d43b46ab601eb3c735a998774b0dc"}}});
  for (const char* const name : {"pending", "accepted", "rejected", "reset"}) {
    repo.requests[name] = {.status = name};
  }
  return repo;
}

}  // namespace

std::vector<Preset> RecordedPresets() {
  return {{"recorded-model", "two files of wzshiming/gpt2", RecordedModel},
          {"recorded-dataset", "a file of wzshiming/fixtures_image_utils", RecordedDataset},
          {"recorded-gated-model", "OwnerOfTheGatedModel/tiny-gated-model", RecordedGatedModel}};
}

}  // namespace counterscan::fake
