#include "scanner/cli/database_import.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "scanner/base/atomic_file.h"
#include "scanner/base/digest.h"
#include "scanner/base/fd.h"
#include "scanner/base/limits.h"
#include "scanner/base/safe_open.h"
#include "scanner/base/text.h"
#include "scanner/cli/database_directory.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

constexpr auto kSignedEndings = std::to_array<std::string_view>({".cvd", ".cld"});
// Others that make sense alone. What takes signatures back (.fp, .ign2) is not for carrying around.
constexpr auto kUnsignedEndings = std::to_array<std::string_view>(
    {".cud", ".ndb", ".ndu", ".ldb", ".ldu", ".hdb", ".hdu", ".hsb", ".hsu", ".yar", ".yara"});
constexpr std::size_t kMostFiles = 1'000;
constexpr std::size_t kNameCharacters = 100;
constexpr std::size_t kCopyBytes = 256 * 1024;

template <std::size_t kCount>
bool EndsWithOneOf(std::string_view name, const std::array<std::string_view, kCount>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= kNameCharacters && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == '_';
         });
}

tl::unexpected<Error> Refuse(const std::string& path, std::string_view why) {
  return Fail(ErrorCode::kUnsupported, fmt::format("{}: {}", Printable(path), why));
}

// The files that the sources name, each with a name of its own.
Result<std::vector<std::string>> FilesOf(const ImportRequest& request) {
  std::vector<std::string> paths;
  const auto wanted = [&](std::string_view name) {
    return EndsWithOneOf(name, kSignedEndings) ||
           (request.allow_unsigned && EndsWithOneOf(name, kUnsignedEndings));
  };
  for (const std::string& source : request.sources) {
    std::error_code error;
    if (!fs::is_directory(source, error)) {
      paths.push_back(source);
      continue;
    }
    const std::size_t before = paths.size();
    for (fs::directory_iterator entry(source, error); entry != fs::directory_iterator();
         entry.increment(error)) {
      if (error) break;
      if (wanted(entry->path().filename().native())) paths.push_back(entry->path());
      if (paths.size() > kMostFiles) return Refuse(source, "holds too many files");
    }
    if (error) return Refuse(source, error.message());
    if (paths.size() == before) return Refuse(source, "holds no .cvd or .cld file");
  }
  std::set<std::string> names;
  for (const std::string& path : paths) {
    const std::string name = fs::path(path).filename();
    if (EndsWithOneOf(name, kUnsignedEndings) && !request.allow_unsigned) {
      return Refuse(path, "carries no signature of ClamAV's (--unsigned takes it all the same)");
    }
    if (!wanted(name)) return Refuse(path, "is no file of signatures: .cvd or .cld is wanted");
    if (!IsPlainName(name)) return Refuse(path, "has a name that no file of signatures has");
    if (!names.insert(name).second) return Refuse(path, "is named like another of them");
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<void> Copy(const std::string& from, const std::string& to) {
  const auto source = OpenRegular(from);
  if (!source) return Refuse(from, source.error().message);
  const UniqueFd target(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!target) return FailErrno("cannot write to the directory of signatures", errno);
  std::vector<char> buffer(kCopyBytes);
  for (std::uint64_t copied = 0;;) {
    const ssize_t got = read(source->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Refuse(from, FailErrno("cannot be read", errno).value().message);
    if (got == 0) break;
    copied += static_cast<std::uint64_t>(got);
    if (copied > kSignatureFileBytes) {
      return Refuse(from, "longer than " + HumanBytes(kSignatureFileBytes));
    }
    TRY(WriteAll(target.get(), {buffer.data(), static_cast<std::size_t>(got)}));
  }
  if (fsync(target.get()) != 0) return FailErrno("cannot flush to disk", errno);
  return {};
}

// A directory inside the destination, so that renaming is all that is left to do; removed with what
// is still in it.
class Staging {
 public:
  static Result<Staging> Create(const std::string& destination) {
    std::string path = destination + "/.import-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      return FailErrno("cannot write to " + Printable(destination), errno);
    }
    return Staging(std::move(path));
  }
  Staging(Staging&& other) noexcept : path_(std::exchange(other.path_, std::string())) {}
  Staging& operator=(Staging&&) = delete;
  ~Staging() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit Staging(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Result<void> MakeDestination(const std::string& destination) {
  std::error_code error;
  if (fs::is_directory(destination, error)) return {};
  const fs::path parent = fs::path(destination).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  if (error || mkdir(destination.c_str(), 0700) != 0) {
    return FailErrno("cannot make " + Printable(destination), error ? error.value() : errno);
  }
  return {};
}

// What stands in the way of putting a verified file where another lies; nothing where nothing does.
Result<void> CheckVersion(const DatabaseFile& file, const ImportRequest& request) {
  if (request.allow_older || file.version == 0) return {};
  const std::string stem = fs::path(file.name).stem();
  for (const std::string_view ending : kSignedEndings) {
    const std::string present = request.destination + "/" + stem + std::string(ending);
    const auto title = ReadContainerTitle(present);
    if (!title || title->version <= file.version) continue;
    return Fail(ErrorCode::kUnsupported,
                fmt::format("{} is version {}, older than version {} in {} (--allow-older takes it "
                            "all the same)",
                            file.name, file.version, title->version, Printable(present)));
  }
  return {};
}

// The other of daily.cvd and daily.cld would be read beside it.
void RemoveSibling(const DatabaseFile& file, const std::string& destination) {
  const fs::path path = fs::path(destination) / file.name;
  for (const std::string_view ending : kSignedEndings) {
    const fs::path sibling = fs::path(path).replace_extension(ending);
    if (sibling != path && EndsWithOneOf(file.name, kSignedEndings)) unlink(sibling.c_str());
  }
}

Result<void> PutInPlace(const std::string& staging, const DatabaseFile& file,
                        const std::string& destination) {
  const std::string to = destination + "/" + file.name;
  if (rename((staging + "/" + file.name).c_str(), to.c_str()) != 0) {
    return FailErrno("cannot replace " + Printable(to), errno);
  }
  RemoveSibling(file, destination);
  return {};
}

Result<void> FlushDirectory(const std::string& directory) {
  const UniqueFd open_directory(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!open_directory || fsync(open_directory.get()) != 0) {
    return FailErrno("cannot flush " + Printable(directory), errno);
  }
  return {};
}

Result<void> CheckFile(const DatabaseFile& file, const ImportRequest& request) {
  if (file.state == DatabaseFile::State::kLeftOut) {
    return Refuse(file.name, PrintableAgain(file.problem));
  }
  if (file.state == DatabaseFile::State::kSuperseded) {
    return Refuse(file.name, "there is a newer one of this name among them");
  }
  return CheckVersion(file, request);
}

}  // namespace

Result<std::vector<ImportedFile>> ImportSignatures(const ImportRequest& request,
                                                   const KeepInspecting& keep) {
  const std::vector<std::string> paths = TRY(FilesOf(request));
  TRY(MakeDestination(request.destination));
  const Staging staging = TRY(Staging::Create(request.destination));
  for (const std::string& path : paths) {
    TRY(Copy(path, staging.path() + "/" + fs::path(path).filename().string()));
  }
  const Inspection inspection = TRY(InspectDatabase({.worker_program = request.worker_program,
                                                     .database = staging.path(),
                                                     .sandbox = request.sandbox},
                                                    keep));
  const EngineInfo& engine = inspection.engine;
  if (engine.clamav_state != "lib")
    return Refuse("these signatures", PrintableAgain(engine.message));
  if (engine.database_files.size() != paths.size()) {
    return Fail(ErrorCode::kIo, "not every file was looked at");
  }
  for (const DatabaseFile& file : engine.database_files) TRY(CheckFile(file, request));
  std::vector<ImportedFile> imported;
  for (const DatabaseFile& file : engine.database_files) {
    const auto present = FileSha256(request.destination + "/" + file.name);
    const bool unchanged = present && *present == file.sha256;
    if (!unchanged) TRY(PutInPlace(staging.path(), file, request.destination));
    imported.push_back({.file = file, .unchanged = unchanged});
  }
  TRY(FlushDirectory(request.destination));
  return imported;
}

}  // namespace counterscan
