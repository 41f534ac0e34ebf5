// Objects: what is in the machine's tuples and containers, as far as anybody will ask.
//
// Memory is bounded whatever the file does: tuples live in a ring that forgets the oldest,
// containers in a small table where a newer one takes the place of an older. Whoever asks for
// contents that are gone is told so, and must assume the worst. Nothing here is walked recursively.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pickle/machine/value.h"

namespace counterscan::pickle {

// What is known of a tuple or container. `first` are its first items (a dict's keys and values by
// turns) and may be fewer than `count`. The span is valid until the next change of Objects.
struct Contents {
  std::span<const Value> first;
  std::uint64_t count = 0;
  bool plain_rest = false;  // the others are neither containers nor names nor objects
  bool whole() const { return first.size() == count; }
};

class Objects {
 public:
  static constexpr std::size_t kKeptTupleItems = 40;
  static constexpr std::size_t kKeptContainerItems = 64;
  // A container takes the place of the one whose identity has the same remainder.
  static constexpr std::size_t kContainers = 4096;

  Value MakeTuple(std::span<const Value> items);
  // A new, empty kList, kDict or kSet.
  void Create(Value container) {
    std::uint16_t& place = places_[container.payload() % kContainers];
    if (place == kNowhere) [[unlikely]] {
      containers_.emplace_back();
      place = static_cast<std::uint16_t>(containers_.size());
    }
    Container& fresh = containers_[place - 1u];
    fresh.identity = container.payload();
    fresh.count = 0;
    fresh.plain_rest = true;
  }
  // Items were put into the container (a dict's as pairs).
  void Extend(Value container, std::span<const Value> items) {
    const std::uint16_t place = places_[container.payload() % kContainers];
    // Forgotten stays forgotten: contents that are known are known whole.
    if (place == kNowhere || containers_[place - 1u].identity != container.payload()) return;
    Container& known = containers_[place - 1u];
    if (known.count < kKeptContainerItems) {
      Value* free = &known.items[static_cast<std::size_t>(known.count)];
      const auto room = kKeptContainerItems - static_cast<std::size_t>(known.count);
      const std::size_t kept = std::min(items.size(), room);
      for (const Value item : items.first(kept)) *free++ = item;
      if (kept < items.size()) known.plain_rest = ArePlain(items.subspan(kept));
    } else if (known.plain_rest) {
      known.plain_rest = ArePlain(items);
    }
    known.count += items.size();
  }

  // nullopt when the contents were forgotten, or the value is neither tuple nor container.
  std::optional<Contents> Of(Value value) const;

 private:
  static constexpr std::size_t kRingValues = std::size_t{1} << 19;
  static constexpr std::uint16_t kNowhere = 0;

  static bool ArePlain(std::span<const Value> items) {
    return std::all_of(items.begin(), items.end(),
                       [](Value item) { return item.kind() < Kind::kTuple; });
  }

  struct Container {
    std::uint64_t identity = 0;
    std::uint64_t count = 0;
    bool plain_rest = true;
    std::array<Value, kKeptContainerItems> items;
  };

  // A tuple's items stand one after another in the ring; its handle is the running number of the
  // first (40 bits) and its size (16 bits, the greatest meaning "at least").
  std::vector<Value> ring_;
  std::uint64_t next_ = 0;
  // Where the newest container with this remainder of its identity stands in containers_, counted
  // from one. Apart from the containers, because most pickles have few, and these are large.
  std::array<std::uint16_t, kContainers> places_{};
  std::vector<Container> containers_;
};

}  // namespace counterscan::pickle
