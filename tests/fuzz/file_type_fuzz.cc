// Identification never fails, and says the same of a beginning whatever follows the sample.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/detect/identify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto head = bytes.first(std::min(size, detect::kHeadBytes));
  const detect::FileType type = detect::Identify(bytes, size);
  if (detect::Identify(head, size) != type) std::abort();
  if (detect::Name(type).empty()) std::abort();
  return 0;
}
