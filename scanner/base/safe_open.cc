#include "scanner/base/safe_open.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace counterscan {
namespace {

constexpr int kAttempts = 16;

Result<UniqueFd> OpenIfRegular(const UniqueFd& path_descriptor) {
  struct stat status {};
  if (fstat(path_descriptor.get(), &status) != 0) return FailErrno("cannot read", errno);
  if (!S_ISREG(status.st_mode)) return Fail(ErrorCode::kIo, "not a regular file");
  UniqueFd file = OpenForReading(path_descriptor);
  if (!file) return FailErrno("cannot open", errno);
  return file;
}

}  // namespace

UniqueFd OpenBeneath(int folder, const std::string& path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  int descriptor = -1;
  // EAGAIN: something was renamed while the kernel checked the path.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    descriptor = static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
    if (descriptor >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return UniqueFd(descriptor);
}

UniqueFd OpenForReading(const UniqueFd& path_descriptor) {
  const std::string self = "/proc/self/fd/" + std::to_string(path_descriptor.get());
  return UniqueFd(open(self.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

Result<UniqueFd> OpenRegularBeneath(const std::string& folder, const std::string& path) {
  const UniqueFd root(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return FailErrno("cannot open", errno);
  const UniqueFd found = OpenBeneath(root.get(), path, O_PATH);
  if (!found) return FailErrno("cannot open", errno);
  return OpenIfRegular(found);
}

Result<UniqueFd> OpenRegular(const std::string& path) {
  const UniqueFd found(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!found) return FailErrno("cannot open", errno);
  return OpenIfRegular(found);
}

}  // namespace counterscan
