// Walker: every part of one file, taken for everything it can be taken for.
//
// A part is a file, a member, or a hole that no format claims. It is identified by its bytes and
// handed to the analyser of its type; whatever its type, it is also tried as a pickle from its
// first byte and as a zip from its last, because that is how loaders read it. What no analyser has
// spoken for at the end becomes a gap.
//
// Parts inside parts are walked depth first, so that a part's bytes live on the stack of its
// container; Limits::container_depth bounds the depth. Within one container the members that are
// containers come last: a nested archive that eats the budget must not starve its neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/container/archive_reader.h"
#include "scanner/container/compressed_stream.h"
#include "scanner/container/content.h"
#include "scanner/container/libzip_view.h"
#include "scanner/container/member_source.h"
#include "scanner/container/memory_budget.h"
#include "scanner/container/oddity.h"
#include "scanner/container/packed_stream.h"
#include "scanner/container/range_set.h"
#include "scanner/container/rar_blocks.h"
#include "scanner/container/tar_reader.h"
#include "scanner/container/torch_storages.h"
#include "scanner/container/torch_tar.h"
#include "scanner/container/unpack_budget.h"
#include "scanner/container/zip_archive.h"
#include "scanner/container/zip_kind.h"
#include "scanner/detect/file_type.h"
#include "scanner/detect/identify.h"
#include "scanner/engine/analysis_sink.h"
#include "scanner/engine/coverage_recorder.h"
#include "scanner/engine/file_analysis.h"
#include "scanner/engine/pickle_engine.h"
#include "scanner/format/encoded_pickle.h"
#include "scanner/format/format_report.h"

namespace counterscan {

class Walker {
 public:
  // All of these must outlive it. With a matcher, which is handed everything that is unpacked,
  // nothing is judged: no pickle is followed.
  Walker(const AnalysisOptions& options, std::uint64_t file_size, AnalysisSink& sink,
         ContentMatcher* matcher = nullptr);

  detect::FileType WalkFile(const ByteSource& file);

  // Some content was there only unpacked.
  bool unpacked() const { return unpacked_; }
  // What the walk has cost, of what Limits bound.
  std::uint64_t unpacked_bytes() const { return budget_.taken(); }
  std::uint64_t members() const { return options_.limits.members - members_left_; }

 private:
  enum class Role : std::uint8_t {
    kFile,
    kMember,
    kHole,  // bytes that a format around it does not claim
  };

  struct Part {
    const ByteSource& source;
    Place place{};
    // What the last component of its name is, for loaders that go by names: that of a place is cut.
    // The list that it is a member of outlives the part.
    std::string_view name = {};
    int depth = 0;
    Role role = Role::kFile;
    bool costly = false;  // its bytes are unpacked anew whenever they are read
    detect::FileType archive =
        detect::FileType::kUnknown;  // the kind of zip that it is a member of
    bool unpickled = false;          // by its loader, whatever it looks like
  };

  // One way to read a zip member: its two records may say different things, and readers believe
  // different fields.
  struct Reading {
    std::uint16_t method = 0;
    std::uint64_t packed_bytes = 0;
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
    std::uint64_t cut = kUncut;  // only so much of what unpacks
    bool declared = true;        // as one of the records has it; else only some readers come to it

    bool operator==(const Reading&) const = default;
  };
  static constexpr std::uint64_t kUncut = ~std::uint64_t{0};

  // A zip member and what all its readings share.
  struct MemberInWork {
    std::size_t index;
    const container::ZipMember& record;
    Place place;
    bool storage;  // see IsPlainStorage()
  };

  struct ZipContext;

  detect::FileType Walk(const Part& part);
  detect::FileType WalkBytes(const Part& part);
  // `unjudged`: what loaders of a text would run, where it is one (see TextCode).
  detect::FileType WalkAs(detect::FileType type, const Part& part, container::RangeSet& claimed,
                          std::string_view& unjudged);

  // walk_format.cc
  // False when it is none.
  bool WalkText(const Part& part, detect::FileType type, container::RangeSet& claimed,
                std::string_view& unjudged);
  // A picture or recording: inert as far as its own structure goes.
  void WalkMedia(const Part& part, container::RangeSet& claimed);
  void ReportScript(const Part& part);
  void CheckTorchScript(const Part& part);
  void WalkPickle(const Part& part, container::RangeSet& claimed);
  void WalkSafetensors(const Part& part, container::RangeSet& claimed);
  void WalkNumpy(const Part& part, container::RangeSet& claimed);
  // A pickle behind a header that is not understood.
  void TryNumpyObjects(const Part& part);
  // Bytes that their format declares to be numbers: inert, unless they plainly are a pickle.
  void CheckNumbers(const ByteSource& numbers, std::span<const std::byte> head, const Place& place);

  // walk_torch_legacy.cc: torch's layout of 2019
  void WalkTorchLegacy(const Part& part, container::RangeSet& claimed);
  void WalkLegacyStorages(const Part& part, const pickle::Analysis& analysis, std::uint64_t keys_at,
                          std::uint64_t begin);

  // walk_tar.cc
  detect::FileType WalkTar(const Part& part, container::RangeSet& claimed);
  void WalkTarHoles(const Part& part, const container::RangeSet& known, bool cut,
                    container::RangeSet& claimed);
  // False when it is a container, and those are for later.
  bool WalkTarMember(const Part& part, const container::TarMember& member, bool torch,
                     bool containers_too);

  // walk_torch_tar.cc
  void WalkTorchTarRecords(const Part& part, container::TorchTarMember member);

  // walk_archive.cc
  detect::FileType WalkLibArchive(const Part& part, detect::FileType type,
                                  container::RangeSet& claimed);
  void WalkBehindArchive(const Part& part, std::uint64_t end, container::RangeSet& claimed);
  // What of a rar nobody reads as a file. `listed`: how many files were found by who reads them.
  void WalkRarBlocks(const Part& part, const container::RarBlocks& rar,
                     std::optional<std::uint64_t> listed);
  // The entries of `only`, or all that are no containers; the others are added to `containers`.
  // How many there are, or nullopt when it did not come to the end.
  std::optional<std::uint64_t> WalkEntries(const Part& part, container::ArchiveFormat format,
                                           container::MemberNames& names,
                                           const std::vector<std::size_t>* only,
                                           std::vector<std::size_t>& containers);
  void CheckEntry(const Place& archive, const container::ArchiveEntry& entry,
                  container::MemberNames& names);
  // A 7z archive behind other bytes, as programs that unpack themselves have it.
  void TryHiddenSevenZip(const Part& part, detect::FileType type, container::RangeSet& claimed);

  // walk_stream.cc
  bool WalkCompressed(const Part& part, detect::FileType type, container::RangeSet& claimed);
  // What stands behind the streams, and in those of their parts that decompressors skip.
  void WalkBesideStreams(const Part& part, const container::CompressedStream& stream,
                         container::RangeSet& claimed);
  // Text that is a zlib stream all the same.
  bool TryTextZlib(const Part& part, std::span<const std::byte> head, detect::FileType type,
                   container::RangeSet& claimed);

  // walk_encoded.cc. What a search of the part's text found.
  void WalkEncodedPickles(const Part& part, const format::EncodedPickleSearch& search);
  void TryTextOfTar(const Part& part, std::span<const std::byte> head, detect::FileType type);
  // False when there is no use in going on.
  bool WalkEncodedPickle(const Part& part, const format::EncodedPickle& encoded);

  // walk_besides.cc, tried on every type. A pickle at the first byte.
  bool TryPickle(const Part& part, std::span<const std::byte> head, detect::FileType type,
                 container::RangeSet& claimed);
  // A pickle somewhere in bytes of no known type.
  void TryHiddenPickle(const Part& part);
  // Members of an archive somewhere in bytes that no format claims.
  void TryHiddenMembers(const Part& part);
  // An archive that ends at the last byte.
  bool TryZipTail(const Part& part, std::span<const std::byte> head, detect::FileType type,
                  container::RangeSet& claimed);
  bool StandsInTarMembers(const Part& part, const container::ZipArchive& archive);
  // HDF5 libraries look for their superblock at 512, 1024, 2048, ... too, whatever stands before.
  detect::FileType TryHdf5(const Part& part, detect::FileType type, container::RangeSet& claimed);

  // Content that whoever reads the file's own bytes does not see.
  void MatchUnpacked(const ByteSource& content, const Place& place);
  void MatchUnpacked(const container::StreamOpener& open, std::uint64_t size, const Place& place);

  // walk_zip.cc
  detect::FileType WalkZip(const Part& part, container::RangeSet& claimed);
  detect::FileType WalkArchive(const Part& part, container::ZipArchive& archive,
                               container::RangeSet& claimed, bool inside_pickle = false);
  void NoteMembers(const Part& part, const container::ZipArchive& archive);
  void WalkHoles(const Part& part, const container::ZipArchive& archive,
                 container::RangeSet& claimed);

  // walk_member.cc
  void WalkMember(ZipContext& zip, const MemberInWork& member);
  static MemberInWork MemberAt(const ZipContext& zip, std::size_t index, bool storage);
  static std::vector<Reading> ReadingsOf(const container::ZipMember& member);
  void WalkReading(ZipContext& zip, const MemberInWork& member, const Reading& reading,
                   bool containers_too);
  void WalkContent(ZipContext& zip, const MemberInWork& member, const Reading& reading,
                   const ByteSource& unpacked, bool containers_too);
  void WalkPacked(ZipContext& zip, const MemberInWork& member, const Reading& reading,
                  const ByteSource& packed, const container::PackedOpener& open,
                  bool containers_too);
  // Also the beginnings of what unpacks to `size` bytes: readers stop where they believe a size
  // that is too small.
  void WalkCuts(ZipContext& zip, const MemberInWork& member, const Reading& reading,
                std::uint64_t size);
  // True for a member that torch reads as tensor bytes, and no reader as anything else.
  static bool IsPlainStorage(const ZipContext& zip, const container::ZipMember& member);
  void WalkStorage(ZipContext& zip, const container::ZipMember& member, const Part& part);
  // True for formats that something loads, told by more than numbers begin with by chance: four
  // bytes at least that are no small number. Not for what begins like a pickle, which is looked at
  // to its end, nor for safetensors, which are numbers again.
  static bool IsMoreThanNumbers(detect::FileType type, std::span<const std::byte> head);
  // A storage that begins like a compressed stream, as numbers do by chance.
  void CheckPackedNumbers(const Part& part, detect::FileType type);
  // Its size against what its tensors say.
  void CheckClaimed(const Part& part, const container::TorchStorages::Claimed& claimed);
  // Storages that are claimed and not there.
  void ReportMissingStorages(const ZipContext& zip);
  // Packed bytes behind the end of the member's compressed stream.
  void WalkSlack(const ZipContext& zip, const container::ZipMember& member,
                 const ByteSource& packed, std::uint64_t consumed);
  void CheckContent(const container::ZipMember& member, const Reading& reading,
                    const ByteSource& content, const Place& place);

  // Analyses with what is left of the file's opcodes: a hundred pickles get no more than one.
  pickle::Analysis RunPickle(const ByteSource& source);
  bool DeeperAllowed(const Part& part);
  // Draws on the map of coverage, where one is drawn.
  void Note(const Place& place, std::uint64_t first, std::uint64_t last, Handling handling,
            std::string_view by);
  void LeaveGap(GapReason reason, EngineId engine, const Place& place, std::uint64_t first,
                std::uint64_t last, std::string detail);
  void Report(format::FormatReport report, const Place& place);
  GapReason ReadFailure(const Place& place) const;
  // Why unpacking stopped.
  GapReason UnpackFailure(const Error& error) const;

  const AnalysisOptions& options_;
  AnalysisSink& sink_;
  ContentMatcher* matcher_;
  bool unpacked_ = false;
  container::UnpackBudget budget_;
  container::UnpackBudget match_budget_;    // what is unpacked once more, to be matched
  container::MemoryBudget kept_memory_;     // for what was unpacked
  container::MemoryBudget decoder_memory_;  // for what unpacks it
  container::MemoryBudget listed_memory_;   // for lists of members
  std::uint64_t members_left_;
  std::uint64_t opcodes_left_;
  // Hears what the pickles of the member in work claim.
  std::function<void(const pickle::Analysis&)> on_claims_{};
};

// "inner.zip" and "data.pkl": "inner.zip::data.pkl". Names that nobody gives honestly are cut: a
// report repeats them with every finding. Only for print: no place says what a member is.
std::string JoinPlace(std::string_view where, std::string_view member);

// What a member is called in its folder: "handler.py" of "code/handler.py", however long. Readers
// of zips end a name at a NUL, and unpackers on Windows take a backslash for a slash.
std::string_view LastComponent(std::string_view name);

// The first bytes of a source, as many as identification can use.
Result<Excerpt> ReadHead(const ByteSource& source, std::size_t bytes = detect::kHeadBytes);

// True when all bytes of the range are zero, as padding is. Reads at most up to the first other.
bool IsZeros(const ByteSource& source, const container::Range& range);

}  // namespace counterscan
