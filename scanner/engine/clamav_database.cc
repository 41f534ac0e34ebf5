#include "scanner/engine/clamav_database.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include "scanner/base/byte_reader.h"
#include "scanner/base/digest.h"
#include "scanner/base/limits.h"
#include "scanner/base/text.h"

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
    {".yar", SignatureKind::kUnread, false},
    {".yara", SignatureKind::kUnread, false},
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
Result<std::string> FileSha256(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return FailErrno("cannot be read", error.value());
  if (size > kSignatureFileBytes) {
    return Fail(ErrorCode::kLimit, "longer than " + HumanBytes(kSignatureFileBytes));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return FailErrno("cannot be opened", errno);
  Digester digester(std::nullopt);
  std::vector<char> buffer(256 * 1024);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         file.gcount() > 0) {
    digester.Update(AsBytes({buffer.data(), static_cast<std::size_t>(file.gcount())}));
  }
  if (file.bad()) return FailErrno("cannot be read", errno);
  return digester.Finish().sha256;
}

Result<std::string> BodyMd5(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(kContainerHeadBytes);
  std::ostringstream body;
  body << file.rdbuf();
  if (!file) return FailErrno("cannot be read", errno);
  return Md5Hex(body.view());
}

std::string UtcTime(std::uint64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm utc = {};
  std::array<char, 32> text = {};
  if (gmtime_r(&time, &utc) == nullptr) return "";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

// One directory being read.
class DirectoryReader {
 public:
  explicit DirectoryReader(const std::string& scratch) : scratch_(scratch), sorter_(scratch) {}

  Result<void> Add(const fs::path& path) {
    const std::string name = path.filename().string();
    const Extension& extension = *FindExtension(path);
    const Result<void> added = extension.kind ? sorter_.Add(path.string(), *extension.kind, name,
                                                            RawMatcher::Naming::kUnofficial)
                                              : AddContainer(path, name);
    if (!added) sorter_.Drop(name);
    return added;
  }

  Result<SignatureSets> Finish() { return sorter_.Finish(); }
  std::uint64_t newest_build() const { return newest_build_; }

 private:
  Result<void> AddContainer(const fs::path& path, const std::string& name) {
    const bool has_signature = path.extension() != ".cud";
    const std::optional<ContainerHead> head = ReadContainerHead(path.string());
    if (!head) return Fail(ErrorCode::kMalformed, "the container's header is broken");
    // libclamav checks this where it checks a signature; else it unpacks a cut file in silence.
    if (!has_signature && TRY(BodyMd5(path)) != head->md5) {
      return Fail(ErrorCode::kMalformed, "the container's content is not what its header says");
    }
    const fs::path unpacked = scratch_ + "/unpacked-" + std::to_string(unpacked_++);
    std::error_code error;
    fs::create_directory(unpacked, error);
    if (error) return FailErrno("cannot be unpacked", error.value());
    TRY(UnpackSignatures(path.string(), has_signature, unpacked.string()));
    const Found parts = TRY(FilesOf(unpacked.string()));
    for (const fs::path& part : parts.files) {
      const Extension& extension = *FindExtension(part);
      if (!extension.kind || extension.unwanted) continue;
      TRY(sorter_.Add(
          part.string(), *extension.kind, name,
          has_signature ? RawMatcher::Naming::kAsWritten : RawMatcher::Naming::kUnofficial));
    }
    // Anyone can write any time into the header of a file that is not signed.
    if (has_signature) newest_build_ = std::max(newest_build_, head->built);
    return {};
  }

  std::string scratch_;
  SignatureSorter sorter_;
  int unpacked_ = 0;
  std::uint64_t newest_build_ = 0;
};

}  // namespace

Result<SignatureDirectory> ReadSignatureDirectory(const std::string& directory,
                                                  const std::string& scratch) {
  Found found;
  if (!directory.empty()) {
    found = TRY(FilesOf(directory));
    if (found.files.empty())
      return Fail(ErrorCode::kIo, "the signature directory holds no signature file");
  }
  SignatureDirectory result;
  DirectoryReader reader(scratch);
  std::string listing;
  for (const fs::path& path : found.files) {
    const std::string name = path.filename().string();
    const Result<std::string> sha256 = FileSha256(path);
    listing += name + '\0' + (sha256 ? *sha256 : "") + '\n';
    Result<void> added = sha256 ? reader.Add(path) : tl::make_unexpected(sha256.error());
    if (!added) result.left_out.push_back({.name = name, .why = added.error().message});
  }
  for (const fs::path& path : found.others) {
    result.left_out.push_back({.name = path.filename().string(), .why = "not a regular file"});
  }
  result.sets = TRY(reader.Finish());
  if (!directory.empty()) result.digest = Sha256Hex(listing);
  if (reader.newest_build() != 0) result.build_time = UtcTime(reader.newest_build());
  return result;
}

}  // namespace counterscan
