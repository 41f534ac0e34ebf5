#include "scanner/worker/opened_state.h"

#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <utility>

namespace counterscan {

tl::expected<OpenedState, Gap> OpenedStateOf(std::uint64_t size,
                                             const std::optional<FileTimes>& times,
                                             int descriptor) {
  if (times) return OpenedState{.size = size, .times = *times};
  const auto unread = [size](GapReason reason, std::string detail) {
    return tl::make_unexpected(Gap{.reason = reason,
                                   .engine = EngineId::kScan,
                                   .where = {},
                                   .first = 0,
                                   .last = size,
                                   .detail = std::move(detail)});
  };
  struct stat status = {};
  if (fstat(descriptor, &status) != 0) {
    return unread(GapReason::kUnreadable, FailErrno("fstat", errno).value().message);
  }
  if (!S_ISREG(status.st_mode)) return unread(GapReason::kNotRegular, "not a regular file");
  return OpenedState{.size = static_cast<std::uint64_t>(status.st_size),
                     .times = FileTimes::Of(status)};
}

}  // namespace counterscan
