#include "scanner/cli/hub_status_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "hubclient/rfc3339.h"
#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// A shorter wait is not worth a line.
constexpr std::chrono::milliseconds kMoment(3000);

// Progress is a courtesy: a terminal that has gone away must not end the run.
void Print(std::string_view text) { (void)WriteAll(STDERR_FILENO, text); }

}  // namespace

void HubStatusProgress::Count(std::size_t done, std::size_t total,
                              const std::optional<HubQuota>& quota) {
  done_ = done;
  announced_ = false;
  Draw(fmt::format("Asked {}/{}{}", done, total, quota ? "  " + QuotaWords(*quota) : ""));
}

void HubStatusProgress::Wait(std::size_t total, const std::optional<HubQuota>& quota,
                             std::chrono::milliseconds left) {
  if (!announced_ && left < kMoment) return;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left);
  if (!announced_) {
    announced_ = true;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const bool used_up = quota && quota->remaining == 0;
    Say(fmt::format("{} after {} of {}; going on in {} s, at {}",
                    used_up ? "the Hub's quota is used up" : "the Hub asks to wait", done_, total,
                    seconds.count(), FormatRfc3339(now + seconds)));
  }
  Draw(fmt::format("Asked {}/{}  waiting {} s for the Hub", done_, total, seconds.count()));
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
