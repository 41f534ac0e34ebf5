// Golden files: whole outputs, kept in tests/report/golden. UPDATE_GOLDEN=1 writes them anew.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace counterscan {

inline void ExpectGolden(std::string_view name, const std::string& text) {
  const std::string path =
      std::string(COUNTERSCAN_SOURCE_DIR "/tests/report/golden/") + std::string(name);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " is missing: run with UPDATE_GOLDEN=1";
  // The first line that differs says more than two whole files.
  std::istringstream lines(text);
  std::string line;
  std::string expected;
  for (int number = 1; std::getline(file, expected); ++number) {
    ASSERT_TRUE(std::getline(lines, line)) << path << " goes on at line " << number;
    ASSERT_EQ(line, expected) << path << ", line " << number;
  }
  EXPECT_FALSE(std::getline(lines, line)) << path << " ends before " << line;
}

}  // namespace counterscan
