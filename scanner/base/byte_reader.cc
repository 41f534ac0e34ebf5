#include "scanner/base/byte_reader.h"

#include <string>

namespace counterscan {

Result<std::span<const std::byte>> ByteReader::Bytes(std::uint64_t count) {
  if (count > remaining()) return Truncated(count);
  const auto view = bytes_.subspan(position_, static_cast<std::size_t>(count));
  position_ += view.size();
  return view;
}

Result<std::string_view> ByteReader::Text(std::uint64_t count) { return AsText(TRY(Bytes(count))); }

Result<void> ByteReader::Skip(std::uint64_t count) {
  if (count > remaining()) return Truncated(count);
  position_ += static_cast<std::size_t>(count);
  return {};
}

tl::unexpected<Error> ByteReader::Truncated(std::uint64_t wanted) const {
  return Fail(
      ErrorCode::kTruncated,
      "wanted " + std::to_string(wanted) + " bytes, " + std::to_string(remaining()) + " are left",
      position_);
}

}  // namespace counterscan
