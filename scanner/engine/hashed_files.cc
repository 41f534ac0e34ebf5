#include "scanner/engine/hashed_files.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace counterscan {
namespace {

constexpr std::array kAllKinds = {PlainDigest::Kind::kMd5, PlainDigest::Kind::kSha1,
                                  PlainDigest::Kind::kSha256};

std::optional<PlainDigest::Kind> KindOf(std::size_t hex_digits) {
  if (hex_digits == 32) return PlainDigest::Kind::kMd5;
  if (hex_digits == 40) return PlainDigest::Kind::kSha1;
  if (hex_digits == 64) return PlainDigest::Kind::kSha256;
  return std::nullopt;
}

template <class T>
std::optional<T> Number(std::string_view text, int base) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The first eight bytes of a hash, as they read in hexadecimal.
std::uint64_t StartOf(std::string_view digest) {
  std::uint64_t start = 0;
  for (const char c : digest.substr(0, 8)) start = start << 8 | static_cast<unsigned char>(c);
  return start;
}

}  // namespace

void HashedFiles::Add(std::string_view line) {
  constexpr std::size_t kStartDigits = 16;
  const std::size_t colon = line.find(':');
  const std::string_view hash = line.substr(0, colon);
  const auto kind = KindOf(hash.size());
  const auto start = Number<std::uint64_t>(hash.substr(0, kStartDigits), 16);
  if (!kind || !start || colon == std::string_view::npos) {
    unknown_ = true;
    return;
  }
  std::string_view text = line.substr(colon + 1);
  text = text.substr(0, text.find(':'));
  known_[static_cast<std::size_t>(*kind)].push_back(
      {.size = Number<std::uint64_t>(text, 10).value_or(kAnySize), .start = *start});
}

void HashedFiles::Finish() {
  for (const PlainDigest::Kind kind : kAllKinds) {
    auto& known = known_[static_cast<std::size_t>(kind)];
    std::sort(known.begin(), known.end());
    known.shrink_to_fit();
    if (!known.empty()) (void)PlainDigest(kind).Finish();
  }
}

bool HashedFiles::empty() const {
  return !unknown_ &&
         std::all_of(known_.begin(), known_.end(), [](const auto& known) { return known.empty(); });
}

bool HashedFiles::MayHaveSize(std::uint64_t size) const {
  return unknown_ || std::any_of(kAllKinds.begin(), kAllKinds.end(), [&](PlainDigest::Kind kind) {
           return HasSize(kind, size) || HasSize(kind, kAnySize);
         });
}

bool HashedFiles::HasSize(PlainDigest::Kind kind, std::uint64_t size) const {
  const auto& known = known_[static_cast<std::size_t>(kind)];
  const auto first = std::lower_bound(known.begin(), known.end(), Known{.size = size, .start = 0});
  return first != known.end() && first->size == size;
}

bool HashedFiles::Has(PlainDigest::Kind kind, const Known& wanted) const {
  const auto& known = known_[static_cast<std::size_t>(kind)];
  return std::binary_search(known.begin(), known.end(), wanted);
}

HashedFiles::Pass::Pass(const HashedFiles& files, std::uint64_t size) : files_(files), size_(size) {
  for (const PlainDigest::Kind kind : kAllKinds) {
    if (files.HasSize(kind, size) || files.HasSize(kind, kAnySize)) {
      digests_.emplace_back(kind, PlainDigest(kind));
    }
  }
}

void HashedFiles::Pass::Feed(std::span<const std::byte> bytes) {
  for (auto& [kind, digest] : digests_) digest.Update(bytes);
}

bool HashedFiles::Pass::Finish() {
  bool found = files_.unknown_;
  for (auto& [kind, digest] : digests_) {
    const std::string bytes = digest.Finish();
    // Where it cannot be computed here, libclamav may say.
    found = found || bytes.empty();
    for (const std::uint64_t size : {size_, kAnySize}) {
      found = found || files_.Has(kind, {.size = size, .start = StartOf(bytes)});
    }
  }
  return found;
}

}  // namespace counterscan
