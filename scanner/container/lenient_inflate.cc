#include "scanner/container/lenient_inflate.h"

#include <algorithm>
#include <string>

namespace counterscan::container {
namespace {

// RFC 1951, 3.2.3: what the two bits behind a block's first say.
enum BlockType : std::uint32_t { kStoredBlock = 0, kFixedBlock = 1, kDynamicBlock = 2 };

constexpr std::uint32_t kEndOfBlock = 256;
constexpr std::uint32_t kFirstLength = 257;
constexpr std::size_t kLengthCodes = 19;
constexpr std::size_t kMostDistances = 32;

// 3.2.7: the order in which the lengths of the code for lengths stand.
constexpr std::array<std::uint8_t, kLengthCodes> kLengthOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                                 11, 4,  12, 3, 13, 2, 14, 1, 15};

// 3.2.5: what a symbol stands for, with so many more bits added.
struct Base {
  std::uint16_t value;
  std::uint8_t bits;
};

// The last two are none of the format's: miniz copies nothing.
constexpr std::array<Base, 31> kLengths = {
    {{3, 0},   {4, 0},   {5, 0},   {6, 0},   {7, 0},   {8, 0},  {9, 0},  {10, 0},
     {11, 1},  {13, 1},  {15, 1},  {17, 1},  {19, 2},  {23, 2}, {27, 2}, {31, 2},
     {35, 3},  {43, 3},  {51, 3},  {59, 3},  {67, 4},  {83, 4}, {99, 4}, {115, 4},
     {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}, {0, 0},  {0, 0}}};

// The last two are none of the format's: miniz copies each byte from itself.
constexpr std::array<Base, kMostDistances> kDistances = {
    {{1, 0},      {2, 0},      {3, 0},     {4, 0},     {5, 1},     {7, 1},     {9, 2},
     {13, 2},     {17, 3},     {25, 3},    {33, 4},    {49, 4},    {65, 5},    {97, 5},
     {129, 6},    {193, 6},    {257, 7},   {385, 7},   {513, 8},   {769, 8},   {1025, 9},
     {1537, 9},   {2049, 10},  {3073, 10}, {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12},
     {16385, 13}, {24577, 13}, {0, 0},     {0, 0}}};

}  // namespace

Result<std::size_t> LenientInflate::Read(std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size() && state_ != State::kEnd && !error_) {
    const auto step = Step(out, done);
    if (!step) error_ = step.error();
  }
  if (done == 0 && error_) return tl::make_unexpected(*error_);
  return done;
}

Result<void> LenientInflate::Step(std::span<std::byte> out, std::size_t& done) {
  switch (state_) {
    case State::kHeader:
      return last_block_ ? End() : ReadHeader();
    case State::kStored:
      return ReadStored(out, done);
    case State::kSymbols:
      return ReadSymbols(out, done);
    case State::kCopy:
      Copy(out, done);
      return {};
    case State::kNothing:
    case State::kEndless:
      return PutZeros(out, done);
    case State::kEnd:
      return {};
  }
  return {};
}

Result<void> LenientInflate::End() {
  in_.AlignToByte();
  state_ = State::kEnd;
  if (unwritten_ == 0) return {};
  return Fail(ErrorCode::kMalformed,
              "compressed data leave " + std::to_string(unwritten_) + " bytes unwritten",
              in_.consumed());
}

Result<void> LenientInflate::ReadHeader() {
  const std::uint32_t header = TRY(in_.Bits(3));
  last_block_ = (header & 1) != 0;
  switch (header >> 1) {
    case kStoredBlock:
      return ReadStoredHeader();
    case kFixedBlock:
      FixedCodes();
      break;
    case kDynamicBlock:
      TRY(ReadCodes());
      break;
    default:
      return Fail(ErrorCode::kMalformed, "compressed data have no such block", in_.consumed());
  }
  state_ = State::kSymbols;
  return {};
}

// 3.2.4: "LEN ... NLEN is the one's complement of LEN."
Result<void> LenientInflate::ReadStoredHeader() {
  in_.AlignToByte();
  const std::uint32_t length = TRY(in_.Bits(16));
  const std::uint32_t complement = TRY(in_.Bits(16));
  if ((length ^ complement) != 0xffff) {
    return Fail(ErrorCode::kMalformed, "a stored block's lengths disagree", in_.consumed());
  }
  pending_ = length;
  state_ = State::kStored;
  return {};
}

// 3.2.6.
void LenientInflate::FixedCodes() {
  std::array<std::uint8_t, LenientCode::kMostSymbols> lengths{};
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    lengths[symbol] = symbol < 144 || symbol >= 280 ? 8 : symbol < 256 ? 9 : 7;
  }
  literals_.Build(lengths);
  std::array<std::uint8_t, kMostDistances> distances{};
  distances.fill(5);
  distances_.Build(distances);
}

// 3.2.7.
Result<void> LenientInflate::ReadCodes() {
  const std::size_t literal_count = kFirstLength + TRY(in_.Bits(5));
  const std::size_t distance_count = 1 + TRY(in_.Bits(5));
  const std::size_t code_count = 4 + TRY(in_.Bits(4));
  std::array<std::uint8_t, kLengthCodes> code_lengths{};
  for (std::size_t i = 0; i < code_count; ++i) {
    code_lengths[kLengthOrder[i]] = static_cast<std::uint8_t>(TRY(in_.Bits(3)));
  }
  LenientCode code;
  if (!code.Build(code_lengths)) {
    return Fail(ErrorCode::kMalformed, "the code of a block's lengths is none", in_.consumed());
  }
  std::array<std::uint8_t, LenientCode::kMostSymbols + kMostDistances> lengths{};
  const std::size_t count = literal_count + distance_count;
  for (std::size_t i = 0; i < count;) {
    const std::uint32_t symbol = TRY(code.Next(in_)).value;
    if (symbol < 16) {
      lengths[i++] = static_cast<std::uint8_t>(symbol);
      continue;
    }
    // 16: the length before, 3 to 6 times; 17 and 18: 3 to 10 and 11 to 138 times none.
    const std::uint32_t more = TRY(in_.Bits(symbol == 16 ? 2 : symbol == 17 ? 3 : 7));
    const std::size_t times = (symbol == 18 ? 11 : 3) + more;
    if ((symbol == 16 && i == 0) || times > count - i) {
      return Fail(ErrorCode::kMalformed, "a repeated length is none of the block's",
                  in_.consumed());
    }
    const std::uint8_t length = symbol == 16 ? lengths[i - 1] : std::uint8_t{0};
    std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(i), times, length);
    i += times;
  }
  const std::span<const std::uint8_t> all(lengths);
  if (!literals_.Build(all.first(literal_count)) ||
      !distances_.Build(all.subspan(literal_count, distance_count))) {
    return Fail(ErrorCode::kMalformed, "a block's code is over- or underfull", in_.consumed());
  }
  return {};
}

Result<void> LenientInflate::ReadStored(std::span<std::byte> out, std::size_t& done) {
  for (; pending_ > 0 && done < out.size(); --pending_) {
    Put(static_cast<std::byte>(TRY(in_.Bits(8))), out, done);
  }
  if (pending_ == 0) state_ = State::kHeader;
  return {};
}

Result<void> LenientInflate::ReadSymbols(std::span<std::byte> out, std::size_t& done) {
  while (done < out.size()) {
    const LenientCode::Symbol symbol = TRY(literals_.Next(in_));
    if (symbol.bits == 0) {
      pending_ = std::min(size_ - std::min(size_, produced_), kEndlessZeros);
      state_ = State::kEndless;
      return {};
    }
    if (symbol.value == kEndOfBlock) {
      state_ = State::kHeader;
      return {};
    }
    if (symbol.value > kEndOfBlock) return ReadDistance(symbol.value);
    Put(static_cast<std::byte>(symbol.value), out, done);
  }
  return {};
}

Result<void> LenientInflate::ReadDistance(std::uint32_t length_symbol) {
  const Base& length = kLengths[length_symbol - kFirstLength];
  pending_ = length.value + TRY(in_.Bits(length.bits));
  const Base& distance = kDistances[TRY(distances_.Next(in_)).value];
  distance_ = distance.value + TRY(in_.Bits(distance.bits));
  if (distance_ > produced_) {
    return Fail(ErrorCode::kMalformed, "a distance leads out of what was unpacked", in_.consumed());
  }
  if (distance_ == 0) unwritten_ += pending_;
  if (pending_ > 0) state_ = distance_ == 0 ? State::kNothing : State::kCopy;
  return {};
}

void LenientInflate::Copy(std::span<std::byte> out, std::size_t& done) {
  for (; pending_ > 0 && done < out.size(); --pending_) {
    Put(window_[(produced_ - distance_) % kWindowBytes], out, done);
  }
  if (pending_ == 0) state_ = State::kSymbols;
}

Result<void> LenientInflate::PutZeros(std::span<std::byte> out, std::size_t& done) {
  for (; pending_ > 0 && done < out.size(); --pending_) Put(std::byte{0}, out, done);
  if (pending_ > 0) return {};
  if (state_ == State::kEndless) {
    return Fail(ErrorCode::kMalformed, "compressed data come to a code without an end",
                in_.consumed());
  }
  state_ = State::kSymbols;
  return {};
}

}  // namespace counterscan::container
