// The built program against a Hub, or whoever stands in for it, that wants a file to be called safe
// without saying so: every answer is the good one with one thing changed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/cli/hub_file.h"
#include "tests/cli/scan_program.h"
#include "tests/fake_hub/fake_hub.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using fake::FakeHub;
using fake::JsonReply;
using fake::Reply;
using testing::HasSubstr;

const std::string kContent = "{\"model_type\": \"bert\"}";
const std::string kApi = "/api/models/org/name";

// What the Hub answers about org/name.
struct Answers {
  json scan = {{"scansDone", true}, {"filesWithIssues", json::array()}};
  json info = {{"id", "org/name"},
               {"sha", kCommit},
               {"disabled", false},
               {"siblings", json::array({{{"rfilename", "config.json"}}})}};
  json tree = json::array({SafeEntry("config.json", kContent)});
  std::map<std::string, std::string> tree_headers{}, info_headers{}, scan_headers{};
  int tree_status = 200;
  std::string moved_to{};  // of the listing alone
};

json& Status(Answers& answers) { return answers.tree[0]["securityFileStatus"]; }
json Other(const char* path, const char* word) {
  json entry = SafeEntry(path, "other bytes");
  entry["securityFileStatus"] = {{"status", word}, {"avScan", {{"status", word}}}};
  return entry;
}
std::string Capitals(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

void AddIssue(Answers& answers, const char* path) {
  answers.scan["filesWithIssues"].push_back({{"path", path}, {"level", "unsafe"}});
}

struct Row {
  const char* name;
  std::function<void(Answers&)> change;
  int scan, status;  // exit statuses
};

const Row kRows[] = {
    {"nothing changed", [](Answers&) {}, 0, 0},
    // No answer of the Hub's own, or not about this.
    {"203", [](Answers& a) { a.tree_status = 203; }, 3, 3},
    {"206", [](Answers& a) { a.tree_status = 206; }, 3, 3},
    {"called HTML", [](Answers& a) { a.tree_headers["Content-Type"] = "text/html"; }, 3, 3},
    {"of another commit",
     [](Answers& a) { a.tree_headers["X-Repo-Commit"] = std::string(40, 'd'); }, 3, 3},
    {"of this commit", [](Answers& a) { a.tree_headers["X-Repo-Commit"] = Capitals(kCommit); }, 0,
     0},
    {"an error too", [](Answers& a) { a.tree_headers["X-Error-Code"] = "GatedRepo"; }, 3, 3},
    {"another ETag",
     [](Answers& a) { a.tree_headers["ETag"] = "W/\"2-AAAAAAAAAAAAAAAAAAAAAAAAAAA\""; }, 3, 3},
    {"from an old cache",
     [](Answers& a) { a.tree_headers["Date"] = "Wed, 01 Jan 2025 00:00:00 GMT"; }, 3, 3},
    {"information from an old cache",
     [](Answers& a) { a.info_headers["Date"] = "Wed, 01 Jan 2025 00:00:00 GMT"; }, 3, 3},
    {"issues from an old cache", [](Answers& a) { a.scan_headers["Age"] = "99999999"; }, 3, 3},
    {"information of no time", [](Answers& a) { a.info_headers["Age"] = "old"; }, 3, 3},
    {"another repository", [](Answers& a) { a.info["id"] = "other/repo"; }, 3, 3},
    {"a listing from elsewhere", [](Answers& a) { a.moved_to = "evil/clean"; }, 3, 3},
    {"from a cache by its age", [](Answers& a) { a.tree_headers["Age"] = "99999999"; }, 3, 3},
    {"a moment in a cache", [](Answers& a) { a.tree_headers["Age"] = "60"; }, 0, 0},
    {"an age that is none", [](Answers& a) { a.tree_headers["Age"] = "-1"; }, 3, 3},
    {"a date that is none", [](Answers& a) { a.tree_headers["Date"] = "yesterday"; }, 3, 3},
    {"a next page that is not of the listing",
     [](Answers& a) { a.tree_headers["Link"] = "<?cursor=1>; rel=\"next\""; }, 3, 3},
    // Withdrawn.
    {"disabled", [](Answers& a) { a.info["disabled"] = true; }, 1, 1},
    {"disabled as text", [](Answers& a) { a.info["disabled"] = "true"; }, 1, 1},
    {"disabled as a number", [](Answers& a) { a.info["disabled"] = 1; }, 1, 1},
    {"disabled or not", [](Answers& a) { a.info["disabled"] = nullptr; }, 3, 3},
    // Entries that cannot be one.
    {"no blob", [](Answers& a) { a.tree[0].erase("oid"); }, 3, 3},
    {"a negative size", [](Answers& a) { a.tree[0]["size"] = -1; }, 3, 3},
    {"another size", [](Answers& a) { a.tree[0]["size"] = 7; }, 3, 0},
    {"one without a path",
     [](Answers& a) {
       a.tree.push_back(Other("x", "safe"));
       a.tree[1].erase("path");
     },
     3, 3},
    {"a path twice", [](Answers& a) { a.tree.push_back(Other("config.json", "safe")); }, 4, 3},
    {"a path twice, flagged once",
     [](Answers& a) { a.tree.push_back(Other("config.json", "unsafe")); }, 1, 1},
    {"the same bytes in capitals, flagged",
     [](Answers& a) {
       a.tree.push_back(Other("copy.json", "unsafe"));
       a.tree[1]["oid"] = Capitals(a.tree[0]["oid"]);
       a.tree[1]["size"] = a.tree[0]["size"];
     },
     1, 1},
    {"a file that only the information names",
     [](Answers& a) {
       a.info["siblings"].push_back({{"rfilename", "more.pkl"}});
     },
     0, 3},
    // A status that contradicts itself.
    {"a virus with a name",
     [](Answers& a) {
       Status(a)["avScan"] = {{"status", "safe"}, {"virusNames", {"Eicar"}}};
     },
     1, 1},
    {"engines",
     [](Answers& a) {
       Status(a)["virusTotalScan"] = {{"status", "safe"},
                                      {"message", "60/76 engines detect it as malicious."}};
     },
     3, 3},
    {"UNSAFE", [](Answers& a) { Status(a)["status"] = "UNSAFE"; }, 1, 1},
    {"a flag in a new dialect",
     [](Answers& a) {
       a.tree[0]["SecurityFileStatus"] = {{"status", "unsafe"}};
     },
     1, 1},
    {"no antivirus",
     [](Answers& a) {
       Status(a) = {{"status", "safe"}, {"avScan", nullptr}, {"jFrogScan", {{"status", "safe"}}}};
     },
     0, 0},
    // Flags of the repository.
    {"an issue without a path",
     [](Answers& a) {
       a.scan["filesWithIssues"].push_back({{"level", "unsafe"}});
     },
     3, 1},
    {"an issue from here", [](Answers& a) { AddIssue(a, "./config.json"); }, 1, 1},
    {"an issue whose path climbs", [](Answers& a) { AddIssue(a, "x/../config.json"); }, 1, 1},
    {"an issue without a width", [](Answers& a) { AddIssue(a, "config.json\u200B"); }, 1, 1},
    {"an issue behind a byte order mark", [](Answers& a) { AddIssue(a, "\uFEFFconfig.json"); }, 1,
     1},
    {"an issue in wide letters", [](Answers& a) { AddIssue(a, "\uFF43onfig.json"); }, 1, 1},
    {"an issue escaped twice", [](Answers& a) { AddIssue(a, "config%252Ejson"); }, 1, 1},
    {"an issue of a model", [](Answers& a) { AddIssue(a, "models/org/name/config.json"); }, 3, 1},
    {"an issue at an address", [](Answers& a) { AddIssue(a, "resolve/main/config.json"); }, 3, 1},
    {"an issue at a whole address",
     [](Answers& a) { AddIssue(a, "https://huggingface.co/org/name/blob/main/config.json"); }, 3,
     1},
    // Of another commit, as likely as not.
    {"an issue in another folder", [](Answers& a) { AddIssue(a, "onnx/config.json"); }, 0, 1},
    {"an issue that git cannot hold", [](Answers& a) { AddIssue(a, "a//b"); }, 0, 1},
    {"an issue whose path is blank", [](Answers& a) { AddIssue(a, " \u200B/"); }, 3, 1},
    {"one at an odd path",
     [](Answers& a) {
       a.tree.push_back(Other("x", "safe"));
       a.tree[1]["path"] = "./x";
     },
     0, 3},
    {"one with a backslash", [](Answers& a) { a.tree.push_back(Other("x\\y", "safe")); }, 0, 0},
    {"a flag at an odd path", [](Answers& a) { a.tree.push_back(Other("./x", "unsafe")); }, 0, 1},
    {"a flag at this path, written oddly",
     [](Answers& a) { a.tree.push_back(Other("./config.json", "unsafe")); }, 1, 1},
    {"a flag at this path, behind what is none of it",
     [](Answers& a) { a.tree.push_back(Other("/resolve/main/config.json", "unsafe")); }, 3, 1},
    {"an issue that is safe and unsafe",
     [](Answers& a) {
       a.scan["filesWithIssues"].push_back(
           {{"path", "config.json"}, {"level", "safe"}, {"status", "unsafe"}});
     },
     1, 1},
    {"an issue in capitals",
     [](Answers& a) {
       a.scan["filesWithIssues"].push_back({{"path", "CONFIG.JSON"}, {"level", "unsafe"}});
     },
     1, 1},
    {"an issue with a blank",
     [](Answers& a) {
       a.scan["filesWithIssues"].push_back({{"path", "config.json "}, {"level", "unsafe"}});
     },
     1, 1},
    {"an issue that is escaped",
     [](Answers& a) {
       a.scan["filesWithIssues"].push_back({{"path", "config%2Ejson"}, {"level", "unsafe"}});
     },
     1, 1},
    {"an issue in capitals of a file in capitals",
     [](Answers& a) {
       a.scan["filesWithIssues"].push_back({{"path", "CONFIG.JSON"}, {"level", "unsafe"}});
       a.tree.push_back(Other("CONFIG.JSON", "unsafe"));
     },
     0, 1},
};

Reply WithHeaders(Reply reply, const std::map<std::string, std::string>& headers) {
  for (const auto& [name, value] : headers) {
    std::erase_if(reply.headers,
                  [&, key = name](const auto& header) { return header.first == key; });
    reply.With(name, value);
  }
  return reply;
}

void Serve(FakeHub& hub, const Answers& answers) {
  hub.Answer(kApi + "/scan", WithHeaders(JsonReply(answers.scan.dump()), answers.scan_headers));
  hub.Answer(kApi + "/revision/*",
             WithHeaders(JsonReply(answers.info.dump()), answers.info_headers));
  const Reply tree =
      WithHeaders(JsonReply(answers.tree.dump(), answers.tree_status), answers.tree_headers);
  const std::string path = "/tree/" + kCommit;
  if (answers.moved_to.empty()) {
    hub.Answer(kApi + path, tree);
    return;
  }
  const std::string other = "/api/models/" + answers.moved_to + path;
  hub.Answer(kApi + path, fake::RedirectReply(other));
  hub.Answer(other, tree);
}

TEST(HostileHub, NothingButTheWholeTruthIsSafe) {
  TempDir dir;
  dir.Write("model/config.json", kContent);
  for (const Row& row : kRows) {
    Answers answers;
    row.change(answers);
    FakeHub hub;
    Serve(hub, answers);
    RunOptions options;
    options.environment = {{"HF_ENDPOINT", hub.endpoint()}, {"SSL_CERT_FILE", hub.ca_file()}};
    const json report =
        Scan({dir.path() + "/model", "--repo", "org/name", "--revision", kCommit}, options);
    EXPECT_EQ(report["exit"], row.scan) << row.name << FileAt(report, "config.json")["hub"].dump(1);
    const RunResult status = Counterscan({"hub", "status", "org/name"}, options);
    EXPECT_EQ(status.exit_status, row.status) << row.name << "\n" << status.out << status.err;
  }
}

// One member more or other than in the good answer, given as JSON.
struct Addition {
  enum Where { kAntivirus, kVirusTotal, kImports, kStatus, kEntry, kInfo, kScan } where;
  const char* members;
  int scan, status;
};

const Addition kAdditions[] = {
    {Addition::kAntivirus, R"({"verdict": "malicious"})", 1, 1},
    {Addition::kAntivirus, R"({"infected": true})", 1, 1},
    {Addition::kAntivirus, R"({"infected": false, "threats": [], "virus_found": false})", 0, 0},
    {Addition::kAntivirus, R"({"virus_found": true})", 1, 1},
    {Addition::kAntivirus, R"({"threats": ["Trojan"]})", 1, 1},
    {Addition::kAntivirus, R"({"error": "scan failed"})", 3, 3},
    {Addition::kAntivirus, R"({"error": null})", 0, 0},
    {Addition::kAntivirus, R"({"scansDone": false})", 3, 3},
    {Addition::kAntivirus, R"({"positives": 60})", 3, 3},
    {Addition::kAntivirus, R"({"state": "queued"})", 3, 3},
    {Addition::kAntivirus, R"({"signatures": ["Py.Malware.CodeExec"]})", 3, 3},
    {Addition::kAntivirus, R"({"message": "file too large, not scanned"})", 3, 3},
    {Addition::kEntry, R"({"status": "queued"})", 3, 3},
    {Addition::kAntivirus, R"({"reportLabel": "unsafe"})", 1, 1},
    {Addition::kAntivirus, R"({"reportLabel": "View the report"})", 0, 0},
    {Addition::kAntivirus, R"({"message": "Infected: Win.Test.EICAR_HDB-1 FOUND"})", 3, 3},
    {Addition::kAntivirus, R"({"message": "This file contains malicious code"})", 3, 3},
    {Addition::kAntivirus, R"({"message": "vulnerable to threat PAIT-PKL-100"})", 3, 3},
    {Addition::kAntivirus, R"({"message": "No malware found"})", 0, 0},
    {Addition::kAntivirus, R"({"blobId": "cccccccccccccccccccccccccccccccccccccccc"})", 3, 3},
    {Addition::kVirusTotal, R"({"message": " 60/76 engines detect it as malicious."})", 3, 3},
    {Addition::kVirusTotal, R"({"message": "detected by 60/76 engines"})", 3, 3},
    {Addition::kVirusTotal, R"({"message": "60 of 76 engines detect it"})", 3, 3},
    {Addition::kVirusTotal, R"({"message": "0/76 engines detect it as malicious."})", 0, 0},
    {Addition::kImports, R"({"dangerousImports": ["os.system"]})", 1, 1},
    {Addition::kImports,
     R"({"pickleImports": [{"module": "os", "name": "system", "safety": "innocuous",
         "level": "dangerous"}]})",
     1, 1},
    {Addition::kImports,
     R"({"pickleImports": [{"module": "os", "name": "system", "safety": "suspicious"}]})", 1, 1},
    {Addition::kEntry, R"({"risk": "unsafe"})", 1, 1},
    {Addition::kEntry, R"({"malicious": true})", 1, 1},
    {Addition::kEntry, R"({"infected": true})", 1, 1},
    {Addition::kEntry, R"({"issues": [{"level": "unsafe"}]})", 1, 1},
    {Addition::kEntry, R"({"isSafe": false})", 1, 1},
    {Addition::kEntry, R"({"isSafe": true})", 0, 0},
    {Addition::kEntry, R"({"disabled": true})", 3, 3},
    {Addition::kEntry, R"({"lastCommit": {"title": "unsafe"}})", 0, 0},
    {Addition::kInfo, R"({"hasUnsafeFile": true, "dangerousPickles": ["config.json"]})", 1, 1},
    {Addition::kInfo, R"({"hasUnsafeFile": false, "dangerousPickles": []})", 0, 0},
    {Addition::kInfo, R"({"unsafe": true})", 3, 1},
    {Addition::kInfo, R"({"withdrawn": true})", 1, 1},
    {Addition::kInfo, R"({"isDisabled": true})", 1, 1},
    {Addition::kInfo, R"({"pipeline_tag": "unsafe", "tags": ["malicious", "virus"]})", 0, 0},
    {Addition::kScan, R"({"infectedFiles": ["config.json"]})", 1, 1},
    {Addition::kScan, R"({"infectedFiles": []})", 0, 0},
    // Members that nobody knows: what sounds as if it were about safety confirms nothing.
    {Addition::kEntry, R"({"safety2": "Dangerous!"})", 3, 3},
    {Addition::kEntry, R"({"extra": {"x": ["this file is malicious"]}})", 3, 3},
    {Addition::kEntry, R"({"extra": "x"})", 0, 0},
    {Addition::kEntry, R"({"riskLevel": "none", "scannedAt": "2026-11-25T22:00:00Z"})", 0, 0},
    {Addition::kStatus, R"({"safety2": "Dangerous!"})", 3, 3},
    {Addition::kStatus, R"({"newScan": {"status": "unscanned", "risk": "high"}})", 3, 3},
    {Addition::kStatus, R"({"jFrogScan": {"status": "unscanned", "extra": "x"}})", 0, 0},
    {Addition::kStatus, R"({"name": 5})", 3, 3},
    {Addition::kAntivirus, R"({"version": "Dangerous!"})", 3, 3},
    {Addition::kAntivirus, R"({"version": "1.5.4/28112"})", 0, 0},
    {Addition::kAntivirus, R"({"message": {"status": "unsafe"}})", 1, 1},
    {Addition::kAntivirus, R"({"message": ["x"]})", 3, 3},
    {Addition::kAntivirus, R"({"message": "Backdoor detected"})", 3, 3},
    {Addition::kAntivirus, R"({"message": "No backdoor detected"})", 0, 0},
    {Addition::kImports,
     R"({"pickleImports": [{"module": "os", "name": "system", "safety": "innocuous",
         "safety2": "Dangerous!"}]})",
     3, 3},
    {Addition::kEntry, R"({"security": {}})", 3, 3},
    {Addition::kEntry, R"({"type": "quarantined"})", 3, 3},
    {Addition::kEntry, R"({"type": {"status": "unsafe"}})", 1, 1},
    {Addition::kEntry, R"({"rfilename": "other.json"})", 3, 3},
    {Addition::kEntry, R"({"blobId": "cccccccccccccccccccccccccccccccccccccccc"})", 3, 3},
    {Addition::kInfo, R"({"securityWarning": "Dangerous!"})", 3, 3},
    {Addition::kInfo, R"({"safetensors": {"total": 5}, "cardData": {"risk": "high"}})", 0, 0},
    {Addition::kInfo, R"({"takedown": "by law"})", 3, 3},
    {Addition::kInfo, R"({"securityStatus": {"containsInfected": false, "infectionTypes": ["X"]}})",
     3, 1},
    {Addition::kScan, R"({"safety2": "Dangerous!"})", 3, 3},
    {Addition::kScan, R"({"extra": 5})", 0, 0},
    {Addition::kScan,
     R"({"filesWithIssues": [{"path": "config.json", "level": "safe", "severity": "high"}]})", 1,
     1},
    {Addition::kScan, R"({"filesWithIssues": [{"path": "config.json", "level": "safe"}]})", 0, 0},
    {Addition::kScan, R"({"securityRepoStatus": {"filesWithIssues": [{"path": "config.json"}]}})",
     1, 1},
};

TEST(HostileHub, AWordThatContradictsSafeIsRead) {
  TempDir dir;
  dir.Write("model/config.json", kContent);
  for (const Addition& addition : kAdditions) {
    Answers answers;
    const json safe = {{"status", "safe"}};
    Status(answers)["virusTotalScan"] = safe;
    Status(answers)["pickleImportScan"] = safe;
    json* const places[] = {&Status(answers)["avScan"],
                            &Status(answers)["virusTotalScan"],
                            &Status(answers)["pickleImportScan"],
                            &Status(answers),
                            &answers.tree[0],
                            &answers.info,
                            &answers.scan};
    places[addition.where]->update(json::parse(addition.members));
    FakeHub hub;
    Serve(hub, answers);
    RunOptions options;
    options.environment = {{"HF_ENDPOINT", hub.endpoint()}, {"SSL_CERT_FILE", hub.ca_file()}};
    const json report =
        Scan({dir.path() + "/model", "--repo", "org/name", "--revision", kCommit}, options);
    EXPECT_EQ(report["exit"], addition.scan)
        << addition.members << FileAt(report, "config.json")["hub"].dump(1);
    const RunResult status = Counterscan({"hub", "status", "org/name"}, options);
    EXPECT_EQ(status.exit_status, addition.status) << addition.members << "\n"
                                                   << status.out << status.err;
  }
}

// "é" is one character or two.
TEST(HostileHub, AFlagInAnotherFormOfUnicodeIsADoubt) {
  for (const auto& [here, flagged] :
       {std::pair("\u00E9.json", "e\u0301.json"), std::pair("e\u0301.json", "\u00E9.json"),
        std::pair("\u00C9/x.json", "\u00E9/x.json")}) {
    TempDir dir;
    Answers answers;
    answers.tree = json::array({SafeEntry(here, kContent)});
    answers.info.erase("siblings");
    AddIssue(answers, flagged);
    dir.Write(std::string("model/") + here, kContent);
    FakeHub hub;
    Serve(hub, answers);
    RunOptions options;
    options.environment = {{"HF_ENDPOINT", hub.endpoint()}, {"SSL_CERT_FILE", hub.ca_file()}};
    const json report =
        Scan({dir.path() + "/model", "--repo", "org/name", "--revision", kCommit}, options);
    EXPECT_EQ(report["exit"], 3) << flagged;
  }
}

// What a person sees of a scan of config.json alone.
RunResult ScanOfOneFile(const Answers& answers) {
  TempDir dir;
  dir.Write("model/config.json", kContent);
  FakeHub hub;
  Serve(hub, answers);
  RunOptions options;
  options.environment = {{"HF_ENDPOINT", hub.endpoint()}, {"SSL_CERT_FILE", hub.ca_file()}};
  return Counterscan({"scan", "--av", "builtin", dir.path() + "/model", "--repo", "org/name",
                      "--revision", kCommit},
                     options);
}

TEST(HostileHub, AFlagWithoutAHashIsOnTheScreen) {
  Answers answers;
  answers.tree.push_back(Other("other.bin", "unsafe"));
  answers.tree[1].erase("oid");
  const RunResult scan = ScanOfOneFile(answers);
  EXPECT_EQ(scan.exit_status, 0) << scan.out;
  EXPECT_THAT(scan.out, HasSubstr("the Hub says \"unsafe\" of other.bin and gives no hash"));
}

// Nothing lies there that a tool did not write, but what it wrote.
TEST(HostileHub, AModelInAToolsPlaceIsHeldAgainstTheHub) {
  const std::string model("\x02\0\0\0\0\0\0\0{}", 10);  // safetensors without a tensor
  const std::string record = ".cache/huggingface/download/";
  const std::pair<std::string, int> rows[] = {
      {".git/w.safetensors", 3},
      {".git/hooks/w.safetensors", 3},
      {".git/objects/ab/" + std::string(38, 'c'), 3},
      {record + "w.safetensors." + std::string(40, 'a') + ".incomplete", 3},
  };
  for (const auto& [path, status] : rows) {
    TempDir dir;
    dir.Write("model/config.json", kContent);
    dir.Write("model/" + path, model);
    const Answers answers;
    FakeHub hub;
    Serve(hub, answers);
    RunOptions options;
    options.environment = {{"HF_ENDPOINT", hub.endpoint()}, {"SSL_CERT_FILE", hub.ca_file()}};
    const std::vector<std::string> arguments = {dir.path() + "/model", "--repo", "org/name",
                                                "--revision", kCommit};
    const json report = Scan(arguments, options);
    EXPECT_EQ(report["exit"], status) << path << report.dump(1);
    EXPECT_EQ(FileAt(report, path)["hub"]["state"], "not-found") << path;
    // The bytes of a file that is listed have its word, wherever they lie.
    dir.Write("model/" + path, kContent);
    EXPECT_EQ(Scan(arguments, options)["exit"], 0) << path;
  }
}

// The file is not the one that the flag names, but it must not go unsaid.
TEST(HostileHub, AFlagWithoutAPlaceIsOnTheScreen) {
  Answers answers;
  answers.scan["filesWithIssues"].push_back({{"path", "other.pkl"}, {"level", "unsafe"}});
  const RunResult scan = ScanOfOneFile(answers);
  EXPECT_EQ(scan.exit_status, 0) << scan.out;
  EXPECT_THAT(scan.out, HasSubstr("THE HUB ADDS"));
  EXPECT_THAT(scan.out, HasSubstr("config.json: the Hub says \"unsafe\" of other.pkl, which is not "
                                  "in its"));
}

}  // namespace
}  // namespace counterscan
