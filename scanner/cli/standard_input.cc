#include "scanner/cli/standard_input.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

#include "scanner/base/atomic_file.h"
#include "scanner/base/limits.h"
#include "scanner/cli/interrupt.h"

namespace counterscan {
namespace {

tl::unexpected<OpenFailure> Unreadable(const std::string& what) {
  return tl::make_unexpected(OpenFailure{GapReason::kUnreadable, "standard input: " + what});
}

UniqueFd UnnamedFile() {
  const char* const chosen = std::getenv("TMPDIR");
  const char* const directory = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  UniqueFd file(open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) file = UniqueFd(memfd_create("standard-input", MFD_CLOEXEC));
  return file;
}

}  // namespace

OpenResult OpenStandardInput() {
  OpenedFile copy{UnnamedFile(), {}};
  if (!copy.descriptor) return Unreadable("cannot make a temporary file");
  constexpr std::size_t kChunk = 256 * kKiB;
  const auto buffer = std::make_unique<char[]>(kChunk);
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, buffer.get(), kChunk);
    if (got < 0 && errno == EINTR && !Interrupted()) continue;
    if (got < 0) return Unreadable(std::generic_category().message(errno));
    if (got == 0) break;
    const auto written =
        WriteAll(copy.descriptor.get(), {buffer.get(), static_cast<std::size_t>(got)});
    if (!written) return Unreadable(written.error().message);
  }
  // Workers get a descriptor that cannot write.
  const std::string self = "/proc/self/fd/" + std::to_string(copy.descriptor.get());
  UniqueFd read_only(open(self.c_str(), O_RDONLY | O_CLOEXEC));
  if (read_only) copy.descriptor = std::move(read_only);
  if (fstat(copy.descriptor.get(), &copy.status) != 0) return Unreadable("cannot look at the copy");
  return copy;
}

}  // namespace counterscan
