#include "scanner/container/tar_reader.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

#include "scanner/base/limits.h"
#include "scanner/base/text.h"

namespace counterscan::container {
namespace {

constexpr std::size_t kWindow = 64 * 1024;
// Names and pax records of one member. Python reads any length.
constexpr std::uint64_t kMaxExtension = kMiB;
// PATH_MAX of Linux: what is longer is not kept.
constexpr std::size_t kMaxName = 4096;
constexpr std::size_t kMaxPieces = 100'000;
// A broken archive of garbage would otherwise be searched block by block for a header.
constexpr std::uint64_t kMaxSearch = 64 * kMiB;
// No tar has this many oddities by accident; each is kept until it is reported.
constexpr std::size_t kMaxOddities = 10'000;
constexpr std::size_t kShownName = 80;

std::uint64_t RoundUp(std::uint64_t size) {
  const std::uint64_t rest = size % kTarBlock;
  if (rest == 0) return size;
  const std::uint64_t more = kTarBlock - rest;
  return size > ~std::uint64_t{0} - more ? ~std::uint64_t{0} : size + more;
}

std::uint64_t AddOrMax(std::uint64_t a, std::uint64_t b) {
  return a > ~std::uint64_t{0} - b ? ~std::uint64_t{0} : a + b;
}

// As Python's int() takes it: blanks around, a plus, single underscores between digits. nullopt for
// what is negative or no number.
std::optional<std::uint64_t> Decimal(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between = i > 0 && i + 1 < text.size() && text[i - 1] != '_';
    if (text[i] != '_' || !between) digits += text[i];
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

TarReader::TarReader(const ByteSource& source) : source_(source) {
  pending_.emplace(0, Extensions{});
}

void TarReader::Note(std::string_view rule, const TarMember& member, std::string message) {
  if (oddities_.size() >= kMaxOddities) return;
  oddities_.push_back({rule, member.name, member.header_offset, std::move(message)});
}

bool TarReader::ReadBlock(std::uint64_t offset, TarBlock& block) {
  const bool inside = offset >= window_begin_ && offset - window_begin_ <= window_.size() &&
                      window_.size() - (offset - window_begin_) >= kTarBlock;
  if (!inside) {
    if (offset >= source_.size()) return false;
    window_.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(kWindow, source_.size() - offset)));
    const auto got = source_.ReadAt(offset, window_);
    if (!got) error_ = got.error();
    window_.resize(got ? *got : 0);
    window_begin_ = offset;
    if (window_.size() < kTarBlock) return false;
  }
  const auto at = static_cast<std::ptrdiff_t>(offset - window_begin_);
  std::copy_n(window_.begin() + at, kTarBlock, block.begin());
  return true;
}

std::optional<TarMember> TarReader::Next() {
  while (!pending_.empty() && !error_) {
    const auto node = pending_.extract(pending_.begin());
    if (!visited_.insert({node.key(), node.mapped().any()}).second) continue;
    if (auto member = At(node.key(), std::move(node.mapped()))) {
      any_member_ = true;
      return member;
    }
  }
  return std::nullopt;
}

// A header that some reader looks for at `offset`.
std::optional<TarMember> TarReader::At(std::uint64_t offset, Extensions extensions) {
  TarBlock block;
  if (!ReadBlock(offset, block)) return std::nullopt;
  if (IsZeroBlock(block)) {
    end_seen_ = true;
    SkipZeros(offset);
    return std::nullopt;
  }
  auto header = ReadTarHeader(block);
  if (!header) {
    // Python ends here without a word, or looks on from block to block as GNU tar does: also where
    // other readers see content, once they disagree about where to look.
    if (searched_ < kMaxSearch) {
      searched_ += kTarBlock;
      pending_.emplace(offset + kTarBlock, extensions);
    } else if (!search_ended_) {
      search_ended_ = true;
      TarMember here;
      here.header_offset = offset;
      Note("ARC-117", here, "headers were searched for up to here, and no further");
    }
    return std::nullopt;
  }
  claimed_.Add(offset, offset + kTarBlock);
  extensions.behind_end = end_seen_;
  if (header->is_extension()) {
    ReadExtension(*header, offset, std::move(extensions));
    if (header->refused) pending_.emplace(offset + kTarBlock, Extensions{});
    return std::nullopt;
  }
  TarMember member = MemberOf(*header, offset, extensions);
  if (header->refused) pending_.emplace(offset + kTarBlock, Extensions{});
  return member;
}

void TarReader::SkipZeros(std::uint64_t offset) {
  TarBlock block;
  std::uint64_t at = offset;
  while (ReadBlock(at, block) && IsZeroBlock(block)) at += kTarBlock;
  claimed_.Add(offset, at);
  // Fewer bytes than a block may follow, which no reader reads: a hole, unless they are zero too.
  pending_.emplace(at, Extensions{});
}

// Where readers look for the next header behind content of `size` bytes.
void TarReader::Continue(std::uint64_t data_offset, std::uint64_t size,
                         const Extensions& extensions) {
  const std::uint64_t next = AddOrMax(data_offset, RoundUp(size));
  if (next < source_.size()) pending_.emplace(next, extensions);
}

void TarReader::ReadExtension(const TarHeader& header, std::uint64_t offset,
                              Extensions extensions) {
  const std::uint64_t data = offset + kTarBlock;
  const std::uint64_t size = header.size.value();
  // tarfile reads whole blocks.
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(RoundUp(size), kMaxExtension)),
                   '\0');
  const auto got = source_.ReadAt(data, std::as_writable_bytes(std::span(text)));
  if (!got) {
    error_ = got.error();
    return;
  }
  text.resize(*got);
  const auto declared = static_cast<std::size_t>(std::min<std::uint64_t>(size, text.size()));
  const bool longer = text.find_first_not_of('\0', declared) != std::string::npos;
  if (!longer) text.resize(declared);
  TarMember named;
  named.name = header.name;
  named.header_offset = offset;
  if (size > kMaxExtension) {
    Note("ARC-117", named, "a name or pax record of " + std::to_string(size) + " bytes");
  }
  const std::uint64_t end =
      AddOrMax(data, std::min(size, source_.size() - std::min(data, source_.size())));
  claimed_.Add(data, std::min(RoundUp(end - data) + data, source_.size()));
  const std::string until_nul = text.substr(0, std::min(declared, text.find('\0')));
  switch (header.kind()) {
    case TarType::kLongName:
      extensions.name = until_nul;
      break;
    case TarType::kLongLink:
      extensions.link = until_nul;
      break;
    default: {
      PaxRecords pax = ReadPaxRecords(text);
      pax.broken = pax.broken || longer;
      if (pax.broken) Note("ARC-117", named, "a pax record breaks its format");
      if (header.kind() == TarType::kPaxGlobal) {
        global_ = std::move(pax);
        break;
      }
      if (extensions.pax) {
        // Python lets the first of two win, others the last.
        Note("ARC-117", named, "a second pax record for one member");
        std::ranges::move(extensions.pax->records, std::back_inserter(pax.records));
        pax.broken = true;
      }
      extensions.pax = std::move(pax);
    }
  }
  for (const std::uint64_t reading : header.size.readings) Continue(data, reading, extensions);
  // Who finds no end of it looks on behind its header.
  if (size > end - data) pending_.emplace(data, Extensions{});
}

TarMember TarReader::MemberOf(TarHeader& header, std::uint64_t offset,
                              const Extensions& extensions) {
  TarMember member;
  member.name = header.name;
  member.link = extensions.link.value_or(header.link);
  member.type = header.type;
  member.header_offset = offset;
  member.data_offset = offset + kTarBlock;
  std::vector<std::uint64_t> sizes(header.size.readings.begin(), header.size.readings.end());
  if (header.size.negative) Note("ARC-117", member, "the size is negative");
  if (header.prefix_unclear) {
    Note("ARC-117", member, "a prefix of the name that only some readers use");
  }
  if (extensions.name && !extensions.name->empty()) member.name = *extensions.name;
  while (header.pieces_continue && header.pieces.size() <= kMaxPieces) {
    TarBlock block;
    if (!ReadBlock(member.data_offset, block)) break;
    ReadMorePieces(block, header);
    claimed_.Add(member.data_offset, member.data_offset + kTarBlock);
    member.data_offset += kTarBlock;
  }
  if (header.refused) Note("ARC-117", member, "some readers take it for no header");
  if (header.kind() == TarType::kSparse) {
    member.sparse = true;
    member.pieces = std::move(header.pieces);
    member.real_size = header.real_size;
  }
  if (global_) {
    ApplyPax(*global_, member, sizes);
    member.map_unclear = member.map_unclear || member.sparse;
  }
  if (extensions.pax) {
    const std::string* path = extensions.pax->Find("path");
    if (extensions.name && path != nullptr && *path != *extensions.name) {
      Note("ARC-117", member, "called " + Printable(*path, kShownName) + " by a pax record");
    }
    ApplyPax(*extensions.pax, member, sizes);
    member.map_unclear = member.map_unclear || (member.sparse && extensions.pax->broken);
  }
  // Without a map Python takes the size of a sparse file for the size of what is stored.
  if ((!member.sparse || member.map_unclear) && member.real_size > 0 &&
      std::ranges::find(sizes, member.real_size) == sizes.end()) {
    sizes.push_back(member.real_size);
  }
  // And the other way round.
  if (member.sparse && member.real_size == 0) member.real_size = sizes.front();
  if (sizes.size() > 1) {
    std::string readings;
    for (const std::uint64_t size : sizes) {
      readings += (readings.empty() ? "" : ", ") + std::to_string(size);
    }
    Note("ARC-117", member, "its size is read as " + readings);
  }
  // What readers take to have no content still declares a length, which some of them skip.
  if (header.is_sizeless() && sizes.front() > 0) {
    if (header.kind() != TarType::kHardLink) {
      Note("ARC-117", member,
           "a link, folder or device of " + std::to_string(sizes.front()) + " bytes");
    }
    sizes.push_back(0);
  }
  const std::uint64_t longest = *std::ranges::max_element(sizes);
  const std::uint64_t present = source_.size() - std::min(source_.size(), member.data_offset);
  member.stored_size = std::min(longest, present);
  member.missing = longest - member.stored_size;
  // The map is part of what the header counts.
  member.whole_offset = member.data_offset;
  member.whole_size = member.stored_size;
  const bool map_in_front = extensions.pax && extensions.pax->Find("GNU.sparse.major") != nullptr;
  if (member.sparse && member.pieces.empty() && map_in_front) ReadSparseMap(member);
  if (member.name.size() > kMaxName) {
    member.name.resize(kMaxName);
    Note("ARC-117", member, "a name longer than any system takes");
  }
  member.link.resize(std::min(member.link.size(), kMaxName));
  if (oddities_.size() < kMaxOddities) names_.Check(member.name, offset, oddities_);
  CheckLink(member);
  if (header.type >= '3' && header.type <= '6' && header.kind() != TarType::kFolder) {
    Note("ARC-116", member, header.kind() == TarType::kFifo ? "a FIFO" : "a device");
  }
  if (extensions.behind_end && any_member_ && !behind_end_told_) {
    behind_end_told_ = true;
    Note("ARC-118", member, "stands behind the end of the archive");
  }
  for (const std::uint64_t size : sizes) Continue(member.whole_offset, size, {});
  const std::uint64_t end = AddOrMax(member.data_offset, member.stored_size);
  if (header.size.negative || member.missing > 0)
    pending_.emplace(member.whole_offset, Extensions{});
  claimed_.Add(member.data_offset, end);
  return member;
}

void TarReader::CheckLink(const TarMember& member) {
  // What is unpacked below a link lands where the link leads to.
  for (std::size_t at = member.name.find('/'); at != std::string::npos && !links_.empty();
       at = member.name.find('/', at + 1)) {
    if (links_.contains(member.name.substr(0, at))) {
      Note("ARC-106", member, "unpacks through a symbolic link");
      break;
    }
  }
  if (!member.is_symbolic_link() && member.type != '1') return;
  if (member.is_symbolic_link()) links_.insert(member.name);
  // A relative symbolic link starts at its own folder; as many steps up as it is deep stay inside.
  const auto depth = std::ranges::count(member.name, '/');
  std::ptrdiff_t level = member.is_symbolic_link() ? depth : 0;
  bool leaves = member.link.starts_with('/');
  std::string_view rest = member.link;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view step = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (step == "..") --level;
    if (!step.empty() && step != "." && step != "..") ++level;
    leaves = leaves || level < 0;
  }
  if (leaves) {
    Note("ARC-106", member, "a link that leads out: " + Printable(member.link, kShownName));
  }
}

void TarReader::ApplyPax(const PaxRecords& pax, TarMember& member,
                         std::vector<std::uint64_t>& sizes) {
  if (const std::string* path = pax.Find("path")) member.name = *path;
  if (const std::string* link = pax.Find("linkpath")) member.link = *link;
  if (const std::string* size = pax.Find("size")) {
    const auto number = Decimal(*size);
    if (!number) Note("ARC-117", member, "a pax record gives a size that is no number");
    const std::uint64_t declared = number.value_or(0);  // as Python takes it
    // The header's own size is what readers without pax go by. Honest writers leave it right, or
    // zero where it does not fit.
    if (std::ranges::find(sizes, declared) == sizes.end()) {
      const bool fits = declared < (std::uint64_t{1} << 33);
      std::vector<std::uint64_t> both = {declared};
      const bool unset = !fits && sizes.size() == 1 && sizes.front() == 0;
      if (!unset) both.insert(both.end(), sizes.begin(), sizes.end());
      sizes = std::move(both);
    }
  }
  ApplyPaxSparse(pax, member);
}

// GNU tar manual, "Storing Sparse Files": PAX formats 0.0, 0.1 and 1.0. In the last the map stands
// before the content. tarfile asks for "map", then for "size", then for "major" and "minor".
void TarReader::ApplyPaxSparse(const PaxRecords& pax, TarMember& member) {
  const auto has = [&](std::string_view key, std::string_view value = {}) {
    const std::string* text = pax.Find(key);
    return text != nullptr && (value.empty() || *text == value);
  };
  const auto number = [](std::string_view text) { return Decimal(text).value_or(0); };
  if (const std::string* name = pax.Find("GNU.sparse.name")) member.name = *name;
  std::uint64_t offset = 0;
  std::vector<SparsePiece> pieces;
  for (const auto& [key, value] : pax.records) {
    // The last of these that it comes to is what tarfile reads.
    if (key == "GNU.sparse.realsize" || key == "GNU.sparse.size" || key == "size") {
      member.real_size = number(value);
    }
    if (key == "GNU.sparse.offset") offset = number(value);
    if (key == "GNU.sparse.numbytes" && pieces.size() < kMaxPieces) {
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
    while (!rest.empty() && pieces.size() < kMaxPieces) {
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
      static_cast<std::size_t>(std::min<std::uint64_t>(member.stored_size, 4 * kMaxExtension)),
      '\0');
  const auto got = source_.ReadAt(member.data_offset, std::as_writable_bytes(std::span(text)));
  text.resize(got ? *got : 0);
  std::string_view rest = text;
  const auto next = [&]() -> std::optional<std::uint64_t> {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = Decimal(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    return value;
  };
  const auto count = next();
  if (!count) member.map_unclear = true;
  for (std::uint64_t i = 0; count && i < *count && member.pieces.size() < kMaxPieces; ++i) {
    const auto offset = next();
    const auto size = next();
    if (!offset || !size) {
      member.map_unclear = true;
      break;
    }
    member.pieces.push_back({*offset, *size});
  }
  const std::uint64_t map = std::min(RoundUp(text.size() - rest.size()), member.stored_size);
  claimed_.Add(member.data_offset, member.data_offset + map);
  member.data_offset += map;
  member.stored_size -= map;
}

}  // namespace counterscan::container
