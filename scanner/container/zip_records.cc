#include "scanner/container/zip_records.h"

#include <algorithm>

namespace counterscan::container {
namespace {

constexpr std::uint32_t kSaturated32 = 0xffffffff;
constexpr std::uint16_t kZip64ExtraId = 1;
constexpr std::uint16_t kUnicodePathId = 0x7075;
constexpr std::size_t kUnicodePathHead = 5;

Result<void> Expect(ByteReader& reader, std::uint32_t signature) {
  const auto offset = reader.offset();
  if (TRY(reader.LittleEndian<std::uint32_t>()) != signature) {
    return Fail(ErrorCode::kMalformed, "another zip record was expected", offset);
  }
  return {};
}

// 4.5.3: only the fields whose 32-bit place is saturated are present, in this order. A missing one
// leaves the saturated value, which then fits no file.
void ApplyZip64(std::span<const std::byte> field, MemberHeader& member,
                std::uint64_t* local_offset) {
  ByteReader reader(field);
  for (std::uint64_t* place : {&member.size, &member.compressed_size, local_offset}) {
    if (place == nullptr || *place != kSaturated32) continue;
    const auto value = reader.LittleEndian<std::uint64_t>();
    if (!value) return;
    *place = *value;
  }
}

// 4.5.2: extra fields follow each other, each behind its id and length. Python applies every zip64
// field to what is still saturated; others stop at the first.
void ApplyExtra(std::span<const std::byte> extra, MemberHeader& member,
                std::uint64_t* local_offset) {
  ByteReader reader(extra);
  bool has_zip64 = false;
  while (reader.remaining() >= 4) {
    const auto id = reader.LittleEndian<std::uint16_t>();
    const auto length = reader.LittleEndian<std::uint16_t>();
    const auto field = reader.Bytes(*length);
    if (!field) return;
    if (*id == kZip64ExtraId) {
      member.repeated_zip64 = has_zip64;
      has_zip64 = true;
      ApplyZip64(*field, member, local_offset);
    } else if (*id == kUnicodePathId && field->size() > kUnicodePathHead) {
      // 4.6.9: version and checksum of the plain name stand in front. Not every reader compares it.
      member.unicode_name = std::string(AsText(field->subspan(kUnicodePathHead)));
    }
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
  ApplyExtra(TRY(reader.Bytes(extra_length)), member, nullptr);
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

namespace {

Result<CentralHeader> ReadCentral(ByteReader& reader, bool cut) {
  const auto start = reader.offset();
  const auto length = [&](std::uint16_t declared) {
    return cut ? std::min<std::size_t>(declared, reader.remaining()) : declared;
  };
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
  member.name = TRY(reader.Text(length(name_length)));
  ApplyExtra(TRY(reader.Bytes(length(extra_length))), member, &header.local_offset);
  TRY(reader.Skip(length(comment_length)));
  header.record_size = reader.offset() - start;
  return header;
}

}  // namespace

Result<CentralHeader> ReadCentralHeader(ByteReader& reader) { return ReadCentral(reader, false); }
Result<CentralHeader> ReadCutCentralHeader(ByteReader& reader) { return ReadCentral(reader, true); }

}  // namespace counterscan::container
