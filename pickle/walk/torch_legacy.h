// Files as torch.save wrote them before it wrote zip files: five pickles, then raw storages.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "pickle/stream/instruction_reader.h"

namespace counterscan::pickle {

// Pickles that stand before the storages.
inline constexpr std::size_t kTorchLegacyPickles = 5;

inline bool IsTorchLegacy(const InstructionReader& reader) {
  // torch/serialization.py: MAGIC_NUMBER, pickled by protocol 2.
  constexpr std::string_view kMagic = "\x80\x02\x8a\nl\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  std::array<char, kMagic.size()> head;
  return reader.Copy(0, head.data(), head.size()) == head.size() &&
         std::string_view(head.data(), head.size()) == kMagic;
}

}  // namespace counterscan::pickle
