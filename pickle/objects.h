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

#include "pickle/value.h"

namespace counterscan::pickle {

// What is known of a tuple or container. `first` are its first items (a dict's keys and values by
// turns) and may be fewer than `count`. The span is valid until the next change of Objects.
struct Contents {
  std::span<const Value> first;
  std::uint64_t count = 0;
  bool whole() const { return first.size() == count; }
};

class Objects {
 public:
  static constexpr std::size_t kKeptTupleItems = 40;
  static constexpr std::size_t kKeptContainerItems = 24;

  Objects();

  Value MakeTuple(std::span<const Value> items);
  // A new, empty kList, kDict or kSet.
  void Create(Value container) {
    Container* slot = &SlotOf(container);
    if (slot->identity != kFree && containers_.size() < kContainers) [[unlikely]]
      slot = &MakeRoom(container);
    slot->identity = container.payload();
    slot->count = 0;
  }
  // Items were put into the container (a dict's as pairs).
  void Extend(Value container, std::span<const Value> items) {
    Container& slot = SlotOf(container);
    // Forgotten stays forgotten: contents that are known are known whole.
    if (slot.identity != container.payload()) return;
    if (slot.count < kKeptContainerItems) {
      Value* free = &slot.items[static_cast<std::size_t>(slot.count)];
      const auto room = kKeptContainerItems - static_cast<std::size_t>(slot.count);
      for (const Value item : items.first(std::min(items.size(), room))) *free++ = item;
    }
    slot.count += items.size();
  }

  // nullopt when the contents were forgotten, or the value is neither tuple nor container.
  std::optional<Contents> Of(Value value) const;

 private:
  static constexpr std::size_t kRingValues = std::size_t{1} << 19;
  static constexpr std::size_t kFewContainers = 8;
  static constexpr std::size_t kContainers = 256;
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};

  struct Container {
    std::uint64_t identity = kFree;
    std::uint64_t count = 0;
    std::array<Value, kKeptContainerItems> items;
  };

  Container& SlotOf(Value container) {
    return containers_[container.payload() & (containers_.size() - 1)];
  }
  // Doubles the table until the container's slot is free or the table has its full size.
  Container& MakeRoom(Value container);

  // A tuple's items stand one after another in the ring; its handle is the running number of the
  // first (40 bits) and its size (16 bits, the greatest meaning "at least").
  std::vector<Value> ring_;
  std::uint64_t next_ = 0;
  // A container stands in the slot that its identity has modulo the size, a power of two. The table
  // starts small, as most pickles have few containers, and drops none before it has its full size:
  // what is known does not depend on when it grew.
  std::vector<Container> containers_;
};

}  // namespace counterscan::pickle
