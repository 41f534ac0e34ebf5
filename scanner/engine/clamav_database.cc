#include "scanner/engine/clamav_database.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>

#include "scanner/base/digest.h"
#include "scanner/base/limits.h"
#include "scanner/base/text.h"
#include "scanner/engine/clamav_container.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

struct Extension {
  std::string_view text;
  std::optional<SignatureKind> kind;  // none: a container of files of the other kinds
  bool unwanted;  // "potentially unwanted" programs: used only from a file of its own
};

// Every extension that libclamav loads and that bears on raw bytes. Not here: .mdb .msb .imp .crb
// .cat (executables), .cdb (archive members), .idb (icons), .pdb .gdb .wdb (phishing), .pwdb, .cbc
// (bytecode), .cfg .info (settings) and .ftm (file types, see clamav_library.cc).
constexpr auto kExtensions = std::to_array<Extension>({
    {".ign", SignatureKind::kExceptions, false},
    {".ign2", SignatureKind::kExceptions, false},
    {".fp", SignatureKind::kTrusted, false},
    {".sfp", SignatureKind::kTrusted, false},
    {".ndb", SignatureKind::kExtended, false},
    {".ndu", SignatureKind::kExtended, true},
    {".ldb", SignatureKind::kLogical, false},
    {".ldu", SignatureKind::kLogical, true},
    {".hdb", SignatureKind::kHashes, false},
    {".hdu", SignatureKind::kHashes, true},
    {".hsb", SignatureKind::kHashes, false},
    {".hsu", SignatureKind::kHashes, true},
    {".db", SignatureKind::kPlain, false},
    {".yar", SignatureKind::kRules, false},
    {".yara", SignatureKind::kRules, false},
    {".cvd", std::nullopt, false},
    {".cld", std::nullopt, false},
    {".cud", std::nullopt, false},
});

const Extension* FindExtension(const fs::path& path) {
  std::string text = path.extension().string();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto row = std::find_if(kExtensions.begin(), kExtensions.end(),
                                [&](const Extension& e) { return e.text == text; });
  return row == kExtensions.end() ? nullptr : &*row;
}

// What has the name of a signature file, sorted.
struct Found {
  std::vector<fs::path> files;
  std::vector<fs::path> others;  // links that lead nowhere, FIFOs, directories: never opened
};

Result<Found> FilesOf(const std::string& directory) {
  Found found;
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  if (error) return FailErrno("signature directory", error.value());
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    if (error) return FailErrno("signature directory", error.value());
    if (FindExtension(entries->path()) == nullptr) continue;
    std::error_code unknown;
    (entries->is_regular_file(unknown) ? found.files : found.others).push_back(entries->path());
  }
  std::sort(found.files.begin(), found.files.end());
  std::sort(found.others.begin(), found.others.end());
  return found;
}

// Refuses what is too long before it is read.
Result<std::uint64_t> SizeWithinLimit(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return FailErrno("cannot be read", error.value());
  if (size > kSignatureFileBytes) {
    return Fail(ErrorCode::kLimit, "longer than " + HumanBytes(kSignatureFileBytes));
  }
  return size;
}

void LeaveOut(DatabaseFile& file, const std::string& why) {
  file.state = DatabaseFile::State::kLeftOut;
  file.problem = why;
}

std::string UtcTime(std::uint64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm utc = {};
  std::array<char, 32> text = {};
  if (gmtime_r(&time, &utc) == nullptr) return "";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

ContainerKind KindOf(const fs::path& container) {
  const std::string extension = container.extension().string();
  return extension == ".cvd"   ? ContainerKind::kPublished
         : extension == ".cld" ? ContainerKind::kUpdated
                               : ContainerKind::kUnsigned;
}

// One directory being read.
class DirectoryReader {
 public:
  explicit DirectoryReader(const std::string& scratch) : scratch_(scratch), sorter_(scratch) {}

  // Fills in what is found out about the file.
  Result<void> Add(const fs::path& path, DatabaseFile& file) {
    file.size = TRY(SizeWithinLimit(path));
    file.sha256 = TRY(FileSha256(path.string()));
    const Extension& extension = *FindExtension(path);
    const Result<void> added = extension.kind
                                   ? sorter_.Add(path.string(), *extension.kind, file.name,
                                                 RawMatcher::Naming::kUnofficial)
                                   : AddContainer(path, file);
    if (!added) sorter_.Drop(file.name);
    return added;
  }

  Result<SignatureSets> Finish() { return sorter_.Finish(); }
  std::uint64_t newest_build() const { return newest_build_; }

 private:
  Result<void> AddContainer(const fs::path& path, DatabaseFile& file) {
    const ContainerKind kind = KindOf(path);
    const std::string unpacked = scratch_ + "/unpacked-" + std::to_string(unpacked_++);
    std::error_code error;
    fs::create_directory(unpacked, error);
    if (error) return FailErrno("cannot be unpacked", error.value());
    const ContainerHead head = TRY(UnpackContainer(path.string(), kind, unpacked, scratch_));
    const bool is_signed = kind != ContainerKind::kUnsigned;
    file.state = is_signed ? DatabaseFile::State::kSigned : DatabaseFile::State::kUnsigned;
    file.version = head.version;
    file.built = UtcTime(head.built);
    file.declared_signatures = head.signatures;
    if (head.functionality > ClamavFunctionality()) {
      file.problem = "made for a newer ClamAV than this one: it may skip some of it";
    }
    const Found parts = TRY(FilesOf(unpacked));
    for (const fs::path& part : parts.files) {
      const Extension& extension = *FindExtension(part);
      if (!extension.kind || extension.unwanted) continue;
      TRY(sorter_.Add(
          part.string(), *extension.kind, file.name,
          is_signed ? RawMatcher::Naming::kAsWritten : RawMatcher::Naming::kUnofficial));
    }
    // Anyone can write any time into the header of a file that is not signed.
    if (is_signed) newest_build_ = std::max(newest_build_, head.built);
    return {};
  }

  std::string scratch_;
  SignatureSorter sorter_;
  int unpacked_ = 0;
  std::uint64_t newest_build_ = 0;
};

// daily.cld stands for daily.cvd, and the other way round: whichever is newer.
class Siblings {
 public:
  // Puts the newer of two before the older, by what they say of themselves.
  static void Sort(std::vector<fs::path>& files) {
    for (auto updated = files.begin(); updated != files.end(); ++updated) {
      if (updated->extension() != ".cld") continue;
      const auto published =
          std::find(updated, files.end(), fs::path(*updated).replace_extension(".cvd"));
      if (published != files.end() && VersionOf(*published) > VersionOf(*updated)) {
        std::iter_swap(published, updated);
      }
    }
  }
  // True when a sibling of it is used already.
  bool Stands(const fs::path& path) const {
    return IsSigned(path) && used_.contains(path.stem().string());
  }
  void Use(const fs::path& path) {
    if (IsSigned(path)) used_.insert(path.stem().string());
  }

 private:
  static bool IsSigned(const fs::path& path) {
    return path.extension() == ".cvd" || path.extension() == ".cld";
  }
  static std::uint64_t VersionOf(const fs::path& path) {
    const auto head = ReadContainerHead(path.string());
    return head ? head->version : 0;
  }

  std::set<std::string> used_;
};

}  // namespace

Result<SignatureDirectory> ReadSignatureDirectory(const std::string& directory,
                                                  const std::string& scratch,
                                                  const OnDatabaseFile& on_file) {
  Found found;
  if (!directory.empty()) {
    found = TRY(FilesOf(directory));
    if (found.files.empty())
      return Fail(ErrorCode::kIo, "the signature directory holds no signature file");
  }
  Siblings::Sort(found.files);
  SignatureDirectory result;
  DirectoryReader reader(scratch);
  Siblings siblings;
  for (const fs::path& path : found.files) {
    DatabaseFile& file = result.files.emplace_back();
    file.name = path.filename().string();
    if (on_file) on_file(result.files.size() - 1, found.files.size());
    if (siblings.Stands(path)) {
      file.state = DatabaseFile::State::kSuperseded;
      if (const auto size = SizeWithinLimit(path)) {
        file.size = *size;
        file.sha256 = FileSha256(path.string()).value_or("");
      }
      continue;
    }
    const Result<void> added = reader.Add(path, file);
    if (added) {
      siblings.Use(path);
    } else {
      LeaveOut(file, added.error().message);
    }
  }
  for (const fs::path& path : found.others) {
    DatabaseFile& file = result.files.emplace_back();
    file.name = path.filename().string();
    LeaveOut(file, "not a regular file");
  }
  std::sort(result.files.begin(), result.files.end(),
            [](const DatabaseFile& a, const DatabaseFile& b) { return a.name < b.name; });
  std::string listing;
  for (const DatabaseFile& file : result.files) listing += file.name + '\0' + file.sha256 + '\n';
  result.sets = TRY(reader.Finish());
  if (!directory.empty()) result.digest = Sha256Hex(listing);
  if (reader.newest_build() != 0) result.build_time = UtcTime(reader.newest_build());
  return result;
}

}  // namespace counterscan
