// A NumPy header that is read lies inside the file.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/format/numpy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const MemorySource source(std::as_bytes(std::span(data, size)));
  const auto header = format::ReadNumpyHeader(source);
  if (header && header->data_offset > size) std::abort();
  if (header) header->DataBytes();
  return 0;
}
