#include "tests/support/zip_builder.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace counterscan {
namespace {

template <class T>
void Put(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}
void Put16(std::string& out, std::uint16_t value) { Put(out, value); }
void Put32(std::string& out, std::uint32_t value) { Put(out, value); }

std::uint32_t Crc(std::string_view data) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
}

// Raw DEFLATE (RFC 1951), as zip members hold it.
std::string Deflate(std::string_view data) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string out(deflateBound(&stream, data.size()), '\0');
  std::string copy(data);
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

ZipBuilder::Member& ZipBuilder::Stored(std::string_view name, std::string_view data) {
  Member member;
  member.name = member.local_name = std::string(name);
  member.data = std::string(data);
  member.crc = Crc(data);
  member.size = static_cast<std::uint32_t>(data.size());
  member.compressed_size = member.size;
  members_.push_back(std::move(member));
  return members_.back();
}

ZipBuilder::Member& ZipBuilder::Deflated(std::string_view name, std::string_view data) {
  Member& member = Stored(name, data);
  member.data = Deflate(data);
  member.compressed_size = static_cast<std::uint32_t>(member.data.size());
  member.method = member.local_method = 8;
  return member;
}

std::string ZipBuilder::Build() const {
  std::string out;
  std::vector<std::uint32_t> offsets;
  for (const Member& m : members_) {
    out += m.junk;
    offsets.push_back(static_cast<std::uint32_t>(out.size()));
    if (!m.present) continue;
    std::string extra = m.local_extra;
    if (m.alignment > 0) {
      const std::size_t data_at = out.size() + 30 + m.local_name.size() + 4;
      const std::size_t padding = (m.alignment - data_at % m.alignment) % m.alignment;
      extra += "FB";  // the extra field id torch uses for padding
      Put16(extra, static_cast<std::uint16_t>(padding));
      extra.append(padding, 'Z');
    }
    Put32(out, 0x04034b50);
    Put16(out, 20);
    const std::uint16_t descriptor_flag = m.descriptor ? 8 : 0;
    Put16(out, static_cast<std::uint16_t>(m.flags | m.local_flags | descriptor_flag));
    Put16(out, m.local_method);
    Put32(out, 0x00210000);  // 1980-01-01 00:00
    Put32(out, m.local_crc.value_or(m.descriptor ? 0 : m.crc));
    Put32(out, m.local_compressed_size.value_or(m.descriptor ? 0 : m.compressed_size));
    Put32(out, m.local_size.value_or(m.descriptor ? 0 : m.size));
    Put16(out, static_cast<std::uint16_t>(m.local_name.size()));
    Put16(out, static_cast<std::uint16_t>(extra.size()));
    out += m.local_name + extra + m.data;
    if (m.descriptor) {
      Put32(out, 0x08074b50);
      Put32(out, m.crc);
      Put32(out, m.compressed_size);
      Put32(out, m.size);
    }
  }
  const auto directory_at = static_cast<std::uint32_t>(out.size());
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& m = members_[i];
    if (!m.listed) continue;
    Put32(out, 0x02014b50);
    Put16(out, m.unix_host ? 0x0314 : 20);
    Put16(out, 20);
    Put16(out, static_cast<std::uint16_t>(m.flags | (m.descriptor ? 8 : 0)));
    Put16(out, m.method);
    Put32(out, 0x00210000);
    Put32(out, m.crc);
    Put32(out, m.compressed_size);
    Put32(out, m.size);
    Put16(out, static_cast<std::uint16_t>(m.name.size()));
    Put16(out, static_cast<std::uint16_t>(m.extra.size()));
    Put16(out, static_cast<std::uint16_t>(m.comment.size()));
    Put16(out, 0);
    Put16(out, 0);
    Put32(out, m.external_attributes);
    Put32(out, m.offset.value_or(offsets[i]));
    out += m.name + m.extra + m.comment;
  }
  const auto directory_size = static_cast<std::uint32_t>(out.size() - directory_at);
  const auto listed = static_cast<std::uint16_t>(
      std::count_if(members_.begin(), members_.end(), [](const Member& m) { return m.listed; }));
  out += between;
  Put32(out, 0x06054b50);
  Put16(out, end_disk);
  Put16(out, end_disk);
  Put16(out, end_entries.value_or(listed));
  Put16(out, end_entries.value_or(listed));
  Put32(out, end_size.value_or(directory_size));
  Put32(out, end_offset.value_or(directory_at));
  Put16(out, static_cast<std::uint16_t>(comment.size()));
  out += comment;
  return out;
}

std::string TorchZip(std::string_view data_pkl, const std::vector<std::string>& storages,
                     std::string_view root) {
  ZipBuilder zip;
  const std::string prefix = std::string(root) + "/";
  zip.Stored(prefix + "data.pkl", data_pkl).alignment = 64;
  for (std::size_t i = 0; i < storages.size(); ++i) {
    zip.Stored(prefix + "data/" + std::to_string(i), storages[i]).alignment = 64;
  }
  zip.Stored(prefix + "version", "3\n").alignment = 64;
  return zip.Build();
}

}  // namespace counterscan
