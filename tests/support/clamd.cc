#include "tests/support/clamd.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

extern char** environ;

namespace counterscan {
namespace {

constexpr int kTries = 600;
constexpr useconds_t kPause = 100'000;

// "" when there is no reply.
std::string AskAt(const std::string& path, const std::string& command) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::array<char, 64> reply{};
  ssize_t got = 0;
  const std::string message = "z" + command + '\0';
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      write(descriptor, message.data(), message.size()) == static_cast<ssize_t>(message.size())) {
    got = read(descriptor, reply.data(), reply.size());
  }
  close(descriptor);
  return {reply.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

}  // namespace

RunningClamd::RunningClamd(const std::string& signatures, const std::string& settings) {
  socket_ = directory_ / "clamd.ctl";
  const std::string database = directory_.MakeDirectory("db");
  const std::string eicar =
      std::string("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR") + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
  directory_.Write("db/test.ndb", "Test.EICAR:0:0:" + Hex(AsBytes(eicar)) + "\n" + signatures);
  // Debian's own limits, but for what a test sets.
  settings_path_ =
      directory_.Write("clamd.conf", "LocalSocket " + socket_ + "\nDatabaseDirectory " + database +
                                         "\nTemporaryDirectory " + directory_.MakeDirectory("tmp") +
                                         "\nForeground yes\nMaxThreads 4\n" + settings);
  const std::string option = "--config-file=" + settings_path_;
  std::string name = "clamd";
  std::array<char*, 3> arguments{name.data(), const_cast<char*>(option.c_str()), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0);
  }
  const int error =
      posix_spawn(&process_, "/usr/sbin/clamd", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    std::fprintf(stderr, "clamd (Debian package clamav-daemon) does not start: %s\n",
                 std::strerror(error));
    process_ = -1;
    return;
  }
  for (int i = 0; i < kTries && !Ask("PING").starts_with("PONG"); ++i) usleep(kPause);
}

std::string RunningClamd::Ask(const std::string& command) const { return AskAt(socket_, command); }

RunningClamd::~RunningClamd() { Kill(); }

void RunningClamd::Kill() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

}  // namespace counterscan
