#include "scanner/base/byte_source.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace counterscan {

Result<std::size_t> MemorySource::ReadAt(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= bytes_.size()) return std::size_t{0};
  const auto from = bytes_.subspan(static_cast<std::size_t>(offset));
  const std::size_t count = std::min(from.size(), out.size());
  std::copy_n(from.begin(), count, out.begin());
  return count;
}

std::optional<std::span<const std::byte>> MemorySource::Held(std::uint64_t offset,
                                                             std::uint64_t size) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) return std::nullopt;
  return bytes_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

Result<std::size_t> FileSource::ReadAt(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= size_) return std::size_t{0};
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset));
  std::size_t done = 0;
  while (done < wanted) {
    const ssize_t got =
        pread(descriptor_, out.data() + done, wanted - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read at byte " + std::to_string(offset + done), errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

SliceSource::SliceSource(const ByteSource& whole, std::uint64_t begin, std::uint64_t size)
    : whole_(whole),
      begin_(std::min(begin, whole.size())),
      size_(std::min(size, whole.size() - begin_)) {}

Result<std::size_t> SliceSource::ReadAt(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= size_) return std::size_t{0};
  const std::uint64_t left = size_ - offset;
  if (out.size() > left) out = out.first(static_cast<std::size_t>(left));
  return whole_.ReadAt(begin_ + offset, out);
}

std::optional<std::span<const std::byte>> SliceSource::Held(std::uint64_t offset,
                                                            std::uint64_t size) const {
  if (offset > size_ || size > size_ - offset) return std::nullopt;
  return whole_.Held(begin_ + offset, size);
}

Result<std::uint64_t> ByteStream::Skip(std::uint64_t count) {
  std::array<std::byte, 16384> dropped;
  std::uint64_t done = 0;
  while (done < count) {
    const auto step =
        static_cast<std::size_t>(std::min<std::uint64_t>(dropped.size(), count - done));
    const std::size_t got = TRY(Read(std::span(dropped).first(step)));
    if (got == 0) break;
    done += got;
  }
  return done;
}

Result<std::size_t> SourceStream::Read(std::span<std::byte> out) {
  const std::size_t got = TRY(source_.ReadAt(position_, out));
  position_ += got;
  return got;
}

Result<std::uint64_t> SourceStream::Skip(std::uint64_t count) {
  const std::uint64_t left = position_ < source_.size() ? source_.size() - position_ : 0;
  const std::uint64_t step = std::min(count, left);
  position_ += step;
  return step;
}

Result<void> ReadExactly(const ByteSource& source, std::uint64_t offset, std::span<std::byte> out) {
  const std::size_t got = TRY(source.ReadAt(offset, out));
  if (got < out.size()) {
    return Fail(ErrorCode::kTruncated,
                "wanted " + std::to_string(out.size()) + " bytes, got " + std::to_string(got),
                offset);
  }
  return {};
}

Result<Excerpt> Excerpt::Read(const ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  size = std::min(size, source.size() - std::min(source.size(), offset));
  Excerpt piece;
  if (const auto held = source.Held(offset, size)) {
    piece.bytes_ = *held;
    return piece;
  }
  const auto count = static_cast<std::size_t>(size);
  piece.own_ = std::make_unique_for_overwrite<std::byte[]>(count);
  const std::span<std::byte> room(piece.own_.get(), count);
  piece.bytes_ = room.first(TRY(source.ReadAt(offset, room)));
  return piece;
}

}  // namespace counterscan
