#include "scanner/engine/clamav.h"

#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "scanner/engine/anchor_scanner.h"
#include "scanner/engine/clamav_builtin.h"
#include "scanner/engine/clamav_database.h"
#include "scanner/engine/clamav_library.h"
#include "scanner/engine/hashed_files.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

// A directory below `scratch` that is removed with all it holds.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> Create(const std::string& scratch) {
    std::string path = scratch + "/signatures-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return FailErrno("scratch directory", errno);
    return TemporaryDirectory(std::move(path));
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept
      : path_(std::exchange(other.path_, std::string())) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;  // what stays behind is the caller's scratch directory to remove
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Removes every file below `directory` that is not among these: a large database unpacked takes
// hundreds of megabytes, and it may be a file system in memory.
void KeepOnly(const std::set<fs::path>& kept, const std::string& directory) {
  std::error_code ignored;  // what cannot be removed goes with the directory
  std::vector<fs::path> others;
  for (fs::recursive_directory_iterator entry(directory, ignored);
       !ignored && entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
    std::error_code unknown;
    if (entry->is_regular_file(unknown) && !kept.contains(entry->path())) {
      others.push_back(entry->path());
    }
  }
  for (const fs::path& path : others) fs::remove(path, ignored);
}

// A large database makes libclamav allocate and free megabytes for each match: without this they
// are mapped and unmapped, and zeroed by the kernel, every time.
void KeepFreedMemory() {
  mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max() / 2);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
}

// Reading the files is about half of the work, loading what was made of them the other.
void Tell(const ClamavEngine::OnLoading& on_loading, unsigned before, std::size_t done,
          std::size_t all) {
  if (on_loading)
    on_loading(before + static_cast<unsigned>(50 * done / std::max<std::size_t>(all, 1)));
}

// What libclamav says of the whole file that the refused one is a part of: its line numbers are
// those that a person finds there.
std::string WhyRefused(const std::string& scratch, const SignatureGroup::Refusal& refusal) {
  if (refusal.file.source == refusal.file.path) return refusal.why;
  const auto matcher = RawMatcher::Create(scratch);
  if (!matcher) return refusal.why;
  const auto loaded = (*matcher)->Load(refusal.file.source, refusal.file.naming);
  return loaded ? refusal.why : loaded.error().message;
}

// Reads to the end, without a matcher of its own.
SignatureMatches ReadThrough(const ByteSource& source, const OnBytes& on_bytes,
                             std::vector<std::byte>& buffer) {
  SignatureMatches matches;
  const std::uint64_t size = source.size();
  const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, size));
  if (buffer.size() < room) buffer.resize(room);
  while (matches.bytes < size) {
    const std::uint64_t wanted = std::min<std::uint64_t>(room, size - matches.bytes);
    const auto out = std::span(buffer).first(static_cast<std::size_t>(wanted));
    const Piece piece = ReadPiece(source, matches.bytes, out);
    if (piece.count != 0) on_bytes(out.first(piece.count));
    matches.bytes += piece.count;
    if (piece.count < out.size()) {
      matches.gaps.push_back(UnreadGap(matches.bytes, size, piece.error));
      break;
    }
  }
  return matches;
}

}  // namespace

class ClamavEngine::Impl {
 public:
  Impl(const Options& options, SignatureSets sets, TemporaryDirectory temporary)
      : scratch_(options.scratch),
        temporary_(std::move(temporary)),
        exceptions_(std::move(sets.exceptions)),
        anchors_(std::move(sets.anchors)),
        hashes_(std::move(sets.hashes)),
        trusted_(std::move(sets.trusted)) {
    const SignatureGroup::Sizes sizes{
        .window_bytes = options.window_bytes,
        .largest_piece = std::min(options.largest_piece, kLargestMap),
    };
    anchored_count_ = sets.anchored.size();
    groups_.reserve(anchored_count_ + 2);
    for (SignatureSet& set : sets.anchored) groups_.emplace_back(std::move(set), sizes);
    groups_.emplace_back(std::move(sets.hashed), sizes);
    groups_.emplace_back(std::move(sets.always), sizes);
    keeps_all_ = groups_.size() <= options.groups_kept + 1;
  }

  // One that libclamav refuses is left out and named in the gaps.
  Result<void> LoadAll(const ClamavEngine::OnLoading& on_loading) {
    while (true) {
      std::size_t loaded = 0;
      const auto failed = std::find_if(groups_.begin(), groups_.end(), [&](SignatureGroup& group) {
        if (!group.Load(scratch_, exceptions_)) return true;
        if (!Keeps(group)) group.Release();
        Tell(on_loading, 50, ++loaded, groups_.size());
        return false;
      });
      if (failed == groups_.end()) break;
      const SignatureGroup::Refusal refusal = failed->refused();
      const std::string& name = refusal.file.name;
      if (name.empty()) return Fail(ErrorCode::kIo, "libclamav does not load: " + refusal.why);
      LeaveOut(name, WhyRefused(scratch_, refusal));
      if (std::erase_if(exceptions_, [&](const auto& file) { return file.name == name; }) != 0) {
        for (SignatureGroup& group : groups_) group.Unload();
      }
      for (SignatureGroup& group : groups_) group.Drop(name);
    }
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const SignatureGroup& group = groups_[i];
      if (i < anchored_count_) info_.anchored_signatures += group.loaded().signatures;
      info_.signatures += group.loaded().signatures;
      for (const auto& [name, count] : group.loaded().of_file) {
        if (DatabaseFile* const file = FileNamed(name)) file->signatures += count;
      }
      for (const SignatureGroup::Refusal& part : group.loaded().in_part) UsedInPart(part);
    }
    info_.residual_signatures = Always().loaded().signatures;
    TidyUp();
    return {};
  }

  void LoadGroups(std::span<const std::uint32_t> numbers) {
    for (const std::uint32_t number : numbers) {
      if (number < groups_.size()) groups_[number].LoadAgain(scratch_, exceptions_);
    }
  }

  // Those that reading the directory has left out; the others follow.
  void NoteLeftOut() {
    for (const DatabaseFile& file : info_.database_files) {
      if (file.state == DatabaseFile::State::kLeftOut) NoteLeftOut(file);
    }
  }

  Matches Match(const ByteSource& source, const OnBytes& on_bytes) {
    AnchorScanner::Pass anchors(anchors_, anchored_count_);
    HashedFiles::Pass hashes(hashes_, source.size());
    const OnBytes look = [&](std::span<const std::byte> bytes) {
      anchors.Feed(bytes);
      hashes.Feed(bytes);
      if (on_bytes) on_bytes(bytes);
    };
    const bool one_piece = trusted_.MayHaveSize(source.size());
    Matches matches = Always().empty() ? ReadThrough(source, look, buffer_)
                                       : Always().Match(source, look, one_piece, buffer_);
    std::vector<std::uint32_t> hits = anchors.Finish();
    if (hashes.Finish()) hits.push_back(static_cast<std::uint32_t>(anchored_count_));
    for (const std::uint32_t hit : hits) {
      if (!groups_[hit].ready()) {
        matches.wanted_groups.push_back(hit);
      } else if (!groups_[hit].empty()) {
        matches.Merge(groups_[hit].Match(source, {}, one_piece, buffer_));
      }
    }
    return matches;
  }

  bool SelfTest() {
    const std::string eicar = EicarTestFile();
    const MemorySource source(AsBytes(eicar));
    const auto found = [](const Matches& matches) {
      return matches.gaps.empty() && std::find(matches.names.begin(), matches.names.end(),
                                               kEicarSignatureName) != matches.names.end();
    };
    return found(Match(source, {})) &&
           (Always().empty() || found(Always().Match(source, {}, false, buffer_)));
  }

  EngineInfo info_;
  std::vector<Gap> load_gaps_;

 private:
  SignatureGroup& Always() { return groups_.back(); }

  // The built-in signatures, which are in the last group with anchors, are part of every self-test.
  bool Keeps(const SignatureGroup& group) const {
    const auto number = static_cast<std::size_t>(&group - groups_.data());
    return keeps_all_ || number + 1 == anchored_count_ || number + 1 == groups_.size();
  }

  // Of the files that were written to load from, those stay that may be loaded from again.
  void TidyUp() {
    if (keeps_all_) {
      temporary_.reset();
      return;
    }
    std::set<fs::path> kept;
    for (const SignatureFile& file : exceptions_) kept.insert(file.path);
    for (const SignatureGroup& group : groups_) {
      for (const SignatureFile& file : group.files()) kept.insert(file.path);
    }
    KeepOnly(kept, temporary_->path());
  }

  DatabaseFile* FileNamed(const std::string& name) {
    const auto file = std::find_if(info_.database_files.begin(), info_.database_files.end(),
                                   [&](const DatabaseFile& row) { return row.name == name; });
    return file == info_.database_files.end() ? nullptr : &*file;
  }

  void NoteLeftOut(const DatabaseFile& file) {
    load_gaps_.push_back(ClamavGap(GapReason::kSignatureFile, 0, 0,
                                   "left out: " + Printable(file.name) + ": " + file.problem));
  }

  void LeaveOut(const std::string& name, const std::string& why) {
    DatabaseFile* const file = FileNamed(name);
    if (file == nullptr) return;
    file->state = DatabaseFile::State::kLeftOut;
    file->problem = why;
    NoteLeftOut(*file);
  }

  void UsedInPart(const SignatureGroup::Refusal& part) {
    Gap gap = ClamavGap(GapReason::kSignatureFile, 0, 0,
                        "used in part: " + Printable(part.file.name) + ": " + part.why);
    const bool known = std::any_of(load_gaps_.begin(), load_gaps_.end(),
                                   [&](const Gap& other) { return other.detail == gap.detail; });
    if (known) return;
    load_gaps_.push_back(std::move(gap));
    if (DatabaseFile* const file = FileNamed(part.file.name)) {
      file->problem = "used in part: " + part.why;
    }
  }

  std::string scratch_;
  std::optional<TemporaryDirectory> temporary_;  // what groups are loaded from
  std::vector<SignatureFile> exceptions_;
  AnchorScanner anchors_;
  HashedFiles hashes_;
  HashedFiles trusted_;
  // Those that `anchors_` has numbers of, that of `hashes_`, and that which sees every byte.
  std::vector<SignatureGroup> groups_;
  std::size_t anchored_count_ = 0;
  bool keeps_all_ = false;
  std::vector<std::byte> buffer_;
};

ClamavEngine::ClamavEngine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClamavEngine::~ClamavEngine() = default;

Result<std::unique_ptr<ClamavEngine>> ClamavEngine::Load(const Options& options) {
  TemporaryDirectory temporary = TRY(TemporaryDirectory::Create(options.scratch));
  if (!options.database.empty()) KeepFreedMemory();
  const OnLoading& on_loading = options.on_loading;
  SignatureDirectory directory = TRY(ReadSignatureDirectory(
      options.database, temporary.path(),
      [&](std::size_t done, std::size_t all) { Tell(on_loading, 0, done, all); }));

  EngineInfo info;
  info.clamav_state = options.database.empty() ? "builtin" : "lib";
  info.clamav_version = ClamavVersion();
  info.builtin_signatures = directory.sets.builtin_count;
  info.logical_signatures = directory.sets.logical_count;
  info.text_signatures = directory.sets.text_count;
  info.database = options.database;
  info.database_digest = directory.digest;
  info.database_time = directory.build_time;
  info.database_files = std::move(directory.files);
  auto impl = std::make_unique<Impl>(options, std::move(directory.sets), std::move(temporary));
  impl->info_ = std::move(info);
  impl->NoteLeftOut();
  TRY(impl->LoadAll(on_loading));
  // Reading signatures frees as much as it keeps; what stays is shared by all workers.
  malloc_trim(0);
  return std::unique_ptr<ClamavEngine>(new ClamavEngine(std::move(impl)));
}

const EngineInfo& ClamavEngine::info() const { return impl_->info_; }
const std::vector<Gap>& ClamavEngine::load_gaps() const { return impl_->load_gaps_; }

ClamavEngine::Matches ClamavEngine::Match(const ByteSource& source, const OnBytes& on_bytes) {
  return impl_->Match(source, on_bytes);
}

void ClamavEngine::LoadGroups(std::span<const std::uint32_t> groups) { impl_->LoadGroups(groups); }

bool ClamavEngine::SelfTest() { return impl_->SelfTest(); }

}  // namespace counterscan
