// Walker's part for the two members of an old torch tar that hold pickles with data between them.
//
// torch/serialization.py, `legacy_load`: "storages" is a pickled count, then for each storage a
// pickle (key, location, class), a 64-bit element count and the elements, then a pickled list of
// views. "tensors" is a pickled count, then for each tensor a pickle (key, storage key, class), a
// 32-bit number of dimensions, 4 bytes, that many 64-bit sizes and strides, and a 64-bit offset.

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/engine/walker.h"

namespace counterscan {
namespace {

using container::RangeSet;

// A pickle of a key, a location and a class is far shorter.
constexpr std::uint64_t kRecordPickleBytes = 4096;
// Records of one member. Old torch had models of thousands of tensors.
constexpr std::size_t kMaxRecords = 100'000;
constexpr std::uint32_t kMaxDimensions = 64;
constexpr std::uint64_t kCountBytes = 8;

struct ElementSize {
  std::string_view storage;
  std::uint64_t bytes;
};
constexpr auto kElements = std::to_array<ElementSize>({
    {"DoubleStorage", 8},
    {"FloatStorage", 4},
    {"HalfStorage", 2},
    {"LongStorage", 8},
    {"IntStorage", 4},
    {"ShortStorage", 2},
    {"CharStorage", 1},
    {"ByteStorage", 1},
});

template <class T>
std::optional<T> NumberAt(const ByteSource& source, std::uint64_t offset) {
  std::array<std::byte, sizeof(T)> bytes{};
  if (!ReadExactly(source, offset, bytes)) return std::nullopt;
  return *ByteReader(bytes).LittleEndian<T>();
}

// Bytes of data behind a record's pickle that names `name`; nullopt when they do not fit.
std::optional<std::uint64_t> DataBytes(const ByteSource& source, std::uint64_t offset,
                                       std::string_view name) {
  const std::uint64_t left = source.size() - offset;
  if (name.ends_with("Tensor")) {
    const auto dimensions = NumberAt<std::uint32_t>(source, offset);
    if (!dimensions || *dimensions > kMaxDimensions) return std::nullopt;
    const std::uint64_t bytes = 8 + std::uint64_t{16} * *dimensions + 8;
    return bytes <= left ? std::optional(bytes) : std::nullopt;
  }
  const auto element = std::ranges::find(kElements, name, &ElementSize::storage);
  if (element == kElements.end()) return 0;
  const auto count = NumberAt<std::uint64_t>(source, offset);
  if (!count || *count > (left - 8) / element->bytes) return std::nullopt;
  return 8 + *count * element->bytes;
}

}  // namespace

void Walker::WalkTorchTarRecords(const Part& part) {
  const std::uint64_t size = part.source.size();
  std::uint64_t at = 0;
  for (std::size_t record = 0; record < kMaxRecords && at < size; ++record) {
    const SliceSource start(part.source, at, std::min(kRecordPickleBytes, size - at));
    const pickle::Analysis glance = RunPickle(start);
    if (glance.pickles.empty() || glance.pickles.front().offset != 0 ||
        !glance.pickles.front().error.empty()) {
      break;
    }
    // Once more, and nothing but the pickle: what follows it is data.
    const SliceSource only(part.source, at, glance.pickles.front().size);
    const Place place{part.place.where, part.place.base + at};
    const pickle::Analysis analysis = RunPickle(only);
    static_cast<void>(ReportPickles(analysis, place, ReadFailure(part.place), sink_));
    const std::uint64_t data = at + only.size();
    std::optional<std::uint64_t> bytes = 0;
    for (const pickle::Import& import : analysis.imports) {
      const auto named = DataBytes(part.source, data, import.name.value_or(""));
      if (!named || *named > 0) bytes = named;
    }
    at = data;
    if (!bytes) break;
    // Behind the count, or between the numbers of a tensor, nothing is unpickled.
    const SliceSource numbers(part.source, data, *bytes);
    for (const std::uint64_t begin : {std::uint64_t{0}, kCountBytes}) {
      if (*bytes <= begin) continue;
      const SliceSource from(numbers, begin, *bytes - begin);
      if (const auto head = ReadHead(from)) {
        CheckNumbers(from, *head, {part.place.where, part.place.base + data + begin});
      }
    }
    at += *bytes;
  }
  if (at >= size) return;
  // Whatever torch would make of the rest, it is unpickled.
  const SliceSource rest(part.source, at, size - at);
  const Place place{part.place.where, part.place.base + at};
  const pickle::Analysis analysis = RunPickle(rest);
  const RangeSet spoken = ReportPickles(analysis, place, ReadFailure(part.place), sink_);
  for (const container::Range& range : spoken.Missing(rest.size())) {
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kFormat, place, range.first, range.last,
             "no record of a torch tar");
  }
}

}  // namespace counterscan
