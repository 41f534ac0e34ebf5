// TarReader: every member of a tar archive that some reader would see, in the order of the file.
//
// A tar is a chain: each header says how long its content is, and so where the next header stands.
// Readers disagree about lengths (numbers that are no numbers, a pax record beside the header,
// links with content), about where the archive ends (one block of zeros, two, none) and whether
// anything comes behind. Every place where one of them would look for a header is looked at. What
// is neither header nor content is left to the caller as a hole.
//
// Names and pax records that stand before a header are shared by the places where it may stand, and
// leased from a budget; reading bytes again that were read before has a ceiling. Where one of them
// is spent the listing ends, and cut() says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"
#include "scanner/container/memory_budget.h"
#include "scanner/container/oddity.h"
#include "scanner/container/pax_records.h"
#include "scanner/container/range_set.h"
#include "scanner/container/tar_header.h"
#include "scanner/model/gap_reason.h"

namespace counterscan::container {

struct TarMember {
  std::string name;
  std::string link;  // where a link leads to
  char type = '0';
  std::uint64_t header_offset = 0;
  std::uint64_t data_offset = 0;
  std::uint64_t stored_size = 0;  // bytes in the archive, cut to what it has
  std::uint64_t missing = 0;      // bytes that were declared and are not there
  // Of a sparse file: what its content is made of. `sparse` also when there is no piece. A map that
  // stands before the content is part of the whole, and not of what is stored.
  std::uint64_t whole_offset = 0;
  std::uint64_t whole_size = 0;
  bool sparse = false;
  std::vector<SparsePiece> pieces;
  std::uint64_t real_size = 0;
  // Some readers take it for no sparse file, or find its map elsewhere.
  bool map_unclear = false;

  bool is_symbolic_link() const { return type == '2'; }
};

// Names and pax records of one member are read up to here. Python reads any length.
inline constexpr std::uint64_t kMaxTarExtension = kMiB;
inline constexpr std::size_t kMaxSparsePieces = 100'000;

class TarReader {
 public:
  // `source` and `memory` must outlive it. Reads forward, so that a source that is unpacked as it
  // is read is unpacked once.
  TarReader(const ByteSource& source, MemoryBudget& memory);

  // The next member; nullopt at the end. A failure to read ends it too, and error() says so.
  std::optional<TarMember> Next();

  const std::vector<Oddity>& oddities() const { return oddities_; }
  const std::optional<Error>& error() const { return error_; }
  // Why not all of it was looked for: kLimitMemory, or kLimitUnpacked for too much reading.
  const std::optional<GapReason>& cut() const { return cut_; }
  // Headers, content and padding, and blocks of zeros.
  const RangeSet& claimed() const { return claimed_; }

 private:
  template <class T>
  struct Leased {
    T value;
    MemoryLease lease;
  };
  template <class T>
  using Shared = std::shared_ptr<const Leased<T>>;

  // What stands before a header and speaks of it.
  struct Extensions {
    Shared<std::string> name{}, link{};  // GNU, types L and K
    Shared<PaxRecords> pax{};

    bool any() const { return name || link || pax; }
  };
  // A place where a header may stand. With extensions and without: one reader comes to a header by
  // the other's content.
  struct Look {
    std::uint64_t offset = 0;
    bool alone = true;  // without extensions

    auto operator<=>(const Look&) const = default;
  };

  // Looks for a header at `offset`, which lies behind the one in work.
  void LookAt(std::uint64_t offset, Extensions extensions);
  void LookAt(std::uint64_t offset) { LookAt(offset, Extensions()); }
  // Null, and the listing is cut, when there is no memory for it.
  template <class T>
  Shared<T> Share(T value, std::uint64_t bytes);
  // Counts bytes that are read or gone through; false, and the listing is cut, when there are too
  // many.
  bool Spend(std::uint64_t bytes);
  bool ReadBlock(std::uint64_t offset, TarBlock& block);
  std::optional<TarMember> At(std::uint64_t offset, const Extensions& extensions);
  void ReadExtension(const TarHeader& header, std::uint64_t offset, Extensions extensions);
  void ReadPax(const TarHeader& header, const TarMember& named, std::string_view text, bool longer,
               Extensions& extensions);
  // Reads what belongs to the header behind it, too.
  TarMember MemberOf(TarHeader& header, std::uint64_t offset, const Extensions& extensions);
  // Whatever a pax record says instead of the header.
  void ApplyPax(const PaxRecords& pax, TarMember& member, std::vector<std::uint64_t>& sizes);
  void ApplyPaxSparse(const PaxRecords& pax, TarMember& member);
  void ReadSparseMap(TarMember& member);
  void Continue(std::uint64_t data_offset, std::uint64_t size, const Extensions& extensions);
  void SkipZeros(std::uint64_t offset);
  void Note(std::string_view rule, const TarMember& member, std::string message);
  void CheckName(const TarMember& member);
  void CheckLink(const TarMember& member);

  const ByteSource& source_;
  MemoryBudget& memory_;
  MemoryLease pending_lease_;
  // Each is looked at once: looks that are added lie behind the one that was taken last.
  std::map<Look, Extensions> pending_;
  Shared<PaxRecords> global_{};
  std::uint64_t spent_ = 0;
  std::vector<std::byte> window_;  // last bytes read, so that blocks are not read one by one
  std::uint64_t window_begin_ = 0;
  std::uint64_t searched_ = 0;  // bytes in which a header was looked for in vain
  bool search_ended_ = false;
  bool end_seen_ = false;
  bool any_member_ = false;
  bool behind_end_told_ = false;
  MemberNames names_;
  std::set<std::string> links_;  // names of the symbolic links so far
  std::vector<Oddity> oddities_;
  RangeSet claimed_;
  std::optional<Error> error_{};
  std::optional<GapReason> cut_{};
};

}  // namespace counterscan::container
