// Unpacking any bytes as any family of streams, and as a zip member of any method, ends, within
// memory, and reads nothing outside.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/base/limits.h"
#include "scanner/container/compressed_stream.h"
#include "scanner/container/zip_method.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  using container::StreamFamily;
  const MemorySource source(std::as_bytes(std::span(data, size)));
  for (const StreamFamily family : {StreamFamily::kZlib, StreamFamily::kGzip, StreamFamily::kBzip2,
                                    StreamFamily::kXz, StreamFamily::kFrames}) {
    for (const bool check : {true, false}) {
      container::MemoryBudget memory(16 * kMiB);
      {
        auto stream =
            container::CompressedStream::Open(source, family, {.check = check, .memory = &memory});
        if (!stream) continue;
        std::array<std::byte, 4096> out;
        for (int reads = 0; reads < 256; ++reads) {
          const auto got = (*stream)->Read(out);
          if (!got || *got == 0) break;
        }
        if ((*stream)->consumed() > size) std::abort();
        for (const container::Range& range : (*stream)->skipped()) {
          if (range.first > range.last || range.last > size) std::abort();
        }
      }
      if (memory.left() != 16 * kMiB) std::abort();
    }
  }
  for (const int method : {8, 12, 14, 93, 95}) {
    container::MemoryBudget memory(16 * kMiB);
    {
      const auto stream =
          container::UnpackMember(source, static_cast<std::uint16_t>(method), size * 2, memory);
      if (!stream) continue;
      std::array<std::byte, 4096> out;
      for (int reads = 0; reads < 256; ++reads) {
        const auto got = (*stream)->Read(out);
        if (!got || *got == 0) break;
      }
      if ((*stream)->consumed() > size) std::abort();
    }
    if (memory.left() != 16 * kMiB) std::abort();
  }
  return 0;
}
