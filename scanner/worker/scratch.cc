#include "scanner/worker/scratch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr std::string_view kPrefix = "counterscan-";
constexpr std::size_t kRandomBytes = 8;
constexpr int kAttempts = 8;

bool IsOurName(std::string_view name) {
  if (!name.starts_with(kPrefix)) return false;
  name.remove_prefix(kPrefix.size());
  return name.size() == 2 * kRandomBytes && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

void RemoveTree(const std::string& path) {
  // Follows no symbolic link. What cannot be removed now is left for the next run to sweep.
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

UniqueFd OpenDirectory(const std::string& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Locks a directory of this user that still has its name; nothing when another run holds it.
std::optional<UniqueFd> Lock(const std::string& path) {
  UniqueFd directory = OpenDirectory(path);
  if (!directory) return std::nullopt;
  struct stat status {};
  if (fstat(directory.get(), &status) != 0 || status.st_uid != geteuid()) return std::nullopt;
  if (flock(directory.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  // Another run's sweep may have removed it between its making and this lock.
  if (fstat(directory.get(), &status) != 0 || status.st_nlink == 0) return std::nullopt;
  return directory;
}

void Sweep(const std::string& parent) {
  std::error_code error;
  std::filesystem::directory_iterator entry(parent, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (!IsOurName(entry->path().filename().native())) continue;
    const auto lock = Lock(entry->path());
    if (lock) RemoveTree(entry->path());
  }
}

Result<std::string> RandomName() {
  std::array<std::byte, kRandomBytes> bytes;
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return FailErrno("cannot get random bytes", errno);
  }
  return std::string(kPrefix) + Hex(bytes);
}

}  // namespace

std::string ScratchDirectory::DefaultParent() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && named[0] == '/' ? named : "/tmp";
}

Result<ScratchDirectory> ScratchDirectory::Create(const std::string& parent) {
  Sweep(parent);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string path = parent + "/" + TRY(RandomName());
    if (mkdir(path.c_str(), 0700) != 0) {
      if (errno == EEXIST) continue;
      return FailErrno("cannot make a temporary directory in " + Printable(parent), errno);
    }
    if (auto lock = Lock(path)) return ScratchDirectory(path, std::move(*lock));
  }
  return Fail(ErrorCode::kIo, "cannot lock a temporary directory in " + Printable(parent));
}

ScratchDirectory::~ScratchDirectory() {
  if (lock_) RemoveTree(path_);
}

}  // namespace counterscan
