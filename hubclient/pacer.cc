#include "hubclient/pacer.h"

#include <algorithm>

namespace counterscan {

Pacer::Time Pacer::NextStart(Time now) const {
  Time start = now;
  if (last_start_) start = std::max(start, *last_start_ + pause_);
  if (hold_until_) start = std::max(start, *hold_until_);
  if (allowance_ == 0u) start = std::max(start, window_end_);
  return start;
}

void Pacer::Started(Time now) {
  last_start_ = now;
  ++on_their_way_;
  if (now >= window_end_) BeginWindow(now);
  if (allowance_ && *allowance_ > 0) --*allowance_;
}

// Until a reply tells of it, the new window is taken to be like the last: a burst of first requests
// may be more than all it takes.
void Pacer::BeginWindow(Time now) {
  allowance_.reset();
  if (!last_ || !last_->quota || !last_->window) return;
  allowance_ = last_->quota;
  window_end_ = now + *last_->window + std::chrono::seconds(1);
  window_is_assumed_ = true;
}

void Pacer::Finished(Time now, const std::optional<RateLimit>& limit) {
  if (on_their_way_ > 0) --on_their_way_;
  if (!limit) return;
  const std::uint64_t left =
      limit->remaining > on_their_way_ ? limit->remaining - on_their_way_ : 0;
  // A second more: the Hub's clock and ours differ in their fractions.
  const Time end = now + limit->reset_in + std::chrono::seconds(1);
  // The end of a window does not move, but for what the network and rounding do to it. Replies
  // overtake each other: one of an older window says nothing, of two in the same window the
  // smaller number is the newer one.
  constexpr std::chrono::seconds kTolerance(2);
  const bool is_known = allowance_ && !window_is_assumed_;
  window_is_assumed_ = false;
  if (is_known && end < window_end_ - kTolerance) return;
  if (is_known && end <= window_end_ + kTolerance) {
    const std::uint64_t remaining = std::min(last_->remaining, limit->remaining);
    last_ = limit;
    last_->remaining = remaining;
    allowance_ = std::min(*allowance_, left);
    window_end_ = std::max(window_end_, end);
  } else {
    last_ = limit;
    allowance_ = left;
    window_end_ = end;
  }
}

void Pacer::HoldUntil(Time until) {
  hold_until_ = hold_until_ ? std::max(*hold_until_, until) : until;
}

}  // namespace counterscan
