#include "pickle/machine/objects.h"

#include <algorithm>

namespace counterscan::pickle {
namespace {

constexpr unsigned kSizeBits = 16;
constexpr std::uint64_t kSizeMask = (std::uint64_t{1} << kSizeBits) - 1;

}  // namespace

Value Objects::MakeTuple(std::span<const Value> items) {
  const std::size_t kept = std::min(items.size(), kKeptTupleItems);
  // Items of one tuple do not wrap around the ring's end.
  if (next_ % kRingValues + kept > kRingValues) next_ += kRingValues - next_ % kRingValues;
  const std::uint64_t first = next_;
  const auto place = static_cast<std::size_t>(first % kRingValues);
  if (ring_.size() < place + kept)
    ring_.resize(std::max(place + kept, std::min(ring_.size() * 2, kRingValues)));
  std::copy_n(items.begin(), kept, ring_.begin() + static_cast<std::ptrdiff_t>(place));
  next_ += kept;
  return {Kind::kTuple, first << kSizeBits | std::min<std::uint64_t>(items.size(), kSizeMask)};
}

std::optional<Contents> Objects::Of(Value value) const {
  if (value.is(Kind::kTuple)) {
    const std::uint64_t size = value.payload() & kSizeMask;
    const std::uint64_t first = value.payload() >> kSizeBits;
    const auto kept = static_cast<std::size_t>(std::min<std::uint64_t>(size, kKeptTupleItems));
    if (first + kRingValues < next_) return std::nullopt;
    const auto place = static_cast<std::size_t>(first % kRingValues);
    return Contents{std::span(ring_).subspan(place, kept), size, kept == size};
  }
  if (value.is(Kind::kList) || value.is(Kind::kDict) || value.is(Kind::kSet)) {
    const std::uint16_t place = places_[value.payload() % kContainers];
    if (place == kNowhere || containers_[place - 1u].identity != value.payload()) {
      return std::nullopt;
    }
    const Container& known = containers_[place - 1u];
    const auto kept =
        static_cast<std::size_t>(std::min<std::uint64_t>(known.count, kKeptContainerItems));
    return Contents{std::span(known.items).first(kept), known.count, known.plain_rest};
  }
  return std::nullopt;
}

}  // namespace counterscan::pickle
