#include "scanner/engine/clamav_database.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "scanner/base/byte_reader.h"
#include "scanner/base/digest.h"
#include "scanner/base/limits.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

enum class FileKind {
  kExceptions,  // names and hashes that are not to match: must be loaded before what they take back
  kExtended,
  kLogical,
  kHashes,
  kTrusted,    // hashes of files that are not to match
  kUnread,     // matches raw bytes; its lines are not read here
  kContainer,  // holds files of the other kinds
};

struct Extension {
  std::string_view text;
  FileKind kind;
  bool unwanted;  // "potentially unwanted" programs: used only from a file of its own
};

// Every extension that libclamav loads and that bears on raw bytes. Not here: .mdb .msb .imp .crb
// .cat (executables), .cdb (archive members), .idb (icons), .pdb .gdb .wdb (phishing), .pwdb, .cbc
// (bytecode), .cfg .info (settings) and .ftm (file types, see clamav_library.cc).
constexpr auto kExtensions = std::to_array<Extension>({
    {".ign", FileKind::kExceptions, false},
    {".ign2", FileKind::kExceptions, false},
    {".fp", FileKind::kTrusted, false},
    {".sfp", FileKind::kTrusted, false},
    {".ndb", FileKind::kExtended, false},
    {".ndu", FileKind::kExtended, true},
    {".ldb", FileKind::kLogical, false},
    {".ldu", FileKind::kLogical, true},
    {".hdb", FileKind::kHashes, false},
    {".hdu", FileKind::kHashes, true},
    {".hsb", FileKind::kHashes, false},
    {".hsu", FileKind::kHashes, true},
    {".db", FileKind::kUnread, false},
    {".yar", FileKind::kUnread, false},
    {".yara", FileKind::kUnread, false},
    {".cvd", FileKind::kContainer, false},
    {".cld", FileKind::kContainer, false},
    {".cud", FileKind::kContainer, false},
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

// The lines of a file of signatures.
class Lines {
 public:
  explicit Lines(const fs::path& path) : in_(path, std::ios::binary), buffer_(kSignatureLineBytes) {
    if (!in_) problem_ = FailErrno("cannot be opened", errno).value();
  }

  // False at the end, or where the file cannot be read on: End() tells. Valid until the next call.
  bool Next(std::string_view& line) {
    if (problem_) return false;
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    const auto count = static_cast<std::size_t>(in_.gcount());
    if (in_.bad()) {
      problem_ = FailErrno("cannot be read", errno).value();
    } else if (in_.fail() && count + 1 == buffer_.size()) {
      problem_ = Error{ErrorCode::kLimit, "a line is longer than any signature", std::nullopt};
    }
    if (in_.fail()) return false;
    line = std::string_view(buffer_.data(), in_.eof() ? count : count - 1);
    // Told at once, where libclamav would look at all that was copied for it.
    if (line.find('\0') != std::string_view::npos) {
      problem_ = Error{ErrorCode::kMalformed, "not text", std::nullopt};
      return false;
    }
    return true;
  }

  Result<void> End() const {
    if (problem_) return tl::make_unexpected(*problem_);
    return {};
  }

 private:
  std::ifstream in_;
  std::vector<char> buffer_;
  std::optional<Error> problem_;
};

// One directory being read.
class DirectoryReader {
 public:
  DirectoryReader(std::string scratch, SignatureDirectory& result)
      : scratch_(std::move(scratch)), result_(result) {}

  Result<void> Add(const fs::path& path) {
    const std::string name = path.filename().string();
    const Extension& extension = *FindExtension(path);
    if (extension.kind == FileKind::kContainer) return AddContainer(path, name);
    return AddFile(path, name, RawMatcher::Naming::kUnofficial);
  }

  std::uint64_t newest_build() const { return newest_build_; }

 private:
  Result<void> AddFile(const fs::path& path, const std::string& name, RawMatcher::Naming naming) {
    const FileKind kind = FindExtension(path)->kind;
    SignatureFile file{.name = name,
                       .path = path.string(),
                       .naming = naming,
                       .takes_back = kind == FileKind::kExceptions || kind == FileKind::kTrusted};
    if (kind == FileKind::kExtended || kind == FileKind::kLogical) {
      file.path = TRY(KeepRawLines(path, kind));
    } else if (kind == FileKind::kHashes || kind == FileKind::kTrusted) {
      TRY(ReadHashes(path));
    } else if (kind == FileKind::kUnread) {
      // Text strings of YARA rules may be regular expressions; .db has hexadecimal ones only.
      result_.needs.AddUnread(path.extension() != ".db");
    }
    if (kind == FileKind::kExceptions) {
      result_.files.insert(result_.files.begin(), std::move(file));
    } else {
      result_.files.push_back(std::move(file));
    }
    return {};
  }

  // Copies the lines that can match raw bytes. The others become comments, so that libclamav's line
  // numbers stay those of the original.
  Result<std::string> KeepRawLines(const fs::path& path, FileKind kind) {
    Lines lines(path);
    const std::string copy =
        scratch_ + "/" + std::to_string(written_++) + path.extension().string();
    std::ofstream out(copy, std::ios::binary | std::ios::trunc);
    for (std::string_view line; lines.Next(line);) {
      if (line.starts_with('#')) {
        out << "#\n";
        continue;
      }
      if (line.ends_with('\r')) line.remove_suffix(1);
      const SignatureLine signature =
          kind == FileKind::kExtended ? ParseExtendedSignature(line) : ParseLogicalSignature(line);
      result_.needs.Add(signature);
      if (signature.needs == SignatureNeeds::kNothing) {
        out << "#\n";
      } else {
        out << line << '\n';
      }
    }
    TRY(lines.End());
    if (!out.flush()) return FailErrno("cannot be copied for loading", errno);
    return copy;
  }

  Result<void> ReadHashes(const fs::path& path) {
    Lines lines(path);
    for (std::string_view line; lines.Next(line);) {
      if (!line.starts_with('#')) result_.needs.AddHashedSize(ParseHashedSize(line));
    }
    return lines.End();
  }

  Result<void> AddContainer(const fs::path& path, const std::string& name) {
    const bool has_signature = path.extension() != ".cud";
    const std::optional<ContainerHead> head = ReadContainerHead(path.string());
    if (!head) return Fail(ErrorCode::kMalformed, "the container's header is broken");
    // libclamav checks this where it checks a signature; else it unpacks a cut file in silence.
    if (!has_signature && TRY(BodyMd5(path)) != head->md5) {
      return Fail(ErrorCode::kMalformed, "the container's content is not what its header says");
    }
    const fs::path unpacked = scratch_ + "/" + std::to_string(written_++);
    std::error_code error;
    fs::create_directory(unpacked, error);
    if (error) return FailErrno("cannot be unpacked", error.value());
    TRY(UnpackSignatures(path.string(), has_signature, unpacked.string()));
    const Found parts = TRY(FilesOf(unpacked.string()));
    for (const fs::path& part : parts.files) {
      const Extension& extension = *FindExtension(part);
      if (extension.kind == FileKind::kContainer || extension.unwanted) continue;
      TRY(AddFile(
          part, name,
          has_signature ? RawMatcher::Naming::kAsWritten : RawMatcher::Naming::kUnofficial));
    }
    // Anyone can write any time into the header of a file that is not signed.
    if (has_signature) newest_build_ = std::max(newest_build_, head->built);
    return {};
  }

  std::string scratch_;
  SignatureDirectory& result_;
  int written_ = 0;
  std::uint64_t newest_build_ = 0;
};

}  // namespace

void SignatureNeedsTable::Add(const SignatureLine& signature) {
  using enum SignatureNeeds;
  if (signature.needs == kNothing) return;
  regex_ = regex_ || signature.regex;
  whole_file_ = whole_file_ || signature.needs == kWholeFile;
  if (signature.needs != kWholeFile) reach_ = std::max(reach_, signature.reach);
  places_[std::string(signature.name)] |= signature.needs == kStart ? kAtStart
                                          : signature.needs == kEnd ? kAtEnd
                                                                    : kAnywhere;
}

void SignatureNeedsTable::AddHashedSize(std::optional<std::uint64_t> size) {
  if (size && *size != 0) {
    hashed_sizes_.insert(*size);
  } else {
    any_size_ = true;
  }
}

void SignatureNeedsTable::AddUnread(bool regex) {
  whole_file_ = true;
  regex_ = regex_ || regex;
}

void SignatureNeedsTable::Finish() {
  std::erase_if(places_, [](const auto& entry) { return (entry.second & kAnywhere) != 0; });
}

bool SignatureNeedsTable::NeedWholeFile(std::uint64_t size) const {
  return whole_file_ || any_size_ || hashed_sizes_.contains(size);
}

bool SignatureNeedsTable::Holds(std::string_view name, std::uint8_t places) const {
  constexpr std::string_view kSuffix = ".UNOFFICIAL";
  auto entry = places_.find(std::string(name));
  if (entry == places_.end() && name.ends_with(kSuffix)) {
    name.remove_suffix(kSuffix.size());
    entry = places_.find(std::string(name));
  }
  return entry != places_.end() && entry->second == places;
}

Result<SignatureDirectory> ReadSignatureDirectory(const std::string& directory,
                                                  const std::string& scratch) {
  const Found found = TRY(FilesOf(directory));
  if (found.files.empty())
    return Fail(ErrorCode::kIo, "the signature directory holds no signature file");
  SignatureDirectory result;
  DirectoryReader reader(scratch, result);
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
  result.needs.Finish();
  result.digest = Sha256Hex(listing);
  if (reader.newest_build() != 0) result.build_time = UtcTime(reader.newest_build());
  return result;
}

}  // namespace counterscan
