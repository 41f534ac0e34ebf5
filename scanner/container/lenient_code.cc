#include "scanner/container/lenient_code.h"

#include <cassert>

namespace counterscan::container {
namespace {

// Lengths, with none, and what stands behind the longest.
constexpr std::size_t kLengthEnds = 17;
static_assert(kLengthEnds == LenientCode::kMostBits + 2);

// The first bit of a code is the highest of its number, and the lowest of those to be read.
std::uint32_t Reversed(std::uint32_t code, int bits) {
  std::uint32_t reversed = 0;
  for (int i = 0; i < bits; ++i, code >>= 1) reversed = reversed << 1 | (code & 1);
  return reversed;
}

tl::unexpected<Error> EndsEarly(const BitReader& in) {
  return Fail(ErrorCode::kTruncated, "compressed data ends early", in.consumed());
}

}  // namespace

bool LenientCode::Build(std::span<const std::uint8_t> lengths) {
  assert(lengths.size() <= kMostSymbols);
  counts_.fill(0);
  used_ = 0;
  only_ = {};
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    if (lengths[symbol] == 0) continue;
    ++counts_[lengths[symbol]];
    ++used_;
    only_ = {static_cast<std::uint16_t>(symbol), lengths[symbol]};
  }
  if (used_ <= 1) return true;
  std::array<std::uint16_t, kLengthEnds> first{};  // in symbols_, of each length
  std::array<std::uint32_t, kLengthEnds> code{};   // the next one, of each length
  for (std::size_t length = 1; length <= kMostBits; ++length) {
    first[length + 1] = static_cast<std::uint16_t>(first[length] + counts_[length]);
    code[length + 1] = (code[length] + counts_[length]) << 1;
  }
  if (code[kMostBits + 1] != std::uint32_t{1} << (kMostBits + 1)) return false;
  fast_.fill({});
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const int bits = lengths[symbol];
    if (bits == 0) continue;
    symbols_[first[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
    const std::uint32_t from = Reversed(code[lengths[symbol]]++, bits);
    if (bits > kFastBits) continue;
    for (std::size_t next = from; next < fast_.size(); next += std::size_t{1} << bits) {
      fast_[next] = {static_cast<std::uint16_t>(symbol), static_cast<std::uint8_t>(bits)};
    }
  }
  return true;
}

// A bit at a time: a code of its length is one that is smaller than all longer ones' beginnings.
LenientCode::Symbol LenientCode::Walk(std::uint32_t bits) const {
  std::uint32_t code = 0;
  std::uint32_t first_code = 0;
  std::size_t first_symbol = 0;
  for (int length = 1; length <= kMostBits; ++length, bits >>= 1) {
    const std::uint32_t count = counts_[static_cast<std::size_t>(length)];
    code |= bits & 1;
    if (code - first_code < count) return {symbols_[first_symbol + code - first_code], length};
    first_symbol += count;
    first_code = (first_code + count) << 1;
    code <<= 1;
  }
  assert(false);  // complete sets have no others
  return {};
}

Result<LenientCode::Symbol> LenientCode::Next(BitReader& in) const {
  if (used_ <= 1) return NextOfFew(in);
  const int ready = TRY(in.Fetch(kMostBits));
  const Entry& entry = fast_[in.Peek() & (fast_.size() - 1)];
  const Symbol symbol = entry.bits != 0 ? Symbol{entry.symbol, entry.bits} : Walk(in.Peek());
  if (symbol.bits > ready) return EndsEarly(in);
  in.Drop(symbol.bits);
  return symbol;
}

// The one code there can be is all zeros. miniz looks up the next ten bits first, where what stands
// for nothing reads as symbol 0, of no bits; and of a longer code it then goes on bit by bit, where
// the first that does not fit ends in a symbol 0 of the bits so far.
Result<LenientCode::Symbol> LenientCode::NextOfFew(BitReader& in) const {
  const int ready = TRY(in.Fetch(kMostBits));
  int zeros = 0;
  while (zeros < only_.bits && (in.Peek() >> zeros & 1) == 0) ++zeros;
  Symbol symbol{0, 0};
  if (used_ == 1 && zeros == only_.bits) {
    symbol = only_;
  } else if (used_ == 1 && zeros >= kFastBits) {
    symbol = {0, zeros + 1};
  } else if (ready < kMostBits) {
    return EndsEarly(in);  // it looks no further than there are bits, but for the longest code
  }
  if (symbol.bits > ready) return EndsEarly(in);
  in.Drop(symbol.bits);
  return symbol;
}

}  // namespace counterscan::container
