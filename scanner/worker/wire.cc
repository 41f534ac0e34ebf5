#include "scanner/worker/wire.h"

#include "scanner/model/gap_reason.h"

namespace counterscan {

Result<bool> WireReader::Flag() {
  const auto value = TRY(Number<std::uint8_t>());
  if (value > 1) return OutOfRange(value);
  return value == 1;
}

Result<std::string_view> WireReader::TextView() {
  const auto declared_size = TRY(Number<std::uint32_t>());
  if (declared_size > kWireTextBytes) return OutOfRange(declared_size);
  return reader_.Text(declared_size);
}

Result<std::string> WireReader::Text() { return std::string(TRY(TextView())); }

Result<std::optional<std::string>> WireReader::OptionalText() {
  if (!TRY(Flag())) return std::optional<std::string>();
  return std::optional<std::string>(TRY(TextView()));
}

Result<std::size_t> WireReader::Count(std::size_t limit, std::size_t item_bytes) {
  const auto declared_count = TRY(Number<std::uint32_t>());
  if (declared_count > limit) return OutOfRange(declared_count);
  if (declared_count > reader_.remaining() / item_bytes) return OutOfRange(declared_count);
  return std::size_t{declared_count};
}

Result<std::span<const std::byte>> WireReader::Blob() {
  const auto declared_size = TRY(Number<std::uint32_t>());
  return reader_.Bytes(declared_size);
}

Result<void> WireReader::Done() const {
  if (reader_.remaining() != 0) {
    return Fail(ErrorCode::kMalformed, "bytes after the end of a message", reader_.offset());
  }
  return {};
}

tl::unexpected<Error> WireReader::OutOfRange(std::uint64_t value) const {
  return Fail(ErrorCode::kMalformed, "value " + std::to_string(value) + " is out of range",
              reader_.offset());
}

void WriteGap(WireWriter& writer, const Gap& gap) {
  writer.Enum(gap.reason);
  writer.Enum(gap.engine);
  writer.Text(gap.where);
  writer.Number(gap.first);
  writer.Number(gap.last);
  writer.Text(gap.detail);
}

Result<Gap> ReadGap(WireReader& reader) {
  Gap gap;
  gap.reason = TRY(reader.Enum(GapReasons().back().reason));
  gap.engine = TRY(reader.Enum(EngineId::kScan));
  gap.where = TRY(reader.Text());
  gap.first = TRY(reader.Number<std::uint64_t>());
  gap.last = TRY(reader.Number<std::uint64_t>());
  gap.detail = TRY(reader.Text());
  return gap;
}

void WriteGroups(WireWriter& writer, const std::vector<std::uint32_t>& groups) {
  writer.Count(groups.size());
  for (const std::uint32_t group : groups) writer.Number(group);
}

Result<std::vector<std::uint32_t>> ReadGroups(WireReader& reader) {
  const std::size_t count = TRY(reader.Count(kMaxGroups, sizeof(std::uint32_t)));
  std::vector<std::uint32_t> groups;
  groups.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    groups.push_back(TRY(reader.Number<std::uint32_t>()));
    if (groups.back() >= kMaxGroups) return Fail(ErrorCode::kMalformed, "no such group");
  }
  return groups;
}

}  // namespace counterscan
