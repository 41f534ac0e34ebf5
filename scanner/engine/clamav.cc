#include "scanner/engine/clamav.h"

#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "scanner/engine/clamav_builtin.h"
#include "scanner/engine/clamav_database.h"
#include "scanner/engine/clamav_library.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

// Bytes read at once: fastest to read and hash, and still in the cache when they are matched.
constexpr std::size_t kReadBytes = 256 * 1024;

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

Gap ClamavGap(GapReason reason, std::uint64_t first, std::uint64_t last, std::string detail) {
  return {.reason = reason,
          .engine = EngineId::kClamav,
          .where = "",
          .first = first,
          .last = last,
          .detail = std::move(detail)};
}

Result<SignatureFile> WriteBuiltin(const std::string& directory, SignatureNeedsTable& needs) {
  const std::string lines = BuiltinSignatures();
  for (std::string_view rest = lines; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    needs.Add(ParseExtendedSignature(rest.substr(0, end)));
    rest.remove_prefix(end + 1);
  }
  const std::string path = directory + "/builtin.ndb";
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << lines;
  if (!file.flush()) return FailErrno("write to the scratch directory", errno);
  return SignatureFile{.name = "built-in", .path = path, .naming = RawMatcher::Naming::kAsWritten};
}

// A large database makes libclamav allocate and free megabytes for each match: without this they
// are mapped and unmapped, and zeroed by the kernel, every time.
void KeepFreedMemory() {
  mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max() / 2);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
}

struct Piece {
  std::size_t count = 0;  // bytes read; fewer than wanted at an early end or before an error
  std::optional<Error> error;
};

// A large read fails whole for one bad sector: what lies before it is read page by page.
Piece ReadPiece(const ByteSource& source, std::uint64_t offset, std::span<std::byte> out) {
  constexpr std::size_t kPageBytes = 4096;
  const Result<std::size_t> got = source.ReadAt(offset, out);
  if (got) return {.count = *got, .error = std::nullopt};
  Piece piece{.count = 0, .error = got.error()};
  while (piece.count < out.size()) {
    const auto in_page = static_cast<std::size_t>((offset + piece.count) % kPageBytes);
    const std::size_t wanted = std::min(kPageBytes - in_page, out.size() - piece.count);
    const Result<std::size_t> page =
        source.ReadAt(offset + piece.count, out.subspan(piece.count, wanted));
    if (!page || *page == 0) break;
    piece.count += *page;
  }
  return piece;
}

// Reads a source for MatchThrough and passes each byte on once, in order, whatever order libclamav
// asks in: after the first hit it goes through the whole file for its list of false positives, then
// on from where it was.
class InOrder {
 public:
  InOrder(const ByteSource& source, const ClamavEngine::OnBytes& on_bytes)
      : source_(source), on_bytes_(on_bytes) {}

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out) {
    PassOnTo(offset);
    const Piece piece = ReadPiece(source_, offset, out);
    const std::size_t count = piece.count;
    if (count < out.size() && !failed_) {
      failed_ = offset + count;
      error_ = piece.error;
    }
    if (offset <= passed_on_ && passed_on_ < offset + count) {
      PassOn(out.first(count).subspan(static_cast<std::size_t>(passed_on_ - offset)));
    }
    return count;
  }

  // Reads and passes on what was not asked for before `end`.
  void PassOnTo(std::uint64_t end) {
    while (passed_on_ < end && !failed_) {
      const auto step =
          static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, end - passed_on_));
      rest_.resize(step);
      Read(passed_on_, rest_);
    }
  }

  std::uint64_t passed_on() const { return passed_on_; }
  // Where the source first gave less than it promised, and the error if there was one.
  const std::optional<std::uint64_t>& failed() const { return failed_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  void PassOn(std::span<const std::byte> bytes) {
    if (on_bytes_) on_bytes_(bytes);
    passed_on_ += bytes.size();
  }

  const ByteSource& source_;
  const ClamavEngine::OnBytes& on_bytes_;
  std::uint64_t passed_on_ = 0;
  std::optional<std::uint64_t> failed_;
  std::optional<Error> error_;
  std::vector<std::byte> rest_;
};

}  // namespace

class ClamavEngine::Impl {
 public:
  Impl(const Options& options, SignatureNeedsTable needs)
      : needs_(std::move(needs)),
        overlap_(static_cast<std::size_t>(needs_.reach())),
        buffer_(overlap_ + static_cast<std::size_t>(options.window_bytes)),
        largest_piece_(std::min(options.largest_piece, kLargestMap)) {}

  // Loads `files`, the built-in signatures first. One that libclamav refuses is left out and named
  // in the gaps; since it may have been loaded in part, all begins anew without it.
  Result<void> LoadFiles(const std::string& scratch, std::vector<SignatureFile> files) {
    for (;;) {
      matcher_ = TRY(RawMatcher::Create(scratch));
      const Result<void> loaded = LoadEach(files);
      if (loaded) return matcher_->Compile();
      if (refused_.empty()) return loaded;
      LeftOut(refused_, loaded.error().message);
      std::erase_if(files, [this](const SignatureFile& file) { return file.name == refused_; });
    }
  }

  void LeftOut(const std::string& name, const std::string& why) {
    load_gaps_.push_back(
        ClamavGap(GapReason::kSignatureFile, 0, 0, "left out: " + Printable(name) + ": " + why));
  }

  Matches Match(const ByteSource& source, const OnBytes& on_bytes) {
    const std::uint64_t size = source.size();
    Matches matches;
    std::set<std::string> names;
    const bool one_window = size <= buffer_.size();
    const bool one_piece = !one_window && needs_.NeedWholeFile(size);
    if (!one_piece || size > largest_piece_ || !MatchInOnePiece(source, on_bytes, names, matches)) {
      if (one_piece) {
        matches.gaps.push_back(ClamavGap(
            GapReason::kWindowed, 0, size,
            "signatures with parts far apart, and hashes of whole files, could not be decided"));
      }
      MatchWindows(source, on_bytes, names, matches);
    }
    if (needs_.regex() && size > kLargestRegexMap && size <= largest_piece_) {
      matches.gaps.push_back(
          ClamavGap(GapReason::kWindowed, 0, size,
                    "signatures with regular expressions are matched up to 100 MiB only"));
    }
    matches.names.assign(names.begin(), names.end());
    return matches;
  }

  EngineInfo info_;
  std::vector<Gap> load_gaps_;

 private:
  // Fails at the first file that cannot be loaded, and names it in refused_.
  Result<void> LoadEach(const std::vector<SignatureFile>& files) {
    info_.signatures = 0;
    std::vector<Gap> partly;
    for (const SignatureFile& file : files) {
      const bool builtin = &file == &files.front();
      refused_ = builtin ? "" : file.name;
      const RawMatcher::Loaded loaded = TRY(matcher_->Load(file.path, file.naming));
      if (!file.takes_back) info_.signatures += loaded.signatures;
      if (builtin) info_.builtin_signatures = loaded.signatures;
      if (!loaded.complaint.empty()) {
        partly.push_back(
            ClamavGap(GapReason::kSignatureFile, 0, 0,
                      "used in part: " + Printable(file.name) + ": " + loaded.complaint));
      }
    }
    load_gaps_.insert(load_gaps_.end(), partly.begin(), partly.end());
    return {};
  }

  // False, with nothing done, when the address space is not to be had.
  bool MatchInOnePiece(const ByteSource& source, const OnBytes& on_bytes,
                       std::set<std::string>& names, Matches& matches) {
    InOrder reader(source, on_bytes);
    const auto outcome = matcher_->MatchThrough(
        source.size(),
        [&](std::uint64_t offset, std::span<std::byte> out) { return reader.Read(offset, out); });
    if (!outcome) return false;
    reader.PassOnTo(source.size());
    matches.bytes = reader.passed_on();
    names = outcome->names;
    if (reader.failed()) {
      // libclamav drops the piece, up to 128 KiB, in which a read fails. What can be read of it is
      // matched now, so that an error hides nothing.
      Matches again;
      MatchWindows(source, {}, names, again);
      matches.bytes = std::min(matches.bytes, again.bytes);
      matches.gaps = std::move(again.gaps);
      if (matches.gaps.empty()) {
        matches.gaps.push_back(Unread(*reader.failed(), source.size(), reader.error()));
      }
    } else {
      Complain(outcome->complaints, 0, source.size(), matches);
    }
    return true;
  }

  // buffer_: the end of the window before (overlap_ bytes), then new bytes.
  void MatchWindows(const ByteSource& source, const OnBytes& on_bytes, std::set<std::string>& names,
                    Matches& matches) {
    const std::uint64_t size = source.size();
    std::size_t filled = 0;
    while (matches.bytes < size) {
      const bool first = matches.bytes == 0;
      const std::uint64_t window_start = matches.bytes - filled;
      const bool failed = !Fill(source, on_bytes, filled, matches);
      const bool last = failed || matches.bytes == size;
      const auto window = std::span<const std::byte>(buffer_).first(filled);
      const RawMatcher::Outcome outcome = matcher_->MatchMemory(window);
      for (const std::string& name : outcome.names) {
        if (!first && needs_.OnlyAtStart(name)) continue;
        if (!last && needs_.OnlyAtEnd(name)) continue;
        names.insert(name);
      }
      Complain(outcome.complaints, window_start, window_start + filled, matches);
      if (last) return;
      std::memmove(buffer_.data(), buffer_.data() + filled - overlap_, overlap_);
      filled = overlap_;
    }
  }

  // Reads new bytes behind the `filled` ones until the buffer is full or the source ends. False,
  // with a gap, when it ends too early.
  bool Fill(const ByteSource& source, const OnBytes& on_bytes, std::size_t& filled,
            Matches& matches) {
    while (filled < buffer_.size() && matches.bytes < source.size()) {
      const std::uint64_t wanted = std::min<std::uint64_t>(
          {kReadBytes, buffer_.size() - filled, source.size() - matches.bytes});
      const auto out = std::span(buffer_).subspan(filled, static_cast<std::size_t>(wanted));
      const Piece piece = ReadPiece(source, matches.bytes, out);
      if (on_bytes && piece.count != 0) on_bytes(out.first(piece.count));
      filled += piece.count;
      matches.bytes += piece.count;
      if (piece.count < out.size()) {
        matches.gaps.push_back(Unread(matches.bytes, source.size(), piece.error));
        return false;
      }
    }
    return true;
  }

  static Gap Unread(std::uint64_t first, std::uint64_t last, const std::optional<Error>& error) {
    if (error) return ClamavGap(GapReason::kUnreadable, first, last, error->message);
    return ClamavGap(GapReason::kChanged, first, last, "the file ends before its size");
  }

  // One gap for all windows: a damaged engine would otherwise fill the report.
  static void Complain(const std::vector<std::string>& complaints, std::uint64_t first,
                       std::uint64_t last, Matches& matches) {
    if (complaints.empty()) return;
    for (Gap& gap : matches.gaps) {
      if (gap.reason == GapReason::kEngineFailed) {
        gap.last = last;
        return;
      }
    }
    matches.gaps.push_back(
        ClamavGap(GapReason::kEngineFailed, first, last, "libclamav: " + complaints.front()));
  }

  SignatureNeedsTable needs_;
  std::size_t overlap_;
  std::vector<std::byte> buffer_;
  std::uint64_t largest_piece_;
  std::unique_ptr<RawMatcher> matcher_;
  std::string refused_;  // file that the last LoadEach() failed at; "" for the built-in signatures
};

ClamavEngine::ClamavEngine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClamavEngine::~ClamavEngine() = default;

Result<std::unique_ptr<ClamavEngine>> ClamavEngine::Load(const Options& options) {
  const TemporaryDirectory temporary = TRY(TemporaryDirectory::Create(options.scratch));
  SignatureDirectory directory;
  if (!options.database.empty()) {
    KeepFreedMemory();
    directory = TRY(ReadSignatureDirectory(options.database, temporary.path()));
  }
  const SignatureFile builtin = TRY(WriteBuiltin(temporary.path(), directory.needs));
  directory.needs.Finish();
  std::vector<SignatureFile> files = std::move(directory.files);
  files.insert(files.begin(), builtin);

  auto impl = std::make_unique<Impl>(options, std::move(directory.needs));
  for (const LeftOutFile& file : directory.left_out) impl->LeftOut(file.name, file.why);
  TRY(impl->LoadFiles(options.scratch, std::move(files)));

  EngineInfo& info = impl->info_;
  info.clamav_state = options.database.empty() ? "builtin" : "lib";
  info.clamav_version = ClamavVersion();
  info.database = options.database;
  info.database_digest = directory.digest;
  info.database_time = directory.build_time;
  return std::unique_ptr<ClamavEngine>(new ClamavEngine(std::move(impl)));
}

const EngineInfo& ClamavEngine::info() const { return impl_->info_; }
const std::vector<Gap>& ClamavEngine::load_gaps() const { return impl_->load_gaps_; }

ClamavEngine::Matches ClamavEngine::Match(const ByteSource& source, const OnBytes& on_bytes) {
  return impl_->Match(source, on_bytes);
}

bool ClamavEngine::SelfTest() {
  const std::string eicar = EicarTestFile();
  const MemorySource source(AsBytes(eicar));
  const Matches matches = impl_->Match(source, {});
  return matches.gaps.empty() && std::find(matches.names.begin(), matches.names.end(),
                                           "Counterscan.Test.EICAR") != matches.names.end();
}

}  // namespace counterscan
