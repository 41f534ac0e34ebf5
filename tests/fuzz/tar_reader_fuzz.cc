// Listing a tar ends, keeps members inside the file, and claims no byte that is not there; sparse
// maps read no byte outside.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/container/sparse_source.h"
#include "scanner/container/tar_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const MemorySource source(std::as_bytes(std::span(data, size)));
  container::MemoryBudget memory(Limits{}.listed_bytes);
  container::TarReader reader(source, memory);
  for (int members = 0; members < 1000; ++members) {
    const auto member = reader.Next();
    if (!member) break;
    if (member->data_offset > size || member->stored_size > size - member->data_offset) {
      // A header in the last block has its content behind the end: none.
      if (member->stored_size != 0) std::abort();
    }
    if (!member->sparse) continue;
    container::UnpackBudget budget(1 << 16);
    const SliceSource stored(source, member->data_offset, member->stored_size);
    const container::SparseSource expanded(stored, member->pieces, member->real_size, budget);
    std::array<std::byte, 4096> out;
    static_cast<void>(expanded.ReadAt(0, out));
    static_cast<void>(expanded.ReadAt(expanded.size() / 2, out));
  }
  for (const container::Range& range : reader.claimed().Missing(size)) {
    if (range.first >= range.last || range.last > size) std::abort();
  }
  return 0;
}
