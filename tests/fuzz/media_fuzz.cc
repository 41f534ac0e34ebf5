// FollowMedia and TextCode: never beyond the source, and the same whatever the pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/base/byte_source.h"
#include "scanner/detect/text_code.h"
#include "scanner/format/media.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const auto bytes = std::as_bytes(std::span(data, size));
  const format::MediaWalk walk = format::FollowMedia(MemorySource(bytes));
  if (walk.end > size) std::abort();

  detect::TextCode whole;
  whole.Feed(bytes);
  detect::TextCode halves;
  halves.Feed(bytes.first(size / 2));
  halves.Feed(bytes.subspan(size / 2));
  // An index of dbm.dumb is told by its first line, which comes in one piece.
  const bool index = whole.Found().starts_with("dbm");
  if (!index && !whole.Found().empty() && halves.Found().empty()) std::abort();
  return 0;
}
