#include "scanner/container/zip_records.h"

namespace counterscan::container {
namespace {

constexpr std::uint32_t kSaturated32 = 0xffffffff;
constexpr std::uint16_t kZip64ExtraId = 1;

Result<void> Expect(ByteReader& reader, std::uint32_t signature) {
  const auto offset = reader.offset();
  if (TRY(reader.LittleEndian<std::uint32_t>()) != signature) {
    return Fail(ErrorCode::kMalformed, "another zip record was expected", offset);
  }
  return {};
}

// 4.5.3: only the fields whose 32-bit place is saturated are present, in this order. A missing one
// leaves the saturated value, which then fits no file.
void ApplyZip64(std::span<const std::byte> extra, MemberHeader& member,
                std::uint64_t* local_offset) {
  ByteReader reader(extra);
  while (reader.remaining() >= 4) {
    const auto id = reader.LittleEndian<std::uint16_t>();
    const auto length = reader.LittleEndian<std::uint16_t>();
    const auto body = reader.Bytes(*length);
    if (!body) return;
    if (*id != kZip64ExtraId) continue;
    ByteReader fields(*body);
    for (std::uint64_t* field : {&member.size, &member.compressed_size, local_offset}) {
      if (field == nullptr || *field != kSaturated32) continue;
      const auto value = fields.LittleEndian<std::uint64_t>();
      if (!value) return;
      *field = *value;
    }
    return;
  }
}

}  // namespace

Result<EndRecord> ReadEndRecord(ByteReader& reader) {
  TRY(Expect(reader, kEndSignature));
  TRY(reader.Skip(6));  // disk numbers, entries on this disk
  EndRecord record;
  record.entries = TRY(reader.LittleEndian<std::uint16_t>());
  record.directory_size = TRY(reader.LittleEndian<std::uint32_t>());
  record.directory_offset = TRY(reader.LittleEndian<std::uint32_t>());
  record.comment_length = TRY(reader.LittleEndian<std::uint16_t>());
  return record;
}

Result<EndRecord> ReadZip64EndRecord(ByteReader& reader) {
  TRY(Expect(reader, kZip64EndSignature));
  TRY(reader.Skip(28));  // record size, versions, disk numbers, entries on this disk
  EndRecord record;
  record.entries = TRY(reader.LittleEndian<std::uint64_t>());
  record.directory_size = TRY(reader.LittleEndian<std::uint64_t>());
  record.directory_offset = TRY(reader.LittleEndian<std::uint64_t>());
  return record;
}

Result<LocalHeader> ReadLocalHeader(ByteReader& reader) {
  const auto start = reader.offset();
  TRY(Expect(reader, kLocalSignature));
  TRY(reader.Skip(2));  // version needed
  LocalHeader header;
  MemberHeader& member = header.member;
  member.flags = TRY(reader.LittleEndian<std::uint16_t>());
  member.method = TRY(reader.LittleEndian<std::uint16_t>());
  TRY(reader.Skip(4));  // time and date
  member.crc = TRY(reader.LittleEndian<std::uint32_t>());
  member.compressed_size = TRY(reader.LittleEndian<std::uint32_t>());
  member.size = TRY(reader.LittleEndian<std::uint32_t>());
  const auto name_length = TRY(reader.LittleEndian<std::uint16_t>());
  const auto extra_length = TRY(reader.LittleEndian<std::uint16_t>());
  member.name = TRY(reader.Text(name_length));
  ApplyZip64(TRY(reader.Bytes(extra_length)), member, nullptr);
  header.record_size = reader.offset() - start;
  return header;
}

Result<std::uint64_t> LocalRecordSize(std::span<const std::byte> fixed_part) {
  ByteReader reader(fixed_part);
  TRY(Expect(reader, kLocalSignature));
  TRY(reader.Skip(22));
  const auto name_length = TRY(reader.LittleEndian<std::uint16_t>());
  const auto extra_length = TRY(reader.LittleEndian<std::uint16_t>());
  return kLocalHeaderBytes + name_length + extra_length;
}

Result<std::uint64_t> CentralRecordSize(std::span<const std::byte> fixed_part) {
  ByteReader reader(fixed_part);
  TRY(Expect(reader, kCentralSignature));
  TRY(reader.Skip(24));
  const auto name_length = TRY(reader.LittleEndian<std::uint16_t>());
  const auto extra_length = TRY(reader.LittleEndian<std::uint16_t>());
  const auto comment_length = TRY(reader.LittleEndian<std::uint16_t>());
  return kCentralHeaderBytes + name_length + extra_length + comment_length;
}

Result<CentralHeader> ReadCentralHeader(ByteReader& reader) {
  const auto start = reader.offset();
  TRY(Expect(reader, kCentralSignature));
  CentralHeader header;
  MemberHeader& member = header.member;
  header.host = static_cast<std::uint8_t>(TRY(reader.LittleEndian<std::uint16_t>()) >> 8);
  TRY(reader.Skip(2));  // version needed
  member.flags = TRY(reader.LittleEndian<std::uint16_t>());
  member.method = TRY(reader.LittleEndian<std::uint16_t>());
  TRY(reader.Skip(4));  // time and date
  member.crc = TRY(reader.LittleEndian<std::uint32_t>());
  member.compressed_size = TRY(reader.LittleEndian<std::uint32_t>());
  member.size = TRY(reader.LittleEndian<std::uint32_t>());
  const auto name_length = TRY(reader.LittleEndian<std::uint16_t>());
  const auto extra_length = TRY(reader.LittleEndian<std::uint16_t>());
  const auto comment_length = TRY(reader.LittleEndian<std::uint16_t>());
  TRY(reader.Skip(4));  // first disk, internal attributes
  header.external_attributes = TRY(reader.LittleEndian<std::uint32_t>());
  header.local_offset = TRY(reader.LittleEndian<std::uint32_t>());
  member.name = TRY(reader.Text(name_length));
  ApplyZip64(TRY(reader.Bytes(extra_length)), member, &header.local_offset);
  TRY(reader.Skip(comment_length));
  header.record_size = reader.offset() - start;
  return header;
}

}  // namespace counterscan::container
