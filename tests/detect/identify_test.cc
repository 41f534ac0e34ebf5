#include "scanner/detect/identify.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

namespace counterscan::detect {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

FileType TypeOf(std::string_view bytes) { return Identify(AsBytes(bytes), bytes.size()); }

// The first bytes of one honest file of each type that content alone can tell.
struct Sample {
  FileType type;
  std::string bytes;
};

std::string Padded(std::string_view start, std::size_t size = 600) {
  std::string bytes(start);
  if (bytes.size() < size) bytes.resize(size, '\0');
  return bytes;
}

std::string TarHeader(std::string_view name = "a.txt") {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(124, 11, "00000000000");
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char text[8];
  std::snprintf(text, sizeof(text), "%06o", sum);
  header.replace(148, 7, text, 7);
  return header;
}

std::vector<Sample> Samples() {
  return {
      {FileType::kEmpty, ""},
      {FileType::kText, "just words, and an umlaut: \xc3\xbc\n"},
      {FileType::kJson, "  {\"a\": 1}\n"},
      {FileType::kJson, "[1, 2]"},
      {FileType::kScript, "#!/bin/sh\ntrue\n"},
      {FileType::kPointer, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"},
      {FileType::kPointer, "# xet version 0\nfilesize = 12\nhash = '00'\n"},
      {FileType::kImage, Padded("\x89PNG\r\n\x1a\n"sv)},
      {FileType::kImage, Padded("RIFF\x10\0\0\0WEBPVP8 "sv)},
      {FileType::kMedia, Padded("RIFF\x10\0\0\0WAVEfmt "sv)},
      {FileType::kPickle, PickleBuilder().Proto(2).EmptyDict().Stop()},
      {FileType::kPickle, PickleBuilder().Proto(5).EmptyDict().Stop()},
      {FileType::kTorchLegacy, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"},
      {FileType::kNumpy, Padded("\x93NUMPY\1\0"sv)},
      {FileType::kSafetensors, std::string("\x02\0\0\0\0\0\0\0{}"sv)},
      {FileType::kGzip, Padded("\x1f\x8b\x08\0"sv)},
      {FileType::kZlib, Padded("\x78\x9c\x03\0"sv)},
      {FileType::kZip, TorchZip("\x80\x02N.", {})},
      {FileType::kGguf, Padded("GGUF\3\0\0\0"sv)},
      {FileType::kGgml, Padded("tjgg\3\0\0\0"sv)},
      {FileType::kHdf5, Padded("\x89HDF\r\n\x1a\n"sv)},
      {FileType::kOnnx, "\x08\x08\x12\x07pytorch\x3a\x02\x0a\x00\x42\x02\x10\x11"s},
      {FileType::kSavedModel, "\x08\x01\x12\x06\x12\x04\x0a\x02\x0a\x00"s},
      {FileType::kProtobuf,
       "\x0a\x03"
       "abc\x0a\x03\x01\x02\x03"s},
      {FileType::kTflite, Padded("\x1c\0\0\0TFL3"sv)},
      {FileType::kExecutorch, Padded("\x1c\0\0\0ET12"sv)},
      {FileType::kParquet, Padded("PAR1\x15\x04"sv)},
      {FileType::kArrow, Padded("ARROW1\0\0"sv)},
      {FileType::kSqlite, Padded("SQLite format 3\0"sv)},
      {FileType::kRData, Padded("RDX3\nX\n\0\0"sv)},
      {FileType::kPdf, "%PDF-1.7\n"},
      {FileType::kJoblibZfile, Padded("ZF0x123             \0\x78\x9c\x03"sv)},
      {FileType::kBzip2, Padded("BZh91AY&SY"sv)},
      {FileType::kLzip, Padded("LZIP\1\x0c"sv)},
      {FileType::kXz, Padded("\xfd\x37zXZ\0"sv)},
      {FileType::kLzma, Padded("\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0"sv)},
      {FileType::kLz4, Padded("\x04\x22\x4d\x18"sv)},
      {FileType::kZstd, Padded("\x28\xb5\x2f\xfd"sv)},
      {FileType::kZstd, Padded("\x5f\x2a\x4d\x18\2\0\0\0"sv)},
      {FileType::kSevenZip, Padded("7z\xbc\xaf\x27\x1c"sv)},
      {FileType::kRar, Padded("Rar!\x1a\x07\1\0"sv)},
      {FileType::kTar, TarHeader()},
      {FileType::kElf, Padded("\x7f"
                              "ELF\2\1\1\0"sv)},
      {FileType::kPe,
       [] {
         std::string pe = Padded("MZ\x90\0"sv);
         pe[0x3c] = '\x80';
         pe.replace(0x80, 4, "PE\0\0"sv);
         return pe;
       }()},
      {FileType::kMachO, Padded("\xcf\xfa\xed\xfe"sv)},
      {FileType::kMachO, Padded("\xca\xfe\xba\xbe\0\0\0\2"sv)},
      {FileType::kJavaClass, Padded("\xca\xfe\xba\xbe\0\0\0\x34"sv)},
      {FileType::kWasm, Padded("\0asm\1\0\0\0"sv)},
      {FileType::kPythonBytecode, Padded("\xa7\x0d\r\n\0\0\0\0"sv)},
      {FileType::kUnknown, Padded("\xff\xfe\0\0\1\2\3"sv)},
  };
}

TEST(Identify, KnowsTheBeginningOfEveryType) {
  for (const Sample& sample : Samples()) {
    EXPECT_EQ(Name(TypeOf(sample.bytes)), Name(sample.type)) << sample.bytes.substr(0, 16);
  }
}

TEST(Identify, HasASampleForEveryTypeThatContentAloneCanTell) {
  std::set<FileType> sampled;
  for (const Sample& sample : Samples()) sampled.insert(sample.type);
  // These are zips and a tar; their members tell them apart.
  for (const FileType type :
       {FileType::kTorchTar, FileType::kNpz, FileType::kTorchZip, FileType::kTorchScript,
        FileType::kTorchPackage, FileType::kTorchExport, FileType::kTorchMar, FileType::kJar,
        FileType::kKeras, FileType::kSkops}) {
    EXPECT_FALSE(sampled.contains(type));
    sampled.insert(type);
  }
  EXPECT_EQ(sampled.size(), static_cast<std::size_t>(kFileTypeCount));
}

TEST(Identify, EveryPrefixOfEverySampleHasSomeType) {
  for (const Sample& sample : Samples()) {
    for (std::size_t size = 0; size <= sample.bytes.size(); ++size) {
      const std::string_view prefix(sample.bytes.data(), size);
      TypeOf(prefix);
      // The sample stays what it is when the file is longer than what was read of it.
      Identify(AsBytes(prefix), sample.bytes.size());
    }
  }
}

TEST(Identify, MagicsMadeOfLettersDoNotTurnTextIntoModels) {
  EXPECT_EQ(TypeOf("GGUF is a file format.\n"), FileType::kText);
  EXPECT_EQ(TypeOf("PAR1 is the first of three.\n"), FileType::kText);
  EXPECT_EQ(TypeOf("BZhang wrote this.\n"), FileType::kText);
  EXPECT_EQ(TypeOf("MZ is a word too, and longer than the sixty-four bytes of a DOS header.\n"),
            FileType::kText);
}

TEST(Identify, AHarmlessMagicInAnothersFieldHidesNothing) {
  // A tar whose first member is named like the beginning of a film.
  EXPECT_EQ(Name(TypeOf(TarHeader("abcdftyp"))), "tar");

  // zlib whose packed bytes spell a magic at 4 or 8.
  EXPECT_EQ(Name(TypeOf(Padded("\x78\x01\x01\x01Wftyp"sv).replace(3, 2, "\x10"))), "zlib");
  EXPECT_EQ(Name(TypeOf(Padded("\x78\x01\x01\x10\0\0\0\0WAVE"sv))), "zlib");
  // Compiled Python of a certain second, and a program with its unused fields filled.
  EXPECT_EQ(Name(TypeOf(Padded("\xa7\x0d\r\n\0\0\0\0WAVE"sv))), "python-bytecode");
  std::string pe = Padded("MZ\x90\0"sv);
  pe.replace(4, 4, "ftyp");
  pe[0x3c] = '\x80';
  pe.replace(0x80, 4, "PE\0\0"sv);
  EXPECT_EQ(Name(TypeOf(pe)), "pe");
  pe.replace(4, 4, "TFL3");
  EXPECT_EQ(Name(TypeOf(pe)), "pe");
}

TEST(Identify, MediaMustFitItsOwnFirstBox) {
  EXPECT_EQ(Name(TypeOf(Padded("\0\0\0\x20"
                               "ftypisom"sv))),
            "media");
  EXPECT_EQ(Name(TypeOf(Padded("\x7f\0\0\x20"
                               "ftypisom"sv))),
            "unknown");
  EXPECT_EQ(Name(TypeOf(Padded("\0\0\0\x20"
                               "ftyp\1\2\3\4"sv))),
            "unknown");
  EXPECT_EQ(Name(TypeOf(Padded("\1\2\3\4\5\6\7\x08WAVE"sv))), "unknown");
  EXPECT_EQ(Name(TypeOf(Padded("RIFF\xff\xff\0\0WAVE"sv))), "unknown");
}

TEST(Identify, ALongFileThatBeginsLikeAPointerIsNoPointer) {
  std::string text = "version https://git-lfs.github.com/spec/v1\n";
  text.append(5000, 'x');
  EXPECT_EQ(TypeOf(text), FileType::kText);
}

TEST(Identify, TextWithOneControlCharacterIsNotText) {
  EXPECT_EQ(TypeOf("plain\0text"sv), FileType::kUnknown);
  EXPECT_EQ(TypeOf("plain\x08text"sv), FileType::kUnknown);
  EXPECT_EQ(TypeOf("cut character \xe2\x82"sv), FileType::kUnknown);
}

TEST(Identify, ACharacterCutByTheSampleIsStillText) {
  std::string text(kHeadBytes - 1, 'a');
  text += "\xc3\xbc more";
  EXPECT_EQ(TypeOf(text), FileType::kText);
}

TEST(Identify, ASafetensorsLengthThatLiesIsStillSafetensors) {
  std::string bytes = "\xff\xff\xff\xff\xff\xff\xff\xff";
  bytes += R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}x)";
  EXPECT_EQ(TypeOf(bytes), FileType::kSafetensors);
}

TEST(FileTypes, RowsStandInOrderWithNamesOfTheirOwn) {
  std::set<std::string_view> names;
  int index = 0;
  for (const FileTypeRow& row : FileTypes()) {
    EXPECT_EQ(static_cast<int>(row.type), index++);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    const bool needs_reason = row.carries == Carries::kCode || row.carries == Carries::kProgram;
    EXPECT_TRUE(!needs_reason || !row.what.empty()) << row.name;
  }
}

}  // namespace
}  // namespace counterscan::detect
