#include "tests/fake_hub/security.h"

#include <algorithm>
#include <array>

namespace counterscan::fake {
namespace {

constexpr std::string_view kAvLink =
    "https://fdtn.ai/ai-supply-chain/hugging-face?utm_source=huggingface";

std::size_t Rank(std::string_view status) {
  const auto& words = StatusWords();
  return static_cast<std::size_t>(std::find(words.begin(), words.end(), status) - words.begin());
}

Json Imports(const std::vector<PickleImport>& imports) {
  Json list = Json::array();
  for (const PickleImport& import : imports) {
    list.push_back({{"module", import.module}, {"name", import.name}, {"safety", import.safety}});
  }
  return list;
}

}  // namespace

const std::vector<std::string>& StatusWords() {
  static const std::vector<std::string> words = {"unscanned", "safe",       "queued", "error",
                                                 "caution",   "suspicious", "unsafe"};
  return words;
}

Json SecurityFileStatus(const Scans& scans) {
  std::string worst = scans.av;
  for (const std::string& other :
       {scans.pickle, scans.protect_ai, scans.virus_total, scans.jfrog}) {
    if (Rank(other) > Rank(worst)) worst = other;
  }
  return SecurityFileStatus(scans, worst);
}

Json SecurityFileStatus(const Scans& scans, std::string_view status) {
  // The order of members is that of recorded replies.
  Json json{{"status", status}};
  json["protectAiScan"]["status"] = scans.protect_ai;
  if (scans.protect_ai == "safe") {
    json["protectAiScan"]["message"] = "This file has no security findings.";
  } else if (Rank(scans.protect_ai) > Rank("error")) {
    json["protectAiScan"]["message"] = "This file has security findings.";
  }
  json["avScan"]["status"] = scans.av;
  if (scans.av == "queued" || scans.av == "error") {
    json["avScan"]["message"] = "";
  } else if (scans.av != "unscanned") {
    json["avScan"]["message"] = scans.av_message;
    json["avScan"]["reportLink"] = kAvLink;
  }
  const bool is_pickle = scans.pickle != "unscanned" || !scans.imports.empty();
  json["pickleImportScan"] = {{"status", scans.pickle},
                              {"pickleImports", Imports(scans.imports)},
                              {"version", is_pickle ? "0.0.32" : "0.0.0"}};
  json["virusTotalScan"]["status"] = scans.virus_total;
  if (scans.virus_total == "safe") {
    json["virusTotalScan"]["message"] = "0/76 engines detect it as malicious.";
  }
  json["jFrogScan"]["status"] = scans.jfrog;
  const bool is_no_model = scans.jfrog == "unscanned" && !is_pickle;
  json["jFrogScan"]["message"] = is_no_model ? "Not a machine-learning model" : "";
  return json;
}

Json OldSecurity(const Repo& repo, const File& file, std::string_view virus,
                 const std::vector<PickleImport>& imports) {
  std::string highest = "innocuous";
  for (const PickleImport& import : imports) {
    if (import.safety == "dangerous" || (import.safety == "suspicious" && highest == "innocuous")) {
      highest = import.safety;
    }
  }
  Json json{{"repositoryId", std::string(Plural(repo.kind)) + "/" + repo.id},
            {"blobId", file.Oid()},
            {"name", file.path},
            {"safe", virus.empty() && highest != "dangerous"}};
  json["avScan"]["virusFound"] = !virus.empty();
  json["avScan"]["virusNames"] = virus.empty() ? Json() : Json::array({std::string(virus)});
  json["pickleImportScan"] = nullptr;
  if (!imports.empty()) {
    json["pickleImportScan"] = {{"highestSafetyLevel", highest}, {"imports", Imports(imports)}};
  }
  return json;
}

}  // namespace counterscan::fake
