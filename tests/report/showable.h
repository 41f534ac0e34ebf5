// What every output of ours is, whatever went in: valid UTF-8 without anything that acts on a
// terminal or hides from a reader.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

#include "scanner/base/text.h"

namespace counterscan {

inline void ExpectShowable(std::string_view text) {
  while (!text.empty()) {
    const auto point = FirstCodePoint(text);
    ASSERT_TRUE(point) << "not UTF-8";
    ASSERT_TRUE(point->value == U'\n' || !IsHidden(point->value))
        << static_cast<std::uint32_t>(point->value);
    text.remove_prefix(point->length);
  }
}

}  // namespace counterscan
