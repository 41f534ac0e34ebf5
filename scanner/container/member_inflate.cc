#include "scanner/container/member_inflate.h"

#include <utility>

namespace counterscan::container {

Result<std::unique_ptr<MemberInflate>> MemberInflate::Open(const ByteSource& packed,
                                                           std::uint64_t size,
                                                           std::optional<StrictEnd>* strict_end) {
  std::unique_ptr<MemberInflate> stream(new MemberInflate(packed, size, strict_end));
  stream->strict_ = TRY(InflateStream::Open(packed));
  return stream;
}

Result<std::size_t> MemberInflate::Read(std::span<std::byte> out) {
  if (lenient_) return lenient_->Read(out);
  auto got = strict_->Read(out);
  // Also where zlib asks for more: a code for lengths of no symbol takes bits only from it.
  if (got || got.error().code == ErrorCode::kIo) return got;
  return ReadOn(out, got.error());
}

Result<std::size_t> MemberInflate::ReadOn(std::span<std::byte> out, const Error& refusal) {
  const std::uint64_t unpacked = strict_->produced();
  auto lenient = std::make_unique<LenientInflate>(packed_, size_);
  const auto skipped = lenient->Skip(unpacked);
  if (!skipped || *skipped < unpacked) return tl::make_unexpected(refusal);
  auto got = lenient->Read(out);
  if (!got) return tl::make_unexpected(refusal);
  lenient_ = std::move(lenient);
  if (strict_end_ != nullptr) *strict_end_ = {.unpacked = unpacked, .reason = refusal.message};
  return got;
}

}  // namespace counterscan::container
