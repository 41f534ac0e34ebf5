#include "scanner/engine/clamav_container.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/digest.h"
#include "scanner/base/limits.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

// The list of signed files. Real ones have twenty lines.
constexpr std::uintmax_t kListBytes = kMiB;
constexpr std::string_view kListEnding = ".info";
constexpr std::string_view kHeadMark = "ClamAV-VDB:";
constexpr std::string_view kSignatureMark = "DSIG:";
// What no list names: the licence.
constexpr std::string_view kLicence = "COPYING";

Result<std::string> ReadSmallFile(const fs::path& path, std::uintmax_t limit) {
  std::error_code error;
  if (fs::file_size(path, error) > limit || error) {
    return Fail(ErrorCode::kLimit, "its list of files is too long or cannot be read");
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return FailErrno("cannot be read", errno);
  return std::move(text).str();
}

Result<std::string> BodyMd5(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(kContainerHeadBytes);
  std::ostringstream body;
  body << file.rdbuf();
  if (!file) return FailErrno("cannot be read", errno);
  return Md5Hex(body.view());
}

// One regular file of a tar of version 7, without the two blocks at its end.
std::string TarMember(std::string_view name, std::string_view content) {
  constexpr std::size_t kBlock = 512;
  std::string head(kBlock, '\0');
  head.replace(0, std::min<std::size_t>(name.size(), 99), name.substr(0, 99));
  head.replace(100, 7, "0000600");
  std::array<char, 13> size{};
  std::snprintf(size.data(), size.size(), "%011zo", content.size());
  head.replace(124, 11, size.data(), 11);
  head[156] = '0';
  std::string member = head + std::string(content);
  member.resize((member.size() + kBlock - 1) / kBlock * kBlock);
  return member;
}

// libclamav checks the signature of a list only inside a container, so one is made that holds the
// list as it was unpacked and nothing else.
Result<void> VerifyList(const std::string& list, const std::string& scratch) {
  std::string container = list.substr(0, list.find('\n'));
  container.resize(kContainerHeadBytes, ' ');
  container += TarMember(kLicence, "") + TarMember("list.info", list);
  container.append(2 * 512, '\0');
  const std::string path = scratch + "/list.cld";
  {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << container;
    if (!out.flush()) return FailErrno("write to the scratch directory", errno);
  }
  Result<void> verified = VerifySignedContainer(path);
  std::error_code ignored;
  fs::remove(path, ignored);
  return verified;
}

// name -> SHA-256, of a list whose signature is right.
Result<std::map<std::string, std::string>> FilesOfList(std::string_view list) {
  std::map<std::string, std::string> files;
  while (!list.empty()) {
    const std::string_view line = list.substr(0, list.find('\n'));
    list.remove_prefix(std::min(line.size() + 1, list.size()));
    // Nothing behind the signature is signed.
    if (line.starts_with(kSignatureMark)) return files;
    if (line.empty() || line.starts_with(kHeadMark)) continue;
    const std::size_t first = line.find(':');
    const std::size_t last = line.rfind(':');
    if (first == std::string_view::npos || first == last) break;
    files.emplace(line.substr(0, first), line.substr(last + 1));
  }
  return Fail(ErrorCode::kMalformed, "its list of files is not understood");
}

// Whether the container goes by the name that ClamAV gave its files; those of bytecode have
// numbers. Else an old container under another's name would be taken for a new one.
bool HasItsOwnName(const std::map<std::string, std::string>& listed, const std::string& stem) {
  return std::any_of(listed.begin(), listed.end(), [&](const auto& row) {
    const fs::path file(row.first);
    return file.extension() == ".cbc" ? stem == "bytecode" : file.stem() == stem;
  });
}

// Each file that was unpacked is one that ClamAV signed, and every signed one is there.
Result<ContainerHead> VerifyUnpacked(const fs::path& unpacked, const std::string& stem,
                                     const std::string& scratch) {
  std::map<std::string, std::string> found;
  std::string list;
  std::error_code error;
  for (fs::directory_iterator entry(unpacked, error); entry != fs::directory_iterator();
       entry.increment(error)) {
    if (error) return FailErrno("cannot be unpacked", error.value());
    const std::string name = entry->path().filename().string();
    std::error_code unknown;
    if (!entry->is_regular_file(unknown) || entry->is_symlink(unknown)) {
      return Fail(ErrorCode::kMalformed, "it holds what is no file");
    }
    if (name.ends_with(kListEnding)) {
      if (!list.empty()) return Fail(ErrorCode::kMalformed, "it has more than one list of files");
      list = TRY(ReadSmallFile(entry->path(), kListBytes));
    } else if (name != kLicence) {
      found[name] = TRY(FileSha256(entry->path()));
    }
  }
  if (error) return FailErrno("cannot be unpacked", error.value());
  if (!list.starts_with(kHeadMark)) {
    return Fail(ErrorCode::kMalformed, "it has no list of its files");
  }
  TRY(VerifyList(list, scratch));
  const std::map<std::string, std::string> listed = TRY(FilesOfList(list));
  for (const auto& [name, sha256] : found) {
    const auto row = listed.find(name);
    if (row == listed.end()) {
      return Fail(ErrorCode::kMalformed, Printable(name, 60) + " is not in its signed list");
    }
    if (row->second != sha256) {
      return Fail(ErrorCode::kMalformed, Printable(name, 60) + " is not what ClamAV signed");
    }
  }
  for (const auto& [name, sha256] : listed) {
    if (!found.contains(name)) {
      return Fail(ErrorCode::kTruncated, Printable(name, 60) + " is missing");
    }
  }
  if (!HasItsOwnName(listed, stem)) {
    return Fail(ErrorCode::kMalformed, "it is another of ClamAV's containers under this name");
  }
  const auto head = ParseContainerHead(list.substr(0, list.find('\n')));
  if (!head) return Fail(ErrorCode::kMalformed, "the head of its list is broken");
  return *head;
}

}  // namespace

Result<ContainerHead> UnpackContainer(const std::string& path, ContainerKind kind,
                                      const std::string& unpacked, const std::string& scratch) {
  const std::optional<ContainerHead> head = ReadContainerHead(path);
  if (!head) return Fail(ErrorCode::kMalformed, "the container's header is broken");
  if (kind == ContainerKind::kUnsigned) {
    // libclamav does not look, and unpacks a cut file in silence.
    if (TRY(BodyMd5(path)) != head->md5) {
      return Fail(ErrorCode::kMalformed, "the container's content is not what its header says");
    }
    TRY(UnpackSignatures(path, unpacked));
    return *head;
  }
  // First without unpacking, so that only what ClamAV signed is ever written anywhere.
  TRY(VerifySignedContainer(path));
  TRY(UnpackSignatures(path, unpacked));
  const ContainerHead proven =
      TRY(VerifyUnpacked(unpacked, fs::path(path).stem().string(), scratch));
  if (proven.version != head->version || proven.built != head->built) {
    return Fail(ErrorCode::kMalformed, "its header does not say what ClamAV signed");
  }
  return proven;
}

}  // namespace counterscan
