// AnchorScanner: which groups of signatures have an anchor somewhere in a sequence of bytes.
//
// Looks at every second, fourth or eighth position only, as far apart as the shortest anchor
// allows: each anchor is known by a key of five bytes at that many neighbouring positions of its
// own, one of which is looked at wherever the anchor lies. Two bitmaps that fit into the cache turn
// nearly all positions away; what passes both is compared byte by byte, so that a hit is always
// true.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/engine/clamav_anchor.h"

namespace counterscan {

class AnchorScanner {
 public:
  using Group = std::uint32_t;

  void Add(const Anchor& anchor, Group group);
  // Makes one of each `count` groups, counted from the first: 0 to count - 1 become 0.
  void MergeGroups(std::size_t count);
  // Once, after the last Add().
  void Build();

  std::size_t anchors() const { return anchors_.size(); }

  // One sequence of bytes.
  class Pass {
   public:
    // `scanner` is built and outlives this. `groups`: one more than the largest.
    Pass(const AnchorScanner& scanner, std::size_t groups)
        : scanner_(scanner), hit_(groups, false), missing_(groups) {}

    // The next bytes.
    void Feed(std::span<const std::byte> bytes);
    // After the last bytes: the groups that have an anchor in them, sorted.
    std::vector<Group> Finish();

   private:
    friend class AnchorScanner;
    // More than an anchor and the bytes that are read at its last position.
    static constexpr std::size_t kTailBytes = 32;
    static constexpr std::size_t kPaddingBytes = 8;

    void FeedShort(std::span<const std::byte> bytes);
    void KeepTail(std::span<const std::byte> bytes);
    void Hit(Group group);

    const AnchorScanner& scanner_;
    std::vector<bool> hit_;
    std::size_t missing_;  // groups without a hit
    // The last bytes that were fed; behind them room for as many more, and padding.
    std::array<std::byte, 3 * kTailBytes + kPaddingBytes> tail_ = {};
    std::size_t tail_size_ = 0;
  };

 private:
  struct Known {
    std::uint32_t start;  // in bytes_
    Group group;
    std::uint8_t size;
    std::uint8_t key;  // where its first key lies
    bool any_case;
  };
  struct Entry {
    std::uint32_t key_bytes;  // the first four of the key
    std::uint32_t place;      // number of the anchor * kMostStride + which of its keys
  };

  class KeyCounter;

  std::uint8_t BestKey(std::string_view bytes, bool any_case, const KeyCounter& counter) const;
  std::string_view BytesOf(const Known& anchor) const {
    return std::string_view(bytes_).substr(anchor.start, anchor.size);
  }
  bool IsAt(const Known& anchor, std::span<const std::byte> bytes, std::size_t offset) const;
  void Scan(std::span<const std::byte> bytes, std::size_t padding, Pass& pass) const;
  template <std::size_t kStride>
  void ScanBy(std::span<const std::byte> bytes, std::size_t padding, Pass& pass) const;
  void Check(std::span<const std::byte> bytes, std::size_t offset, std::uint64_t key,
             Pass& pass) const;

  std::string bytes_;  // of all anchors
  std::vector<Known> anchors_;
  std::size_t shortest_ = kLongestAnchor;

  std::size_t stride_ = 2;
  int filter_shift_ = 0;  // of the hash that gives a word of the filter
  int bucket_shift_ = 0;  // and a bucket
  std::vector<std::uint64_t> filter_;
  std::vector<std::uint32_t> buckets_;  // where the entries of each begin, and the end
  std::vector<Entry> entries_;
};

}  // namespace counterscan
