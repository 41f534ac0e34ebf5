#include "scanner/format/numpy.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/format/python_literal.h"

namespace counterscan::format {
namespace {

std::string File(std::string_view header, char major = 1) {
  std::string bytes("\x93NUMPY", 6);
  bytes += major;
  bytes += '\0';
  const auto size = static_cast<std::uint32_t>(header.size());
  bytes += static_cast<char>(size & 0xff);
  bytes += static_cast<char>(size >> 8 & 0xff);
  if (major > 1) bytes.append(2, '\0');
  bytes += header;
  return bytes;
}

Result<NumpyHeader> Read(std::string_view bytes) {
  return ReadNumpyHeader(MemorySource(AsBytes(bytes)));
}

Result<NumpyHeader> ReadDescr(std::string_view descr) {
  return Read(
      File("{'descr': " + std::string(descr) + ", 'fortran_order': False, 'shape': (3, 4), }\n"));
}

TEST(NumpyHeader, ReadsWhatNumpyWrites) {
  const std::string_view header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n";
  for (const char major : {'\1', '\2', '\3'}) {
    const auto read = Read(File(header, major));
    ASSERT_TRUE(read) << int{major};
    EXPECT_FALSE(read->has_objects);
    EXPECT_EQ(read->element_bytes, 4U);
    EXPECT_EQ(read->DataBytes(), 48U);
    EXPECT_EQ(read->data_offset, (major == 1 ? 10U : 12U) + header.size());
  }
}

TEST(NumpyHeader, KnowsTheSizeOfEveryKindOfElement) {
  const std::pair<std::string_view, std::uint64_t> cases[] = {
      {"'|b1'", 1},
      {"'<i8'", 8},
      {"'>c16'", 16},
      {"'<U5'", 20},
      {"'|S10'", 10},
      {"'|V3'", 3},
      {"'<M8[ns]'", 8},
      {"'<m8'", 8},
      {"'f8'", 8},
      {"[('x', '<f4'), ('y', '<i8')]", 12},
      {"[('x', '<f4', (2, 3))]", 24},
      {"[('x', [('in', '<u2')], (2,))]", 4},
      {"[(('title', 'x'), '|u1')]", 1},
      {"('<f4', (2,))", 8},
  };
  for (const auto& [descr, bytes] : cases) {
    const auto read = ReadDescr(descr);
    ASSERT_TRUE(read) << descr;
    EXPECT_EQ(read->element_bytes, bytes) << descr;
    EXPECT_FALSE(read->has_objects) << descr;
  }
}

TEST(NumpyHeader, SeesObjectsHoweverDeepTheyAre) {
  for (const std::string_view descr :
       {"'|O'", "'O'", "'|O8'", "[('x', '<f4'), ('y', '|O')]", "[('x', [('y', 'O')])]",
        "[('x', '|O', (2,))]", "('|O', (2,))"}) {
    const auto read = ReadDescr(descr);
    ASSERT_TRUE(read) << descr;
    EXPECT_TRUE(read->has_objects) << descr;
  }
}

TEST(NumpyHeader, EveryTruncationIsAnError) {
  const std::string whole = File("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Read(whole.substr(0, size))) << size;
  }
}

TEST(NumpyHeader, HeadersNumpyWouldNotWriteAreRefused) {
  for (const std::string_view header :
       {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1}",
        "{'descr': '<f4', 'descr': '|O', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ('3',)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} or 1",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
        "{'descr': 4, 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<q4', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (3,)}",
        "['descr']", "", "{"}) {
    EXPECT_FALSE(Read(File(header))) << header;
  }
}

TEST(NumpyHeader, LengthsAndVersionsThatLieAreRefused) {
  std::string bytes = File("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n", 2);
  for (std::size_t i = 8; i < 12; ++i) bytes[i] = '\xff';
  EXPECT_FALSE(Read(bytes));
  for (const char major : {'\0', '\4', '\xff'}) {
    std::string version = File("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n");
    version[6] = major;
    EXPECT_FALSE(Read(version));
  }
}

TEST(NumpyHeader, AShapeThatOverflowsHasNoSize) {
  const auto read =
      Read(File("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->DataBytes(), std::nullopt);
}

TEST(PythonLiteral, NestingIsBounded) {
  std::string deep(100'000, '(');
  const auto value = ParsePythonLiteral(deep);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, ErrorCode::kLimit);
}

TEST(PythonLiteral, OnlyPlainEscapesAreRead) {
  EXPECT_EQ(ParsePythonLiteral(R"('a\'b\\c')")->text, "a'b\\c");
  EXPECT_FALSE(ParsePythonLiteral(R"('\x41')"));
  EXPECT_FALSE(ParsePythonLiteral("'open"));
  EXPECT_EQ(ParsePythonLiteral("12L")->number, 12U);
}

}  // namespace
}  // namespace counterscan::format
