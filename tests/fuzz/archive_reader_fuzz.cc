// Reading any bytes as 7z, rar or tar by libarchive ends without harm, and so does following the
// blocks of a rar, which names no byte that is not there.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/container/archive_reader.h"
#include "scanner/container/rar_blocks.h"
#include "scanner/container/seven_zip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  using container::ArchiveFormat;
  const MemorySource source(std::as_bytes(std::span(data, size)));
  for (const ArchiveFormat format :
       {ArchiveFormat::kTar, ArchiveFormat::kSevenZip, ArchiveFormat::kRar}) {
    const auto reader = container::ArchiveReader::Open(source, format);
    if (!reader) continue;
    std::array<std::byte, 4096> out;
    for (int entries = 0; entries < 64; ++entries) {
      const auto entry = (*reader)->Next();
      if (!entry || !*entry) break;
      for (int reads = 0; reads < 64; ++reads) {
        const auto got = (*reader)->Read(out);
        if (!got || *got == 0) break;
      }
    }
  }
  static_cast<void>(container::FindSevenZip(source, size));
  const container::RarBlocks blocks = container::ReadRarBlocks(source);
  std::uint64_t last = 0;
  for (const container::Range& range : blocks.unread) {
    if (range.first < last || range.first >= range.last) std::abort();
    last = range.last;
  }
  if (last > size || blocks.end > size) std::abort();
  return 0;
}
