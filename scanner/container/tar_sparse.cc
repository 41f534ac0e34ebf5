// TarReader's part for the sparse files of pax.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/container/tar_reader.h"

namespace counterscan::container {

// GNU tar manual, "Storing Sparse Files": PAX formats 0.0, 0.1 and 1.0. In the last the map stands
// before the content. tarfile asks for "map", then for "size", then for "major" and "minor".
void TarReader::ApplyPaxSparse(const PaxRecords& pax, TarMember& member) {
  const auto has = [&](std::string_view key, std::string_view value = {}) {
    const std::string* text = pax.Find(key);
    return text != nullptr && (value.empty() || *text == value);
  };
  const auto number = [](std::string_view text) { return PaxNumber(text).value_or(0); };
  if (const std::string* name = pax.Find("GNU.sparse.name")) member.name = *name;
  std::uint64_t offset = 0;
  std::vector<SparsePiece> pieces;
  for (const auto& [key, value] : pax.records) {
    // The last of these that it comes to is what tarfile reads.
    if (key == "GNU.sparse.realsize" || key == "GNU.sparse.size" || key == "size") {
      member.real_size = number(value);
    }
    if (key == "GNU.sparse.offset") offset = number(value);
    if (key == "GNU.sparse.numbytes" && pieces.size() < kMaxSparsePieces) {
      pieces.push_back({offset, number(value)});
    }
  }
  const bool map_in_front = has("GNU.sparse.major", "1");
  const bool listed = !pieces.empty();
  if (const std::string* map = pax.Find("GNU.sparse.map")) {
    member.sparse = true;
    member.map_unclear = listed || map_in_front || !has("GNU.sparse.size");
    pieces.clear();
    std::string_view rest = *map;
    while (!rest.empty() && pieces.size() < kMaxSparsePieces) {
      std::uint64_t pair[2] = {};
      for (std::uint64_t& half : pair) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        half = number(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      pieces.push_back({pair[0], pair[1]});
    }
  } else if (listed) {
    member.sparse = true;
    member.map_unclear = map_in_front || !has("GNU.sparse.size");
  } else if (map_in_front) {
    member.sparse = true;
    member.map_unclear =
        !has("GNU.sparse.minor", "0") || !has("GNU.sparse.realsize") || has("GNU.sparse.size");
  }
  if (!pieces.empty()) member.pieces = std::move(pieces);
}

// PAX 1.0: the count of pieces, then offset and size of each, a line each, filled up to a block.
void TarReader::ReadSparseMap(TarMember& member) {
  std::string text(
      static_cast<std::size_t>(std::min<std::uint64_t>(member.stored_size, 4 * kMaxTarExtension)),
      '\0');
  const auto got = source_.ReadAt(member.data_offset, std::as_writable_bytes(std::span(text)));
  text.resize(got ? *got : 0);
  if (!Spend(text.size())) return;
  std::string_view rest = text;
  const auto next = [&]() -> std::optional<std::uint64_t> {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = PaxNumber(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    return value;
  };
  const auto count = next();
  if (!count) member.map_unclear = true;
  for (std::uint64_t i = 0; count && i < *count && member.pieces.size() < kMaxSparsePieces; ++i) {
    const auto offset = next();
    const auto size = next();
    if (!offset || !size) {
      member.map_unclear = true;
      break;
    }
    member.pieces.push_back({*offset, *size});
  }
  const std::uint64_t map = std::min(RoundUpToBlock(text.size() - rest.size()), member.stored_size);
  claimed_.Add(member.data_offset, member.data_offset + map);
  member.data_offset += map;
  member.stored_size -= map;
}

}  // namespace counterscan::container
