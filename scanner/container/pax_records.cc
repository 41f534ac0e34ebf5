#include "scanner/container/pax_records.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace counterscan::container {

const std::string* PaxRecords::Find(std::string_view key) const {
  const auto last = std::find_if(records.rbegin(), records.rend(),
                                 [&](const auto& record) { return record.first == key; });
  return last == records.rend() ? nullptr : &last->second;
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
    pax.records.emplace_back(record.substr(0, equals), record.substr(equals + 1));
    text.remove_prefix(length);
  }
  return pax;
}

}  // namespace counterscan::container
