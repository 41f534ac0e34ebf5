// Constants that hide something: another pickle, compiled code, or either of them packed.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "pickle/analyze_internal.h"
#include "pickle/content/constant_content.h"
#include "pickle/content/constant_functions.h"
#include "pickle/stream/instruction_reader.h"
#include "tests/pickle/expressions.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

// posix.system('true')
std::string Payload() {
  return "\x80\x02" + Call(Global("posix", "system"), {"X" + FourBytes(4) + "true"}) + ".";
}

std::string Base64(std::string_view bytes) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (int shift = 18; shift >= 0; shift -= 6) out += kAlphabet[bits >> shift & 63];
  }
  const std::size_t padding = (3 - bytes.size() % 3) % 3;
  out.replace(out.size() - padding, padding, padding, '=');
  return out;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

// A DEFLATE stream of stored blocks, which needs no library; the checksum is not looked at.
std::string Zlib(std::string_view bytes) {
  std::string out = "\x78\x01\x01";
  const std::size_t size = bytes.size();
  out += static_cast<char>(size & 0xff);
  out += static_cast<char>(size >> 8);
  out += static_cast<char>(~size & 0xff);
  out += static_cast<char>(~size >> 8 & 0xff);
  return out + std::string(bytes) + std::string(4, '\0');
}

// Knows stored blocks only, which is what Zlib() makes.
class StoredBlocks final : public Decompressor {
 public:
  std::optional<std::string> Decompress(Compression compression, std::string_view packed,
                                        std::size_t limit) const override {
    if (compression != Compression::kZlib || packed.size() < 11) return std::nullopt;
    return std::string(packed.substr(7, packed.size() - 11)).substr(0, limit);
  }
};

Analysis AnalyzeUnpacking(const std::string& bytes) {
  static const StoredBlocks decompressor;
  Options options;
  options.decompressor = &decompressor;
  return AnalyzeBytes(bytes, options);
}

bool Follows(const Analysis& analysis) {
  return HasMessage(analysis, "in a pickle inside this one: calls posix.system('true')") &&
         Imports(analysis, "posix", "system");
}

TEST(Constants, APickleInsideIsFollowedThoughNothingLoadsIt) {
  const std::string payload = Payload();
  const std::string latin1 = DecodeLatin1(payload);
  for (const std::string& constant :
       {Bytes(payload), "C" + std::string(1, static_cast<char>(payload.size())) + payload,
        "\x8e" + FourBytes(payload.size()) + FourBytes(0) + payload,
        "\x96" + FourBytes(payload.size()) + FourBytes(0) + payload,
        // As text: by Latin-1, as base64 and hexadecimal, in a string of a text protocol.
        "X" + FourBytes(latin1.size()) + latin1, Text(Base64(payload)), Bytes(Base64(payload)),
        Text(Hex(payload)), "T" + FourBytes(payload.size()) + payload,
        Text("cposix\nsystem\n(S'true'\ntR.")}) {
    const std::string stored = Pickled("}" + Text("data") + constant + "s", 5);
    EXPECT_TRUE(Follows(AnalyzeBytes(stored))) << Summary(AnalyzeBytes(stored));
  }
}

TEST(Constants, PackedPicklesAreFollowed) {
  const std::string payload = Payload();
  for (const std::string& constant :
       {Bytes(Zlib(payload)), Text(Base64(Zlib(payload))), Bytes(Zlib(Base64(payload))),
        Text(Base64(Base64(payload)))}) {
    const Analysis analysis = AnalyzeUnpacking(Pickled(constant));
    EXPECT_TRUE(Follows(analysis)) << Summary(analysis);
  }
}

TEST(Constants, WhatADecoderIsGivenIsFollowedToTheLoader) {
  const std::string payload = Payload();
  const std::string loads = Global("pickle", "loads");
  for (const std::string& argument :
       {Call(Global("base64", "b64decode"), {Text(Base64(payload))}),
        Call(Global("base64", "urlsafe_b64decode"), {Bytes(Base64(payload))}),
        Call(Global("binascii", "unhexlify"), {Text(Hex(payload))}),
        Call(Global("codecs", "decode"), {Text(Hex(payload)), Text("hex")}),
        Call(Global("builtins", "bytes.fromhex"), {Text(Hex(payload))}),
        Call(Global("zlib", "decompress"), {Bytes(Zlib(payload))}),
        Call(Global("zlib", "decompress"),
             {Call(Global("base64", "b64decode"), {Text(Base64(Zlib(payload)))})}),
        Call(Global("operator", "add"), {Bytes(payload.substr(0, 9)), Bytes(payload.substr(9))}),
        Call(Global("_codecs", "encode"), {Text(DecodeLatin1(payload)), Text("latin1")}),
        Call(Global("builtins", "bytes"), {Text(DecodeLatin1(payload)), Text("latin-1")})}) {
    const Analysis analysis = AnalyzeUnpacking(Pickled(Call(loads, {argument})));
    EXPECT_TRUE(Imports(analysis, "posix", "system")) << Summary(analysis);
    EXPECT_EQ(WorstOf(analysis), Level::kUnsafe);
  }
}

TEST(Constants, CompressionThatIsNotKnownLeavesAGap) {
  for (const std::string module : {"zlib", "bz2", "lzma", "gzip"}) {
    const Analysis analysis = AnalyzeBytes(Pickled(
        Call(Global("pickle", "loads"),
             {Call(Global(module, "decompress"), {Bytes("BZh91AY&SY not to be followed")})})));
    EXPECT_EQ(WorstOf(analysis), Level::kUnsafe);
    ASSERT_FALSE(analysis.gaps.empty()) << module;
    EXPECT_NE(analysis.gaps[0].detail.find(module), std::string::npos) << analysis.gaps[0].detail;
  }
}

TEST(Constants, CompiledCodeIsReportedWithItsNames) {
  for (const std::string version : {"2.7", "3.6", "3.8", "3.10", "3.11", "3.12", "3.13"}) {
    std::ostringstream read;
    read << std::ifstream(std::string(COUNTERSCAN_SOURCE_DIR) +
                              "/fixtures/corpus/marshalled_code/python" + version,
                          std::ios::binary)
                .rdbuf();
    const std::string code = read.str();
    ASSERT_FALSE(code.empty()) << version;
    for (const std::string& constant : {Bytes(code), Text(Base64(code)), Bytes(Zlib(code)),
                                        Call(Global("marshal", "loads"), {Bytes(code)})}) {
      const Analysis analysis = AnalyzeUnpacking(Pickled(constant));
      bool told = false;
      for (const Finding& finding : analysis.findings) {
        told = told || (finding.rule == "PKL-110" &&
                        finding.message.starts_with("carries code of '<module>', which uses") &&
                        finding.message.find("eval") != std::string::npos &&
                        finding.message.find("getcwd") != std::string::npos);
      }
      EXPECT_TRUE(told) << version << "\n" << Summary(analysis);
    }
    // Cut short it is data, and nothing is read past its end.
    for (std::size_t size = 0; size < code.size(); ++size) {
      AnalyzeBytes(Pickled(Bytes(code.substr(0, size))));
    }
  }
}

TEST(Constants, CodeObjectsBuiltByCallsAreReportedWithTheirNames) {
  const std::string names = Tuple({Text("os"), Text("system")});
  const auto code = [&](const std::string& maker) {
    return Call(maker, {Number(0), Number(0), Number(0), Number(0), Number(1), Number(64),
                        Bytes("\x97"), Tuple({Text("true")}), names, Tuple({}), Text("a.py"),
                        Text("payload"), Number(1), Bytes(""), Tuple({}), Tuple({})});
  };
  for (const std::string& maker :
       {Global("types", "CodeType"), Global("dill._dill", "_create_code"),
        Call(Global("cloudpickle.cloudpickle", "_builtin_type"), {Text("CodeType")}),
        Call(Global("dill._dill", "_load_type"), {Text("CodeType")})}) {
    const Analysis analysis = AnalyzeBytes(Pickled(code(maker)));
    EXPECT_TRUE(HasMessage(analysis, "carries code of 'payload', which uses os, system"))
        << Summary(analysis);
  }
}

TEST(Constants, DataThatOnlyBeginsLikeSomethingIsQuiet) {
  for (const std::string& constant :
       {Bytes("\x80\x04\x95 but this is only an array of bytes"),
        Bytes("\x78\x9c and what follows is not compressed at all"),
        Text("copyright\nmit\nand the rest of the licence"), Text("cat\ndog\n."),
        Text("eJwLyk9OLU5VKEktLlHIzUwuyi8uVshIzUlOLEpVBADWSAsz"),
        Text("gAAAAABkZXNpZ25lZCB0byBsb29rIGxpa2UgYmFzZTY0IHRleHQ="),
        Bytes("\xe3\0\0\0\0\0\0\0\0 and no code at all"), Bytes(std::string(1000, '\x80')),
        Text(std::string(5000, 'g')), Text(std::string(5000, 'x'))}) {
    const std::string bytes = Pickled(constant);
    EXPECT_TRUE(IsClean(AnalyzeUnpacking(bytes), bytes)) << Summary(AnalyzeUnpacking(bytes));
  }
  // A harmless pickle inside says nothing either.
  const std::string harmless = Pickled(Bytes(Pickled(Global("collections", "OrderedDict") + ")R")));
  EXPECT_TRUE(IsClean(AnalyzeBytes(harmless), harmless)) << Summary(AnalyzeBytes(harmless));
}

TEST(Constants, AWholePickleInsideIsWorthAllThatIsFoundInIt) {
  const std::string inner = Pickled(Call(Global("builtins", "print"), {Text("x")}));
  const Analysis analysis = AnalyzeBytes(Pickled(Bytes(inner)));
  EXPECT_TRUE(HasMessage(analysis, "in a pickle inside this one: calls builtins.print('x')"))
      << Summary(analysis);
  EXPECT_EQ(WorstOf(AnalyzeBytes(Pickled(Text(Base64(inner))))), Level::kSuspicious);
}

TEST(Constants, ArePickedUpWhereverTheWindowEnds) {
  const std::string bytes = Pickled("]" + Text(std::string(300, 'a')) + "a" + Bytes(Payload()) +
                                    "a" + Text(Base64(Payload())) + "a");
  const Analysis whole = AnalyzeBytes(bytes);
  EXPECT_TRUE(Follows(whole));
  const MemorySource source(AsBytes(bytes));
  for (std::size_t window = InstructionReader::kSmallestWindow; window < 400; window += 7) {
    EXPECT_EQ(Summary(AnalyzeWithWindow(source, {}, window)), Summary(whole)) << window;
  }
}

TEST(Constants, ManyOfThemCostBoundedTime) {
  // A megabyte that unpacks to nothing, handed to a decoder a thousand times.
  std::string bytes = "\x80\x04" + Bytes(std::string(1 << 20, 'A')) + std::string("q\0", 2);
  for (int i = 0; i < 1000; ++i) {
    bytes += "0" + Call(Global("base64", "b64decode"), {std::string("h\0", 2)});
  }
  EXPECT_EQ(WorstOf(AnalyzeBytes(bytes + ".")), Level::kUnsafe);
  // Pickles in pickles in pickles.
  std::string nested = Payload();
  for (int i = 0; i < 40; ++i) nested = Pickled(Bytes(nested));
  AnalyzeBytes(nested);
}

TEST(ConstantFunctions, DecodeWhatPythonDecodes) {
  EXPECT_EQ(DecodeBase64("b3M="), "os");
  EXPECT_EQ(DecodeBase64("b3\nM="), "os");
  EXPECT_EQ(DecodeBase64("c3lzdGVt"), "system");
  EXPECT_EQ(DecodeBase64("_-8="), "\xff\xef");
  EXPECT_EQ(DecodeHex("6f73"), "os");
  EXPECT_EQ(DecodeHex("6F 73"), "os");
  EXPECT_FALSE(DecodeHex("6f7"));
  EXPECT_FALSE(DecodeHex("xx"));
  EXPECT_EQ(EncodeLatin1("\xc2\x80\xc3\xa3"), "\x80\xe3");
  EXPECT_FALSE(EncodeLatin1("\xe2\x82\xac"));
}

}  // namespace
}  // namespace counterscan::pickle
