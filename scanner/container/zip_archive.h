// ZipArchive: the members of a zip, where each one's data lie, and which bytes nobody claims.
//
// Both records of every member are read, the directory's and the member's own, because readers
// differ in which they believe. Nothing is unpacked here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/container/range_set.h"
#include "scanner/container/unpack_budget.h"
#include "scanner/container/zip_directory.h"
#include "scanner/container/zip_records.h"

namespace counterscan::container {

struct ZipMember {
  MemberHeader header;  // as the directory has it
  // As its own header has it, when there is one; without its names. A hundred thousand entries may
  // share one header, and its names take 128 KiB.
  std::optional<MemberHeader> local{};
  bool local_name_differs = false;
  // Where its own header's extra field 0x7075 has another name: as much of that as is shown.
  std::string local_unicode_name{};
  std::uint64_t local_offset = 0;
  std::uint64_t data_offset = 0;
  std::uint64_t descriptor_bytes = 0;  // behind the data, where the directory says they end
  bool listed = true;                  // false: only who walks local headers comes across it
  bool is_symlink = false;
  std::string problem;  // why the data could not be found, "" when they were

  const std::string& name() const { return header.name; }
  bool located() const { return problem.empty(); }
  bool marked_encrypted() const {
    return ((header.flags | (local ? local->flags : 0)) & kFlagsEncrypted) != 0;
  }
};

class ZipArchive {
 public:
  // By the directories. Fails when there is none to read.
  static Result<ZipArchive> Open(const ByteSource& source, const Limits& limits);

  // By walking local headers from `first` on, as a streaming reader does; for archives whose
  // directory is gone or hidden. Sizes that only stand behind the data are found by unpacking or
  // by searching, which the budget pays for.
  static ZipArchive Walk(const ByteSource& source, std::uint64_t first, const Limits& limits,
                         UnpackBudget& budget);

  // Reads the archive a second time as a streaming reader does, header after header, and adds the
  // members that only such a reader comes across, behind those of the directory. What the two
  // readings disagree about becomes an oddity.
  void AddLocalView(const ByteSource& source, const Limits& limits, UnpackBudget& budget);

  const std::vector<ZipMember>& members() const { return members_; }
  // Those of the directory stand in front.
  std::size_t listed() const { return listed_; }
  const std::vector<Oddity>& oddities() const { return oddities_; }
  // Bytes that belong to members or records.
  const RangeSet& claimed() const { return claimed_; }
  // Comments of the end records: bytes that every reader skips.
  const std::vector<Range>& comments() const { return comments_; }
  std::size_t directories() const { return directories_; }
  bool cut() const { return cut_; }  // there were more members than the limits allow

 private:
  void Locate(const ByteSource& source, ZipMember& member);
  // Of the members from `first` on.
  void CheckNames(std::size_t first = 0);
  void CheckOverlaps();
  void ClaimData(const ByteSource& source);

  std::vector<ZipMember> members_;
  std::vector<Oddity> oddities_;
  RangeSet claimed_;
  std::vector<Range> comments_;
  std::size_t directories_ = 0;
  std::size_t listed_ = 0;
  bool cut_ = false;
};

// As much of a member's name as places show of it, to be kept with what is odd about the member:
// half a dozen copies of 32 MiB of names would be too many.
std::string ShownName(const std::string& name);

// Where the next local header with its signature stands, from `offset` on; the source's size when
// there is none. The budget pays for the bytes searched.
std::uint64_t FindLocalHeader(const ByteSource& source, std::uint64_t offset, UnpackBudget& budget);

// The member header at `offset`.
Result<LocalHeader> LocalHeaderAt(const ByteSource& source, std::uint64_t offset);

// 4.4.4: with bit 3 a local header may leave sizes and checksum to the descriptor behind the data.
bool SizesFollow(const MemberHeader& local);

// What writers leave between records: short, and zero.
bool IsZeroPadding(const ByteSource& source, const Range& range);

// Bytes of the data descriptor (APPNOTE 4.3.9) that stands at `offset` and repeats what `member`
// says, or 0 when there is none.
std::uint64_t DescriptorBytes(const ByteSource& source, std::uint64_t offset,
                              const MemberHeader& member);

}  // namespace counterscan::container
