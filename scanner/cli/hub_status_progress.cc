#include "scanner/cli/hub_status_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "hubclient/rfc3339.h"
#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// A reply that has not come for so long is not on its way: the next request is being held back.
constexpr std::chrono::milliseconds kSilence(1500);

// Progress is a courtesy: a terminal that has gone away must not end the run.
void Print(std::string_view text) { (void)WriteAll(STDERR_FILENO, text); }

}  // namespace

void HubStatusProgress::Count(std::size_t done, std::size_t total,
                              const std::optional<RateLimit>& quota) {
  done_ = done;
  last_word_ = Clock::now();
  announced_ = false;
  Draw(fmt::format("Asked {}/{}{}", done, total, quota ? "  " + QuotaWords(*quota) : ""));
}

void HubStatusProgress::Wait(std::size_t total, const std::optional<RateLimit>& quota) {
  const auto silence = Clock::now() - last_word_;
  if (silence < kSilence || !quota || quota->remaining > 0) return;
  const auto left = quota->reset_in - std::chrono::floor<std::chrono::seconds>(silence);
  if (left.count() <= 0) return;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (!announced_) {
    announced_ = true;
    if (!quiet_) {
      Say(fmt::format("the Hub's quota is used up after {} of {}; going on in {} s, at {}", done_,
                      total, left.count(), FormatRfc3339(now + left)));
    }
  }
  Draw(fmt::format("Asked {}/{}  waiting {} s for the Hub's quota", done_, total, left.count()));
}

void HubStatusProgress::Say(const std::string& message) const {
  Clear();
  Print(fmt::format("counterscan: {}\n", PrintableAgain(message)));
}

void HubStatusProgress::Draw(const std::string& text) {
  const auto now = Clock::now();
  if (!shown_ || (drawn_ && now - last_drawn_ < std::chrono::milliseconds(100))) return;
  last_drawn_ = now;
  Print("\r\x1b[K" + text);
  drawn_ = true;
}

void HubStatusProgress::Clear() const {
  if (drawn_) Print("\r\x1b[K");
  drawn_ = false;
}

}  // namespace counterscan
