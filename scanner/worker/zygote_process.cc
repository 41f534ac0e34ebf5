#include "scanner/worker/zygote_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr int kControlDescriptor = 3;
constexpr int kGoodbyeMilliseconds = 500;

class SpawnActions {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class SpawnAttributes {
 public:
  SpawnAttributes() { posix_spawnattr_init(&attributes_); }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

Result<pid_t> Spawn(const std::string& program, int socket, const std::string& scratch) {
  SpawnActions actions;
  // The socket first: the numbers 0 to 2 may be it, in a parent that was started without them.
  posix_spawn_file_actions_adddup2(actions.get(), socket, kControlDescriptor);
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(actions.get(), STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
#ifndef COUNTERSCAN_SANITIZED  // whose reports go to standard error
  posix_spawn_file_actions_addopen(actions.get(), STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#endif
  posix_spawn_file_actions_addclosefrom_np(actions.get(), kControlDescriptor + 1);

  SpawnAttributes attributes;
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(attributes.get(), &none);
  posix_spawnattr_setsigdefault(attributes.get(), &all);
  posix_spawnattr_setpgroup(attributes.get(), 0);
  posix_spawnattr_setflags(attributes.get(),
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  std::string name = "counterscan-worker";
  std::array<char*, 2> arguments{name.data(), nullptr};
  std::string locale = "LC_ALL=C";
  // A time zone of its own: without one, glibc looks at /etc/localtime for each date in a zip.
  std::string time_zone = "TZ=UTC0";
  std::string temporary = "TMPDIR=" + scratch;
  std::vector<char*> environment{locale.data(), time_zone.data()};
  if (!scratch.empty()) environment.push_back(temporary.data());
  environment.push_back(nullptr);

  pid_t pid = -1;
  const int error = posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(),
                                arguments.data(), environment.data());
  if (error != 0) return FailErrno("cannot start " + Printable(program), error);
  return pid;
}

}  // namespace

ZygoteProcess::ZygoteProcess(pid_t pid, UniqueFd socket)
    : pid_(pid),
      channel_(std::move(socket), Channel::Wait::kNever, Channel::Descriptors::kAccepted) {}

Result<std::unique_ptr<ZygoteProcess>> ZygoteProcess::Start(const std::string& program,
                                                            const Configuration& configuration) {
  auto [ours, theirs] = TRY(Channel::Pair());
  const pid_t pid = TRY(Spawn(program, theirs.get(), configuration.scratch));
  std::unique_ptr<ZygoteProcess> process(new ZygoteProcess(pid, std::move(ours)));
  process->channel().Queue(FrameKind::kConfigure, Encode(configuration));
  return process;
}

ZygoteProcess::~ZygoteProcess() { End(); }

std::string ZygoteProcess::End() {
  channel_.Close();
  if (!pid_) return {};
  // At the end of its socket it ends its workers, reaps them and exits; unless it is busy loading.
  // Not reaped yet, so the number is still this process's.
  const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, *pid_, 0U)));
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (poll(&ended, 1, kGoodbyeMilliseconds) <= 0) kill(*pid_, SIGKILL);
  int status = 0;
  pid_t reaped = -1;
  do {
    reaped = waitpid(*pid_, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  pid_.reset();
  return reaped < 0 ? "disappeared" : DescribeWaitStatus(status);
}

std::string DescribeWaitStatus(int wait_status) {
  if (WIFEXITED(wait_status)) {
    return "exited with status " + std::to_string(WEXITSTATUS(wait_status));
  }
  const int signal_number = WTERMSIG(wait_status);
  const char* name = sigabbrev_np(signal_number);
  return name != nullptr ? "was ended by SIG" + std::string(name)
                         : "was ended by signal " + std::to_string(signal_number);
}

}  // namespace counterscan
