#include "scanner/engine/anchor_scanner.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "scanner/base/byte_reader.h"

namespace counterscan {
namespace {

constexpr std::size_t kKeyBytes = 5;
constexpr std::size_t kMostStride = 8;
static_assert(kShortestAnchor >= kKeyBytes + 2 - 1, "stride 2 must see every anchor");

// Odd numbers without a pattern: the high bits of a product with them depend on all of a key.
constexpr std::uint64_t kFirstFactor = 0x9E3779B97F4A7C15;
constexpr std::uint64_t kSecondFactor = 0xD6E8FEB86659FD93;

// Of the filter, for a key. It sets two bits in one word: of random bytes, one position in two
// hundred passes.
constexpr std::size_t kBitsPerKey = 32;
constexpr std::size_t kFewestWords = 64;

// The two bits of a key, at the low end, when its word is shifted by these.
constexpr int kOneBit = 42;
constexpr int kOtherBit = 36;

std::uint64_t Load(const std::byte* bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  return value;
}

// The first five of eight bytes.
std::uint64_t Key(std::uint64_t eight_bytes) {
  return eight_bytes & ((std::uint64_t{1} << (8 * kKeyBytes)) - 1);
}
std::uint32_t FirstFour(std::uint64_t key) { return static_cast<std::uint32_t>(key); }

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
char LowerCase(std::byte byte) {
  const char c = static_cast<char>(byte);
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// All keys that five bytes can be, when letters match in either case.
void AddKeys(std::string_view bytes, bool any_case, std::vector<std::uint64_t>& keys) {
  std::array<std::byte, sizeof(std::uint64_t)> eight = {};
  std::array<std::size_t, kKeyBytes> letters = {};
  std::size_t letter_count = 0;
  for (std::size_t i = 0; i < kKeyBytes; ++i) {
    eight[i] = static_cast<std::byte>(bytes[i]);
    if (any_case && IsLower(bytes[i])) letters[letter_count++] = i;
  }
  for (std::size_t upper = 0; upper < std::size_t{1} << letter_count; ++upper) {
    for (std::size_t i = 0; i < letter_count; ++i) {
      const char c = bytes[letters[i]];
      eight[letters[i]] =
          static_cast<std::byte>((upper >> i & 1) != 0 ? c - ('a' - 'A') : static_cast<int>(c));
    }
    keys.push_back(Key(Load(eight.data())));
  }
}

}  // namespace

// About how often each key was added.
class AnchorScanner::KeyCounter {
 public:
  void Add(std::uint64_t key) {
    std::uint16_t& count = counts_[key * kSecondFactor >> kShift];
    if (count != std::numeric_limits<std::uint16_t>::max()) ++count;
  }
  std::size_t Count(std::uint64_t key) const { return counts_[key * kSecondFactor >> kShift]; }

 private:
  static constexpr int kShift = 48;
  std::vector<std::uint16_t> counts_ = std::vector<std::uint16_t>(std::size_t{1} << (64 - kShift));
};

// Signatures of one family share bytes. The key of each is taken where it is shared least: a file
// that holds the shared bytes over and over would be compared with all of the family each time.
std::uint8_t AnchorScanner::BestKey(std::string_view bytes, bool any_case,
                                    const KeyCounter& counter) const {
  std::size_t best = 0;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  std::vector<std::uint64_t> keys;
  for (std::size_t first = 0; first + kKeyBytes + stride_ - 1 <= bytes.size(); ++first) {
    keys.clear();
    for (std::size_t i = 0; i < stride_; ++i) AddKeys(bytes.substr(first + i), any_case, keys);
    std::size_t cost = keys.size();
    for (const std::uint64_t key : keys) cost += counter.Count(key);
    if (cost < least) {
      least = cost;
      best = first;
    }
  }
  return static_cast<std::uint8_t>(best);
}

void AnchorScanner::Add(const Anchor& anchor, Group group) {
  assert(anchor.bytes.size() >= kShortestAnchor && anchor.bytes.size() <= kLongestAnchor);
  anchors_.push_back({.start = static_cast<std::uint32_t>(bytes_.size()),
                      .group = group,
                      .size = static_cast<std::uint8_t>(anchor.bytes.size()),
                      .key = 0,
                      .any_case = anchor.any_case});
  bytes_ += anchor.bytes;
  shortest_ = std::min(shortest_, anchor.bytes.size());
}

void AnchorScanner::MergeGroups(std::size_t count) {
  for (Known& anchor : anchors_) anchor.group /= static_cast<Group>(count);
}

void AnchorScanner::Build() {
  stride_ = kMostStride;
  while (kKeyBytes + stride_ - 1 > shortest_) stride_ /= 2;

  std::vector<std::pair<std::uint64_t, std::uint32_t>> found;
  KeyCounter counter;
  std::vector<std::uint64_t> keys;
  for (std::size_t number = 0; number < anchors_.size(); ++number) {
    Known& anchor = anchors_[number];
    anchor.key = BestKey(BytesOf(anchor), anchor.any_case, counter);
    for (std::size_t i = 0; i < stride_; ++i) {
      keys.clear();
      AddKeys(BytesOf(anchor).substr(anchor.key + i), anchor.any_case, keys);
      for (const std::uint64_t key : keys) {
        counter.Add(key);
        found.emplace_back(key, static_cast<std::uint32_t>(number * kMostStride + i));
      }
    }
  }

  const std::size_t words = std::bit_ceil(std::max(found.size() * kBitsPerKey / 64, kFewestWords));
  filter_shift_ = 64 - std::countr_zero(words);
  filter_.assign(words, 0);
  const std::size_t bucket_count = std::bit_ceil(found.size() + 2);
  bucket_shift_ = 64 - std::countr_zero(bucket_count);
  buckets_.assign(bucket_count + 1, 0);
  for (const auto& [key, place] : found) {
    const std::uint64_t hash = key * kFirstFactor;
    filter_[hash >> filter_shift_] |=
        std::uint64_t{1} << (hash >> kOneBit & 63) | std::uint64_t{1} << (hash >> kOtherBit & 63);
    ++buckets_[(key * kSecondFactor >> bucket_shift_) + 1];
  }
  for (std::size_t i = 1; i <= bucket_count; ++i) buckets_[i] += buckets_[i - 1];
  entries_.resize(found.size());
  std::vector<std::uint32_t> next(buckets_.begin(), buckets_.end() - 1);
  for (const auto& [key, place] : found) {
    entries_[next[key * kSecondFactor >> bucket_shift_]++] = {.key_bytes = FirstFour(key),
                                                              .place = place};
  }
}

bool AnchorScanner::IsAt(const Known& anchor, std::span<const std::byte> bytes,
                         std::size_t offset) const {
  const std::string_view wanted = BytesOf(anchor);
  if (wanted.size() > bytes.size() - offset) return false;
  const auto there = bytes.subspan(offset, wanted.size());
  if (!anchor.any_case) return std::memcmp(there.data(), wanted.data(), wanted.size()) == 0;
  return std::equal(wanted.begin(), wanted.end(), there.begin(),
                    [](char c, std::byte byte) { return c == LowerCase(byte); });
}

void AnchorScanner::Check(std::span<const std::byte> bytes, std::size_t offset, std::uint64_t key,
                          Pass& pass) const {
  const std::size_t bucket = static_cast<std::size_t>(key * kSecondFactor >> bucket_shift_);
  for (std::uint32_t i = buckets_[bucket]; i < buckets_[bucket + 1]; ++i) {
    const Entry& entry = entries_[i];
    if (entry.key_bytes != FirstFour(key)) continue;
    const Known& anchor = anchors_[entry.place / kMostStride];
    const std::size_t before = anchor.key + entry.place % kMostStride;
    if (pass.hit_[anchor.group] || before > offset) continue;
    if (IsAt(anchor, bytes, offset - before)) pass.Hit(anchor.group);
  }
}

// `padding` bytes may be read behind `bytes`.
void AnchorScanner::Scan(std::span<const std::byte> bytes, std::size_t padding, Pass& pass) const {
  if (stride_ == 8) return ScanBy<8>(bytes, padding, pass);
  if (stride_ == 4) return ScanBy<4>(bytes, padding, pass);
  return ScanBy<2>(bytes, padding, pass);
}

template <std::size_t kStride>
void AnchorScanner::ScanBy(std::span<const std::byte> bytes, std::size_t padding,
                           Pass& pass) const {
  constexpr std::size_t kAtOnce = 4;
  // Plain pointers: the checks of the containers would take as long as the search.
  const std::byte* const data = bytes.data();
  const std::uint64_t* const filter = filter_.data();
  const int shift = filter_shift_;
  const auto passes = [filter, shift](std::uint64_t key) {
    const std::uint64_t hash = key * kFirstFactor;
    const std::uint64_t word = filter[hash >> shift];
    return word >> (hash >> kOneBit & 63) & word >> (hash >> kOtherBit & 63) & 1;
  };
  const std::size_t readable = bytes.size() + padding;
  std::size_t i = 0;
  for (; i + kAtOnce * kStride + sizeof(std::uint64_t) <= readable; i += kAtOnce * kStride) {
    std::uint64_t any = 0;
    for (std::size_t k = 0; k < kAtOnce; ++k) any |= passes(Key(Load(data + i + k * kStride)));
    if (any == 0) [[likely]]
      continue;
    for (std::size_t k = 0; k < kAtOnce; ++k) {
      const std::size_t offset = i + k * kStride;
      const std::uint64_t key = Key(Load(data + offset));
      if (passes(key) != 0 && offset < bytes.size()) Check(bytes, offset, key, pass);
    }
  }
  for (; i + sizeof(std::uint64_t) <= readable && i < bytes.size(); i += kStride) {
    const std::uint64_t key = Key(Load(data + i));
    if (passes(key) != 0) Check(bytes, i, key, pass);
  }
}

void AnchorScanner::Pass::Feed(std::span<const std::byte> bytes) {
  if (scanner_.anchors_.empty() || missing_ == 0) return;
  while (!bytes.empty() && bytes.size() <= 2 * kTailBytes) {
    const auto part = bytes.first(std::min(bytes.size(), kTailBytes));
    FeedShort(part);
    bytes = bytes.subspan(part.size());
  }
  if (bytes.empty()) return;
  // What lies across the border, then the rest, whose last bytes are looked at with what follows.
  FeedShort(bytes.first(kTailBytes));
  scanner_.Scan(bytes, 0, *this);
  KeepTail(bytes.last(kTailBytes));
}

void AnchorScanner::Pass::FeedShort(std::span<const std::byte> bytes) {
  std::copy(bytes.begin(), bytes.end(), tail_.begin() + static_cast<std::ptrdiff_t>(tail_size_));
  const auto joined = std::span<const std::byte>(tail_).first(tail_size_ + bytes.size());
  scanner_.Scan(joined, kPaddingBytes, *this);
  KeepTail(joined.last(std::min(joined.size(), kTailBytes)));
}

void AnchorScanner::Pass::KeepTail(std::span<const std::byte> bytes) {
  std::memmove(tail_.data(), bytes.data(), bytes.size());
  tail_size_ = bytes.size();
}

void AnchorScanner::Pass::Hit(Group group) {
  hit_[group] = true;
  --missing_;
}

std::vector<AnchorScanner::Group> AnchorScanner::Pass::Finish() {
  if (!scanner_.anchors_.empty() && missing_ != 0) {
    scanner_.Scan(std::span<const std::byte>(tail_).first(tail_size_), kPaddingBytes, *this);
  }
  std::vector<Group> groups;
  for (Group group = 0; group < hit_.size(); ++group) {
    if (hit_[group]) groups.push_back(group);
  }
  return groups;
}

}  // namespace counterscan
