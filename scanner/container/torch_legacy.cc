#include "scanner/container/torch_legacy.h"

#include <array>
#include <cstddef>
#include <unordered_set>
#include <utility>
#include <vector>

#include "scanner/base/byte_reader.h"

namespace counterscan::container {
namespace {

// Checkpoints have thousands of storages; each costs a few steps when the first guess is right.
constexpr std::size_t kMaxSteps = 500'000;

}  // namespace

// The element size stands in the fourth pickle, not here. So this searches for a chain of storages
// that ends exactly at the end: depth first, the commonest size first, and never from one place
// twice. A wrong size lands inside tensor data, whose bytes as a count lead out of the file.
Result<std::uint64_t> CountStorages(const ByteSource& source, std::uint64_t begin) {
  constexpr auto kElementSizes = std::to_array<std::uint64_t>({16, 1, 8, 2, 4});
  struct Place {
    std::uint64_t offset;
    std::uint64_t storages;
  };
  std::vector<Place> open{{begin, 0}};
  std::unordered_set<std::uint64_t> seen;
  while (!open.empty()) {
    const Place place = open.back();
    open.pop_back();
    if (place.offset == source.size()) return place.storages;
    if (source.size() - place.offset < sizeof(std::uint64_t)) continue;
    if (!seen.insert(place.offset).second) continue;
    if (seen.size() > kMaxSteps) {
      return Fail(ErrorCode::kLimit, "too many ways to read the storages", begin);
    }
    std::array<std::byte, sizeof(std::uint64_t)> bytes{};
    TRY(ReadExactly(source, place.offset, bytes));
    ByteReader reader(bytes);
    const auto count = *reader.LittleEndian<std::uint64_t>();
    const std::uint64_t left = source.size() - place.offset - bytes.size();
    // Last pushed, first tried.
    for (const std::uint64_t element_size : kElementSizes) {
      if (count > left / element_size) continue;
      open.push_back({place.offset + bytes.size() + count * element_size, place.storages + 1});
    }
  }
  return Fail(ErrorCode::kMalformed, "no storages account for the end of the file", begin);
}

}  // namespace counterscan::container
