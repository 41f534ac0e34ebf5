// The records of a zip archive (APPNOTE.TXT 6.3), parsed from bytes and believed in nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/base/result.h"

namespace counterscan::container {

inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::uint32_t kEndSignature = 0x06054b50;
inline constexpr std::uint32_t kZip64EndSignature = 0x06064b50;
inline constexpr std::uint32_t kZip64LocatorSignature = 0x07064b50;
inline constexpr std::uint32_t kDescriptorSignature = 0x08074b50;

inline constexpr std::uint64_t kLocalHeaderBytes = 30;
inline constexpr std::uint64_t kCentralHeaderBytes = 46;
inline constexpr std::uint64_t kEndRecordBytes = 22;
inline constexpr std::uint64_t kZip64EndRecordBytes = 56;
inline constexpr std::uint64_t kZip64LocatorBytes = 20;

// 4.4.4: encrypted, strongly encrypted, a directory whose fields are masked.
inline constexpr std::uint16_t kFlagsEncrypted = 1 | 0x40 | 0x2000;
inline constexpr std::uint16_t kFlagDescriptor = 8;
inline constexpr std::uint16_t kMethodStored = 0;
inline constexpr std::uint16_t kMethodDeflated = 8;

// 4.3.16, or 4.3.14 with its 64-bit fields.
struct EndRecord {
  std::uint64_t entries = 0;
  std::uint64_t directory_size = 0;
  std::uint64_t directory_offset = 0;
  std::uint16_t comment_length = 0;
  bool operator==(const EndRecord&) const = default;
};

// What both headers of a member (4.3.7, 4.3.12) say of it. Sizes of zip64 members are the real
// ones, from the extra field.
struct MemberHeader {
  std::string name;
  std::string unicode_name;  // of the extra field 0x7075 (4.6.9), which some readers prefer
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;
  bool repeated_zip64 = false;  // which of its zip64 fields counts depends on the reader
};

struct CentralHeader {
  MemberHeader member;
  std::uint64_t local_offset = 0;
  std::uint32_t external_attributes = 0;
  std::uint8_t host = 0;          // 3 is Unix: attributes hold a file mode
  std::uint64_t record_size = 0;  // of this header with name, extra field and comment
};

struct LocalHeader {
  MemberHeader member;
  std::uint64_t record_size = 0;  // the data begin behind it
};

// Where the next "PK" with these two bytes behind it stands, from `offset` on; npos when there is
// none. Noise has a 'P' at each 256th byte: this looks at many bytes at once.
std::size_t FindSignature(std::string_view text, std::uint32_t signature, std::size_t offset = 0);

// At the reader's position. kMalformed when the signature is another one.
Result<EndRecord> ReadEndRecord(ByteReader& reader);
Result<EndRecord> ReadZip64EndRecord(ByteReader& reader);
Result<LocalHeader> ReadLocalHeader(ByteReader& reader);

// The fixed part of a central header says how long the whole is.
Result<std::uint64_t> CentralRecordSize(std::span<const std::byte> fixed_part);
Result<std::uint64_t> LocalRecordSize(std::span<const std::byte> fixed_part);
Result<CentralHeader> ReadCentralHeader(ByteReader& reader);
// The same, where name and extra field may end early with the bytes of `reader`.
Result<CentralHeader> ReadCutCentralHeader(ByteReader& reader);

}  // namespace counterscan::container
