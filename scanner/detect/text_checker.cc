#include "scanner/detect/text_checker.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan::detect {
namespace {

constexpr std::size_t kBlock = 64;

// Tab, newline, form feed, carriage return and escape (coloured logs) are what text uses.
constexpr bool IsTextControl(std::uint8_t byte) {
  return byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r' || byte == 0x1b;
}

// Sixteen bytes that compilers work on at once.
using Bytes16 = std::uint8_t __attribute__((vector_size(16)));

// True when all bytes are printable ASCII or text controls. In vectors, which compilers do not make
// of the plain loop: a gigabyte of JSON lines goes through here.
bool IsPlainAscii(std::span<const std::byte, kBlock> block) {
  Bytes16 bad{};
  for (std::size_t at = 0; at < block.size(); at += sizeof(Bytes16)) {
    Bytes16 bytes;
    std::memcpy(&bytes, block.data() + at, sizeof(bytes));
    const auto text = (bytes == '\t') | (bytes == '\n') | (bytes == '\f') | (bytes == '\r') |
                      (bytes == 0x1b) | (bytes >= 0x20);
    bad |= static_cast<Bytes16>(~text | (bytes >= 0x7f));
  }
  std::array<std::uint64_t, 2> halves;
  std::memcpy(halves.data(), &bad, sizeof(bad));
  return (halves[0] | halves[1]) == 0;
}

std::size_t SequenceLength(std::uint8_t lead) {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return 2;
}

}  // namespace

bool TextChecker::FeedCharacter(std::byte item) {
  const auto byte = static_cast<std::uint8_t>(item);
  if (pending_size_ == 0) {
    if (byte < 0x80) {
      if ((byte < 0x20 && !IsTextControl(byte)) || byte == 0x7f) return false;
      ++text_bytes_;
      return true;
    }
    if (byte < 0xc2 || byte > 0xf4) return false;
    pending_[pending_size_++] = item;
    return true;
  }
  if ((byte & 0xc0) != 0x80) return false;
  pending_[pending_size_++] = item;
  const auto lead = static_cast<std::uint8_t>(pending_[0]);
  if (pending_size_ < SequenceLength(lead)) return true;
  if (!IsUtf8(AsText(std::span(pending_).first(pending_size_)))) return false;
  text_bytes_ += pending_size_;
  pending_size_ = 0;
  return true;
}

bool TextChecker::Feed(std::span<const std::byte> bytes) {
  while (good_ && !bytes.empty()) {
    if (pending_size_ == 0 && bytes.size() >= kBlock && IsPlainAscii(bytes.first<kBlock>())) {
      text_bytes_ += kBlock;
      bytes = bytes.subspan(kBlock);
      continue;
    }
    const std::size_t step = std::min(bytes.size(), kBlock);
    for (const std::byte item : bytes.first(step)) {
      if (!FeedCharacter(item)) {
        good_ = false;
        break;
      }
    }
    bytes = bytes.subspan(step);
  }
  return good_;
}

}  // namespace counterscan::detect
