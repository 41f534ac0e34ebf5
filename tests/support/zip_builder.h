// ZipBuilder: zip archives written record by record (APPNOTE 6.3), so that tests can lie anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace counterscan {

class ZipBuilder {
 public:
  // What the central directory and the local header say of a member. Tests change fields to lie.
  struct Member {
    std::string name;
    std::string data;  // as stored in the archive (deflated when method is 8)
    std::uint16_t flags = 0;
    std::uint16_t method = 0;  // 0 stored, 8 deflated
    std::uint32_t crc = 0;
    std::uint32_t compressed_size = 0;
    std::uint32_t size = 0;
    // Local header's own versions; equal to the above unless changed.
    std::string local_name;
    std::uint16_t local_flags = 0;
    std::uint16_t local_method = 0;
    std::uint16_t alignment = 0;  // pads the local extra field so that data start there
    // The local header's sizes and checksum, where they are to differ.
    std::optional<std::uint32_t> local_compressed_size{};
    std::optional<std::uint32_t> local_size{};
    std::optional<std::uint32_t> local_crc{};
    // Sizes and checksum stand behind the data, as streaming writers and torch leave them (bit 3).
    bool descriptor = false;
    // Extra fields (4.5), whole, and the comment of the directory's entry.
    std::string extra;
    std::string local_extra;
    std::string comment;
    // Where the directory says that the local header stands, where it is to lie.
    std::optional<std::uint32_t> offset{};
    bool listed = true;   // in the directory
    bool present = true;  // with a local header and data
    std::string junk;     // stands in front of the local header
    bool unix_host = false;
    std::uint32_t external_attributes = 0;
  };

  // Adds a member and returns it for changes. References stay valid until the next Add.
  Member& Stored(std::string_view name, std::string_view data);
  Member& Deflated(std::string_view name, std::string_view data);

  // Local headers and data, central directory, end record.
  std::string Build() const;

  std::string comment;  // of the end record
  std::string between;  // stands between the directory and the end record
  // Fields of the end record, where they are to lie.
  std::optional<std::uint16_t> end_entries{};
  std::optional<std::uint32_t> end_size{};
  std::optional<std::uint32_t> end_offset{};
  std::uint16_t end_disk = 0;

 private:
  std::vector<Member> members_;
};

// A torch zip checkpoint as torch.save writes it: archive/data.pkl, archive/data/0..n-1,
// archive/version, all stored, data 64-byte aligned.
std::string TorchZip(std::string_view data_pkl, const std::vector<std::string>& storages,
                     std::string_view root = "archive");

}  // namespace counterscan
