#include "scanner/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "scanner/base/fd.h"

namespace counterscan {
namespace {

Result<void> WriteInPlace(const std::string& path, std::string_view content) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) return FailErrno("cannot open for writing", errno);
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
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return WriteInPlace(path, content);
  }
  std::string temporary = path + ".XXXXXX";
  const UniqueFd file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return FailErrno("cannot create a file beside it", errno);
  auto written = WriteAndFlush(file.get(), content);
  if (written && rename(temporary.c_str(), path.c_str()) != 0) {
    written = FailErrno("cannot rename into place", errno);
  }
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  // The rename itself reaches the disk with its directory.
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd parent(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent) fsync(parent.get());
  return {};
}

}  // namespace counterscan
