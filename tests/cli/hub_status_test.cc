// `hub status`, run as a user would, against a Hub of our own over real TLS.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "hubclient/rfc3339.h"
#include "tests/cli/hub_file.h"
#include "tests/cli/scan_program.h"
#include "tests/fake_hub/fake_hub.h"
#include "tests/fake_hub/presets.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using fake::ErrorReply;
using fake::FakeHub;
using fake::HtmlReply;
using testing::HasSubstr;
using testing::Not;

RunOptions Against(const FakeHub& hub) {
  RunOptions options;
  options.environment = {{"HF_ENDPOINT", hub.endpoint()}, {"SSL_CERT_FILE", hub.ca_file()}};
  return options;
}

RunResult Status(const FakeHub& hub, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"hub", "status"});
  return Counterscan(std::move(arguments), Against(hub));
}
json StatusJson(const FakeHub& hub, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const RunResult result = Status(hub, std::move(arguments));
  const json report = json::parse(result.out, nullptr, false);
  EXPECT_FALSE(report.is_discarded()) << result.out << result.err;
  if (!report.is_discarded()) {
    EXPECT_EQ(report["exit"], result.exit_status);
  }
  return report;
}
const json& RepositoryAt(const json& report, const std::string& repo) {
  for (const json& one : report["repositories"]) {
    if (one["repo"] == repo) return one;
  }
  static const json kNone;
  ADD_FAILURE() << repo << " is not in " << report.dump(1);
  return kNone;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A model whose files have these words.
fake::Repo Model(const std::string& id,
                 const std::vector<std::pair<std::string, std::string>>& words) {
  fake::Repo repo;
  repo.id = id;
  fake::Commit commit;
  commit.name.id = fake::MadeUpCommit(id);
  for (const auto& [path, word] : words) {
    fake::File file;
    file.path = path;
    file.content = "content of " + path;
    if (!word.empty()) {
      file.security_file_status = fake::Json{{"status", word}, {"avScan", {{"status", word}}}};
    }
    commit.files.push_back(std::move(file));
  }
  repo.commits.push_back(std::move(commit));
  return repo;
}

void AddBulk(FakeHub& hub, std::size_t count) {
  for (fake::Repo& repo : fake::BulkModels(count)) hub.Add(std::move(repo));
}

TEST(HubStatus, EachRepositoryHasItsOwnWordAndOneErrorStopsNoOther) {
  FakeHub hub;
  hub.Add(Model("a/safe", {{"config.json", "safe"}, {"model.bin", "safe"}}));
  hub.Add(Model("a/flagged", {{"config.json", "safe"}, {"model.bin", "unsafe"}}));
  hub.Add(Model("a/caution", {{"build.py", "caution"}}));
  hub.Add(Model("a/queued", {{"config.json", "safe"}, {"model.bin", "queued"}}));
  hub.Add(Model("a/error", {{"model.bin", "error"}}));
  fake::Repo silent = Model("a/silent", {{"model.bin", ""}});
  silent.repo_status = fake::Json{{"scansDone", true}, {"filesWithIssues", fake::Json::array()}};
  hub.Add(std::move(silent));
  hub.Add(Model("a/new", {{"model.bin", ""}}));  // scansDone: false
  hub.Add(Model("a/empty", {}));
  fake::Repo disabled = Model("a/disabled", {{"model.bin", "safe"}});
  disabled.disabled = true;
  hub.Add(std::move(disabled));
  hub.Answer("/api/models/a/page*", HtmlReply("<h1>login</h1>"));
  hub.Answer(
      "/api/models/a/asked*",
      ErrorReply(403, "GatedRepo", "Your request is awaiting a review from the repo authors."));
  const json report =
      StatusJson(hub, {"a/page", "a/safe", "a/flagged", "a/caution", "a/queued", "a/error", "a/new",
                       "a/silent", "a/empty", "a/disabled", "a/asked", "a/nowhere"});
  EXPECT_EQ(report["exit"], 1);
  EXPECT_EQ(report["complete"], true);
  const std::map<std::string, std::string> expected = {
      {"a/safe", "safe"},        {"a/flagged", "unsafe"}, {"a/caution", "caution"},
      {"a/queued", "pending"},   {"a/error", "error"},    {"a/new", "pending"},
      {"a/silent", "missing"},   {"a/empty", "missing"},  {"a/disabled", "disabled"},
      {"a/page", "unreachable"}, {"a/asked", "denied"},   {"a/nowhere", "denied"}};
  for (const auto& [repo, state] : expected) {
    const json& one = RepositoryAt(report, repo);
    EXPECT_EQ(one["state"], state) << one.dump(1);
    const bool explains = state != "safe" && state != "unsafe" && state != "caution";
    if (explains && state != "disabled") {
      EXPECT_FALSE(one["reason"].is_null()) << one.dump(1);
      EXPECT_FALSE(one["next"].is_null()) << one.dump(1);
    }
  }
  EXPECT_EQ(RepositoryAt(report, "a/asked")["cause"], "gated-pending");
  EXPECT_EQ(RepositoryAt(report, "a/flagged")["flags"][0]["path"], "model.bin");
  EXPECT_EQ(RepositoryAt(report, "a/flagged")["files"]["listed"], 2);
  EXPECT_EQ(RepositoryAt(report, "a/safe")["commit"], fake::MadeUpCommit("a/safe"));
}

TEST(HubStatus, TheExitStatusIsThatOfTheWorst) {
  FakeHub hub;
  hub.Add(Model("a/safe", {{"config.json", "safe"}}));
  hub.Add(Model("a/queued", {{"config.json", "queued"}}));
  hub.Add(Model("a/caution", {{"config.json", "caution"}}));
  hub.Add(Model("a/unsafe", {{"config.json", "unsafe"}}));
  EXPECT_EQ(Status(hub, {"a/safe"}).exit_status, 0);
  EXPECT_EQ(Status(hub, {"a/safe", "a/queued"}).exit_status, 3);
  EXPECT_EQ(Status(hub, {"a/safe", "a/queued", "a/caution"}).exit_status, 1);
  EXPECT_EQ(Status(hub, {"a/caution", "--fail-on", "suspicious"}).exit_status, 3);
  EXPECT_EQ(Status(hub, {"a/unsafe", "--fail-on", "unsafe"}).exit_status, 1);
  // The repository's status alone is never "safe".
  const RunResult quick = Status(hub, {"a/safe", "--quick"});
  EXPECT_EQ(quick.exit_status, 3);
  EXPECT_THAT(quick.out, HasSubstr("no issues"));
  EXPECT_EQ(Status(hub, {"a/unsafe", "--quick"}).exit_status, 1);
}

TEST(HubStatus, ManyRepositoriesAreAskedOverFewConnections) {
  FakeHub hub;
  AddBulk(hub, 200);
  const json quick = StatusJson(hub, {"--author", "bulk", "--quick"});
  EXPECT_EQ(quick["summary"]["repositories"], 200);
  EXPECT_EQ(quick["summary"]["flagged"], 20);
  EXPECT_EQ(hub.recorder().Count("*/scan"), 200u);
  hub.recorder().Clear();
  const json report = StatusJson(hub, {"--author", "bulk", "--limit", "50"});
  EXPECT_EQ(report["summary"]["safe"], 45);
  EXPECT_EQ(report["summary"]["flagged"], 5);
  std::set<std::uint64_t> connections;
  for (const fake::Request& request : hub.recorder().All()) connections.insert(request.connection);
  EXPECT_LE(connections.size(), 32u);
}

TEST(HubStatus, AnAuthorOfNothingIsToldWhatToDo) {
  FakeHub hub;
  const RunResult models = Status(hub, {"--author", "nobody"});
  EXPECT_EQ(models.exit_status, 3);
  EXPECT_THAT(models.out,
              HasSubstr("the Hub lists no model by the author nobody; next: check the "));
  EXPECT_THAT(models.out, HasSubstr("dataset or space, or log in"));
  const json spaces =
      StatusJson(hub, {"--repo-type", "space", "--author", "nobody", "--search", "\x1b[31mx"});
  EXPECT_EQ(spaces["complete"], false);
  EXPECT_THAT(spaces["errors"].dump(), HasSubstr("no space by the author nobody with"));
  EXPECT_THAT(spaces["errors"].dump(), HasSubstr("--repo-type model or dataset"));
}

TEST(HubStatus, AListMayHoldCommentsAndMistakes) {
  FakeHub hub;
  TempDir dir;
  hub.Add(Model("a/safe", {{"config.json", "safe"}}));
  const std::string list =
      dir.Write("list", "# ours\n\n a/safe  # checked\r\n../etc/passwd\na/safe\nmodels/a/safe\n");
  const json report = StatusJson(hub, {"--list", list});
  EXPECT_EQ(report["exit"], 3);
  EXPECT_EQ(RepositoryAt(report, "a/safe")["state"], "safe");
  EXPECT_THAT(RepositoryAt(report, "../etc/passwd")["reason"].get<std::string>(),
              HasSubstr("line 4 of"));
  // Escaped once, by who prints it.
  const RunResult odd = Status(hub, {"--list", dir.Write("odd",
                                                         "a\xff"
                                                         "b\n")});
  EXPECT_THAT(odd.out, HasSubstr("a\\xffb"));
  EXPECT_THAT(odd.out, Not(HasSubstr("a\\\\xff")));
  for (const fake::Request& request : hub.recorder().All()) {
    EXPECT_THAT(request.target, Not(HasSubstr("passwd")));
  }
}

TEST(HubStatus, ARunThatWasInterruptedGoesOnWhereItStopped) {
  FakeHub hub;
  TempDir dir;
  AddBulk(hub, 60);
  const std::string journal = dir.path() + "/answers.jsonl";
  const std::vector<std::string> arguments = {"hub",     "status",      "--author", "bulk",
                                              "--quick", "--resume",    journal,    "--format",
                                              "json",    "--hub-pause", "30"};
  RunOptions options = Against(hub);
  options.while_running = [&](pid_t program) {
    while (hub.recorder().Count("*/scan") < 15) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    kill(program, SIGINT);
  };
  const RunResult first = Counterscan(arguments, options);
  EXPECT_EQ(first.exit_status, 130) << first.err;
  const json cut = json::parse(first.out);
  EXPECT_EQ(cut["complete"], false);
  const std::size_t had = cut["repositories"].size();
  EXPECT_GE(had, 5u);
  EXPECT_EQ(cut["summary"]["left"], 60 - had);
  EXPECT_THAT(first.err, HasSubstr("The same command goes on from there"));

  // A crash may have cut the last line.
  std::ofstream(journal, std::ios::app) << "{\"repo\":\"bulk/model-000";
  hub.recorder().Clear();
  options.while_running = nullptr;
  const RunResult second = Counterscan(arguments, options);
  EXPECT_EQ(second.exit_status, 1) << second.err;
  const json whole = json::parse(second.out);
  EXPECT_EQ(whole["complete"], true);
  EXPECT_EQ(whole["summary"]["repositories"], 60);
  EXPECT_EQ(whole["summary"]["flagged"], 6);
  EXPECT_EQ(hub.recorder().Count("*/scan"), 60 - had);

  // And a third run has nothing to ask.
  hub.recorder().Clear();
  EXPECT_EQ(Counterscan(arguments, options).exit_status, 1);
  EXPECT_EQ(hub.recorder().Count("*/scan"), 0u);
}

// A Hub, or a proxy before it, that sends the token back in all that it says.
TEST(HubStatus, ATokenThatIsSentBackIsPrintedAndKeptNowhere) {
  const std::string token = "hf_ThisMustBeSeenByNobodyElse";
  FakeHub hub;
  TempDir dir;
  const std::string journal = dir.path() + "/answers.jsonl";
  hub.Add(Model("a/flagged", {{"model.bin", "unsafe"}}));
  hub.Answer("/api/models/a/flagged/scan",
             fake::JsonReply(R"({"scansDone":true,"filesWithIssues":[{"path":")" + token +
                             R"(.bin","level":"unsafe"}]})")
                 .With("X-HF-Warning", "you sent Bearer " + token));
  hub.Answer("/api/models/a/refused*", ErrorReply(401, "", "Invalid credentials Bearer " + token));
  RunOptions options = Against(hub);
  options.environment["HF_TOKEN"] = token;
  for (const char* format : {"table", "json"}) {
    const RunResult result = Counterscan(
        {"hub", "status", "a/flagged", "a/refused", "-v", "--resume", journal, "--format", format},
        options);
    EXPECT_EQ(result.exit_status, 1) << result.err;
    EXPECT_THAT(result.out, HasSubstr("[token].bin"));
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(token)));
  }
  EXPECT_TRUE(hub.recorder().Saw(token));
  EXPECT_THAT(ReadFile(journal), HasSubstr("[token].bin"));
  EXPECT_THAT(ReadFile(journal), Not(HasSubstr(token)));
}

TEST(HubStatus, WhatNobodyAnsweredIsAskedAgain) {
  FakeHub hub;
  TempDir dir;
  const std::string journal = dir.path() + "/answers.jsonl";
  hub.Add(Model("a/safe", {{"config.json", "safe"}}));
  hub.Add(Model("a/later", {{"config.json", "safe"}}));
  hub.Answer("/api/models/a/later*", HtmlReply("<h1>login</h1>"));
  EXPECT_EQ(Status(hub, {"a/safe", "a/later", "--resume", journal}).exit_status, 3);
  hub.ForgetScript();
  hub.recorder().Clear();
  EXPECT_EQ(Status(hub, {"a/safe", "a/later", "--resume", journal}).exit_status, 0);
  EXPECT_EQ(hub.recorder().Count("/api/models/a/safe*"), 0u);
  // An old answer is no answer.
  std::string old = ReadFile(journal);
  for (std::size_t at = old.find("\"asked_at\":\"20"); at != old.npos;
       at = old.find("\"asked_at\":\"20", at + 1)) {
    old.replace(at, 14, "\"asked_at\":\"19");
  }
  std::ofstream(journal) << old;
  EXPECT_EQ(Status(hub, {"a/safe", "--resume", journal}).exit_status, 0);
  EXPECT_GT(hub.recorder().Count("/api/models/a/safe*"), 0u);
}

TEST(HubStatus, AJournalOfSomethingElseIsLeftAlone) {
  FakeHub hub;
  TempDir dir;
  hub.Add(Model("a/safe", {{"config.json", "safe"}}));
  const std::string precious = dir.Write("precious.txt", "my only copy");
  const RunResult refused = Status(hub, {"a/safe", "--resume", precious});
  EXPECT_EQ(refused.exit_status, 64);
  EXPECT_EQ(ReadFile(precious), "my only copy");
  const std::string journal = dir.path() + "/answers.jsonl";
  EXPECT_EQ(Status(hub, {"a/safe", "--quick", "--resume", journal}).exit_status, 3);
  const RunResult other = Status(hub, {"a/safe", "--resume", journal});
  EXPECT_EQ(other.exit_status, 64);
  EXPECT_THAT(other.err, HasSubstr("of a run that asked another Hub, or otherwise"));
  // "safe" without the files to go with it was not written by us: it is asked for again.
  const std::string header = ReadFile(journal).substr(0, ReadFile(journal).find('\n') + 1);
  const std::string forged =
      dir.Write("forged.jsonl", header + R"({"repo":"a/safe","state":"safe"})" + "\n");
  const RunResult asked = Status(hub, {"a/safe", "--quick", "--resume", forged});
  EXPECT_EQ(asked.exit_status, 3);
  EXPECT_THAT(asked.err, HasSubstr("1 line not written by this program as they are, and left out"));
}

// The journal as an earlier run would have left it, had it been made so much earlier.
std::string Aged(std::string journal, std::chrono::seconds age) {
  constexpr std::string_view kKey = "\"asked_at\":\"";
  for (std::size_t at = journal.find(kKey); at != journal.npos; at = journal.find(kKey, at + 1)) {
    const std::size_t begin = at + kKey.size();
    const auto time = ParseRfc3339(journal.substr(begin, 20));
    journal.replace(begin, 20, FormatRfc3339(*time - age));
  }
  return journal;
}

TEST(HubStatus, AnAnswerThatWasKeptCountsForAnHourUnlessToldOtherwise) {
  FakeHub hub;
  TempDir dir;
  hub.Add(Model("a/safe", {{"config.json", "safe"}}));
  const std::string journal = dir.path() + "/answers.jsonl";
  EXPECT_EQ(Status(hub, {"a/safe", "--resume", journal}).exit_status, 0);
  const std::string fresh = ReadFile(journal);
  const auto run = [&](std::chrono::minutes age, std::vector<std::string> more) {
    std::ofstream(journal) << Aged(fresh, age);
    hub.recorder().Clear();
    more.insert(more.begin(), {"a/safe", "--resume", journal});
    return Status(hub, more);
  };
  const RunResult young = run(std::chrono::minutes(42), {});
  EXPECT_EQ(hub.recorder().Count("*"), 0u);
  EXPECT_THAT(young.err, HasSubstr("1 answer kept, the oldest from 42 min ago"));
  EXPECT_THAT(young.out, HasSubstr(", kept"));
  const RunResult old = run(std::chrono::days(25), {});
  EXPECT_GT(hub.recorder().Count("*"), 0u);
  EXPECT_THAT(old.err, HasSubstr("1 answer too old and asked for again"));
  EXPECT_THAT(old.out, Not(HasSubstr(", kept")));
  run(std::chrono::days(25), {"--max-hub-age", "30d"});
  EXPECT_EQ(hub.recorder().Count("*"), 0u);
  run(std::chrono::minutes(42), {"--max-hub-age", "10m"});
  EXPECT_GT(hub.recorder().Count("*"), 0u);
}

TEST(HubStatus, AFlagThatWasKeptIsClearedByNoSilence) {
  FakeHub hub;
  TempDir dir;
  hub.Add(Model("a/bad", {{"model.pkl", "unsafe"}}));
  const std::string journal = dir.path() + "/answers.jsonl";
  EXPECT_EQ(Status(hub, {"a/bad", "--resume", journal}).exit_status, 1);
  const std::string old = Aged(ReadFile(journal), std::chrono::days(2));
  const auto again = [&] {
    std::ofstream(journal) << old;
    return Status(hub, {"a/bad", "--resume", journal});
  };
  hub.Answer("/api/models/a/bad*", HtmlReply("<h1>login</h1>"));
  const RunResult silent = again();
  EXPECT_EQ(silent.exit_status, 1);
  EXPECT_THAT(silent.out, HasSubstr("which does not clear the flag"));
  EXPECT_EQ(ReadFile(journal), old);
  hub.ForgetScript();
  hub.Add(Model("a/bad", {{"model.pkl", "safe"}}));
  EXPECT_EQ(again().exit_status, 0);
}

TEST(HubStatus, AWithdrawalThatWasKeptIsClearedByNoSilence) {
  FakeHub hub;
  TempDir dir;
  fake::Repo withdrawn = Model("a/bad", {{"model.bin", "safe"}});
  withdrawn.disabled = true;
  hub.Add(std::move(withdrawn));
  const std::string journal = dir.path() + "/answers.jsonl";
  EXPECT_EQ(Status(hub, {"a/bad", "--resume", journal}).exit_status, 1);
  const std::string old = Aged(ReadFile(journal), std::chrono::days(300));
  std::ofstream(journal) << old;
  const RunResult offline = Status(hub, {"a/bad", "--resume", journal, "--offline"});
  EXPECT_EQ(offline.exit_status, 1) << offline.out;
  EXPECT_THAT(offline.out, HasSubstr("does not clear the withdrawal"));
  hub.Add(Model("a/bad", {{"model.bin", "safe"}}));
  EXPECT_EQ(Status(hub, {"a/bad", "--resume", journal}).exit_status, 0);
}

TEST(HubStatus, TheQuotaIsNeverExceededAndTheWaitIsSaid) {
  FakeHub hub;
  AddBulk(hub, 25);
  hub.SetQuota("api", {.quota = 10, .window = std::chrono::seconds(4)});
  const RunResult result = Status(hub, {"--author", "bulk", "--quick", "--format", "json"});
  EXPECT_EQ(json::parse(result.out)["summary"]["repositories"], 25);
  EXPECT_THAT(result.err, HasSubstr("the Hub's quota is used up after"));
  EXPECT_THAT(result.err, HasSubstr("going on in"));
  EXPECT_THAT(result.err, HasSubstr("the Hub's quota: "));
  // One request a repository, and one for the list: none was refused and made again.
  EXPECT_EQ(hub.recorder().Count("*"), 26u);
}

// A run that stands still must not look like one that hangs, however little it may say.
TEST(HubStatus, AQuietRunTellsALongWaitToo) {
  FakeHub hub;
  AddBulk(hub, 12);
  hub.SetQuota("api", {.quota = 10, .window = std::chrono::seconds(5)});
  const RunResult result =
      Status(hub, {"--author", "bulk", "--quick", "--format", "json", "--quiet"});
  EXPECT_THAT(result.err, HasSubstr("the Hub's quota is used up after"));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  const json quota = json::parse(result.out)["quota"];
  EXPECT_EQ(quota["limit"], 10);
  EXPECT_TRUE(quota["remaining"].is_number()) << quota;
  EXPECT_LE(quota["reset_seconds"], 5);
}

TEST(HubStatus, OneBusyReplyIsWaitedForAloud) {
  FakeHub hub;
  hub.Add(Model("a/safe", {{"config.json", "safe"}}));
  hub.Answer("*/scan", ErrorReply(503, "", "busy").With("Retry-After", "4"), 1);
  const RunResult result = Status(hub, {"a/safe", "-q"});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.err, HasSubstr("the Hub asks to wait after 0 of 1; going on in"));
}

// Its status needs no access: the exit status is that of the Hub's word. What is masked, and what
// to do about it, depends on who asks.
TEST(HubStatus, WhatAGatedRepositoryMasksIsSaid) {
  FakeHub hub;
  for (const fake::User& user : fake::PresetUsers()) hub.AddUser(user);
  const fake::Repo gated = fake::MakePreset("gated-model");
  hub.Add(gated);
  struct Row {
    const char* user;  // "" for nobody
    const char* cause;
    const char* said;
    const char* next;
  };
  constexpr Row kRows[] = {
      {"", "gated-login-needed", "nobody is logged in", "log in (hf auth login)"},
      {"stranger", "gated-never-asked", "has not asked for access", "ask for access on the page"},
      {"pending", "gated-pending", "waits for its authors", "wait for the authors' decision"},
      {"rejected", "gated-rejected", "rejected the request", "write to the authors"},
      {"reset", "gated-reset", "took the access back", "ask for access again"},
  };
  for (const Row& row : kRows) {
    RunOptions options = Against(hub);
    if (*row.user != '\0') options.environment["HF_TOKEN"] = std::string("hf_") + row.user;
    const json report =
        json::parse(Counterscan({"hub", "status", gated.id, "--format", "json"}, options).out);
    const json& word = RepositoryAt(report, gated.id);
    EXPECT_EQ(report["exit"], 0) << row.user;
    EXPECT_EQ(word["state"], "safe") << row.user;
    EXPECT_EQ(word["files"]["listed"], 3);
    EXPECT_EQ(word["files"]["masked"], 1) << row.user;
    EXPECT_EQ(word["no_access"]["cause"], row.cause) << word.dump(1);
    EXPECT_THAT(word["no_access"]["reason"].get<std::string>(), HasSubstr(row.said));
    EXPECT_THAT(word["no_access"]["next"].get<std::string>(), HasSubstr(row.next));
    const RunResult table = Counterscan({"hub", "status", gated.id, "--color", "never"}, options);
    EXPECT_THAT(table.out, HasSubstr("masked: the SHA-256 of 1 of 3 files"));
    EXPECT_THAT(table.out, HasSubstr(row.said));
    // Scanning says the same, once.
    const TempDir folder;
    for (const fake::File& file : gated.commits.front().files) {
      folder.Write(file.path, file.lfs ? "other bytes, as long." : file.content);
    }
    const json scanned = Scan({folder.path(), "--repo", gated.id}, options);
    const std::string note = scanned["hub"]["note"];
    EXPECT_THAT(note, HasSubstr("the Hub masks the SHA-256 of 1 of 3 files"));
    EXPECT_THAT(note, HasSubstr(row.said));
  }
  RunOptions accepted = Against(hub);
  accepted.environment["HF_TOKEN"] = "hf_accepted";
  const json report =
      json::parse(Counterscan({"hub", "status", gated.id, "--format", "json"}, accepted).out);
  EXPECT_EQ(RepositoryAt(report, gated.id)["files"]["masked"], 0);
  EXPECT_TRUE(RepositoryAt(report, gated.id)["no_access"].is_null());
}

TEST(HubStatus, ADeadlineLeavesTheRestForTheNextRun) {
  FakeHub hub;
  TempDir dir;
  AddBulk(hub, 40);
  hub.SetQuota("api", {.quota = 10, .window = std::chrono::seconds(300)});
  const json report = StatusJson(
      hub, {"--author", "bulk", "--quick", "--hub-timeout", "2", "--resume", dir.path() + "/j"});
  EXPECT_EQ(report["complete"], false);
  EXPECT_GT(report["summary"]["left"], 20);
  EXPECT_LT(report["summary"]["left"], 40);
}

TEST(HubStatus, ResultsGoWhereTheyShould) {
  FakeHub hub;
  TempDir dir;
  hub.Add(Model("a/safe", {{"config.json", "safe"}}));
  const std::string file = dir.path() + "/out.json";
  const RunResult written = Status(hub, {"a/safe", "--format", "json", "-o", file});
  EXPECT_EQ(written.exit_status, 0);
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(json::parse(ReadFile(file))["summary"]["safe"], 1);
  const RunResult nowhere = Status(hub, {"a/safe", "-o", dir.path() + "/no/such/out.txt"});
  EXPECT_EQ(nowhere.exit_status, 3);
  EXPECT_THAT(nowhere.out, HasSubstr("1 safe"));
  const RunResult lines = Status(hub, {"a/safe", "--format", "jsonl"});
  EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), 3);
  EXPECT_EQ(lines.exit_status, 0);
}

TEST(HubStatus, AFileOfAnswersNeedsNoNetwork) {
  TempDir dir;
  const std::string file = HubFile(dir, json::array({SafeEntry("f.bin", "text\n")}),
                                   {{"scansDone", true}, {"filesWithIssues", json::array()}});
  RunOptions options = AtAFixedTime();
  options.environment["HF_HUB_OFFLINE"] = "1";
  const RunResult known = Counterscan({"hub", "status", "org/name", "--hub", file}, options);
  EXPECT_EQ(known.exit_status, 0) << known.out << known.err;
  const RunResult unknown = Counterscan({"hub", "status", "a/b", "--hub", file}, options);
  EXPECT_EQ(unknown.exit_status, 3);
  const RunResult listed =
      Counterscan({"hub", "status", "--author", "org", "--hub", file}, options);
  EXPECT_EQ(listed.exit_status, 0) << listed.out << listed.err;
  EXPECT_EQ(
      Counterscan({"hub", "status", "org/name", "--hub", file, "--max-hub-age", "1m"}, options)
          .exit_status,
      3);
  EXPECT_EQ(Counterscan(
                {"hub", "status", "org/name", "--hub", file, "--hub-digest", std::string(64, '0')},
                options)
                .exit_status,
            64);
}

// Whoever says it: no connection is made, and nothing becomes known.
TEST(HubStatus, OfflineNobodyIsAsked) {
  FakeHub hub;
  TempDir dir;
  hub.Add(Model("a/safe", {{"config.json", "safe"}}));
  const std::string journal = dir.path() + "/answers.jsonl";
  EXPECT_EQ(Status(hub, {"a/safe", "--resume", journal}).exit_status, 0);
  const std::size_t connections = hub.listener().connections();
  struct Row {
    const char* variable;
    std::vector<std::string> arguments;
    const char* said;
  };
  const std::vector<Row> rows = {{"", {"--offline"}, "nobody was asked: --offline"},
                                 {"HF_HUB_OFFLINE", {}, "HF_HUB_OFFLINE is set"},
                                 {"TRANSFORMERS_OFFLINE", {}, "TRANSFORMERS_OFFLINE is set"}};
  for (const Row& row : rows) {
    RunOptions options = Against(hub);
    if (*row.variable != '\0') options.environment[row.variable] = "1";
    std::vector<std::string> arguments = {"hub", "status", "a/safe", "--format", "json"};
    arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
    const RunResult result = Counterscan(arguments, options);
    EXPECT_EQ(result.exit_status, 3) << result.err;
    const json report = json::parse(result.out);
    EXPECT_EQ(report["repositories"][0]["state"], "not-asked");
    EXPECT_EQ(report["repositories"][0]["cause"], "offline");
    EXPECT_THAT(report["repositories"][0]["reason"].get<std::string>(), HasSubstr(row.said));
    EXPECT_EQ(report["summary"]["left"], 1);
    EXPECT_EQ(report["summary"]["safe"], 0);
    arguments.insert(arguments.end(), {"--author", "a"});
    EXPECT_THAT(Counterscan(arguments, options).out,
                HasSubstr("the list of repositories broke off"));
    // What an earlier run has kept is still told.
    EXPECT_EQ(Counterscan({"hub", "status", "a/safe", "--offline", "--resume", journal}, options)
                  .exit_status,
              0);
  }
  EXPECT_EQ(hub.listener().connections(), connections);
}

TEST(HubStatus, AnAddressOfThePageIsAName) {
  FakeHub hub;
  hub.Add(Model("a/safe", {{"config.json", "safe"}}));
  EXPECT_EQ(Status(hub, {"https://huggingface.co/a/safe"}).exit_status, 0);
  const RunResult elsewhere = Status(hub, {"https://mirror.example/a/safe"});
  EXPECT_EQ(elsewhere.exit_status, 64);
  EXPECT_THAT(elsewhere.err, HasSubstr("write the repository as ORG/NAME"));
}

TEST(HubStatus, AFlagOutsideTheListIsNotCountedInIt) {
  FakeHub hub;
  fake::Repo repo = Model("a/moved", {{"model.bin", "safe"}});
  repo.repo_status = fake::Json{
      {"scansDone", true},
      {"filesWithIssues", fake::Json::array({{{"path", "gone.pkl"}, {"level", "unsafe"}}})}};
  hub.Add(std::move(repo));
  const json report = StatusJson(hub, {"a/moved"});
  const json& word = RepositoryAt(report, "a/moved");
  EXPECT_EQ(word["state"], "unsafe");
  EXPECT_EQ(word["files"]["flagged"], 0);
  EXPECT_EQ(word["unlisted_flags"], 1);
  EXPECT_EQ(word["flags"][0]["listed"], false);
  const RunResult table = Status(hub, {"a/moved"});
  EXPECT_THAT(table.out, HasSubstr("0+1"));
  EXPECT_THAT(table.out, HasSubstr("gone.pkl   (not in its list of files)"));
}

TEST(HubStatus, TextOfTheHubDoesNotReachTheTerminal) {
  FakeHub hub;
  hub.Add(Model("a/odd", {{"x\x1b[2K\nFORGED   safe", "unsafe"}}));
  const RunResult result = Status(hub, {"a/odd", "-v"});
  EXPECT_EQ(result.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(result.out.find("\nFORGED"), std::string::npos);
  EXPECT_EQ(result.exit_status, 1);
}

TEST(HubStatus, WrongCommandLinesAreSaid) {
  const std::vector<std::vector<std::string>> wrong = {
      {"hub"},
      {"hub", "stats"},
      {"hub", "export"},
      {"hub", "status"},
      {"hub", "status", "../a"},
      {"hub", "status", "a/b/c/d"},
      {"hub", "status", "hf://a/b/config.json"},
      {"hub", "status", "a/b", "--format", "xml"},
      {"hub", "status", "a/b", "-o", "json"},
      {"hub", "status", "a/b", "--repo-type", "paper"},
      {"hub", "status", "a/b", "--limit", "3"},
      {"hub", "status", "--author", "a", "--limit", "0"},
      {"hub", "status", "https://mirror.example/a/b"},
      {"hub", "status", "a/b", "--hub", "file:"},
      {"hub", "status", "a/b", "--fail-on", "clean"},
      {"hub", "status", "--list", "/no/such/file"},
  };
  for (const auto& arguments : wrong) {
    const RunResult result = Counterscan(arguments);
    EXPECT_EQ(result.exit_status, 64) << testing::PrintToString(arguments);
    EXPECT_NE(result.err, "") << testing::PrintToString(arguments);
  }
  EXPECT_EQ(Counterscan({"hub", "--help"}).exit_status, 0);
  const RunResult help = Counterscan({"help", "hub"});
  EXPECT_EQ(help.exit_status, 0);
  for (const char* word : {"--hub file:PATH", "HF_TOKEN", "HF_ENDPOINT", "--offline", "--resume"}) {
    EXPECT_THAT(help.out, HasSubstr(word));
  }
  EXPECT_THAT(Counterscan({"help", "hub-status"}).out, HasSubstr("no issues"));
}

}  // namespace
}  // namespace counterscan
