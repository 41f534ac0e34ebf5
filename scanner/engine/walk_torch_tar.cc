// Walker's part for the two members of an old torch tar that hold pickles with numbers between
// them.

#include <utility>

#include "scanner/container/torch_tar.h"
#include "scanner/engine/walker.h"

namespace counterscan {
namespace {

using container::Range;
using container::RangeSet;
using container::TorchTarMember;

// Of an element count, or of a number of dimensions.
constexpr std::uint64_t kCountBytes = 8;

}  // namespace

void Walker::WalkTorchTarRecords(const Part& part, TorchTarMember member) {
  const std::uint64_t size = part.source.size();
  const container::TorchTarLayout layout = container::ReadTorchTarMember(part.source, member);
  for (const Range& range : layout.pickles) {
    const SliceSource only(part.source, range.first, range.size());
    const Place place{part.place.where, part.place.base + range.first};
    static_cast<void>(ReportPickles(RunPickle(only), place, ReadFailure(part.place), sink_));
  }
  for (const Range& range : layout.numbers) {
    // Behind the count, or between the numbers of a tensor, nothing is unpickled.
    for (const std::uint64_t begin : {std::uint64_t{0}, kCountBytes}) {
      if (range.size() <= begin) continue;
      const SliceSource from(part.source, range.first + begin, range.size() - begin);
      if (const auto head = ReadHead(from)) {
        CheckNumbers(from, *head, {part.place.where, part.place.base + range.first + begin});
      }
    }
  }
  if (layout.end >= size && layout.complete) return;
  const SliceSource rest(part.source, layout.end, size - layout.end);
  const Place place{part.place.where, part.place.base + layout.end};
  const Part behind{.source = rest,
                    .place = place,
                    .depth = part.depth + 1,
                    .role = Role::kHole,
                    .costly = part.costly};
  RangeSet spoken;
  WalkPickle(behind, spoken);
  if (!layout.complete) {
    // What torch makes of the rest is not known, whatever else it looks like.
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kFormat, place, 0, rest.size(),
             "a record that is not as torch writes them");
    if (layout.end == 0) {
      Walk(part);
    } else {
      TryHiddenPickle(behind);
    }
    return;
  }
  for (const Range& range : spoken.Missing(rest.size())) {
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kFormat, place, range.first, range.last,
             "no record of a torch tar");
  }
}

}  // namespace counterscan
