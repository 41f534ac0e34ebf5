// TarBuilder: tar archives written header by header, so that every lie of a test is visible.
//
//     TarBuilder tar;
//     tar.File("model.pkl", pickle);
//     tar.Add({.name = "x", .type = '2', .link = "/etc/passwd"});
//     tar.Build()
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace counterscan {

// What one header says. What is not set is made right.
struct TarRecord {
  std::string name;
  std::string content{};
  char type = '0';
  std::string link{};
  std::string prefix{};
  std::string magic = std::string(
      "ustar\0"
      "00",
      8);
  std::optional<std::string> size_field{};  // 12 bytes, as they stand
  std::optional<std::string> checksum_field{};
  std::string tail{};  // of the header, from byte 345 on, instead of a prefix
};

class TarBuilder {
 public:
  TarBuilder& File(std::string_view name, std::string_view content);
  TarBuilder& Add(const TarRecord& record);
  // A pax header ('x', or 'g' for all members) of these records.
  TarBuilder& Pax(const std::vector<std::pair<std::string, std::string>>& records, char type = 'x');
  // A GNU name of any length ('L'), or target of a link ('K').
  TarBuilder& LongName(std::string_view name, char type = 'L');
  TarBuilder& Raw(std::string_view bytes);
  // Two blocks of zeros.
  TarBuilder& End();

  // Without an end.
  const std::string& bytes() const { return bytes_; }
  // With an end.
  std::string Build() const;

 private:
  std::string bytes_;
};

// A number as GNU tar writes it where octal digits do not do.
std::string Base256(std::uint64_t number, std::size_t bytes = 12);

}  // namespace counterscan
