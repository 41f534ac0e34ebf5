// The JSON header of a safetensors file, parsed strictly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/container/memory_budget.h"

namespace counterscan::format {

// Views are of the header's text, which must outlive them.
struct SafetensorsEntry {
  std::string_view name;
  std::string_view dtype{};
  // Of the shape; nothing when no 64 bits can hold it.
  std::optional<std::uint64_t> elements = 1;
  std::uint64_t begin = 0;  // counted from the end of the header
  std::uint64_t end = 0;
};

// kMalformed with a sentence when the header is not exactly what the format allows: other keys,
// other types, duplicate keys, deeper nesting. kLimit when it lists more than `memory` holds. Works
// in place: the text is not the same afterwards.
Result<std::vector<SafetensorsEntry>> ParseSafetensorsHeader(std::string& json,
                                                             container::MemoryLease& memory);

// Bits of one element; 0 for a type that does not exist.
std::uint64_t SafetensorsDtypeBits(std::string_view dtype);

}  // namespace counterscan::format
