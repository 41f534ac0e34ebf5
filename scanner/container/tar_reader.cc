#include "scanner/container/tar_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "scanner/base/limits.h"
#include "scanner/base/text.h"

namespace counterscan::container {
namespace {

constexpr std::size_t kWindow = 64 * 1024;
// A broken archive of garbage would otherwise be searched block by block for a header.
constexpr std::uint64_t kMaxSearch = 64 * kMiB;
// No tar has this many oddities by accident; each is kept until it is reported.
constexpr std::size_t kMaxOddities = 10'000;
constexpr std::size_t kShownName = 80;
// What of a member's name an oddity keeps: more than a report shows.
constexpr std::size_t kOddName = 256;
// A look in the map, with what the map adds to it.
constexpr std::uint64_t kLookBytes = 160;
// Of honest archives each extension is read and applied once. Where readers differ some are read
// twice: so much is allowed besides.
constexpr std::uint64_t kWorkPerByte = 4;
constexpr std::uint64_t kExtraWork = 64 * kMiB;
// Going through a pax record takes as long as reading so many bytes.
constexpr std::uint64_t kRecordWork = 16;

std::uint64_t AddOrMax(std::uint64_t a, std::uint64_t b) {
  return a > ~std::uint64_t{0} - b ? ~std::uint64_t{0} : a + b;
}

}  // namespace

TarReader::TarReader(const ByteSource& source, MemoryBudget& memory)
    : source_(source), memory_(memory), pending_lease_(memory) {
  LookAt(0);
}

void TarReader::LookAt(std::uint64_t offset, Extensions extensions) {
  if (!pending_lease_.Resize((pending_.size() + 1) * kLookBytes)) {
    cut_ = GapReason::kLimitMemory;
    return;
  }
  const bool alone = !extensions.any();
  pending_.try_emplace({.offset = offset, .alone = alone}, std::move(extensions));
}

template <class T>
TarReader::Shared<T> TarReader::Share(T value, std::uint64_t bytes) {
  MemoryLease lease(memory_);
  if (!lease.Resize(bytes + sizeof(Leased<T>))) {
    cut_ = GapReason::kLimitMemory;
    return nullptr;
  }
  return std::make_shared<const Leased<T>>(Leased<T>{std::move(value), std::move(lease)});
}

bool TarReader::Spend(std::uint64_t bytes) {
  std::uint64_t allowed = 0;
  if (__builtin_mul_overflow(source_.size(), kWorkPerByte, &allowed)) allowed = ~kExtraWork;
  spent_ = AddOrMax(spent_, bytes);
  if (spent_ <= AddOrMax(allowed, kExtraWork)) return true;
  if (!cut_) cut_ = GapReason::kLimitUnpacked;
  return false;
}

void TarReader::Note(std::string_view rule, const TarMember& member, std::string message) {
  if (oddities_.size() >= kMaxOddities) return;
  oddities_.push_back(
      {rule, member.name.substr(0, kOddName), member.header_offset, std::move(message)});
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
  while (!pending_.empty() && !error_ && !cut_) {
    const auto node = pending_.extract(pending_.begin());
    pending_lease_.Resize(pending_.size() * kLookBytes);
    if (auto member = At(node.key().offset, node.mapped())) {
      any_member_ = true;
      return member;
    }
  }
  // What is walked next may need the memory.
  pending_.clear();
  pending_lease_.Resize(0);
  return std::nullopt;
}

// A header that some reader looks for at `offset`.
std::optional<TarMember> TarReader::At(std::uint64_t offset, const Extensions& extensions) {
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
      LookAt(offset + kTarBlock, extensions);
    } else if (!search_ended_) {
      search_ended_ = true;
      TarMember here;
      here.header_offset = offset;
      Note("ARC-117", here, "headers were searched for up to here, and no further");
    }
    return std::nullopt;
  }
  claimed_.Add(offset, offset + kTarBlock);
  if (header->is_extension()) {
    ReadExtension(*header, offset, extensions);
    if (header->refused) LookAt(offset + kTarBlock);
    return std::nullopt;
  }
  TarMember member = MemberOf(*header, offset, extensions);
  if (header->refused) LookAt(offset + kTarBlock);
  return member;
}

void TarReader::SkipZeros(std::uint64_t offset) {
  TarBlock block;
  std::uint64_t at = offset;
  while (ReadBlock(at, block) && IsZeroBlock(block)) at += kTarBlock;
  claimed_.Add(offset, at);
  // Fewer bytes than a block may follow, which no reader reads: a hole, unless they are zero too.
  LookAt(at);
}

// Where readers look for the next header behind content of `size` bytes.
void TarReader::Continue(std::uint64_t data_offset, std::uint64_t size,
                         const Extensions& extensions) {
  const std::uint64_t next = AddOrMax(data_offset, RoundUpToBlock(size));
  if (next < source_.size()) LookAt(next, extensions);
}

void TarReader::ReadExtension(const TarHeader& header, std::uint64_t offset,
                              Extensions extensions) {
  const std::uint64_t data = offset + kTarBlock;
  const std::uint64_t size = header.size.value();
  // tarfile reads whole blocks.
  std::string text(
      static_cast<std::size_t>(std::min<std::uint64_t>(RoundUpToBlock(size), kMaxTarExtension)),
      '\0');
  const auto got = source_.ReadAt(data, std::as_writable_bytes(std::span(text)));
  if (!got) {
    error_ = got.error();
    return;
  }
  text.resize(*got);
  if (!Spend(text.size())) return;
  const auto declared = static_cast<std::size_t>(std::min<std::uint64_t>(size, text.size()));
  const bool longer = text.find_first_not_of('\0', declared) != std::string::npos;
  if (!longer) text.resize(declared);
  TarMember named;
  named.name = header.name;
  named.header_offset = offset;
  if (size > kMaxTarExtension) {
    Note("ARC-117", named, "a name or pax record of " + std::to_string(size) + " bytes");
  }
  const std::uint64_t end =
      AddOrMax(data, std::min(size, source_.size() - std::min(data, source_.size())));
  claimed_.Add(data, std::min(RoundUpToBlock(end - data) + data, source_.size()));
  const auto until_nul = [&] {
    std::string name = text.substr(0, std::min({declared, text.find('\0'), kMaxTarName + 1}));
    const std::uint64_t bytes = name.size();
    return Share(std::move(name), bytes);
  };
  switch (header.kind()) {
    case TarType::kLongName:
      extensions.name = until_nul();
      break;
    case TarType::kLongLink:
      extensions.link = until_nul();
      break;
    default:
      ReadPax(header, named, text, longer, extensions);
  }
  for (const std::uint64_t reading : header.size.readings) Continue(data, reading, extensions);
  // Who finds no end of it looks on behind its header.
  if (size > end - data) LookAt(data);
}

void TarReader::ReadPax(const TarHeader& header, const TarMember& named, std::string_view text,
                        bool longer, Extensions& extensions) {
  PaxRecords pax = ReadPaxRecords(text);
  pax.broken = pax.broken || longer;
  if (pax.broken) Note("ARC-117", named, "a pax record breaks its format");
  const bool global = header.kind() == TarType::kPaxGlobal;
  if (!global && extensions.pax) {
    // Python lets the first of two win, others the last.
    Note("ARC-117", named, "a second pax record for one member");
    const PaxRecords& first = extensions.pax->value;
    if (!Spend(first.bytes())) return;
    pax.records.insert(pax.records.end(), first.records.begin(), first.records.end());
    pax.broken = true;
  }
  const std::uint64_t bytes = pax.bytes();
  (global ? global_ : extensions.pax) = Share(std::move(pax), bytes);
}

TarMember TarReader::MemberOf(TarHeader& header, std::uint64_t offset,
                              const Extensions& extensions) {
  TarMember member;
  member.name = header.name;
  member.link = extensions.link ? extensions.link->value : header.link;
  member.type = header.type;
  member.header_offset = offset;
  member.data_offset = offset + kTarBlock;
  std::vector<std::uint64_t> sizes(header.size.readings.begin(), header.size.readings.end());
  if (header.size.negative) Note("ARC-117", member, "the size is negative");
  if (header.prefix_unclear) {
    Note("ARC-117", member, "a prefix of the name that only some readers use");
  }
  if (extensions.name && !extensions.name->value.empty()) member.name = extensions.name->value;
  while (header.pieces_continue && header.pieces.size() <= kMaxSparsePieces) {
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
    ApplyPax(global_->value, member, sizes);
    member.map_unclear = member.map_unclear || member.sparse;
  }
  if (extensions.pax) {
    const PaxRecords& pax = extensions.pax->value;
    const std::string* path = pax.Find("path");
    if (extensions.name && path != nullptr && *path != extensions.name->value) {
      Note("ARC-117", member, "called " + Printable(*path, kShownName) + " by a pax record");
    }
    ApplyPax(pax, member, sizes);
    member.map_unclear = member.map_unclear || (member.sparse && pax.broken);
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
  const bool map_in_front =
      extensions.pax && extensions.pax->value.Find("GNU.sparse.major") != nullptr;
  if (member.sparse && member.pieces.empty() && map_in_front) ReadSparseMap(member);
  if (member.name.size() > kMaxTarName) {
    member.name.resize(kMaxTarName);
    Note("ARC-117", member, "a name longer than any system takes");
  }
  member.link.resize(std::min(member.link.size(), kMaxTarName));
  CheckName(member);
  CheckLink(member);
  if (header.type >= '3' && header.type <= '6' && header.kind() != TarType::kFolder) {
    Note("ARC-116", member, header.kind() == TarType::kFifo ? "a FIFO" : "a device");
  }
  if (end_seen_ && any_member_ && !behind_end_told_) {
    behind_end_told_ = true;
    Note("ARC-118", member, "stands behind the end of the archive");
  }
  for (const std::uint64_t size : sizes) Continue(member.whole_offset, size, {});
  const std::uint64_t end = AddOrMax(member.data_offset, member.stored_size);
  if (header.size.negative || member.missing > 0) LookAt(member.whole_offset);
  claimed_.Add(member.data_offset, end);
  return member;
}

void TarReader::CheckName(const TarMember& member) {
  if (oddities_.size() >= kMaxOddities) return;
  const std::size_t before = oddities_.size();
  names_.Check(member.name, member.header_offset, oddities_);
  for (std::size_t i = before; i < oddities_.size(); ++i) {
    std::string& name = oddities_[i].member;
    name = name.substr(0, kOddName);
  }
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
  if (!Spend(pax.records.size() * kRecordWork + pax.text_bytes())) return;
  if (const std::string* path = pax.Find("path")) member.name = *path;
  if (const std::string* link = pax.Find("linkpath")) member.link = *link;
  if (const std::string* size = pax.Find("size")) {
    const auto number = PaxNumber(*size);
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

}  // namespace counterscan::container
