#include "scanner/base/atomic_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

#include "scanner/base/fd.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

constexpr int kLinks = 40;  // what the kernel follows, path_resolution(7)

fs::path FolderOf(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Links below /proc/PID/fd lead to what is open, whatever their text says.
bool IsInProc(const fs::path& path) {
  struct statfs status {};
  return statfs(FolderOf(path).c_str(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

// Where a path leads when it is not followed by opening it.
struct Destination {
  fs::path path;            // no link itself; it need not exist
  bool replaceable = true;  // a regular file, or nothing yet
};

Result<Destination> Resolve(const std::string& named) {
  Destination destination{named};
  for (int link = 0; link < kLinks; ++link) {
    struct stat status {};
    if (lstat(destination.path.c_str(), &status) != 0) {
      if (errno == ENOENT) return destination;
      return FailErrno("cannot look at it", errno);
    }
    destination.replaceable = S_ISREG(status.st_mode);
    if (!S_ISLNK(status.st_mode) || IsInProc(destination.path)) return destination;
    std::error_code error;
    const fs::path target = fs::read_symlink(destination.path, error);
    if (error) return FailErrno("cannot read the link", error.value());
    destination.path = FolderOf(destination.path) / target;
    destination.replaceable = true;
  }
  return FailErrno("cannot follow the links", ELOOP);
}

// The number N of a path /proc/self/fd/N.
std::optional<int> OwnDescriptor(const fs::path& path) {
  std::error_code error;
  const fs::path folder = fs::canonical(FolderOf(path), error);
  if (error || folder != fs::canonical("/proc/self/fd", error)) return std::nullopt;
  const std::string name = path.filename().string();
  int number = -1;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return std::nullopt;
  return number;
}

// A FIFO that nobody reads is an error (ENXIO), not something to wait for; once somebody does,
// writing waits for the reader.
Result<void> WriteInPlace(const fs::path& path, std::string_view content) {
  if (const auto own = OwnDescriptor(path)) {
    // What the caller gave us is inherited. All else here is ours: a socket, a file being scanned.
    const int flags = fcntl(*own, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0) return FailErrno("cannot write", EBADF);
    return WriteAll(*own, content);
  }
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_TRUNC | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!file) return FailErrno("cannot open for writing", errno);
  const int flags = fcntl(file.get(), F_GETFL);
  if (flags < 0 || fcntl(file.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) {
    return FailErrno("cannot open for writing", errno);
  }
  return WriteAll(file.get(), content);
}

Result<void> WriteAndFlush(int descriptor, std::string_view content) {
  TRY(WriteAll(descriptor, content));
  // mkstemp makes 0600; a report is as readable as any file its owner makes.
  const mode_t mask = umask(0);
  umask(mask);
  if (fchmod(descriptor, 0666 & ~mask) != 0) return FailErrno("cannot set the mode", errno);
  if (fsync(descriptor) != 0) return FailErrno("cannot flush to disk", errno);
  return {};
}

}  // namespace

Result<void> WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FailErrno("cannot write", errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> WriteFileAtomically(const std::string& path, std::string_view content) {
  const Destination destination = TRY(Resolve(path));
  if (!destination.replaceable) return WriteInPlace(destination.path, content);
  const std::string final_path = destination.path.string();
  std::string temporary = final_path + ".XXXXXX";
  const UniqueFd file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return FailErrno("cannot create a file beside it", errno);
  auto written = WriteAndFlush(file.get(), content);
  if (written && rename(temporary.c_str(), final_path.c_str()) != 0) {
    written = FailErrno("cannot rename into place", errno);
  }
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  // The rename itself reaches the disk with its directory.
  const UniqueFd parent(
      open(FolderOf(destination.path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent) fsync(parent.get());
  return {};
}

}  // namespace counterscan
