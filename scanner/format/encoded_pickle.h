// Pickles that stand in text as base64, in quotes.
//
// stable-baselines3 keeps what JSON cannot say as {":serialized:": "gASV..."}, and unpickles it
// when a model is loaded; others keep pickles in strings of their own. Text is searched for the
// quote and the first letters that a pickle, or a compressed one, has in base64: a tokenizer of 10
// MB is full of what looks like base64.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan::format {

// Places in a text where an encoded pickle may begin.
class EncodedPickleSearch {
 public:
  // The next bytes of the text.
  void Feed(std::span<const std::byte> bytes);

  // Of what may be one, in order; at most kMaxPlaces.
  const std::vector<std::uint64_t>& places() const { return places_; }
  bool cut() const { return cut_; }  // there were more

 private:
  static constexpr std::size_t kMaxPlaces = 100'000;
  static constexpr std::size_t kMark = 3;

  void SearchBlocks(std::span<const std::byte> bytes, std::uint64_t offset);
  void LookAt(std::span<const std::byte> mark, std::uint64_t offset);

  std::uint64_t fed_ = 0;
  std::array<std::byte, kMark - 1> carried_{};  // the last bytes that were fed
  std::vector<std::uint64_t> places_;
  bool cut_ = false;
};

struct EncodedPickle {
  enum class Kind : std::uint8_t {
    kSerialized,  // its key says that it is unpickled, whatever it looks like
    kPickle,      // begins like a pickle
    kPacked,      // begins like a stream of gzip or zlib
  };
  std::uint64_t begin = 0;  // of the first letter behind the quote
  Kind kind = Kind::kPickle;
};

// What stands at one of the places that a search of `text` found; nothing when it is no string of
// the sort. Fails when the text cannot be read.
Result<std::optional<EncodedPickle>> EncodedPickleAt(const ByteSource& text, std::uint64_t place);

// Decodes the string of a JSON text that begins at `begin`, up to its closing quote: escapes (RFC
// 8259, section 7), then base64 as Python's b64decode() has it, which passes over characters that
// are not of its alphabet. Where `url_safe`, '-' and '_' are of it too (RFC 4648, section 5).
// `text` must outlive it.
class EncodedStream final : public ByteStream {
 public:
  EncodedStream(const ByteSource& text, std::uint64_t begin, bool url_safe)
      : text_(text), at_(begin), url_safe_(url_safe) {}
  Result<std::size_t> Read(std::span<std::byte> out) override;

 private:
  // The next character of the string; nothing at its end. What no base64 has is '\0'.
  Result<std::optional<char>> Next();
  Result<std::optional<char>> NextRaw();

  const ByteSource& text_;
  std::uint64_t at_;  // of what is read next
  bool url_safe_;
  Excerpt window_;
  std::size_t window_at_ = 0;  // what of it was read
  std::uint32_t bits_ = 0;
  int quad_ = 0;  // characters of the group of four that were seen
  int pads_ = 0;  // '=' behind them
  bool ended_ = false;
};

}  // namespace counterscan::format
