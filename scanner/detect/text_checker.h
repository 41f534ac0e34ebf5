// TextChecker: is this text from the first byte to the last?
//
// Text here is valid UTF-8 without the control characters that text does not use. What is only
// text at its beginning is not text: everything behind the sample could be anything.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace counterscan::detect {

class TextChecker {
 public:
  // Takes the next bytes. False once a byte has been seen that text does not have; a character
  // that is cut at the end waits for the next call.
  bool Feed(std::span<const std::byte> bytes);

  // After the last byte: true when everything was text and no character is cut.
  bool Finish() const { return good_ && pending_size_ == 0; }

  // True when nothing that was fed speaks against text.
  bool good() const { return good_; }

  // Bytes from the start that are text: where it stops being one, when good() is false.
  std::uint64_t text_bytes() const { return text_bytes_; }

 private:
  bool FeedCharacter(std::byte byte);

  std::array<std::byte, 4> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t text_bytes_ = 0;
  bool good_ = true;
};

}  // namespace counterscan::detect
