#include "scanner/worker/sandbox.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "gtest/gtest.h"
#include "scanner/base/fd.h"
#include "scanner/base/limits.h"
#include "scanner/worker/sandbox_landlock.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

// The wait status of a process that does `work` and exits with its result.
int InChild(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

int ExitStatus(const std::function<int()>& work) {
  const int status = InChild(work);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int ErrnoOf(long result) { return result < 0 ? errno : 0; }

class SandboxTest : public testing::TestWithParam<Pool> {
 protected:
  SandboxOptions options{.pool = GetParam(), .enabled = true, .memory_bytes = 256 * kMiB};
};

TEST_P(SandboxTest, ClosesWithSeccompAndWithoutPrivileges) {
  EXPECT_EQ(ExitStatus([this] {
              const auto info = CloseSandbox(options);
              return info && info->seccomp && info->unprivileged ? 0 : 1;
            }),
            0);
}

TEST_P(SandboxTest, KeepsDescriptorsThatWereHandedOverReadable) {
  const UniqueFd file(open("/etc/passwd", O_RDONLY));
  EXPECT_EQ(ExitStatus([&] {
              char byte = 0;
              return CloseSandbox(options) && pread(file.get(), &byte, 1, 0) == 1 ? 0 : 1;
            }),
            0);
}

TEST_P(SandboxTest, KillsAProcessThatOpensASocket) {
  const int status = InChild([this] {
    if (!CloseSandbox(options)) return 1;
    return socket(AF_UNIX, SOCK_STREAM, 0);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

TEST_P(SandboxTest, SwitchedOffStillLimitsMemoryAndCoreDumps) {
  options.enabled = false;
  EXPECT_EQ(ExitStatus([this] {
              const auto info = CloseSandbox(options);
              rlimit core{};
              getrlimit(RLIMIT_CORE, &core);
              return info && !info->seccomp && core.rlim_max == 0 ? 0 : 1;
            }),
            0);
}

INSTANTIATE_TEST_SUITE_P(BothPools, SandboxTest, testing::Values(Pool::kBytePass, Pool::kAnalysis));

// A kernel without Landlock says so, and nothing else changes; with it, each of these is refused.
TEST(Landlock, TakesEveryPathAway) {
  const auto refused = [](const std::function<long()>& call) {
    return ExitStatus([&] {
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      const auto abi = CloseLandlock();
      if (!abi) return EACCES;
      return ErrnoOf(call());
    });
  };
  EXPECT_EQ(refused([] { return open("/etc/passwd", O_RDONLY); }), EACCES);
  EXPECT_EQ(refused([] { return open("/tmp", O_RDONLY | O_DIRECTORY); }), EACCES);
  EXPECT_EQ(refused([] { return open("/tmp/counterscan-test", O_CREAT | O_WRONLY, 0600); }),
            EACCES);
  EXPECT_EQ(refused([] { return mkdir("/tmp/counterscan-test", 0700); }), EACCES);
}

TEST(Landlock, LeavesTheDirectoriesThatItIsTold) {
  const TempDir readable;
  const TempDir writable;
  readable.Write("a", "text");
  const auto outcome = [&](const std::function<long()>& call) {
    return ExitStatus([&] {
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      if (!CloseLandlock({.read = {readable.path()}, .write = {writable.path()}})) return ENOSYS;
      return ErrnoOf(call());
    });
  };
  if (outcome([] { return 0; }) == ENOSYS) return;  // a kernel without it
  EXPECT_EQ(outcome([&] { return open((readable / "a").c_str(), O_RDONLY); }), 0);
  EXPECT_EQ(outcome([&] { return open((readable / "a").c_str(), O_WRONLY); }), EACCES);
  EXPECT_EQ(outcome([&] { return unlink((readable / "a").c_str()); }), EACCES);
  EXPECT_EQ(outcome([&] { return mkdir((writable / "d").c_str(), 0700); }), 0);
  EXPECT_EQ(outcome([&] { return open((writable / "f").c_str(), O_CREAT | O_WRONLY, 0600); }), 0);
  EXPECT_EQ(outcome([] { return open("/etc/passwd", O_RDONLY); }), EACCES);
}

TEST(ParsingSandbox, UnpacksIntoOneDirectoryAndTouchesNothingElse) {
  const TempDir scratch;
  const TempDir elsewhere;
  const std::string file = elsewhere.Write("a", "text");
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  ASSERT_EQ(chmod(scratch.path().c_str(), 0777), 0);
  ASSERT_EQ(chmod(elsewhere.path().c_str(), 0777), 0);
  const SandboxOptions options{.pool = Pool::kParse,
                               .enabled = true,
                               .memory_bytes = 256 * kMiB,
                               .temporary = scratch.path()};
  EXPECT_EQ(ExitStatus([&] {
              const auto info = CloseSandbox(options);
              if (!info || !info->seccomp) return 1;
              if (!info->landlock) return 0;
              if (mkdir((scratch / "d").c_str(), 0700) != 0) return 2;
              if (open((scratch / "d/f").c_str(), O_CREAT | O_RDWR, 0600) < 0) return 3;
              if (ErrnoOf(open(file.c_str(), O_RDONLY)) != EACCES) return 4;
              if (ErrnoOf(open(file.c_str(), O_WRONLY)) != EACCES) return 5;
              if (ErrnoOf(open((elsewhere / "b").c_str(), O_CREAT | O_WRONLY, 0600)) != EACCES) {
                return 6;
              }
              if (ErrnoOf(mkdir((elsewhere / "d").c_str(), 0700)) != EACCES) return 7;
              if (ErrnoOf(unlink(file.c_str())) != EACCES) return 8;
              // Said to be done, and not done: Landlock does not bound it.
              if (chmod(file.c_str(), 0) != 0) return 9;
              return 0;
            }),
            0);
  struct stat status = {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0666U);
}

TEST(ParsingSandbox, KillsWhatOpensASocketRenamesOrAsksForSignals) {
  const TempDir scratch;
  const SandboxOptions options{.pool = Pool::kParse,
                               .enabled = true,
                               .memory_bytes = 256 * kMiB,
                               .temporary = scratch.path()};
  const std::function<int()> attempts[] = {
      [] { return socket(AF_UNIX, SOCK_STREAM, 0); },
      [] { return rename("a", "b"); },
      [] { return symlink("a", "b"); },
      [] { return fcntl(0, F_SETOWN, 1); },
      [] { return fork() >= 0 ? 0 : 1; },
      [] { return utimensat(AT_FDCWD, "a", nullptr, 0); },
  };
  for (const auto& attempt : attempts) {
    const int status = InChild([&] { return CloseSandbox(options) ? attempt() : 1; });
    ASSERT_TRUE(WIFSIGNALED(status)) << &attempt - attempts;
    EXPECT_EQ(WTERMSIG(status), SIGSYS);
  }
}

TEST(InspectionSandbox, ReadsOneDirectoryAndWritesAnother) {
  const TempDir database;
  const TempDir scratch;
  database.Write("a", "text");
  const InspectionOptions options{.database = database.path(), .scratch = scratch.path()};
  EXPECT_EQ(ExitStatus([&] {
              const auto info = CloseInspectionSandbox(options);
              if (!info || !info->seccomp || !info->unprivileged) return 1;
              if (open((database / "a").c_str(), O_RDONLY) < 0) return 2;
              if (open((scratch / "b").c_str(), O_CREAT | O_WRONLY, 0600) < 0) return 3;
              if (info->landlock && open("/etc/passwd", O_RDONLY) >= 0) return 4;
              return 0;
            }),
            0);
  const int status = InChild([&] {
    if (!CloseInspectionSandbox(options)) return 1;
    return socket(AF_UNIX, SOCK_STREAM, 0);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

}  // namespace
}  // namespace counterscan
