// ByteSource: bytes that can be read at any offset. ByteStream: bytes that come one after another.
//
// A file on disk, a stored zip member and a buffer are sources; an inflated member is only a
// stream. Nothing here is thread-safe. Not mmap: a file that shrinks would raise SIGBUS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "scanner/base/result.h"

namespace counterscan {

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Bytes this source promised to have when it was opened.
  virtual std::uint64_t size() const = 0;

  // Reads up to out.size() bytes at `offset`. Returns fewer only at the end of the data; 0 at or
  // past the end. A file that has shrunk since it was opened gives fewer bytes than size() said.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const = 0;

  // The bytes of [offset, offset + size) where they are, if the source has them all in memory for
  // as long as it lives; else nothing. For those who look at many small pieces.
  virtual std::optional<std::span<const std::byte>> Held(std::uint64_t offset,
                                                         std::uint64_t size) const {
    static_cast<void>(offset);
    static_cast<void>(size);
    return std::nullopt;
  }
};

// Over bytes in memory, which must outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override;
  std::optional<std::span<const std::byte>> Held(std::uint64_t offset,
                                                 std::uint64_t size) const override;

 private:
  std::span<const std::byte> bytes_;
};

// Over an open descriptor, which it does not own and which must outlive it.
class FileSource final : public ByteSource {
 public:
  FileSource(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override;

 private:
  int descriptor_;
  std::uint64_t size_;
};

// A range of another source, which must outlive it. The range is cut to what the source has.
class SliceSource final : public ByteSource {
 public:
  SliceSource(const ByteSource& whole, std::uint64_t begin, std::uint64_t size);
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override;
  std::optional<std::span<const std::byte>> Held(std::uint64_t offset,
                                                 std::uint64_t size) const override;

 private:
  const ByteSource& whole_;
  std::uint64_t begin_;
  std::uint64_t size_;
};

class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  // Reads up to out.size() bytes (at least 1). Returns 0 only at the end.
  virtual Result<std::size_t> Read(std::span<std::byte> out) = 0;

  // Drops up to `count` bytes and returns how many there were to drop. The default reads them.
  virtual Result<std::uint64_t> Skip(std::uint64_t count);
};

// The bytes of a source from `begin` to its end. The source must outlive it. Skip() is free.
class SourceStream final : public ByteStream {
 public:
  explicit SourceStream(const ByteSource& source, std::uint64_t begin = 0)
      : source_(source), position_(begin) {}
  Result<std::size_t> Read(std::span<std::byte> out) override;
  Result<std::uint64_t> Skip(std::uint64_t count) override;

 private:
  const ByteSource& source_;
  std::uint64_t position_;
};

// Reads exactly out.size() bytes at `offset`, or fails with kTruncated.
Result<void> ReadExactly(const ByteSource& source, std::uint64_t offset, std::span<std::byte> out);

// Some bytes of a source, which must outlive them: a copy only where the source does not hold them.
class Excerpt {
 public:
  Excerpt() = default;
  // Up to `size` bytes at `offset`; fewer only at the end of the data. `size` is cut to what the
  // source has before anything is allocated.
  static Result<Excerpt> Read(const ByteSource& source, std::uint64_t offset, std::uint64_t size);

  std::span<const std::byte> bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  operator std::span<const std::byte>() const { return bytes_; }

 private:
  std::unique_ptr<std::byte[]> own_;
  std::span<const std::byte> bytes_;
};

}  // namespace counterscan
