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
std::string RarBlock(const std::string& header) {
  return LittleEndian(Crc(header) & 0xffff, 2) + header;
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

std::string StoredRar(const NamedContents& members, bool encrypted) {
  std::string bytes("Rar!\x1a\x07\0", 7);
  // The archive header: type 0x73, no flags, 13 bytes.
  bytes += RarBlock(std::string("\x73\0\0", 3) + LittleEndian(13, 2) + std::string(6, '\0'));
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
    bytes += RarBlock(header + name) + content;
  }
  // The end: type 0x7b.
  return bytes + RarBlock(std::string("\x7b\0\x40", 3) + LittleEndian(7, 2));
}

}  // namespace counterscan
