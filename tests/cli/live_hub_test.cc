// The built program against a live Hub: a fake one, over real TLS.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <thread>

#include "tests/cli/hub_file.h"
#include "tests/cli/scan_program.h"
#include "tests/fake_hub/fake_hub.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using fake::ErrorReply;
using fake::FakeHub;
using fake::JsonReply;
using testing::HasSubstr;
using testing::Not;

const std::string kTree = "/api/models/org/name/tree/" + kCommit;
const std::string kToken = "hf_ThisMustBeSeenByNobodyElse";
const std::string kContent = "{\"model_type\": \"bert\"}";
const std::string kInformation =
    json{{"id", "org/name"}, {"sha", kCommit}, {"disabled", false}}.dump();

// A hub that knows org/name with these files, nothing flagged or withdrawn.
void Know(FakeHub& hub, const json& listing) {
  hub.Answer("/api/models/org/name/revision/" + kCommit, JsonReply(kInformation));
  hub.Answer("/api/models/org/name/scan", JsonReply(R"({"scansDone":true,"filesWithIssues":[]})"));
  hub.Answer(kTree, JsonReply(listing.dump()));
}

RunOptions Against(const FakeHub& hub) {
  RunOptions options;
  options.environment = {{"HF_ENDPOINT", hub.endpoint()}, {"SSL_CERT_FILE", hub.ca_file()}};
  return options;
}

class LiveScan : public testing::Test {
 protected:
  LiveScan() { dir_.Write("model/config.json", kContent); }

  std::vector<std::string> Arguments(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {dir_.path() + "/model", "--repo", "org/name",
                                          "--revision", kCommit};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  TempDir dir_;
};

TEST_F(LiveScan, AFileThatTheHubCallsSafeIsConfirmed) {
  FakeHub hub;
  Know(hub, json::array({SafeEntry("config.json", kContent)}));
  const json report = Scan(Arguments(), Against(hub));
  EXPECT_EQ(report["exit"], 0);
  EXPECT_EQ(FileAt(report, "config.json")["class"], "agree-clear");
  EXPECT_EQ(report["hub"]["mode"], "auto");
  EXPECT_EQ(report["hub"]["endpoint"], hub.endpoint());
  EXPECT_NE(report["hub"]["asked_at"], nullptr);
  EXPECT_GT(report["hub"]["quota"]["remaining"], 0);
  EXPECT_GT(report["hub"]["quota"]["limit"], 0);
  EXPECT_TRUE(report["hub"]["note"].is_null());
  EXPECT_EQ(hub.recorder().Count("GET " + kTree), 1u);
}

TEST_F(LiveScan, AFlagOfTheHubIsAThreat) {
  FakeHub hub;
  json entry = SafeEntry("config.json", kContent);
  entry["securityFileStatus"] = {{"status", "unsafe"}, {"avScan", {{"status", "unsafe"}}}};
  Know(hub, json::array({entry}));
  EXPECT_EQ(Scan(Arguments(), Against(hub))["exit"], 1);
}

TEST_F(LiveScan, OtherBytesAreAMismatch) {
  FakeHub hub;
  Know(hub, json::array({SafeEntry("config.json", kContent + " ")}));
  EXPECT_EQ(Scan(Arguments(), Against(hub))["exit"], 4);
}

TEST_F(LiveScan, EveryWayToGiveNoAnswerIsUnconfirmedAndSaidInItsOwnWords) {
  struct Row {
    fake::Reply reply;
    std::string_view cause, words;
  };
  const Row rows[] = {
      {ErrorReply(401, "", "Invalid username or password."), "login-needed", "login needed"},
      {ErrorReply(401, "GatedRepo", "Please log in."), "gated-login-needed", "nobody is logged in"},
      {ErrorReply(403, "GatedRepo", "you are not in the authorized list"), "gated-never-asked",
       "has not asked for access"},
      {ErrorReply(403, "GatedRepo", "is awaiting a review"), "gated-pending", "waits"},
      {ErrorReply(403, "GatedRepo", "has been rejected"), "gated-rejected", "rejected"},
      {ErrorReply(403, "GatedRepo", "has been reset"), "gated-reset", "took the access back"},
      {ErrorReply(403, "", "no"), "forbidden", "refuses access"},
      {ErrorReply(404, "RepoNotFound", "Repository not found"), "repository-not-found",
       "no such repository"},
      {ErrorReply(404, "RevisionNotFound", "Invalid rev id"), "revision-not-found",
       "no such revision"},
      {fake::HtmlReply("<html>hotel</html>"), "html-page", "web page"},
      {JsonReply("<"), "html-page", "web page"},
      {JsonReply("nonsense"), "not-json", "not JSON"},
      {JsonReply("{}"), "wrong-shape", "not a list of files"},
      {fake::RedirectReply("https://portal.example/x"), "redirect-elsewhere", "redirects"},
  };
  for (const Row& row : rows) {
    FakeHub hub;
    hub.Answer("*", row.reply);
    const json report = Scan(Arguments(), Against(hub));
    EXPECT_EQ(report["exit"], 3) << row.cause;
    const json& file = FileAt(report, "config.json");
    EXPECT_EQ(file["hub"]["cause"], row.cause);
    EXPECT_EQ(file["class"], "unconfirmed") << row.cause;
    EXPECT_THAT(file["hub"]["reason"], HasSubstr(std::string(row.words)));
    EXPECT_NE(file["hub"]["next_step"], nullptr) << row.cause;
  }
}

TEST_F(LiveScan, ADisabledRepositoryIsAThreat) {
  FakeHub hub;
  hub.Answer("*", ErrorReply(403, "", "Access to this resource is disabled."));
  const json report = Scan(Arguments(), Against(hub));
  EXPECT_EQ(report["exit"], 1);
  EXPECT_EQ(FileAt(report, "config.json")["class"], "withdrawn");
}

TEST_F(LiveScan, AStatusThatIsMissingIsNoConfirmation) {
  json without = SafeEntry("config.json", kContent);
  without.erase("securityFileStatus");
  json null = without, pending = without, error = without;
  null["securityFileStatus"] = nullptr;
  pending["securityFileStatus"] = {{"status", "queued"}, {"avScan", {{"status", "queued"}}}};
  error["securityFileStatus"] = {{"status", "error"}, {"avScan", {{"status", "error"}}}};
  const std::pair<json, std::string_view> rows[] = {
      {without, "missing"}, {null, "missing"}, {pending, "pending"}, {error, "error"}};
  for (const auto& [entry, state] : rows) {
    FakeHub hub;
    Know(hub, json::array({entry}));
    const json report = Scan(Arguments(), Against(hub));
    EXPECT_EQ(report["exit"], 3) << entry;
    EXPECT_EQ(FileAt(report, "config.json")["hub"]["state"], state);
    EXPECT_NE(FileAt(report, "config.json")["hub"]["next_step"], nullptr);
  }
}

// Only information tells whether the repository is withdrawn.
TEST_F(LiveScan, AListingWithoutInformationIsNoConfirmation) {
  const std::pair<fake::Reply, std::string_view> rows[] = {
      {ErrorReply(401, "", "Invalid username or password."), "login-needed"},
      {ErrorReply(403, "", "no"), "forbidden"},
      {ErrorReply(404, "", "no"), "not-found"},
      {ErrorReply(404, "RepoNotFound", "Repository not found"), "inconsistent"},
  };
  for (const auto& [reply, cause] : rows) {
    FakeHub hub;
    hub.Answer("/api/models/org/name/revision/" + kCommit, reply);
    Know(hub, json::array({SafeEntry("config.json", kContent)}));
    const json report = Scan(Arguments(), Against(hub));
    EXPECT_EQ(report["exit"], 3) << cause;
    const json& file = FileAt(report, "config.json");
    EXPECT_EQ(file["hub"]["cause"], cause);
    EXPECT_THAT(file["hub"]["reason"], HasSubstr("whether the repository is withdrawn"));
  }
}

TEST_F(LiveScan, AListOfIssuesThatDidNotComeIsOnTheScreen) {
  FakeHub hub;
  hub.Answer("/api/models/org/name/scan", ErrorReply(403, "", "no"));
  Know(hub, json::array({SafeEntry("config.json", kContent)}));
  std::vector<std::string> arguments = Arguments({"--av", "builtin"});
  arguments.insert(arguments.begin(), "scan");
  const RunResult result = Counterscan(arguments, Against(hub));
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.out, HasSubstr("list of files with issues did not come"));
}

TEST_F(LiveScan, NoAnswerIsAcceptedByNameOnly) {
  FakeHub hub;
  hub.Answer("*", ErrorReply(403, "", "no"));
  EXPECT_EQ(Scan(Arguments({"--accept", "unconfirmed"}), Against(hub))["exit"], 0);
}

TEST_F(LiveScan, TheScreenSaysWhatToDoNext) {
  FakeHub hub;
  hub.Answer("*", ErrorReply(403, "GatedRepo", "Your request is awaiting a review"));
  std::vector<std::string> arguments = Arguments({"--av", "builtin"});
  arguments.insert(arguments.begin(), "scan");
  const RunResult result = Counterscan(arguments, Against(hub));
  EXPECT_EQ(result.exit_status, 3);
  EXPECT_THAT(result.out, HasSubstr("waits for its authors"));
  EXPECT_THAT(result.out, HasSubstr("next: wait for the authors' decision"));
}

TEST_F(LiveScan, TheTokenGoesToTheHubAndIsSeenNowhere) {
  FakeHub hub;
  Know(hub, json::array({SafeEntry("config.json", kContent)}));
  RunOptions options = Against(hub);
  options.environment["HF_TOKEN"] = kToken;
  std::vector<std::string> arguments = Arguments({"--av", "builtin", "-v", "-o", "json"});
  arguments.insert(arguments.begin(), "scan");
  const RunResult result = Counterscan(arguments, options);
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_EQ(hub.recorder().All().front().Token(), kToken);
  EXPECT_THAT(result.out + result.err, Not(HasSubstr(kToken)));
}

TEST_F(LiveScan, AStoredTokenIsNotSentToAnotherHub) {
  FakeHub hub;
  Know(hub, json::array({SafeEntry("config.json", kContent)}));
  RunOptions options = Against(hub);
  dir_.Write("hf/token", kToken + "\n");
  options.environment["HF_HOME"] = dir_.path() + "/hf";
  const json report = Scan(Arguments(), options);
  EXPECT_EQ(report["exit"], 0);
  EXPECT_FALSE(hub.recorder().Saw(kToken));
  EXPECT_THAT(report["hub"]["note"], HasSubstr("was not sent"));
  EXPECT_THAT(report.dump(), Not(HasSubstr(kToken)));
}

TEST_F(LiveScan, AMalformedTokenIsNotSentAndNotShown) {
  FakeHub hub;
  Know(hub, json::array({SafeEntry("config.json", kContent)}));
  RunOptions options = Against(hub);
  options.environment["HF_TOKEN"] = kToken + "\r\nX-Evil: 1";
  const json report = Scan(Arguments(), options);
  EXPECT_FALSE(hub.recorder().Saw(kToken));
  EXPECT_FALSE(hub.recorder().Saw("X-Evil"));
  EXPECT_THAT(report["hub"]["note"], HasSubstr("HF_TOKEN is no token"));
  EXPECT_THAT(report.dump(), Not(HasSubstr(kToken)));
}

TEST_F(LiveScan, OfflineAndOffOpenNoSocket) {
  FakeHub hub;
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{"--offline"}, std::vector<std::string>{"--hub", "off"}}) {
    EXPECT_EQ(Scan(Arguments(how), Against(hub))["exit"], 0);
  }
  RunOptions options = Against(hub);
  options.environment["HF_HUB_OFFLINE"] = "1";
  EXPECT_EQ(Scan(Arguments(), options)["exit"], 0);
  EXPECT_EQ(hub.listener().connections(), 0u);
}

TEST_F(LiveScan, FilesOfNoKnownRepositoryAreAskedAboutByNobody) {
  FakeHub hub;
  const json report = Scan({dir_.path() + "/model"}, Against(hub));
  EXPECT_EQ(report["exit"], 0);
  EXPECT_EQ(FileAt(report, "config.json")["class"], "not-compared");
  EXPECT_EQ(hub.listener().connections(), 0u);
  EXPECT_EQ(Scan({dir_.path() + "/model", "--hub", "require"}, Against(hub))["exit"], 3);
}

TEST_F(LiveScan, WithoutARevisionMainIsAsked) {
  FakeHub hub;
  Know(hub, json::array({SafeEntry("config.json", kContent)}));
  hub.Answer("/api/models/org/name/revision/main",
             JsonReply(json{{"id", "org/name"}, {"sha", kCommit}}.dump()));
  const json report = Scan({dir_.path() + "/model", "--repo", "org/name"}, Against(hub));
  EXPECT_EQ(report["exit"], 0);
  EXPECT_EQ(FileAt(report, "config.json")["class"], "agree-clear");
}

TEST_F(LiveScan, OfAGiantRepositoryOnlyTheFilesThatAreHereAreAskedFor) {
  dir_.Write("model/extra.json", "{}");
  FakeHub hub;
  int pages = 0;
  hub.Answer(kTree, fake::Handler([&](const fake::Request&) {
               fake::Reply page = JsonReply("[]");
               page.With("Link", "<" + hub.endpoint() + kTree +
                                     "?recursive=true&expand=true&cursor=" +
                                     std::to_string(++pages) + ">; rel=\"next\"");
               return page;
             }));
  Know(hub, json::array());
  hub.Answer("POST /api/models/org/name/paths-info/" + kCommit,
             JsonReply(json::array({SafeEntry("config.json", kContent)}).dump()));
  const json report = Scan(Arguments(), Against(hub));
  EXPECT_EQ(pages, 20);
  EXPECT_EQ(hub.recorder().Count(), 23u);
  EXPECT_EQ(FileAt(report, "config.json")["class"], "agree-clear");
  EXPECT_EQ(FileAt(report, "extra.json")["hub"]["state"], "not-found");
  EXPECT_EQ(report["exit"], 3);
}

TEST_F(LiveScan, EveryRepositoryOfACacheIsAskedAboutAtItsCommit) {
  for (const char* name : {"one", "two"}) {
    const std::string repo = std::string("hub/models--org--") + name;
    dir_.Write(repo + "/snapshots/" + kCommit + "/config.json",
               name == std::string("one") ? kContent : "{}");  // other bytes: no word about them
    dir_.Write(repo + "/refs/main", kCommit);
  }
  FakeHub hub;
  hub.Answer("/api/models/org/*/scan", JsonReply(R"({"scansDone":true,"filesWithIssues":[]})"));
  hub.Answer("/api/models/org/one/revision/" + kCommit,
             JsonReply(json{{"id", "org/one"}, {"sha", kCommit}}.dump()));
  hub.Answer("/api/models/org/one/tree/" + kCommit,
             JsonReply(json::array({SafeEntry("config.json", kContent)}).dump()));
  hub.Answer("/api/models/org/two/tree/" + kCommit, ErrorReply(403, "", "no"));
  hub.Answer("*", ErrorReply(403, "", "no"));
  const json report = Scan({dir_.path() + "/hub"}, Against(hub));
  std::map<std::string, std::string> classes;
  for (const json& file : report["files"]) {
    if (file["identity"]["path"] == "config.json") {
      classes[file["identity"]["repo"]] = file["class"];
    }
  }
  EXPECT_EQ(classes["org/one"], "agree-clear");
  EXPECT_EQ(classes["org/two"], "unconfirmed");
}

TEST_F(LiveScan, JsonLinesWaitForTheHub) {
  FakeHub hub;
  fake::Reply late = JsonReply(json::array({SafeEntry("config.json", kContent)}).dump());
  late.delay = std::chrono::seconds(1);
  hub.Answer(kTree, late);
  Know(hub, json::array());
  for (const char* av : {"builtin", "off"}) {
    std::vector<std::string> arguments = Arguments({"--av", av, "-o", "jsonl"});
    arguments.insert(arguments.begin(), "scan");
    const RunResult result = Counterscan(arguments, Against(hub));
    EXPECT_EQ(result.exit_status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("\"class\":\"agree-clear\""));
    const json header = json::parse(result.out.substr(0, result.out.find('\n')));
    EXPECT_EQ(header["hub"]["endpoint"], hub.endpoint());
    EXPECT_NE(header["hub"]["asked_at"], nullptr);
  }
}

TEST_F(LiveScan, ABadEndpointIsSaidAndConfirmsNothing) {
  RunOptions options;
  options.environment = {{"HF_ENDPOINT", "http://mirror.example"}};
  const json report = Scan(Arguments(), options);
  EXPECT_EQ(report["exit"], 3);
  EXPECT_EQ(FileAt(report, "config.json")["hub"]["cause"], "bad-settings");
}

TEST_F(LiveScan, ALibraryThatCannotBeLoadedIsSaidAndConfirmsNothing) {
  FakeHub hub;
  TempDir libraries;
  libraries.Write("libcurl.so.4", "no library\n");
  RunOptions options = Against(hub);
  options.environment["LD_LIBRARY_PATH"] = libraries.path();
  const json report = Scan(Arguments(), options);
  EXPECT_EQ(report["exit"], 3);
  const json& file = FileAt(report, "config.json");
  EXPECT_EQ(file["hub"]["cause"], "bad-settings");
  EXPECT_THAT(report.dump(), HasSubstr("libcurl.so.4 (of the package libcurl4) cannot be loaded"));
}

TEST_F(LiveScan, TheTimeForTheHubIsKept) {
  FakeHub hub;
  fake::Reply late = JsonReply("{}");
  late.delay = std::chrono::seconds(60);
  hub.Answer("*", late);
  const auto begin = std::chrono::steady_clock::now();
  const json report = Scan(Arguments({"--hub-timeout", "1"}), Against(hub));
  EXPECT_EQ(report["exit"], 3);
  EXPECT_EQ(FileAt(report, "config.json")["hub"]["cause"], "deadline");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST_F(LiveScan, CtrlCDoesNotWaitForTheHub) {
  FakeHub hub;
  fake::Reply late = JsonReply("{}");
  late.delay = std::chrono::seconds(120);
  hub.Answer("*", late);
  RunOptions options = Against(hub);
  options.while_running = [&](pid_t pid) {
    while (hub.recorder().Count() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    kill(pid, SIGINT);
  };
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Scan(Arguments(), options)["exit"], 130);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST_F(LiveScan, HostileTextOfTheHubIsEscaped) {
  FakeHub hub;
  hub.Answer("*", ErrorReply(403, "GatedRepo",
                             "\x1B[2J\x1B]0;owned\x07 is awaiting a review\xE2\x80\xAE"));
  std::vector<std::string> arguments = Arguments({"--av", "builtin"});
  arguments.insert(arguments.begin(), "scan");
  const RunResult result = Counterscan(arguments, Against(hub));
  EXPECT_EQ(result.exit_status, 3);
  EXPECT_THAT(result.out, Not(HasSubstr("\x1B[2J")));
  EXPECT_THAT(result.out, Not(HasSubstr("\x07")));
  EXPECT_THAT(result.out, Not(HasSubstr("\xE2\x80\xAE")));
}

}  // namespace
}  // namespace counterscan
