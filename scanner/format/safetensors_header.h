// The JSON header of a safetensors file, parsed strictly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"

namespace counterscan::format {

struct SafetensorsEntry {
  std::string name;
  std::string dtype{};
  std::vector<std::uint64_t> shape{};
  std::uint64_t begin = 0;  // counted from the end of the header
  std::uint64_t end = 0;
};

// kMalformed with a sentence when the header is not exactly what the format allows: other keys,
// other types, duplicate keys, deeper nesting.
Result<std::vector<SafetensorsEntry>> ParseSafetensorsHeader(std::string_view json);

// Bits of one element; 0 for a type that does not exist.
std::uint64_t SafetensorsDtypeBits(std::string_view dtype);

}  // namespace counterscan::format
