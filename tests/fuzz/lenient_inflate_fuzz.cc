// What zlib unpacks, LenientInflate unpacks to the same bytes, however it is read; what only one of
// them unpacks ends, within the bytes there are.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/container/inflate_stream.h"
#include "scanner/container/lenient_inflate.h"
#include "scanner/container/member_inflate.h"

namespace {

using namespace counterscan;

constexpr std::size_t kMostBytes = 2 * kMiB;

struct Unpacked {
  std::vector<std::byte> bytes;
  bool ended = false;   // at the end of the stream
  bool failed = false;  // else there was more than kMostBytes
};

Unpacked ReadAll(container::PackedStream& stream, std::size_t step, std::size_t packed_bytes) {
  Unpacked unpacked;
  std::vector<std::byte> out(step);
  while (!unpacked.ended && !unpacked.failed && unpacked.bytes.size() < kMostBytes) {
    const auto got = stream.Read(out);
    unpacked.failed = !got;
    unpacked.ended = got && *got == 0;
    if (got)
      unpacked.bytes.insert(unpacked.bytes.end(), out.begin(),
                            out.begin() + static_cast<std::ptrdiff_t>(*got));
  }
  if (stream.consumed() > packed_bytes) std::abort();
  return unpacked;
}

bool Begins(const Unpacked& whole, const Unpacked& part) {
  const std::size_t size = std::min(part.bytes.size(), kMostBytes);
  return whole.bytes.size() >= size &&
         std::equal(part.bytes.begin(), part.bytes.begin() + static_cast<std::ptrdiff_t>(size),
                    whole.bytes.begin());
}

}  // namespace

// The first byte says how much is read at once, the second how much is said to be there.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = std::size_t{1} + data[0] * std::size_t{16};
  const std::uint64_t declared = data[1] < 64 ? std::uint64_t{1} << data[1] : data[1];
  const MemorySource packed(std::as_bytes(std::span(data, size)).subspan(2));
  const std::size_t packed_bytes = size - 2;

  const auto strict = container::InflateStream::Open(packed);
  if (!strict) return 0;
  const Unpacked by_zlib = ReadAll(**strict, 4096, packed_bytes);
  container::LenientInflate lenient(packed, declared);
  const Unpacked by_miniz = ReadAll(lenient, step, packed_bytes);
  if (!Begins(by_miniz, by_zlib)) std::abort();
  if (by_zlib.ended) {
    if (!by_miniz.ended || by_zlib.bytes != by_miniz.bytes) std::abort();
    if ((*strict)->consumed() != lenient.consumed()) std::abort();
  }

  std::optional<container::StrictEnd> strict_end;
  const auto both = container::MemberInflate::Open(packed, declared, &strict_end);
  if (!both) return 0;
  const Unpacked by_both = ReadAll(**both, step, packed_bytes);
  if (!Begins(by_both, by_zlib) || !Begins(by_both, by_miniz)) std::abort();
  if (strict_end && by_zlib.bytes.size() < kMostBytes) {
    if (!by_zlib.failed || strict_end->unpacked != by_zlib.bytes.size()) std::abort();
  }
  return 0;
}
