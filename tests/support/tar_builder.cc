#include "tests/support/tar_builder.h"

#include <algorithm>
#include <cstddef>

namespace counterscan {
namespace {

constexpr std::size_t kBlock = 512;

std::string Octal(std::uint64_t number, std::size_t digits) {
  std::string text(digits, '0');
  for (std::size_t i = digits; i-- > 0; number /= 8) text[i] = static_cast<char>('0' + number % 8);
  return text;
}

void Put(std::string& block, std::size_t offset, std::string_view text) {
  block.replace(offset, text.size(), text);
}

std::string Padded(std::string_view content) {
  std::string padded(content);
  padded.resize((padded.size() + kBlock - 1) / kBlock * kBlock, '\0');
  return padded;
}

}  // namespace

TarBuilder& TarBuilder::File(std::string_view name, std::string_view content) {
  return Add({.name = std::string(name), .content = std::string(content)});
}

TarBuilder& TarBuilder::Add(const TarRecord& record) {
  std::string block(kBlock, '\0');
  Put(block, 0, std::string_view(record.name).substr(0, 100));
  Put(block, 100, "0000644");
  Put(block, 108, "0000000");
  Put(block, 116, "0000000");
  Put(block, 124, record.size_field.value_or(Octal(record.content.size(), 11)));
  Put(block, 136, Octal(0, 11));
  block[156] = record.type;
  Put(block, 157, std::string_view(record.link).substr(0, 100));
  Put(block, 257, record.magic);
  Put(block, 345, record.tail.empty() ? record.prefix : record.tail);
  Put(block, 148, "        ");
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  Put(block, 148, record.checksum_field.value_or(Octal(sum, 6) + std::string("\0 ", 2)));
  bytes_ += block + Padded(record.content);
  return *this;
}

TarBuilder& TarBuilder::Pax(const std::vector<std::pair<std::string, std::string>>& records,
                            char type) {
  std::string text;
  for (const auto& [key, value] : records) {
    // Its own digits count.
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (std::to_string(length).size() + rest != length) ++length;
    text += std::to_string(length) + " " + key + "=" + value + "\n";
  }
  return Add({.name = "PaxHeaders/x", .content = text, .type = type});
}

TarBuilder& TarBuilder::LongName(std::string_view name, char type) {
  return Add({.name = "././@LongLink", .content = std::string(name) + '\0', .type = type});
}

TarBuilder& TarBuilder::Raw(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}

TarBuilder& TarBuilder::End() { return Raw(std::string(2 * kBlock, '\0')); }

std::string TarBuilder::Build() const { return bytes_ + std::string(2 * kBlock, '\0'); }

std::string Base256(std::uint64_t number, std::size_t bytes) {
  std::string field(bytes, '\0');
  for (std::size_t i = bytes; i-- > 1; number >>= 8) field[i] = static_cast<char>(number & 0xff);
  field[0] = '\x80';
  return field;
}

}  // namespace counterscan
