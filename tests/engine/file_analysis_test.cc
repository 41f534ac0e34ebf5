#include "scanner/engine/file_analysis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/support/compress.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::string Gzip(const std::string& data, int window_bits = 31) {
  return Deflated(data, {.window_bits = window_bits});
}

std::string Safetensors(std::size_t extra = 0) {
  const std::string header = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})";
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  return bytes + header + "\x01\x02\x03\x04" + std::string(extra, 'e');
}

std::string Npy(std::string_view descr, std::string_view shape, std::string_view body) {
  std::string header = "{'descr': " + std::string(descr) +
                       ", 'fortran_order': False, 'shape': " + std::string(shape) + ", }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string bytes("\x93NUMPY\1\0", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + std::string(body);
}

std::string LegacyTorch(const std::string& object, std::string_view storages,
                        const std::vector<std::string>& listed = {}) {
  const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15);
  const std::string protocol = PickleBuilder().Proto(2).Int(1001).Stop();
  PickleBuilder keys;
  keys.Proto(2).EmptyList().Put(0).Mark();
  for (const std::string& key : listed) keys.BinUnicode(key);
  return magic + protocol + Harmless() + object + keys.Op('e').Stop().bytes() +
         std::string(storages);
}

std::string Storage(std::uint64_t count, std::size_t bytes) {
  std::string storage(8, '\0');
  std::memcpy(storage.data(), &count, sizeof(count));
  for (std::size_t i = 0; i < bytes; ++i) storage += static_cast<char>(0xb0 + i % 64);
  return storage;
}

// Honest files are covered to the last byte, with nothing found.

TEST(AnalyseFile, HonestFilesAreFullyCovered) {
  ZipBuilder npz;
  npz.Stored("a.npy", Npy("'<f4'", "(2,)", Numbers(8)));
  ZipBuilder plain;
  plain.Deflated("readme.txt", "words words words");
  plain.Stored("empty/", "");
  const std::string legacy_tensors = PickleBuilder()
                                         .Proto(2)
                                         .Storage("0", 10, "FloatStorage")
                                         .Storage("1", 3, "HalfStorage")
                                         .Tuple2()
                                         .Stop();
  const std::pair<std::string, std::string> cases[] = {
      {"", "empty"},
      {"words\n", "text"},
      {R"({"a": 1})", "json"},
      {Harmless(), "pickle"},
      {TorchZip(Tensors({400, 12}), {Numbers(400), Numbers(12)}), "torch-zip"},
      {LegacyTorch(legacy_tensors, Storage(10, 40) + Storage(3, 6), {"0", "1"}), "torch-legacy"},
      {Safetensors(), "safetensors"},
      {Npy("'<f4'", "(3,)", Numbers(12)), "numpy"},
      {Npy("'|O'", "(1,)", Harmless()), "numpy"},
      {npz.Build(), "npz"},
      {plain.Build(), "zip"},
      {Gzip(Harmless()), "gzip"},
      {Gzip(Harmless(), 15), "zlib"},
  };
  for (const auto& [bytes, type] : cases) {
    const FileAnalysis analysis = Analyse(bytes);
    EXPECT_EQ(analysis.type, type);
    EXPECT_THAT(Rules(analysis), IsEmpty()) << type;
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << type;
  }
}

TEST(AnalyseFile, TheSameBytesGiveTheSameAnswer) {
  const std::string bytes = TorchZip(Payload(), {Numbers(64)});
  const FileAnalysis first = Analyse(bytes);
  const FileAnalysis second = Analyse(bytes);
  EXPECT_EQ(first.findings, second.findings);
  EXPECT_EQ(first.imports, second.imports);
  EXPECT_EQ(first.gaps, second.gaps);
}

TEST(AnalyseFile, EveryTruncationLeavesAGapOrIsTextOrStorageBytes) {
  const std::string samples[] = {
      TorchZip(Payload(), {Numbers(40)}),
      Safetensors(),
      Npy("'<f4'", "(3,)", Numbers(12)),
      Npy("'|O'", "(1,)", Payload()),
      Payload(),
      Gzip(Payload()),
      Gzip(Payload(), 15),
  };
  for (const std::string& whole : samples) {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const FileAnalysis analysis = Analyse(std::string_view(whole).substr(0, size));
      const bool text = analysis.type == "text" || analysis.type == "json";
      EXPECT_TRUE(text || !analysis.gaps.empty()) << analysis.type << " cut to " << size;
    }
  }
}

TEST(AnalyseFile, ATruncatedTorchZipStillShowsItsPickle) {
  const std::string whole = TorchZip(Payload(), {Numbers(400)});
  const std::string cut = whole.substr(0, whole.find("PK\1\2"));
  const FileAnalysis analysis = Analyse(cut);
  EXPECT_TRUE(SeesSystem(analysis, "archive/data.pkl"));
  EXPECT_THAT(Gaps(analysis), Contains("broken-format"));
}

TEST(AnalyseFile, EveryByteOfACheckpointCanBeAnything) {
  const std::string whole = TorchZip(Payload(), {Numbers(16)});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(value);
      Analyse(bytes);
    }
  }
}

// Where pickles hide.

TEST(AnalyseFile, FindsAPayloadWhereverALoaderWouldReadOne) {
  ZipBuilder odd_name;
  odd_name.Stored("weights", Payload());
  ZipBuilder deflated;
  deflated.Deflated("a/b.txt", Payload());
  ZipBuilder inner;
  inner.Deflated("data.pkl", Payload());
  ZipBuilder outer;
  outer.Deflated("inner.zip", inner.Build());
  ZipBuilder npz;
  npz.Stored("a.npy", Npy("'|O'", "(1,)", Payload()));
  ZipBuilder zipped_gzip;
  zipped_gzip.Stored("m.gz", Gzip(Payload()));
  const std::pair<std::string, std::string> cases[] = {
      {Payload(), ""},
      {"cposix\nsystem\n(S'true'\ntR.", ""},
      {TorchZip(Payload(), {}), "archive/data.pkl"},
      {LegacyTorch(Payload(), Storage(1, 4)), ""},
      {Npy("'|O'", "(1,)", Payload()), ""},
      {npz.Build(), "a.npy"},
      {Gzip(Payload()), "(inflated)"},
      {Gzip(Payload(), 15), "(inflated)"},
      {Gzip(Gzip(Payload())), "(inflated)::(inflated)"},
      {odd_name.Build(), "weights"},
      {deflated.Build(), "a/b.txt"},
      {outer.Build(), "inner.zip::data.pkl"},
      {zipped_gzip.Build(), "m.gz::(inflated)"},
  };
  for (const auto& [bytes, where] : cases) {
    const FileAnalysis analysis = Analyse(bytes);
    EXPECT_TRUE(SeesSystem(analysis, where)) << where;
    EXPECT_EQ(Worst(analysis), Level::kUnsafe) << where;
  }
}

TEST(AnalyseFile, OffsetsCountFromTheStartOfTheMember) {
  const std::string npy = Npy("'|O'", "(1,)", Payload());
  const FileAnalysis analysis = Analyse(npy);
  ASSERT_FALSE(analysis.imports.empty());
  EXPECT_EQ(analysis.imports[0].offset, npy.size() - Payload().size() + 2);
}

TEST(AnalyseFile, APayloadInAnyOfTheFiveLegacyPicklesIsSeen) {
  const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15);
  for (int place = 1; place < 5; ++place) {
    std::string bytes = magic;
    for (int i = 1; i < 5; ++i) bytes += i == place ? Payload() : Harmless();
    EXPECT_TRUE(SeesSystem(Analyse(bytes))) << place;
  }
}

TEST(AnalyseFile, LegacyStoragesThatDoNotAddUpLeaveAGap) {
  const FileAnalysis analysis = Analyse(LegacyTorch(Harmless(), Storage(10, 40) + "tail"));
  EXPECT_EQ(analysis.type, "torch-legacy");
  EXPECT_THAT(Gaps(analysis), Contains("unparsed-bytes"));
  EXPECT_THAT(Rules(analysis), Contains("FMT-106"));
}

TEST(AnalyseFile, OnlyStoragesThatTorchReadsAreNumbers) {
  const auto tensors = [](std::string_view second, std::int32_t elements) {
    return PickleBuilder()
        .Proto(2)
        .Storage("0", 10, "FloatStorage")
        .Storage("1", elements, second)
        .Tuple2()
        .Stop()
        .bytes();
  };
  const std::string two = Storage(10, 40) + Storage(3, 6);
  const std::string honest = LegacyTorch(tensors("HalfStorage", 3), two, {"0", "1"});
  EXPECT_THAT(Gaps(Analyse(honest)), IsEmpty());
  for (const std::string& bytes :
       {// Behind the storages that are listed, something loads the file once more.
        LegacyTorch(tensors("HalfStorage", 3), two),
        LegacyTorch(tensors("HalfStorage", 3), two, {"0"}),
        LegacyTorch(tensors("HalfStorage", 3), two + Storage(1, 1), {"0", "1"}),
        LegacyTorch(tensors("HalfStorage", 3), two, {"0", "0"}),
        LegacyTorch(tensors("HalfStorage", 3), two, {"1", "0"}),
        LegacyTorch(tensors("HalfStorage", 3), two, {"0", "1", "2"}),
        LegacyTorch(tensors("HalfStorage", 6), two, {"0", "1"}),
        LegacyTorch(tensors("ByteStorage", 3), two, {"0", "1"}),
        // A class that nobody knows the elements of accepts nothing.
        LegacyTorch(tensors("OddStorage", 3), two, {"0", "1"})}) {
    EXPECT_THAT(Gaps(Analyse(bytes)), Contains("unparsed-bytes"));
  }
  const std::string payload = Payload();
  std::string numbers = Storage(payload.size(), 0) + payload;
  const FileAnalysis hidden = Analyse(LegacyTorch(
      PickleBuilder().Proto(2).Storage("0", static_cast<std::int32_t>(payload.size())).Stop(),
      numbers, {"0"}));
  EXPECT_THAT(Rules(hidden), Contains("FMT-107"));
  EXPECT_TRUE(SeesSystem(hidden));
}

TEST(AnalyseFile, BytesAfterThePickleAreAGapAndAFinding) {
  const FileAnalysis analysis = Analyse(Harmless() + std::string("\xff\xfe tail"));
  EXPECT_THAT(Rules(analysis), ElementsAre("FMT-106"));
  EXPECT_THAT(Gaps(analysis), ElementsAre("unparsed-bytes"));
}

TEST(AnalyseFile, AStorageThatIsAPickleIsReported) {
  const FileAnalysis analysis = Analyse(TorchZip(Tensors({1, 40}), {Payload(), Numbers(40)}));
  EXPECT_TRUE(SeesSystem(analysis, "archive/data/0"));
  EXPECT_THAT(Rules(analysis), Contains("FMT-107"));
}

TEST(AnalyseFile, APickleBehindATypeOfNumPysInOtherWordsIsReported) {
  for (const std::string type : {"object", "object_", "i4,O", "2O", "(2,)O", "|O8"}) {
    const std::string header =
        "{'descr': '" + type + "', 'fortran_order': False, 'shape': (1,), }\n";
    const std::string bytes = std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) +
                              '\0' + header + Payload();
    EXPECT_TRUE(SeesSystem(Analyse(bytes))) << type;
  }
}

TEST(AnalyseFile, ANumberThatIsAnExtensionCodeIsANumber) {
  const std::string numbers = "\x89\x84\xb7\x3a\x3d\xea" + std::string("b\xff") + Numbers(152);
  const FileAnalysis analysis = Analyse(TorchZip(Tensors({1, 40}), {numbers, Numbers(40)}));
  EXPECT_THAT(Rules(analysis), Not(Contains("FMT-107")));
}

TEST(AnalyseFile, AStorageThatOnlyBeginsLikeAPickleIsNumbers) {
  const FileAnalysis analysis =
      Analyse(TorchZip(Tensors({40}), {std::string("\x80\x02\x00\x00", 4) + Numbers(36)}));
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(AnalyseFile, UnknownBytesOutsideTheStoragesAreAGap) {
  ZipBuilder zip;
  zip.Stored("m/data.pkl", Tensors({40}));
  zip.Stored("m/version", "3\n");
  zip.Stored("m/data/0", Numbers(40));
  zip.Stored("m/other/0", Numbers(40));
  const FileAnalysis analysis = Analyse(zip.Build());
  ASSERT_EQ(analysis.gaps.size(), 1U);
  EXPECT_EQ(analysis.gaps[0].reason, GapReason::kUnknownType);
  EXPECT_EQ(analysis.gaps[0].where, "m/other/0");
}

TEST(AnalyseFile, TheSameBytesUnderAnotherLocalNameAreNoStorage) {
  ZipBuilder zip;
  zip.Stored("m/data.pkl", Harmless());
  zip.Stored("m/version", "3\n");
  zip.Stored("m/data/0", Numbers(40)).local_name = "m/data.pk2";
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_THAT(Gaps(analysis), Contains("unknown-type"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

// Zip tricks: the content is analysed whatever the records say.

TEST(AnalyseFile, AnEncryptionFlagThatLiesHidesNothing) {
  for (const bool local_only : {false, true}) {
    ZipBuilder zip;
    auto& member = zip.Stored("data.pkl", Payload());
    (local_only ? member.local_flags : member.flags) = 1;
    const FileAnalysis analysis = Analyse(zip.Build());
    EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
    EXPECT_THAT(Rules(analysis), Contains("ARC-101"));
    EXPECT_THAT(Gaps(analysis), IsEmpty());
  }
}

TEST(AnalyseFile, AnEncryptedMemberIsAGap) {
  ZipBuilder zip;
  auto& member = zip.Deflated("secret", "plain plain plain plain");
  member.flags = 1;
  member.data = Numbers(32);
  member.compressed_size = 32;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_THAT(Gaps(analysis), Contains("encrypted-member"));
}

TEST(AnalyseFile, AWrongChecksumHidesNothing) {
  ZipBuilder zip;
  zip.Stored("data.pkl", Payload()).crc ^= 1;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-102"));
}

TEST(AnalyseFile, AMethodThatDiffersIsReadBothWays) {
  ZipBuilder zip;
  auto& member = zip.Deflated("data.pkl", Payload());
  member.method = 0;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

TEST(AnalyseFile, ASizeThatDiffersIsReadBothWays) {
  ZipBuilder zip;
  auto& member = zip.Stored("data.pkl", Payload());
  member.compressed_size = member.size = 2;
  member.local_compressed_size = member.local_size = static_cast<std::uint32_t>(Payload().size());
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), "data.pkl"));
}

TEST(AnalyseFile, ADeclaredSizeThatIsTooSmallCutsNothing) {
  ZipBuilder zip;
  zip.Deflated("data.pkl", Payload()).size = 3;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-112"));
}

TEST(AnalyseFile, ALargeMemberThatUnpacksToMoreThanDeclaredIsAGap) {
  ZipBuilder zip;
  zip.Deflated("words.txt", std::string(9 * kMiB, 'w')).size = 8 * kMiB;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_THAT(Rules(analysis), Contains("ARC-112"));
  EXPECT_THAT(Gaps(analysis), Contains("unparsed-bytes"));
}

TEST(AnalyseFile, ALargeHonestMemberIsReadToItsEnd) {
  ZipBuilder zip;
  zip.Deflated("words.txt", std::string(9 * kMiB, 'w'));
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(AnalyseFile, AnUnknownMethodIsAGap) {
  ZipBuilder zip;
  zip.Stored("data.pkl", Payload()).method = 97;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_THAT(Gaps(analysis), Contains("unsupported-compression"));
  // Its own header still says stored, and that reading is followed.
  EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
}

TEST(AnalyseFile, OfTwoMembersWithOneNameBothAreAnalysed) {
  for (const bool payload_first : {true, false}) {
    ZipBuilder zip;
    zip.Stored("data.pkl", payload_first ? Payload() : Harmless());
    zip.Stored("data.pkl", payload_first ? Harmless() : Payload());
    const FileAnalysis analysis = Analyse(zip.Build());
    EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
    EXPECT_THAT(Rules(analysis), Contains("ARC-103"));
  }
}

TEST(AnalyseFile, AMemberThatTheDirectoryDoesNotListIsAnalysed) {
  ZipBuilder hidden;
  hidden.Stored("hidden.pkl", Payload());
  const std::string hidden_bytes = hidden.Build();
  ZipBuilder shown;
  shown.Stored("data.pkl", Harmless());
  const std::string bytes = hidden_bytes.substr(0, hidden_bytes.find("PK\1\2")) + shown.Build();
  const FileAnalysis analysis = Analyse(bytes);
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Rules(analysis), Contains("ARC-113"));
}

TEST(AnalyseFile, DataInFrontOfAndBehindAnArchiveAreWalkedAndReported) {
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  const FileAnalysis behind = Analyse(zip.Build() + Payload());
  EXPECT_TRUE(SeesSystem(behind));
  EXPECT_THAT(Rules(behind), Contains("ARC-107"));
  const FileAnalysis front = Analyse(std::string("\xff\xff\x01\x02 front ") + zip.Build());
  EXPECT_EQ(front.type, "zip");
  EXPECT_THAT(Rules(front), Contains("ARC-107"));
  EXPECT_THAT(Gaps(front), Contains("unparsed-bytes"));
}

TEST(AnalyseFile, AnHonestCommentIsNoHole) {
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  zip.comment = "made by hand";
  EXPECT_THAT(Rules(Analyse(zip.Build())), IsEmpty());
}

TEST(AnalyseFile, AnUnlocatedMemberIsAGap) {
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  zip.Stored("b.txt", "words");
  std::string bytes = zip.Build();
  bytes[bytes.find("PK\3\4", 10)] = 'X';
  const FileAnalysis analysis = Analyse(bytes);
  EXPECT_THAT(Gaps(analysis), Contains("member-unreadable"));
}

// Two formats at once.

TEST(AnalyseFile, APickleInFrontOfAZipIsBoth) {
  ZipBuilder zip;
  zip.Stored("data.pkl", Harmless());
  const FileAnalysis analysis = Analyse(Payload() + zip.Build());
  EXPECT_EQ(analysis.type, "pickle");
  EXPECT_TRUE(SeesSystem(analysis, ""));
  EXPECT_THAT(Rules(analysis), Contains("FMT-105"));
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(AnalyseFile, AZipBehindOtherFormatsIsBoth) {
  ZipBuilder zip;
  zip.Stored("data.pkl", Payload());
  for (const std::string& front :
       {Safetensors(), std::string("some text\n"), Harmless(), Npy("'<f4'", "(2,)", Numbers(8))}) {
    const FileAnalysis analysis = Analyse(front + zip.Build());
    EXPECT_TRUE(SeesSystem(analysis, "data.pkl")) << analysis.type;
    EXPECT_TRUE(Worst(analysis) == Level::kUnsafe);
  }
}

TEST(AnalyseFile, Hdf5BehindAUserBlockOfAnySizeIsSeen) {
  for (const std::size_t place : {512U, 2048U, 4096U, 65536U}) {
    std::string picture = "\x89PNG\r\n\x1a\n";
    picture.resize(place, 'x');
    const FileAnalysis both = Analyse(picture + "\x89HDF\r\n\x1a\n" + std::string(100, '\0'));
    EXPECT_THAT(Rules(both), Contains("FMT-105")) << place;
    EXPECT_THAT(Gaps(both), Contains("no-analyser")) << place;

    std::string user_block(place, '\xff');
    const FileAnalysis hdf5 = Analyse(user_block + "\x89HDF\r\n\x1a\n" + std::string(100, '\0'));
    EXPECT_EQ(hdf5.type, "hdf5") << place;
    EXPECT_THAT(Gaps(hdf5), Contains("no-analyser")) << place;
  }
}

TEST(AnalyseFile, AnArchiveInsideAPicklesStringIsNoPolyglot) {
  ZipBuilder zip;
  zip.Stored("data.txt", "words");
  const std::string archive = zip.Build();
  PickleBuilder builder;
  builder.Proto(2).Op('T');  // BINSTRING
  const auto size = static_cast<std::uint32_t>(archive.size());
  builder.Raw(std::string_view(reinterpret_cast<const char*>(&size), 4)).Raw(archive).Stop();
  const FileAnalysis analysis = Analyse(builder.bytes());
  EXPECT_EQ(analysis.type, "pickle");
  EXPECT_THAT(Rules(analysis), Not(Contains("FMT-105")));
}

TEST(AnalyseFile, ATextThatIsAlsoAPickleIsAPickle) {
  const FileAnalysis analysis = Analyse("cposix\nsystem\n(S'true'\ntR.");
  EXPECT_EQ(analysis.type, "pickle");
  EXPECT_TRUE(SeesSystem(analysis));
}

TEST(AnalyseFile, WhatOneReaderTakesIsNoText) {
  const std::string call = "cevilpkg\nrun\n(S'true'\ntR.";
  for (const std::string before :
       {"(lNaI0\nNs0", "S'x' \n0", "Nparbitrary key\n0", "(lNaI0\nNs0V some text\n0"}) {
    const FileAnalysis analysis = Analyse(before + call);
    EXPECT_EQ(analysis.type, "pickle") << before;
    ASSERT_EQ(analysis.imports.size(), 1u) << before;
    EXPECT_EQ(analysis.imports[0].module, "evilpkg") << before;
  }
}

TEST(AnalyseFile, ANameAndStopAreAPickle) {
  const FileAnalysis analysis = Analyse("cmypackage.models\nNet\n.");
  EXPECT_EQ(analysis.type, "pickle");
  ASSERT_EQ(analysis.imports.size(), 1u);
  EXPECT_EQ(analysis.imports[0].module, "mypackage.models");
}

TEST(AnalyseFile, WhatAnUnpicklerDoesNotReachIsNamedAllTheSame) {
  // Slot 5 was never written, so every unpickler stops; the Hub's scanner goes on.
  const FileAnalysis analysis = Analyse("\x80\2h\5cmypackage.models\nNet\n.");
  EXPECT_EQ(analysis.type, "pickle");
  EXPECT_EQ(analysis.imports.size(), 1u);
  EXPECT_FALSE(analysis.gaps.empty());
}

TEST(AnalyseFile, OrdinaryTextIsNeverAPickle) {
  for (const std::string_view text :
       {"I think\nthat this\nis a sentence.\n", "cat\ndog\nbird\n", "cat\ndog\n",
        "(a) first\n(b) second\n", "Name: x\nN.\n", "import os\nos.system('true')\n",
        "0.5 0.25 0.125\n", "N.", "]]]]\n", "# title\n\nBody. And more.\n", "}\n", "...\n"}) {
    const FileAnalysis analysis = Analyse(text);
    EXPECT_THAT(Rules(analysis), IsEmpty()) << text;
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << text;
  }
}

// What nobody here judges is a gap.

TEST(AnalyseFile, EveryTypeWithoutAnAnalyserIsAGap) {
  const std::string pad(600, '\0');
  for (const auto& [start, type] :
       std::vector<std::pair<std::string, std::string>>{{"GGUF\x03", "gguf"},
                                                        {"\x89HDF\r\n\x1a\n", "hdf5"},
                                                        {"PAR1\x15", "parquet"},
                                                        {"%PDF-1.7\n\x01", "pdf"}}) {
    const FileAnalysis analysis = Analyse(start + pad);
    EXPECT_EQ(analysis.type, type);
    EXPECT_THAT(Gaps(analysis), ElementsAre("no-analyser")) << type;
    EXPECT_THAT(Rules(analysis), IsEmpty()) << type;
  }
  EXPECT_THAT(Gaps(Analyse(Numbers(100))), ElementsAre("unknown-type"));
  EXPECT_THAT(Gaps(Analyse("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")),
              ElementsAre("pointer-only"));
}

TEST(AnalyseFile, APickleInsideBytesOfNoKnownTypeIsFound) {
  const std::string call =
      "\x80\x02"
      "cposix\nsystem\nU\x04true\x85R.";
  for (const std::string& junk : {std::string("\xef\xbb\xbf"), std::string("\xff\xfe"),
                                  std::string(512, '\0'), Numbers(40)}) {
    const FileAnalysis analysis = Analyse(junk + call);
    EXPECT_THAT(Rules(analysis), Contains("PKL-101"));
    EXPECT_THAT(Gaps(analysis), Contains("unknown-type"));
  }
}

TEST(AnalyseFile, TextThatStopsBeingTextIsUnknown) {
  std::string bytes(100'000, 'a');
  bytes += '\0';
  const FileAnalysis analysis = Analyse(bytes);
  EXPECT_EQ(analysis.type, "unknown");
  EXPECT_THAT(Gaps(analysis), ElementsAre("unknown-type"));
}

TEST(AnalyseFile, AProgramIsAFindingAndAGap) {
  const std::string elf =
      "\x7f"
      "ELF\x02\x01\x01" +
      std::string(100, '\0');
  const FileAnalysis alone = Analyse(elf);
  EXPECT_THAT(Rules(alone), ElementsAre("FMT-101"));
  EXPECT_THAT(Gaps(alone), ElementsAre("no-analyser"));
  ZipBuilder zip;
  zip.Stored("lib.so", elf);
  EXPECT_THAT(Rules(Analyse(zip.Build())), ElementsAre("FMT-102"));
  EXPECT_THAT(Rules(Analyse(TorchZip(Tensors({1}), {elf}))), ElementsAre("FMT-102"));
}

TEST(AnalyseFile, CodeBesideAnalysedPicklesIsAGapOfItsMember) {
  ZipBuilder script;
  script.Stored("m/data.pkl", Harmless());
  script.Stored("m/constants.pkl", Harmless());
  script.Stored("m/code/x.py", "def forward(self): pass\n");
  script.Stored("m/version", "3\n");
  const FileAnalysis analysis = Analyse(script.Build());
  EXPECT_EQ(analysis.type, "torchscript");
  ASSERT_EQ(analysis.gaps.size(), 1U);
  EXPECT_EQ(analysis.gaps[0].where, "m/code/x.py");
  ZipBuilder package;
  package.Stored("p/.data/extern_modules", "torch\n");
  package.Stored("p/x.py", "import os\n");
  EXPECT_THAT(Gaps(Analyse(package.Build())), ElementsAre("no-analyser"));
  ZipBuilder keras;
  keras.Stored("config.json", "{}");
  keras.Stored("metadata.json", "{}");
  EXPECT_THAT(Gaps(Analyse(keras.Build())), ElementsAre("no-analyser"));
}

TEST(AnalyseFile, AScriptIsAGapBesideAModelAndInsideOne) {
  const std::string python = "import os\nos.system('true')\n";
  EXPECT_THAT(Gaps(Analyse("#!/bin/sh\ntrue\n")), ElementsAre("no-analyser"));
  EXPECT_THAT(Gaps(Analyse("#!/bin/sh\n" + std::string(100'000, '#'))), ElementsAre("no-analyser"));
  EXPECT_THAT(Gaps(Analyse(python)), IsEmpty());  // its names are the session's affair
  ZipBuilder zip;
  zip.Stored("a/x.py", python);
  zip.Stored("b.sh", "#!/bin/sh\ntrue\n");
  const FileAnalysis members = Analyse(zip.Build());
  EXPECT_THAT(Gaps(members), ElementsAre("no-analyser", "no-analyser"));
  EXPECT_THAT(Rules(members), ElementsAre("FMT-103"));
}

TEST(AnalyseFile, ANumpyFileOfAnotherSizeIsReported) {
  const FileAnalysis longer = Analyse(Npy("'<f4'", "(2,)", Numbers(12)));
  EXPECT_THAT(Rules(longer), ElementsAre("FMT-302"));
  EXPECT_THAT(Gaps(longer), ElementsAre("unparsed-bytes"));
  const FileAnalysis shorter = Analyse(Npy("'<f4'", "(4,)", Numbers(12)));
  EXPECT_THAT(Rules(shorter), ElementsAre("FMT-302"));
  EXPECT_THAT(Gaps(shorter), ElementsAre("broken-format"));
  const FileAnalysis evaluated = Analyse(Npy("print(1)", "(4,)", Numbers(12)));
  EXPECT_THAT(Rules(evaluated), ElementsAre("FMT-301"));
}

// Ceilings.

std::string Nested(int depth, std::string bytes) {
  for (int i = 0; i < depth; ++i) {
    ZipBuilder zip;
    zip.Deflated("n.zip", bytes);
    bytes = zip.Build();
  }
  return bytes;
}

TEST(AnalyseFile, ContainersNestedTooDeeplyAreAGap) {
  Limits limits;
  limits.container_depth = 5;
  EXPECT_TRUE(SeesSystem(Analyse(Nested(5, Payload()), limits)));
  const FileAnalysis deep = Analyse(Nested(6, Payload()), limits);
  EXPECT_THAT(Gaps(deep), ElementsAre("limit-depth"));
  EXPECT_THAT(Gaps(Analyse(Nested(40, Payload()))), ElementsAre("limit-depth"));
}

TEST(AnalyseFile, UnpackingStopsAtTheBudget) {
  Limits limits;
  limits.inflated_bytes = kMiB;
  limits.inflate_ratio = 1;
  const std::string zeros(8 * kMiB, '\0');
  EXPECT_THAT(Gaps(Analyse(Gzip(zeros), limits)), Contains("limit-unpacked"));
  ZipBuilder zip;
  zip.Deflated("zeros", zeros);
  EXPECT_THAT(Gaps(Analyse(zip.Build(), limits)), Contains("limit-unpacked"));
}

TEST(AnalyseFile, AHugeDeflatedStorageIsNotUnpacked) {
  Limits limits;
  limits.inflated_bytes = kMiB;
  limits.inflate_ratio = 1;
  ZipBuilder zip;
  zip.Stored("m/data.pkl", Tensors({16 * 1024 * 1024}));
  zip.Stored("m/version", "3\n");
  zip.Deflated("m/data/0", std::string(16 * kMiB, '\0'));
  EXPECT_THAT(Gaps(Analyse(zip.Build(), limits)), IsEmpty());
}

TEST(AnalyseFile, ANestedBombDoesNotStarveItsNeighbours) {
  Limits limits;
  limits.inflated_bytes = kMiB;
  limits.inflate_ratio = 1;
  ZipBuilder zip;
  zip.Deflated("bomb.gz", Gzip(std::string(8 * kMiB, '\0')));
  zip.Deflated("z.pkl", Payload());
  const FileAnalysis analysis = Analyse(zip.Build(), limits);
  EXPECT_TRUE(SeesSystem(analysis, "z.pkl"));
  EXPECT_THAT(Gaps(analysis), Contains("limit-unpacked"));
}

TEST(AnalyseFile, MembersBeyondTheLimitAreAGap) {
  Limits limits;
  limits.members = 10;
  ZipBuilder zip;
  for (int i = 0; i < 20; ++i) zip.Stored("m" + std::to_string(i) + ".txt", "words");
  const FileAnalysis analysis = Analyse(zip.Build(), limits);
  EXPECT_THAT(Gaps(analysis), ElementsAre("limit-members"));
  EXPECT_THAT(Rules(analysis), IsEmpty());
}

TEST(AnalyseFile, SixtyThousandMembersAreWalked) {
  ZipBuilder zip;
  for (int i = 0; i < 60'000; ++i) zip.Stored("m" + std::to_string(i), "");
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(AnalyseFile, FloodingTheReportWithTriflesHidesNothing) {
  Limits limits;
  limits.findings_per_file = 10;
  limits.gaps_per_file = 10;
  ZipBuilder zip;
  for (int i = 0; i < 100; ++i) zip.Stored("../" + std::to_string(i), Numbers(20));
  zip.Stored("z.pkl", Payload());
  const FileAnalysis analysis = Analyse(zip.Build(), limits);
  EXPECT_EQ(analysis.findings.size(), 10U);
  EXPECT_EQ(analysis.findings[0].level, Level::kUnsafe);
  EXPECT_LE(analysis.gaps.size(), 10U);
  EXPECT_THAT(Gaps(analysis), Contains("limit-report"));
}

TEST(AnalyseFile, MembersThatShareTheirBytesAreAnalysedOnce) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload());
  std::string bytes = zip.Build();
  // The same entry a thousand times in the directory.
  const std::size_t entry_at = bytes.find("PK\1\2");
  const std::size_t end_at = bytes.find("PK\5\6");
  const std::string entry = bytes.substr(entry_at, end_at - entry_at);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += entry;
  bytes.insert(entry_at, many.substr(entry.size()));
  const FileAnalysis analysis = Analyse(bytes);
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_LT(analysis.imports.size(), 10U);
}

TEST(AnalyseFile, AllPicklesOfAFileShareOneCeilingOfOpcodes) {
  Limits limits;
  limits.pickle_opcodes = 100;
  ZipBuilder zip;
  for (int i = 0; i < 50; ++i) zip.Stored("m" + std::to_string(i) + ".pkl", Harmless());
  const FileAnalysis analysis = Analyse(zip.Build(), limits);
  EXPECT_THAT(Gaps(analysis), Contains("limit-opcodes"));
}

TEST(AnalyseFile, LongNamesAreCutInPlaces) {
  ZipBuilder zip;
  zip.Stored(std::string(60'000, 'n'), Payload());
  const FileAnalysis analysis = Analyse(zip.Build());
  ASSERT_FALSE(analysis.imports.empty());
  EXPECT_LT(analysis.imports[0].where.size(), 300U);
}

}  // namespace
}  // namespace counterscan
