// Result: a value, or the Error that says why there is none.
//
// Errors mean "we could not finish". What a file *is* (hostile, broken, suspicious) is a Finding,
// never an Error. A function that can fail returns Result<T>; callers use TRY or look.
//
//     const auto name_length = TRY(reader.LittleEndian<std::uint16_t>());
//
// Limits of TRY: once per expression, not in constexpr functions, and a lambda that uses it needs
// an explicit `-> Result<T>`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace counterscan {

enum class ErrorCode {
  kTruncated,    // the input ends before what it declared
  kMalformed,    // the input breaks its own format
  kLimit,        // one of our ceilings (base/limits.h) was reached
  kUnsupported,  // valid, but we do not read it
  kIo,           // the operating system refused
};

// "truncated", "malformed", "limit", "unsupported", "io".
std::string_view Name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kIo;
  // Lower case, concrete, without a full stop: "central directory ends before entry 7". Never
  // holds text from a file that has not been through Printable().
  std::string message;
  // Byte offset in the innermost input, where one is known.
  std::optional<std::uint64_t> offset{};
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return tl::make_unexpected(Error{code, std::move(message), std::nullopt});
}
inline tl::unexpected<Error> Fail(ErrorCode code, std::string message, std::uint64_t offset) {
  return tl::make_unexpected(Error{code, std::move(message), offset});
}

// An Error of kind kIo: "what: No such file or directory".
tl::unexpected<Error> FailErrno(std::string_view what, int error_number);

namespace internal {
template <class T>
T Take(Result<T>& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
}  // namespace internal

#define TRY(expression)                                                           \
  __extension__({                                                                 \
    auto try_result_ = (expression);                                              \
    if (!try_result_) return tl::make_unexpected(std::move(try_result_).error()); \
    ::counterscan::internal::Take(try_result_);                                   \
  })

}  // namespace counterscan
