#include "scanner/container/member_source.h"

#include <algorithm>
#include <array>

namespace counterscan::container {
namespace {

constexpr std::uint64_t kStep = 64 * 1024;

tl::unexpected<Error> BudgetSpent(std::uint64_t offset) {
  return Fail(ErrorCode::kLimit, "the file's budget for unpacked bytes is spent", offset);
}

}  // namespace

Result<std::size_t> StreamSource::ReadNext(std::span<std::byte> out) const {
  const std::size_t got = TRY(stream_->Read(out));
  position_ += got;
  if (!budget_.Take(got)) return BudgetSpent(position_);
  return got;
}

Result<void> StreamSource::MoveTo(std::uint64_t offset) const {
  if (!stream_ || offset < position_) {
    stream_ = TRY(open_());
    position_ = 0;
  }
  std::array<std::byte, 16 * 1024> dropped;
  while (position_ < offset) {
    const auto step =
        static_cast<std::size_t>(std::min<std::uint64_t>(dropped.size(), offset - position_));
    const std::size_t got = TRY(ReadNext(std::span(dropped).first(step)));
    if (got == 0) break;
  }
  return {};
}

Result<std::size_t> StreamSource::ReadAt(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= size_) return std::size_t{0};
  if (out.size() > size_ - offset) out = out.first(static_cast<std::size_t>(size_ - offset));
  TRY(MoveTo(offset));
  if (position_ < offset) return std::size_t{0};
  std::size_t done = 0;
  while (done < out.size()) {
    const std::size_t got = TRY(ReadNext(out.subspan(done)));
    if (got == 0) break;
    done += got;
  }
  if (position_ == size_ && done > 0) {
    std::byte next[1];
    const auto more = stream_->Read(next);
    is_longer_ = is_longer_ || (more && *more > 0);
    // The stream is one byte ahead now; the next read starts over.
    if (more && *more > 0) stream_.reset();
  }
  return done;
}

Unpacked Unpack(ByteStream& stream, std::uint64_t limit, UnpackBudget& budget,
                std::uint64_t expected) {
  Unpacked result;
  std::vector<std::byte>& bytes = result.bytes;
  while (bytes.size() <= limit) {
    const std::size_t have = bytes.size();
    // One byte more than there should be shows whether that is the end.
    const std::uint64_t wanted =
        have <= expected ? std::min(expected - have, kStep - 1) + 1 : kStep;
    const auto step = static_cast<std::size_t>(std::min(wanted, limit + 1 - have));
    bytes.resize(have + step);
    const auto got = stream.Read(std::span(bytes).subspan(have));
    bytes.resize(have + (got ? *got : 0));
    if (!got) {
      result.error = got.error();
      break;
    }
    if (!budget.Take(*got)) {
      result.error = BudgetSpent(bytes.size()).value();
      break;
    }
    if (*got == 0) {
      result.complete = true;
      break;
    }
  }
  return result;
}

Measured Measure(ByteStream& stream, UnpackBudget& budget) {
  Measured result;
  std::vector<std::byte> dropped(kStep);
  for (;;) {
    const auto got = stream.Read(dropped);
    if (!got) {
      result.error = got.error();
      return result;
    }
    if (*got == 0) return result;
    if (!budget.Take(*got)) {
      result.error = BudgetSpent(result.bytes).value();
      return result;
    }
    result.bytes += *got;
  }
}

}  // namespace counterscan::container
