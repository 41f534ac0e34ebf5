#include "scanner/cli/interrupt.h"

#include <time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>

namespace counterscan {
namespace {

// Milliseconds of the monotonic clock when the first signal came; 0 before.
std::atomic<std::int64_t> interrupted_at{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

// A signal may come twice: timeout(1) sends it to the program and to its process group.
constexpr std::int64_t kOnePress = 1000;

std::int64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000 + 1;
}

void OnSignal(int) {
  std::int64_t first = 0;
  if (interrupted_at.compare_exchange_strong(first, Now())) return;
  if (Now() - first >= kOnePress) _exit(130);
}

}  // namespace

void WatchForInterrupts() {
  struct sigaction action {};
  action.sa_handler = &OnSignal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a wait for workers must end when the user asks.
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction before {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // else nohup(1)
  // A reader that goes away (| head) is an error of the write, not the death of the program.
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigemptyset(&ignore.sa_mask);
  sigaction(SIGPIPE, &ignore, nullptr);
}

bool Interrupted() { return interrupted_at.load() != 0; }

}  // namespace counterscan
