#include "scanner/container/zip_records.h"

#include <algorithm>
#include <array>
#include <cstring>

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

std::size_t FindSignature(std::string_view text, std::uint32_t signature, std::size_t offset) {
  using Bytes16 = std::uint8_t __attribute__((vector_size(16)));
  constexpr std::size_t kBlock = 64;
  std::array<char, 4> mark;
  std::memcpy(mark.data(), &signature, sizeof(signature));
  const std::string_view wanted(mark.data(), mark.size());
  // Blocks without "PK", looked for by both of its letters at once.
  for (; offset + kBlock < text.size(); offset += kBlock) {
    Bytes16 found{};
    for (std::size_t at = offset; at < offset + kBlock; at += sizeof(Bytes16)) {
      Bytes16 first;
      Bytes16 second;
      std::memcpy(&first, text.data() + at, sizeof(first));
      std::memcpy(&second, text.data() + at + 1, sizeof(second));
      found |= static_cast<Bytes16>((first == 'P') & (second == 'K'));
    }
    std::array<std::uint64_t, 2> halves;
    std::memcpy(halves.data(), &found, sizeof(found));
    if ((halves[0] | halves[1]) == 0) continue;
    const std::size_t hit = text.substr(offset, kBlock + wanted.size() - 1).find(wanted);
    if (hit != std::string_view::npos) return offset + hit;
  }
  return text.find(wanted, offset);
}

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

namespace {

// The fixed part of a record of `size` bytes with this signature, from which fields are taken by
// the offsets that APPNOTE's tables add up to.
Result<std::span<const std::byte>> FixedPart(ByteReader& reader, std::uint32_t signature,
                                             std::uint64_t size) {
  const auto offset = reader.offset();
  const auto fixed = TRY(reader.Bytes(size));
  if (LittleEndianAt<std::uint32_t>(fixed, 0) != signature) {
    return Fail(ErrorCode::kMalformed, "another zip record was expected", offset);
  }
  return fixed;
}

// Flags, method, checksum and sizes stand in both headers in the same order (4.3.7, 4.3.12).
void ReadShared(std::span<const std::byte> from_flags, MemberHeader& member) {
  member.flags = LittleEndianAt<std::uint16_t>(from_flags, 0);
  member.method = LittleEndianAt<std::uint16_t>(from_flags, 2);
  // Time and date stand between.
  member.crc = LittleEndianAt<std::uint32_t>(from_flags, 8);
  member.compressed_size = LittleEndianAt<std::uint32_t>(from_flags, 12);
  member.size = LittleEndianAt<std::uint32_t>(from_flags, 16);
}

constexpr std::size_t kLocalFlagsAt = 6;
constexpr std::size_t kLocalNameLengthAt = 26;
constexpr std::size_t kLocalExtraLengthAt = 28;
constexpr std::size_t kCentralMadeByAt = 4;
constexpr std::size_t kCentralFlagsAt = 8;
constexpr std::size_t kCentralNameLengthAt = 28;
constexpr std::size_t kCentralExtraLengthAt = 30;
constexpr std::size_t kCentralCommentLengthAt = 32;
constexpr std::size_t kCentralAttributesAt = 38;
constexpr std::size_t kCentralLocalOffsetAt = 42;

}  // namespace

Result<LocalHeader> ReadLocalHeader(ByteReader& reader) {
  const auto start = reader.offset();
  const auto fixed = TRY(FixedPart(reader, kLocalSignature, kLocalHeaderBytes));
  LocalHeader header;
  ReadShared(fixed.subspan(kLocalFlagsAt), header.member);
  header.member.name = TRY(reader.Text(LittleEndianAt<std::uint16_t>(fixed, kLocalNameLengthAt)));
  const auto extra_length = LittleEndianAt<std::uint16_t>(fixed, kLocalExtraLengthAt);
  ApplyExtra(TRY(reader.Bytes(extra_length)), header.member, nullptr);
  header.record_size = reader.offset() - start;
  return header;
}

Result<std::uint64_t> LocalRecordSize(std::span<const std::byte> fixed_part) {
  ByteReader reader(fixed_part);
  const auto fixed = TRY(FixedPart(reader, kLocalSignature, kLocalHeaderBytes));
  return kLocalHeaderBytes + LittleEndianAt<std::uint16_t>(fixed, kLocalNameLengthAt) +
         LittleEndianAt<std::uint16_t>(fixed, kLocalExtraLengthAt);
}

Result<std::uint64_t> CentralRecordSize(std::span<const std::byte> fixed_part) {
  ByteReader reader(fixed_part);
  const auto fixed = TRY(FixedPart(reader, kCentralSignature, kCentralHeaderBytes));
  return kCentralHeaderBytes + LittleEndianAt<std::uint16_t>(fixed, kCentralNameLengthAt) +
         LittleEndianAt<std::uint16_t>(fixed, kCentralExtraLengthAt) +
         LittleEndianAt<std::uint16_t>(fixed, kCentralCommentLengthAt);
}

namespace {

Result<CentralHeader> ReadCentral(ByteReader& reader, bool cut) {
  const auto start = reader.offset();
  const auto fixed = TRY(FixedPart(reader, kCentralSignature, kCentralHeaderBytes));
  const auto length_at = [&](std::size_t offset) -> std::uint64_t {
    const std::uint64_t declared = LittleEndianAt<std::uint16_t>(fixed, offset);
    return cut ? std::min(declared, reader.remaining()) : declared;
  };
  CentralHeader header;
  header.host = static_cast<std::uint8_t>(fixed[kCentralMadeByAt + 1]);
  header.external_attributes = LittleEndianAt<std::uint32_t>(fixed, kCentralAttributesAt);
  header.local_offset = LittleEndianAt<std::uint32_t>(fixed, kCentralLocalOffsetAt);
  MemberHeader& member = header.member;
  ReadShared(fixed.subspan(kCentralFlagsAt), member);
  member.name = TRY(reader.Text(length_at(kCentralNameLengthAt)));
  ApplyExtra(TRY(reader.Bytes(length_at(kCentralExtraLengthAt))), member, &header.local_offset);
  TRY(reader.Skip(length_at(kCentralCommentLengthAt)));
  header.record_size = reader.offset() - start;
  return header;
}

}  // namespace

Result<CentralHeader> ReadCentralHeader(ByteReader& reader) { return ReadCentral(reader, false); }
Result<CentralHeader> ReadCutCentralHeader(ByteReader& reader) { return ReadCentral(reader, true); }

}  // namespace counterscan::container
