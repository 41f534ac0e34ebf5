// EncodedPickleSearch and EncodedStream: the same whatever the pieces, and no more than was there.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/base/byte_source.h"
#include "scanner/format/encoded_pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const auto bytes = std::as_bytes(std::span(data, size));
  format::EncodedPickleSearch whole;
  whole.Feed(bytes);
  format::EncodedPickleSearch halves;
  halves.Feed(bytes.first(size / 2));
  halves.Feed(bytes.subspan(size / 2));
  if (whole.places() != halves.places()) std::abort();

  const MemorySource text(bytes);
  for (const std::uint64_t place : whole.places()) {
    const auto found = format::EncodedPickleAt(text, place);
    if (!found) std::abort();
    if (!*found) continue;
    format::EncodedStream stream(text, (*found)->begin, size % 2 == 0);
    std::array<std::byte, 64> piece;
    std::size_t decoded = 0;
    for (;;) {
      const auto got = stream.Read(piece);
      if (!got) std::abort();
      if (*got == 0) break;
      decoded += *got;
    }
    if (decoded > size) std::abort();
  }
  return 0;
}
