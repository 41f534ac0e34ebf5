#include "scanner/engine/constant_inflater.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "scanner/base/byte_reader.h"
#include "scanner/engine/file_analysis.h"
#include "tests/support/compress.h"
#include "tests/support/pickle_builder.h"

namespace counterscan {
namespace {

// `window_bits` as zlib has them: 15 zlib, 31 gzip, -15 raw.
std::string Deflate(std::string_view bytes, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(bytes.size() + 100, '\0');
  std::string input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST(ConstantInflater, UnpacksEveryCompressionThatPicklesCarry) {
  const ConstantInflater inflater;
  const std::string text(1000, 'a');
  EXPECT_EQ(inflater.Decompress(pickle::Compression::kZlib, Deflate(text, 15), 5000), text);
  EXPECT_EQ(inflater.Decompress(pickle::Compression::kGzip, Deflate(text, 31), 5000), text);
  EXPECT_EQ(inflater.Decompress(pickle::Compression::kRawDeflate, Deflate(text, -15), 5000), text);
  EXPECT_EQ(inflater.Decompress(pickle::Compression::kBzip2, Compress(text, Packing::kBzip2), 5000),
            text);
  EXPECT_EQ(inflater.Decompress(pickle::Compression::kXz, Compress(text, Packing::kXz), 5000),
            text);
  EXPECT_FALSE(inflater.Decompress(pickle::Compression::kBzip2, text, 5000));
  EXPECT_FALSE(inflater.Decompress(pickle::Compression::kXz, text, 5000));
}

TEST(ConstantInflater, KeepsToTheLimitAndWhatCameBeforeAnError) {
  const ConstantInflater inflater;
  const std::string bomb = Deflate(std::string(1 << 20, '\0'), 15);
  EXPECT_EQ(inflater.Decompress(pickle::Compression::kZlib, bomb, 100)->size(), 100u);
  const std::string packed = Deflate("posix.system and more of it", 15);
  for (std::size_t size = 0; size <= packed.size(); ++size) {
    const auto cut = inflater.Decompress(pickle::Compression::kZlib,
                                         std::string_view(packed).substr(0, size), 99);
    EXPECT_TRUE(!cut || std::string_view("posix.system and more of it").starts_with(*cut));
  }
  EXPECT_FALSE(inflater.Decompress(pickle::Compression::kZlib, "", 100));
}

TEST(ConstantInflater, CompressedPicklesInsideOfPicklesAreFollowed) {
  // What its repetition packs down, so that it is compressed and not only stored.
  std::string inner = PickleBuilder()
                          .Proto(2)
                          .Global("posix", "system")
                          .BinUnicode("true")
                          .Tuple1()
                          .Reduce()
                          .bytes();
  for (int i = 0; i < 100; ++i) inner += "N0";
  inner += ".";
  for (const int window_bits : {15, 31}) {
    const std::string packed = Deflate(inner, window_bits);
    const std::string module = window_bits == 15 ? "zlib" : "gzip";
    const std::string constant = "C" + std::string(1, static_cast<char>(packed.size())) + packed;
    for (const std::string& bytes : {"\x80\x03" + constant + ".",
                                     "\x80\x03"
                                     "cpickle\nloads\nc" +
                                         module + "\ndecompress\n" + constant + "\x85R\x85R."}) {
      const FileAnalysis analysis = AnalyseFile(MemorySource(AsBytes(bytes)), {});
      bool seen = false;
      for (const Import& import : analysis.imports) {
        seen = seen || (import.module == "posix" && import.name == "system");
      }
      EXPECT_TRUE(seen) << module;
      for (const Gap& gap : analysis.gaps) {
        EXPECT_EQ(gap.detail.find("constant"), std::string::npos) << gap.detail;
      }
    }
  }
}

}  // namespace
}  // namespace counterscan
