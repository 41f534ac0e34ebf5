#include "scanner/container/pax_records.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace counterscan::container {
namespace {

constexpr std::string_view kSparse = "GNU.sparse.";

bool IsName(std::string_view key) {
  return key == "path" || key == "linkpath" || key == "GNU.sparse.name";
}

bool SaysWhatAMemberIs(std::string_view key) {
  return IsName(key) || key == "size" || key.starts_with(kSparse);
}

}  // namespace

const std::string* PaxRecords::Find(std::string_view key) const {
  const auto last = std::find_if(records.rbegin(), records.rend(),
                                 [&](const auto& record) { return record.first == key; });
  return last == records.rend() ? nullptr : &last->second;
}

std::uint64_t PaxRecords::text_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [key, value] : records) sum += key.size() + value.size();
  return sum;
}

PaxRecords ReadPaxRecords(std::string_view text) {
  PaxRecords pax;
  // Zeros fill the block.
  while (!text.empty() && text.front() != '\0') {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const auto digits = static_cast<std::size_t>(end - text.data());
    // Its own digits, the blank, "=" and the newline count.
    const bool good = error == std::errc() && length <= text.size() && length > digits + 2 &&
                      text[digits] == ' ' && text[length - 1] == '\n';
    const std::string_view record = good ? text.substr(digits + 1, length - digits - 2) : "";
    const std::size_t equals = record.find('=');
    if (!good || equals == std::string_view::npos) {
      pax.broken = true;
      break;
    }
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (SaysWhatAMemberIs(key)) {
      pax.records.emplace_back(key, IsName(key) ? value.substr(0, kMaxTarName + 1) : value);
    }
    text.remove_prefix(length);
  }
  return pax;
}

std::optional<std::uint64_t> PaxNumber(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::string digits;
  if (text.find('_') != std::string_view::npos) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool between = i > 0 && i + 1 < text.size() && text[i - 1] != '_';
      if (text[i] != '_' || !between) digits += text[i];
    }
    text = digits;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace counterscan::container
