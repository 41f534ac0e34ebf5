// ArchiveReader: a 7z, rar or tar archive as libarchive reads it, one entry after another.
//
// Only the formats that are asked for by name are registered: no filter, so none that would start
// another program. libarchive gives entries in the order of the archive and cannot go back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan::container {

enum class ArchiveFormat : std::uint8_t { kTar, kSevenZip, kRar };

struct ArchiveEntry {
  enum class Kind : std::uint8_t { kFile, kFolder, kSymbolicLink, kHardLink, kDevice };

  std::string name;  // as the archive has it, where libarchive can give that
  std::string link;
  Kind kind = Kind::kFile;
  std::optional<std::uint64_t> size{};  // as declared
  bool encrypted = false;
};

class ArchiveReader {
 public:
  // `source` must outlive it.
  static Result<std::unique_ptr<ArchiveReader>> Open(const ByteSource& source,
                                                     ArchiveFormat format);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // The next entry, or nullopt at the end. kMalformed, kTruncated or kUnsupported when the archive
  // cannot be read on; what encrypts itself whole is kUnsupported, and encrypted() is true.
  Result<std::optional<ArchiveEntry>> Next();

  // Bytes of the entry that Next() gave last; 0 at its end.
  Result<std::size_t> Read(std::span<std::byte> out);

  // True once something that is encrypted was met.
  bool encrypted() const;

 private:
  struct State;
  explicit ArchiveReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads what would otherwise be read at the first use, which a sandbox forbids.
void WarmUpArchiveReader();

}  // namespace counterscan::container
