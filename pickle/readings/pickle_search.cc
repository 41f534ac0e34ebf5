#include "pickle/readings/pickle_search.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "pickle/policy/names.h"
#include "pickle/stream/opcode.h"
#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"

namespace counterscan::pickle {
namespace {

constexpr std::uint64_t kSearchedBytes = 256 * kMiB;
constexpr std::size_t kPieceBytes = 16384;
// Two lines of a name, at most; pieces overlap by so much.
constexpr std::size_t kNameBytes = 200;
constexpr std::size_t kNone = ~std::size_t{0};

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

// PROTO 2 to 5 before an opcode, in the first `size` bytes.
std::size_t FindHeader(std::string_view piece, std::size_t size) {
  for (std::size_t i = 0; i < size && i + 2 < piece.size(); ++i) {
    i = piece.find('\x80', i);
    if (i == std::string_view::npos || i >= size || i + 2 >= piece.size()) return kNone;
    if (piece[i + 1] >= 2 && piece[i + 1] <= 5 &&
        FindOpcode(static_cast<unsigned char>(piece[i + 2])) != nullptr) {
      return i;
    }
  }
  return kNone;
}

// "cposix\nsystem\n", and the same with INST's "i", in the first `size` bytes. Judges at most so
// many names, and counts them down.
std::size_t FindTextName(std::string_view piece, std::size_t size, std::uint64_t& names_left) {
  for (std::size_t newline = piece.find('\n');
       newline != std::string_view::npos && newline < size + kNameBytes && names_left > 0;
       newline = piece.find('\n', newline + 1)) {
    const std::string_view rest = piece.substr(newline + 1, kNameBytes / 2);
    const std::size_t end = rest.find('\n');
    if (end == 0 || end == std::string_view::npos ||
        !std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(end),
                     IsNameCharacter)) {
      continue;
    }
    std::size_t first = newline;
    while (first > 0 && newline - first < kNameBytes / 2 && IsNameCharacter(piece[first - 1])) {
      --first;
    }
    // Letters of the junk before may look like the opcode: a module that is denied itself decides.
    std::size_t by_name = kNone;
    for (std::size_t i = first; i + 1 < newline && i < size; ++i) {
      if (piece[i] != 'c' && piece[i] != 'i') continue;
      if (names_left == 0) break;
      --names_left;
      const std::string_view module = piece.substr(i + 1, newline - i - 1);
      if (JudgeWritten(module, "-").standing == Standing::kDenied) return i;
      if (by_name == kNone &&
          JudgeWritten(module, rest.substr(0, end)).standing == Standing::kDenied) {
        by_name = i;
      }
    }
    if (by_name != kNone) return by_name;
  }
  return kNone;
}

}  // namespace

std::optional<std::uint64_t> PickleSearch::Next(std::uint64_t offset) {
  std::array<std::byte, kPieceBytes> bytes;
  while (offset < source_.size() && searched_ < kSearchedBytes) {
    const auto got = source_.ReadAt(offset, bytes);
    if (!got || *got < 3) return std::nullopt;
    const std::string_view piece = AsText(std::span(bytes).first(*got));
    // What begins in the overlap is found in the next piece.
    const std::size_t size = *got == bytes.size() ? *got - kNameBytes : *got;
    const std::size_t header = FindHeader(piece, size);
    const std::size_t found =
        std::min(header, FindTextName(piece, std::min(size, header), names_left_));
    if (found != kNone) {
      searched_ += found;
      return offset + found;
    }
    searched_ += size;
    offset += size;
  }
  return std::nullopt;
}

}  // namespace counterscan::pickle
