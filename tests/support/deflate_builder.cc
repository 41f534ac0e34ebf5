#include "tests/support/deflate_builder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace counterscan {
namespace {

constexpr std::size_t kBytes = 256;
constexpr std::size_t kLiterals = 288;
constexpr std::size_t kDistances = 32;
constexpr std::array<std::size_t, 19> kLengthOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                      11, 4,  12, 3, 13, 2, 14, 1, 15};

}  // namespace

CodeLengths CompleteCode(const std::vector<std::size_t>& symbols, std::size_t count) {
  CodeLengths lengths(count);
  const auto bits = static_cast<std::uint8_t>(std::bit_width(symbols.size()) - 1);
  // So many have no room among the codes of `bits` bits, and share one with another.
  const std::size_t longer = 2 * (symbols.size() - (std::size_t{1} << bits));
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const bool is_longer = i >= symbols.size() - longer;
    lengths[symbols[i]] = static_cast<std::uint8_t>(is_longer ? bits + 1 : bits);
  }
  return lengths;
}

CodeLengths LoneCode(std::size_t symbol, std::uint8_t bits, std::size_t count) {
  CodeLengths lengths(count);
  lengths[symbol] = bits;
  return lengths;
}

CodeLengths ByteCode(const std::vector<std::size_t>& others, std::size_t count) {
  std::vector<std::size_t> symbols(kBytes);
  std::iota(symbols.begin(), symbols.end(), std::size_t{0});
  symbols.insert(symbols.end(), others.begin(), others.end());
  return CompleteCode(symbols, count);
}

DeflateBuilder& DeflateBuilder::Bits(std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) {
    if (free_bits_ == 0) {
      bytes_ += '\0';
      free_bits_ = 8;
    }
    const std::uint32_t bit = value >> i & 1;
    bytes_.back() =
        static_cast<char>(static_cast<unsigned char>(bytes_.back()) | bit << (8 - free_bits_));
    --free_bits_;
  }
  return *this;
}

DeflateBuilder& DeflateBuilder::Bytes(std::string_view bytes) {
  bytes_ += bytes;
  free_bits_ = 0;
  return *this;
}

DeflateBuilder& DeflateBuilder::DynamicHead(bool last, const CodeLengths& code,
                                            const CodeLengths& literals,
                                            const CodeLengths& distances) {
  literals_ = literals;
  distances_ = distances;
  Bits(last ? 1 : 0, 1).Bits(2, 2);
  Bits(static_cast<std::uint32_t>(literals.size() - 257), 5);
  Bits(static_cast<std::uint32_t>(distances.size() - 1), 5);
  Bits(kLengthOrder.size() - 4, 4);
  for (const std::size_t symbol : kLengthOrder) Bits(symbol < code.size() ? code[symbol] : 0, 3);
  return *this;
}

DeflateBuilder& DeflateBuilder::Dynamic(bool last, const CodeLengths& literals,
                                        const CodeLengths& distances) {
  const CodeLengths code(16, 4);
  DynamicHead(last, code, literals, distances);
  for (const std::uint8_t length : literals) Code(code, length);
  for (const std::uint8_t length : distances) Code(code, length);
  return *this;
}

DeflateBuilder& DeflateBuilder::Fixed(bool last) {
  literals_.assign(kLiterals, 8);
  std::fill(literals_.begin() + 144, literals_.begin() + 256, std::uint8_t{9});
  std::fill(literals_.begin() + 256, literals_.begin() + 280, std::uint8_t{7});
  distances_.assign(kDistances, 5);
  return Bits(last ? 1 : 0, 1).Bits(1, 2);
}

// RFC 1951, 3.2.2: the codes of one length follow each other, behind those of the shorter ones.
DeflateBuilder& DeflateBuilder::Code(const CodeLengths& lengths, std::size_t symbol) {
  const int bits = lengths[symbol];
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] == 0 || lengths[i] > bits) continue;
    if (lengths[i] < bits || i < symbol) code += 1U << (bits - lengths[i]);
  }
  for (int i = bits - 1; i >= 0; --i) Bits(code >> i, 1);
  return *this;
}

DeflateBuilder& DeflateBuilder::Literal(std::size_t symbol) { return Code(literals_, symbol); }
DeflateBuilder& DeflateBuilder::Distance(std::size_t symbol) { return Code(distances_, symbol); }

DeflateBuilder& DeflateBuilder::Text(std::string_view bytes) {
  for (const char byte : bytes) Literal(static_cast<unsigned char>(byte));
  return *this;
}

}  // namespace counterscan
