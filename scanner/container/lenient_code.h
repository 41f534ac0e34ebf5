// LenientCode: a prefix code of DEFLATE (RFC 1951, 3.2.2), with the sets that miniz lets pass.
//
// A set of two or more symbols has to be complete, for miniz as for zlib. One of a single symbol
// may give it any length, and one of none is a set too; zlib takes but a few of these. What such a
// set leaves without a meaning, miniz before 3.1 decodes as symbol 0 (and later ones refuse).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "scanner/base/result.h"
#include "scanner/container/bit_reader.h"

namespace counterscan::container {

class LenientCode {
 public:
  static constexpr int kMostBits = 15;
  // Literals and lengths, with the two that have no meaning.
  static constexpr std::size_t kMostSymbols = 288;

  // From the length of each symbol's code, 0 to kMostBits; 0 for symbols that have none. At most
  // kMostSymbols of them. False when the set is neither complete nor of one symbol at most.
  bool Build(std::span<const std::uint8_t> lengths);

  struct Symbol {
    std::uint16_t value = 0;
    // None when miniz takes bits without a meaning for symbol 0 and leaves them where they are.
    int bits = 0;
  };
  // kTruncated when the bits end within the code.
  Result<Symbol> Next(BitReader& in) const;

 private:
  static constexpr int kFastBits = 10;

  struct Entry {
    std::uint16_t symbol = 0;
    std::uint8_t bits = 0;  // none: the code is longer than kFastBits
  };

  Result<Symbol> NextOfFew(BitReader& in) const;
  Symbol Walk(std::uint32_t bits) const;

  int used_ = 0;                                           // symbols that have a code
  Symbol only_{};                                          // that of a set of one
  std::array<Entry, std::size_t{1} << kFastBits> fast_{};  // by the next bits
  // Of each length: how many codes there are; and the symbols, by length and then by value.
  std::array<std::uint16_t, kMostBits + 1> counts_{};
  std::array<std::uint16_t, kMostSymbols> symbols_{};
};

}  // namespace counterscan::container
