// ByteReader under a program of reads that the input itself dictates.
//
// Each step takes one byte for the verb and eight for the length. Whatever they say, the cursor
// moves by what was read or not at all, and views lie inside the bytes.

#include <cstdint>
#include <cstdlib>

#include "scanner/base/byte_reader.h"

namespace {

void Require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using counterscan::ByteReader;
  const auto bytes = std::as_bytes(std::span(data, size));
  ByteReader program(bytes);
  ByteReader reader(bytes);
  while (program.remaining() > 0) {
    const auto verb = program.LittleEndian<std::uint8_t>();
    const std::uint64_t length =
        program.LittleEndian<std::uint64_t>().value_or(program.remaining());
    const std::uint64_t before = reader.offset();
    const std::uint64_t left = reader.remaining();
    std::uint64_t taken = 0;
    bool fits = false;
    if (*verb % 4 == 0) {
      fits = reader.LittleEndian<std::uint32_t>().has_value();
      taken = 4;
    } else if (*verb % 4 == 1) {
      const auto view = reader.Bytes(length);
      fits = view.has_value();
      taken = length;
      if (view) {
        Require(view->size() == length);
        Require(view->empty() || (view->data() >= bytes.data() &&
                                  view->data() + view->size() <= bytes.data() + bytes.size()));
      }
    } else if (*verb % 4 == 2) {
      fits = reader.Text(length).has_value();
      taken = length;
    } else {
      fits = reader.Skip(length).has_value();
      taken = length;
    }
    Require(fits == (taken <= left));
    Require(reader.offset() == before + (fits ? taken : 0));
    Require(reader.offset() + reader.remaining() == size);
    if (!fits) (void)reader.Skip(left / 2);
  }
  return 0;
}
