#include "scanner/container/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>
#include <vector>

#include "scanner/base/text.h"

namespace counterscan::container {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// libarchive turns names into the locale's character set. In this one UTF-8 stays as it is. Its
// files are read once, by WarmUpArchiveReader(); where they are missing, names that are no ASCII
// may have other characters.
class Utf8Locale {
 public:
  Utf8Locale() : before_(uselocale(Utf8())) {}
  ~Utf8Locale() { uselocale(before_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t Utf8() {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return utf8;  // null only asks uselocale() what the locale is
  }
  locale_t before_;
};

ArchiveEntry::Kind KindOf(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr || archive_entry_hardlink_w(entry) != nullptr) {
    return ArchiveEntry::Kind::kHardLink;
  }
  switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
      return ArchiveEntry::Kind::kFolder;
    case AE_IFLNK:
      return ArchiveEntry::Kind::kSymbolicLink;
    case AE_IFCHR:
    case AE_IFBLK:
    case AE_IFIFO:
    case AE_IFSOCK:
      return ArchiveEntry::Kind::kDevice;
    default:
      return ArchiveEntry::Kind::kFile;
  }
}

std::string FirstOf(const char* a, const char* b) {
  if (a != nullptr) return a;
  return b != nullptr ? b : "";
}

}  // namespace

struct ArchiveReader::State {
  explicit State(const ByteSource& source_of_archive)
      : source(source_of_archive), buffer(kBufferBytes), reader(archive_read_new()) {}
  ~State() {
    if (reader != nullptr) archive_read_free(reader);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static la_ssize_t Read(archive*, void* data, const void** bytes) {
    auto& state = *static_cast<State*>(data);
    const auto got = state.source.ReadAt(state.position, state.buffer);
    if (!got) {
      state.read_error = got.error();
      return -1;
    }
    state.position += *got;
    *bytes = state.buffer.data();
    return static_cast<la_ssize_t>(*got);
  }
  static la_int64_t Skip(archive*, void* data, la_int64_t request) {
    auto& state = *static_cast<State*>(data);
    const std::uint64_t left = state.source.size() - std::min(state.source.size(), state.position);
    const auto step = std::min(static_cast<std::uint64_t>(std::max<la_int64_t>(request, 0)), left);
    state.position += step;
    return static_cast<la_int64_t>(step);
  }
  static la_int64_t Seek(archive*, void* data, la_int64_t offset, int whence) {
    auto& state = *static_cast<State*>(data);
    const auto size = static_cast<la_int64_t>(
        std::min<std::uint64_t>(state.source.size(), std::numeric_limits<la_int64_t>::max()));
    la_int64_t target = 0;
    const la_int64_t from = whence == SEEK_SET   ? 0
                            : whence == SEEK_CUR ? static_cast<la_int64_t>(state.position)
                                                 : size;
    if (__builtin_add_overflow(from, offset, &target) || target < 0 || target > size) {
      return ARCHIVE_FATAL;
    }
    state.position = static_cast<std::uint64_t>(target);
    return target;
  }

  Error LastError() {
    if (read_error) return *read_error;
    const char* text = archive_error_string(reader);
    std::string message = "libarchive: ";
    message += text != nullptr ? Printable(text, 200) : "no reason given";
    // Asked of a reader that no format took, libarchive 3.6 follows a pointer to nowhere.
    if (opened && archive_read_has_encrypted_entries(reader) > 0) {
      encrypted = true;
      return {ErrorCode::kUnsupported, std::move(message), std::nullopt};
    }
    const std::string_view said = text != nullptr ? text : "";
    const auto says = [&](std::string_view word) {
      return said.find(word) != std::string_view::npos;
    };
    if (says("ncrypt")) encrypted = true;
    ErrorCode code = ErrorCode::kMalformed;
    if (encrypted || says("nsupported") || says("not supported") || says("nknown codec")) {
      code = ErrorCode::kUnsupported;
    }
    if (says("runcated") || says("end of file")) code = ErrorCode::kTruncated;
    if (says("memory")) code = ErrorCode::kLimit;
    return {code, std::move(message), std::nullopt};
  }

  const ByteSource& source;
  std::vector<std::byte> buffer;
  std::uint64_t position = 0;
  archive* reader;
  std::optional<Error> read_error{};
  bool encrypted = false;
  bool opened = false;
};

ArchiveReader::ArchiveReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::encrypted() const { return state_->encrypted; }

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::Open(const ByteSource& source,
                                                           ArchiveFormat format) {
  const Utf8Locale locale;
  auto state = std::make_unique<State>(source);
  archive* const reader = state->reader;
  if (reader == nullptr) return Fail(ErrorCode::kLimit, "libarchive could not start");
  switch (format) {
    case ArchiveFormat::kTar:
      archive_read_support_format_tar(reader);
      break;
    case ArchiveFormat::kSevenZip:
      archive_read_support_format_7zip(reader);
      break;
    case ArchiveFormat::kRar:
      archive_read_support_format_rar(reader);
      archive_read_support_format_rar5(reader);
      break;
  }
  archive_read_set_callback_data(reader, state.get());
  archive_read_set_read_callback(reader, &State::Read);
  archive_read_set_skip_callback(reader, &State::Skip);
  archive_read_set_seek_callback(reader, &State::Seek);
  if (archive_read_open1(reader) != ARCHIVE_OK) return tl::make_unexpected(state->LastError());
  state->opened = true;
  return std::unique_ptr<ArchiveReader>(new ArchiveReader(std::move(state)));
}

Result<std::optional<ArchiveEntry>> ArchiveReader::Next() {
  const Utf8Locale locale;
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(state_->reader, &entry);
  if (status == ARCHIVE_EOF) return std::optional<ArchiveEntry>();
  // A warning is about a field that does not concern us: times, owners, character sets.
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    return tl::make_unexpected(state_->LastError());
  }
  ArchiveEntry found;
  found.name = FirstOf(archive_entry_pathname_utf8(entry), archive_entry_pathname(entry));
  found.kind = KindOf(entry);
  found.link = found.kind == ArchiveEntry::Kind::kHardLink
                   ? FirstOf(archive_entry_hardlink_utf8(entry), archive_entry_hardlink(entry))
                   : FirstOf(archive_entry_symlink_utf8(entry), archive_entry_symlink(entry));
  if (archive_entry_size_is_set(entry) != 0 && archive_entry_size(entry) >= 0) {
    found.size = static_cast<std::uint64_t>(archive_entry_size(entry));
  }
  found.encrypted = archive_entry_is_encrypted(entry) != 0;
  state_->encrypted = state_->encrypted || found.encrypted;
  return std::optional<ArchiveEntry>(std::move(found));
}

Result<std::size_t> ArchiveReader::Read(std::span<std::byte> out) {
  const Utf8Locale locale;
  const la_ssize_t got = archive_read_data(state_->reader, out.data(), out.size());
  if (got < 0) return tl::make_unexpected(state_->LastError());
  return static_cast<std::size_t>(got);
}

void WarmUpArchiveReader() { const Utf8Locale locale; }

}  // namespace counterscan::container
