#include "scanner/base/result.h"

#include <system_error>

namespace counterscan {

std::string_view Name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTruncated:
      return "truncated";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kLimit:
      return "limit";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kIo:
      return "io";
  }
  return "io";
}

tl::unexpected<Error> FailErrno(std::string_view what, int error_number) {
  return Fail(ErrorCode::kIo,
              std::string(what) + ": " + std::generic_category().message(error_number));
}

}  // namespace counterscan
