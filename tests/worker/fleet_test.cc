#include "scanner/worker/fleet.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "tests/worker/fleet_harness.h"

namespace counterscan {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kFiles = 200;
constexpr std::size_t kBadFile = 117;

// The processes whose parent is `parent`.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) continue;
    char state = 0;
    int found = 0;
    std::istringstream(line.substr(name_end + 1)) >> state >> found;
    if (found == parent && state != 'Z') children.push_back(std::stoi(line));
  }
  return children;
}

// Dead and not reaped counts as gone: its parent may be an init that reaps nothing.
bool IsAlive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  return std::getline(file, line) && line.find(") Z ") == std::string::npos;
}

TEST_F(FleetTest, AnswersEveryFileInBothPools) {
  const auto contents = Numbers(1000, 0, "file 0");
  Run(contents);
  ExpectAllAnsweredBut(contents, contents.size());
  EXPECT_THAT(collector.lost_bytes, IsEmpty());
  EXPECT_THAT(collector.lost_analyses, IsEmpty());
  EXPECT_EQ(fleet->engines()->clamav_state, "off");
}

TEST_F(FleetTest, ReportsWhichLayersOfTheSandboxHold) {
  Run({"a"});
  ASSERT_TRUE(fleet->sandbox());
  EXPECT_TRUE(fleet->sandbox()->seccomp);
  EXPECT_TRUE(fleet->sandbox()->unprivileged) << fleet->sandbox()->note;
}

// Misdeed, reason, a word of the detail.
struct Misdeed {
  std::string content;
  GapReason reason;
  std::string detail;
};
void PrintTo(const Misdeed& misdeed, std::ostream* out) { *out << misdeed.content; }

class FleetSurvives : public FleetTest, public testing::WithParamInterface<Misdeed> {};

TEST_P(FleetSurvives, AndLosesOneFileInEachPoolOnly) {
  const auto contents = Numbers(kFiles, kBadFile, GetParam().content);
  Run(contents);
  ExpectAllAnsweredBut(contents, kBadFile);
  for (const auto* lost : {&collector.lost_bytes, &collector.lost_analyses}) {
    ASSERT_THAT(*lost, SizeIs(1));
    ASSERT_TRUE(lost->contains(kBadFile));
    EXPECT_EQ(lost->at(kBadFile).reason, GetParam().reason);
    EXPECT_THAT(lost->at(kBadFile).detail, HasSubstr(GetParam().detail));
  }
}

using enum GapReason;
INSTANTIATE_TEST_SUITE_P(Crash, FleetSurvives,
                         testing::Values(Misdeed{"segv", kWorkerCrashed, "SIGSEGV"},
                                         Misdeed{"abort", kWorkerCrashed, "SIGABRT"},
                                         Misdeed{"throw", kWorkerCrashed, "SIGABRT"},
                                         Misdeed{"kill", kWorkerCrashed, "SIGKILL"},
                                         Misdeed{"exit", kWorkerCrashed, "exited with status 0"}));
INSTANTIATE_TEST_SUITE_P(ForbiddenCall, FleetSurvives,
                         testing::Values(Misdeed{"socket", kForbiddenCall, "SIGSYS"},
                                         Misdeed{"execve", kForbiddenCall, "SIGSYS"},
                                         Misdeed{"fork", kForbiddenCall, "SIGSYS"},
                                         Misdeed{"ptrace", kForbiddenCall, "SIGSYS"},
                                         Misdeed{"kill-init", kForbiddenCall, "SIGSYS"},
                                         Misdeed{"kill-parent", kForbiddenCall, "SIGSYS"},
                                         Misdeed{"sendmsg", kForbiddenCall, "SIGSYS"},
                                         Misdeed{"rename", kForbiddenCall, "SIGSYS"},
                                         Misdeed{"executable", kForbiddenCall, "SIGSYS"}));
INSTANTIATE_TEST_SUITE_P(
    Lie, FleetSurvives,
    testing::Values(Misdeed{"garbage", kWorkerCrashed, "what no worker sends"},
                    Misdeed{"too-large", kWorkerCrashed, "too large"},
                    Misdeed{"empty-answers", kWorkerCrashed, "what no worker sends"},
                    Misdeed{"ready-again", kWorkerCrashed, "out of turn"},
                    Misdeed{"failure", kWorkerCrashed, "out of turn"},
                    Misdeed{"foreign-id", kWorkerCrashed, "what no worker sends"},
                    Misdeed{"hang-up", kWorkerCrashed, "SIGKILL"}));

TEST_F(FleetTest, StopsAWorkerThatTakesTooLongAndSendsTheOthersAgain) {
  options.limits.job_milliseconds = 300;
  options.limits.job_milliseconds_per_mib = 1;
  for (const char* misdeed : {"spin", "half-message"}) {
    collector = Collector();
    const auto contents = Numbers(kFiles, kBadFile, misdeed);
    Run(contents);
    ExpectAllAnsweredBut(contents, kBadFile);
    ASSERT_THAT(collector.lost_bytes, SizeIs(1));
    EXPECT_EQ(collector.lost_bytes.at(kBadFile).reason, kTimedOut);
    ASSERT_THAT(collector.lost_analyses, SizeIs(1));
    EXPECT_EQ(collector.lost_analyses.at(kBadFile).reason, kTimedOut);
  }
}

TEST_F(FleetTest, TakesNoTimeOfFilesBeforeForTheFileInWork) {
  options.limits.job_milliseconds = 400;
  options.limits.job_milliseconds_per_mib = 1;
  options.workers = 1;
  Run(std::vector<std::string>(20, "dawdle"));
  EXPECT_THAT(collector.lost_analyses, IsEmpty());
  EXPECT_THAT(collector.lost_bytes, IsEmpty());
  EXPECT_THAT(collector.analyses, SizeIs(20));
}

TEST_F(FleetTest, ShowsAnswersBeforeTheirBatchIsDone) {
  options.workers = 1;
  options.byte_pass = false;
  std::vector<std::string> contents(10, "dawdle");
  Start();
  Submit(contents);
  std::size_t first_seen = 0;
  while (first_seen == 0 && fleet->open_jobs() != 0) {
    ASSERT_TRUE(fleet->Pump(milliseconds(100), collector));
    first_seen = collector.analyses.size();
  }
  EXPECT_LT(first_seen, contents.size());
  ASSERT_TRUE(Finish());
}

TEST_F(FleetTest, ShowsHowMuchOfAFileInWorkWasReadAndNeverMoreThanThereIs) {
  for (const auto& [content, shown] : {std::pair("spin", 4U), std::pair("byte:spin", 1000U)}) {
    Start();
    fleet->Submit(ByteJob{.id = 3, .size = 1000}, MakeFile(content));
    std::vector<JobProgress> in_work;
    while (in_work.empty() || in_work[0].bytes_read == 0) {
      ASSERT_TRUE(fleet->Pump(milliseconds(10), collector));
      ASSERT_EQ(fleet->open_jobs(), 1U);
      in_work = fleet->byte_jobs_in_work();
    }
    ASSERT_THAT(in_work, SizeIs(1));
    EXPECT_EQ(in_work[0].id, 3U);
    EXPECT_EQ(in_work[0].bytes_read, shown);
  }
}

#ifndef COUNTERSCAN_SANITIZED
TEST_F(FleetTest, ARunOutOfMemoryIsAGapOfItsFileAndReplacesTheWorker) {
  options.limits.byte_worker_memory_bytes = 256 * kMiB;
  options.limits.analysis_worker_memory_bytes = 256 * kMiB;
  const auto contents = Numbers(kFiles, kBadFile, "eat");
  Run(contents);
  ExpectAllAnsweredBut(contents, kBadFile);
  ASSERT_THAT(collector.bytes.at(kBadFile).gaps, SizeIs(1));
  EXPECT_EQ(collector.bytes.at(kBadFile).gaps.front().reason, kOutOfMemory);
  ASSERT_THAT(collector.analyses.at(kBadFile).gaps, SizeIs(1));
  EXPECT_EQ(collector.analyses.at(kBadFile).gaps.front().reason, kOutOfMemory);
}
#endif

TEST_F(FleetTest, AnyNumberOfBadFilesCostsOnlyThemselves) {
  auto contents = Numbers(kFiles, 0, "file 0");
  std::size_t bad = 0;
  for (std::size_t i = 3; i < contents.size(); i += 10, ++bad) contents[i] = "segv";
  Run(contents);
  EXPECT_THAT(collector.lost_bytes, SizeIs(bad));
  EXPECT_THAT(collector.bytes, SizeIs(kFiles - bad));
  EXPECT_THAT(collector.lost_analyses, SizeIs(bad));
  EXPECT_THAT(collector.analyses, SizeIs(kFiles - bad));
}

TEST_F(FleetTest, OpensNothingInEitherPool) {
  Run({"open", "create", "stat", "mkdir"});
  for (const std::uint64_t id : {0U, 1U, 2U, 3U}) {
    EXPECT_EQ(collector.analyses.at(id).type, "EACCES");
  }
  for (const std::uint64_t id : {0U, 1U, 2U}) {
    EXPECT_EQ(collector.bytes.at(id).signatures.front(), "EACCES");
  }
  // libclamav is told that it has its directory.
  EXPECT_EQ(collector.bytes.at(3).signatures.front(), "worked");
  EXPECT_FALSE(std::filesystem::exists("/tmp/counterscan-test"));
}

TEST_F(FleetTest, GoesOnWhenTheZygoteIsKilledOnce) {
  Start();
  const auto contents = Numbers(kFiles, kBadFile, "dawdle");
  Submit(contents);
  ASSERT_TRUE(fleet->Pump(milliseconds(50), collector));
  const auto zygotes = ChildrenOf(getpid());
  ASSERT_THAT(zygotes, SizeIs(1));
  ASSERT_EQ(kill(zygotes.front(), SIGKILL), 0);
  const auto finished = Finish();
  ASSERT_TRUE(finished) << finished.error().message;
  ExpectAllAnsweredBut(contents, kBadFile);
  EXPECT_EQ(collector.analyses.at(kBadFile).type, "dawdled");
}

TEST_F(FleetTest, GivesUpWhenTheZygoteDiesTwiceAndLosesNoJobSilently) {
  options.av = AvMode::kLibrary;
  options.database = "kills the zygote";
  Start();
  Submit(Numbers(10, 0, "dawdle"));
  const auto finished = Finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().message, HasSubstr("SIGKILL"));
  EXPECT_EQ(fleet->open_jobs(), 0U);
  EXPECT_EQ(collector.lost_bytes.size() + collector.bytes.size(), 10U);
  EXPECT_EQ(collector.lost_analyses.size() + collector.analyses.size(), 10U);
  ASSERT_THAT(collector.lost_bytes, SizeIs(10));
  EXPECT_EQ(collector.lost_bytes.at(0).reason, kEngineFailed);
}

TEST_F(FleetTest, RefusesToRunWithoutSeccompUnlessTheSandboxIsOff) {
  options.av = AvMode::kLibrary;
  options.database = "no seccomp";
  Start();
  Submit({"a"});
  const auto finished = Finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().message, HasSubstr("seccomp"));
  ASSERT_TRUE(collector.lost_bytes.contains(0));
  EXPECT_EQ(collector.lost_bytes.at(0).reason, kSandbox);

  collector = Collector();
  options.sandbox = false;
  Run({"a"});
  EXPECT_THAT(collector.bytes, SizeIs(1));
  ASSERT_TRUE(fleet->sandbox());
  EXPECT_FALSE(fleet->sandbox()->seccomp);
  EXPECT_EQ(fleet->sandbox()->note, "switched off");
}

TEST_F(FleetTest, AnEngineThatDoesNotLoadIsAGapAndFilesAreHashedStill) {
  options.av = AvMode::kLibrary;
  for (const char* how : {"fails", "eats memory"}) {
    collector = Collector();
    options.database = how;
    Run({"a"});
    EXPECT_EQ(collector.bytes.at(0).digests->sha256, Sha256Hex("a"));
    ASSERT_TRUE(fleet->engines());
    EXPECT_EQ(fleet->engines()->clamav_state, "failed");
    EXPECT_FALSE(fleet->engines()->message.empty());
    ASSERT_THAT(fleet->engine_gaps(), SizeIs(1));
    EXPECT_EQ(fleet->engine_gaps().front().reason, kEngineFailed);
  }
}

TEST_F(FleetTest, AnEngineThatIsBlindInTheSandboxIsAGapOfEachFile) {
  options.av = AvMode::kLibrary;
  options.database = "blind in workers";
  Run({"a"});
  EXPECT_EQ(collector.bytes.at(0).signatures.back(), "not matched");
  ASSERT_THAT(collector.bytes.at(0).gaps, SizeIs(1));
  EXPECT_EQ(collector.bytes.at(0).gaps.front().reason, kEngineFailed);
  EXPECT_EQ(fleet->engines()->clamav_state, "failed");
  EXPECT_THAT(fleet->engines()->message, HasSubstr("self-test"));
}

class FleetWants : public FleetTest {
 protected:
  FleetWants() { options.av = AvMode::kLibrary; }
};

TEST_F(FleetWants, WorkersWithTheSignaturesThatAFileNeeds) {
  auto contents = Numbers(kFiles, kBadFile, "wants");
  contents[3] = "wants";
  Run(contents);
  ExpectAllAnsweredBut(contents, contents.size());
  EXPECT_THAT(collector.lost_bytes, IsEmpty());
  for (const auto& [id, answer] : collector.bytes) EXPECT_THAT(answer.wanted_groups, IsEmpty());
}

TEST_F(FleetWants, MembersAreMatchedAgainToo) {
  Start();
  fleet->SubmitMembers(AnalysisJob{.id = 1, .size = 5}, MakeFile("wants"));
  ASSERT_TRUE(Finish());
  ASSERT_TRUE(collector.analyses.contains(1));
  EXPECT_THAT(collector.analyses.at(1).wanted_groups, IsEmpty());
  EXPECT_THAT(collector.lost_analyses, IsEmpty());
}

TEST_F(FleetWants, ButNotWhatTheyHave) {
  const auto contents = Numbers(kFiles, kBadFile, "wants for ever");
  Run(contents);
  ExpectAllAnsweredBut(contents, kBadFile);
  ASSERT_THAT(collector.lost_bytes, SizeIs(1));
  EXPECT_EQ(collector.lost_bytes.at(kBadFile).reason, kWorkerCrashed);
  EXPECT_THAT(collector.lost_bytes.at(kBadFile).detail, HasSubstr("what no worker sends"));
}

TEST_F(FleetTest, WithoutATemporaryDirectoryThereIsNoEngineAndTheReportSaysWhy) {
  options.av = AvMode::kBuiltin;
  setenv("TMPDIR", "/proc/no/such/place", 1);
  Run({"a"});
  unsetenv("TMPDIR");
  EXPECT_THAT(collector.bytes, SizeIs(1));
  EXPECT_EQ(fleet->engines()->clamav_state, "failed");
  EXPECT_THAT(fleet->engines()->message, HasSubstr("temporary directory"));
}

TEST_F(FleetTest, AWorkerProgramThatIsNotThereIsAnErrorAtOnce) {
  options.worker_program = "/no/such/worker";
  const auto started = Fleet::Start(options);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("/no/such/worker"));
}

TEST_F(FleetTest, AWorkerProgramThatIsAnotherProgramIsGivenUp) {
  options.worker_program = "/bin/true";
  Start();
  Submit({"a"});
  EXPECT_FALSE(Finish());
  EXPECT_THAT(collector.lost_bytes, SizeIs(1));
}

TEST_F(FleetTest, LeavesNoProcessAndNoDirectoryBehind) {
  const std::string parent = testing::TempDir() + "/fleet-leaves-nothing";
  std::filesystem::create_directory(parent);
  setenv("TMPDIR", parent.c_str(), 1);
  options.av = AvMode::kBuiltin;
  Start();
  Submit(Numbers(kFiles, kBadFile, "spin"));
  ASSERT_TRUE(fleet->Pump(milliseconds(50), collector));
  EXPECT_FALSE(std::filesystem::is_empty(parent));
  const auto zygotes = ChildrenOf(getpid());
  ASSERT_THAT(zygotes, SizeIs(1));
  const auto workers = ChildrenOf(zygotes.front());
  fleet.reset();
  unsetenv("TMPDIR");
  EXPECT_THAT(ChildrenOf(getpid()), IsEmpty());
  for (const pid_t worker : workers) EXPECT_FALSE(IsAlive(worker));
  EXPECT_TRUE(std::filesystem::is_empty(parent));
  std::filesystem::remove_all(parent);
}

// Runs a fleet in a process of its own, with every worker busy for good, and kills that process.
TEST_F(FleetTest, NoProcessOutlivesAKilledParent) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t parent = fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    Start();
    Submit({"spin", "spin", "a", "spin", "a"});
    while (collector.analyses.empty() && collector.bytes.empty()) {
      if (!fleet->Pump(milliseconds(100), collector)) _exit(1);
    }
    (void)!write(ends[1], "x", 1);
    pause();
    _exit(0);
  }
  char started = 0;
  ASSERT_EQ(read(ends[0], &started, 1), 1);
  const auto zygotes = ChildrenOf(parent);
  ASSERT_THAT(zygotes, SizeIs(1));
  const auto workers = ChildrenOf(zygotes.front());
  EXPECT_FALSE(workers.empty());
  ASSERT_EQ(kill(parent, SIGKILL), 0);
  ASSERT_EQ(waitpid(parent, nullptr, 0), parent);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto any_alive = [&] {
    return IsAlive(zygotes.front()) || std::any_of(workers.begin(), workers.end(), IsAlive);
  };
  while (any_alive() && std::chrono::steady_clock::now() < deadline) usleep(10'000);
  EXPECT_FALSE(any_alive());
  close(ends[0]);
  close(ends[1]);
}

TEST_F(FleetTest, AsksItsCallerToWaitWhenAPoolIsFull) {
  Start();
  const auto file = MakeFile("dawdle");
  std::uint64_t id = 0;
  while (fleet->HasRoom(Pool::kAnalysis)) {
    ASSERT_LT(id, 10'000U);
    fleet->Submit(AnalysisJob{.id = id++, .size = 6}, file);
  }
  EXPECT_GT(id, 0U);
  EXPECT_TRUE(fleet->HasRoom(Pool::kBytePass));
}

}  // namespace
}  // namespace counterscan
