// Files as torch.save wrote them before it wrote zip files: five pickles, then raw storages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// The texts of the list that the pickle at `offset` is, in order: the fifth, whose storages torch
// reads. Nothing when it is written in another way than picklers write such a list.
std::optional<std::vector<std::string>> ReadListOfTexts(const ByteSource& source,
                                                        std::uint64_t offset);

}  // namespace counterscan::pickle
