#include "tests/support/archive_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include <cstddef>
#include <cstdlib>

#include "tests/support/compress.h"

namespace counterscan {
namespace {

void Require(int status) {
  if (status != ARCHIVE_OK) std::abort();
}

std::uint32_t Crc(const std::string& bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

// A block of a rar: the lower half of the CRC-32 of its header, then the header.
std::string RarHeader(const std::string& header) {
  return LittleEndian(Crc(header) & 0xffff, 2) + header;
}

// A number of version 5: seven bits a byte.
std::string Variable(std::uint64_t number) {
  std::string bytes;
  for (; number > 0x7f; number >>= 7) bytes += static_cast<char>(0x80 | (number & 0x7f));
  return bytes + static_cast<char>(number);
}

}  // namespace

std::string SevenZip(const NamedContents& members, const std::string& compression) {
  archive* const writer = archive_write_new();
  Require(archive_write_set_format_7zip(writer));
  Require(archive_write_set_format_option(writer, "7zip", "compression", compression.c_str()));
  std::size_t room = 1 << 16;
  for (const auto& [name, content] : members) room += 2 * content.size() + 4 * name.size() + 512;
  std::string bytes(room, '\0');
  std::size_t used = 0;
  Require(archive_write_open_memory(writer, bytes.data(), bytes.size(), &used));
  for (const auto& [name, content] : members) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    Require(archive_write_header(writer, entry));
    archive_write_data(writer, content.data(), content.size());
    archive_entry_free(entry);
  }
  Require(archive_write_close(writer));
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

std::string RarStart() {
  // The archive header: type 0x73, no flags, 13 bytes.
  return std::string("Rar!\x1a\x07\0", 7) +
         RarHeader(std::string("\x73\0\0", 3) + LittleEndian(13, 2) + std::string(6, '\0'));
}

std::string RarBlock(char type, const std::string& data) {
  return RarHeader(type + LittleEndian(0x8000, 2) + LittleEndian(11, 2) +
                   LittleEndian(data.size(), 4)) +
         data;
}

std::string RarEnd() { return RarHeader(std::string("\x7b\0\x40", 3) + LittleEndian(7, 2)); }

std::string StoredRar(const NamedContents& members, bool encrypted) {
  std::string bytes = RarStart();
  for (const auto& [name, content] : members) {
    std::string header = "\x74";
    header += LittleEndian(0x8000 | (encrypted ? 4 : 0), 2);  // data follow; encrypted
    header += LittleEndian(32 + name.size(), 2);
    header += LittleEndian(content.size(), 4);  // packed
    header += LittleEndian(content.size(), 4);  // unpacked
    header += '\3';                             // made on Unix
    header += LittleEndian(Crc(content), 4);
    header += LittleEndian(0, 4);  // time
    header += '\x1d';              // needs version 2.9
    header += '\x30';              // stored
    header += LittleEndian(name.size(), 2);
    header += LittleEndian(0100644, 4);
    bytes += RarHeader(header + name) + content;
  }
  return bytes + RarEnd();
}

std::string WithCrc(const std::string& bytes) { return LittleEndian(Crc(bytes), 4) + bytes; }

std::string Rar5Raw(const std::string& header) { return WithCrc(Variable(header.size()) + header); }

std::string Rar5Block(char type, const std::string& data, const std::string& fields) {
  const std::string sizes = data.empty() ? Variable(0) : Variable(2) + Variable(data.size());
  return Rar5Raw(type + sizes + fields) + data;
}

std::string Rar5Start() {
  return std::string("Rar!\x1a\x07\1\0", 8) + Rar5Block(1, "", std::string(1, '\0'));
}

std::string Rar5File(const std::string& name, const std::string& content, char type) {
  // A checksum, the size, attributes; stored; made on Unix.
  return Rar5Block(type, content,
                   Variable(4) + Variable(content.size()) + Variable(0100644) +
                       LittleEndian(Crc(content), 4) + Variable(0) + Variable(1) +
                       Variable(name.size()) + name);
}

std::string Rar5End() { return Rar5Block(5, "", std::string(1, '\0')); }

}  // namespace counterscan
