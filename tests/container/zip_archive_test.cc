#include "scanner/container/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/container/checksum.h"
#include "scanner/container/libzip_view.h"
#include "scanner/container/zip_kind.h"
#include "tests/support/zip_builder.h"

namespace counterscan::container {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Result<ZipArchive> OpenBytes(const std::string& bytes, const Limits& limits = {}) {
  const MemorySource source(AsBytes(bytes));
  return ZipArchive::Open(source, limits);
}

std::vector<std::string> Names(const ZipArchive& archive) {
  std::vector<std::string> names;
  for (const ZipMember& member : archive.members()) names.push_back(member.name());
  return names;
}

std::vector<std::string> Rules(const ZipArchive& archive) {
  std::vector<std::string> rules;
  for (const Oddity& oddity : archive.oddities()) rules.emplace_back(oddity.rule);
  return rules;
}

// The extra field 0x7075 (4.6.9) that calls `name` something else.
std::string UnicodePath(std::string_view name, std::string_view other) {
  std::string field = "\x75\x70";
  const auto append = [&](std::uint32_t number, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) field += static_cast<char>(number >> (8 * i));
  };
  append(static_cast<std::uint32_t>(other.size() + 5), 2);
  field += '\1';
  append(Checksum(MemorySource(AsBytes(name))).value(), 4);
  return field.append(other);
}

template <class T>
void Put(std::string& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

TEST(ZipArchive, AnHonestArchiveHasNoOddityAndNoHole) {
  ZipBuilder zip;
  zip.Stored("a.txt", "alpha");
  zip.Deflated("b/c.txt", std::string(1000, 'x'));
  const std::string bytes = zip.Build();
  const auto archive = OpenBytes(bytes);
  ASSERT_TRUE(archive);
  EXPECT_THAT(Names(*archive), ElementsAre("a.txt", "b/c.txt"));
  EXPECT_THAT(Rules(*archive), IsEmpty());
  EXPECT_THAT(archive->claimed().Missing(bytes.size()), IsEmpty());
  const ZipMember& first = archive->members()[0];
  EXPECT_EQ(bytes.substr(static_cast<std::size_t>(first.data_offset), 5), "alpha");
}

TEST(ZipArchive, DataDescriptorsAreNoHoles) {
  ZipBuilder zip;
  zip.Stored("a", "alpha").descriptor = true;
  zip.Deflated("b", "beta beta beta beta").descriptor = true;
  const std::string bytes = zip.Build();
  const auto archive = OpenBytes(bytes);
  ASSERT_TRUE(archive);
  EXPECT_THAT(Rules(*archive), IsEmpty());
  EXPECT_THAT(archive->claimed().Missing(bytes.size()), IsEmpty());
}

TEST(ZipArchive, ADescriptorThatContradictsTheDirectoryIsAHole) {
  ZipBuilder zip;
  zip.Stored("a", "alpha").descriptor = true;
  std::string bytes = zip.Build();
  const std::size_t descriptor = bytes.find("PK\7\x08");
  bytes[descriptor + 4] ^= 1;
  const auto archive = OpenBytes(bytes);
  ASSERT_TRUE(archive);
  EXPECT_THAT(archive->claimed().Missing(bytes.size()),
              ElementsAre(Range{descriptor, descriptor + 16}));
}

TEST(ZipArchive, EveryTruncationOpensOrFailsButNeverCrashes) {
  ZipBuilder zip;
  zip.Stored("a.txt", "alpha");
  zip.Deflated("b.txt", "beta beta beta");
  const std::string whole = zip.Build();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(OpenBytes(whole.substr(0, size))) << size;
  }
}

TEST(ZipArchive, EveryByteCanBeAnything) {
  ZipBuilder zip;
  zip.Stored("a.txt", "alpha");
  zip.Deflated("b.txt", "beta beta beta");
  const std::string whole = zip.Build();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(value);
      const auto archive = OpenBytes(bytes);
      if (archive) archive->claimed().Missing(bytes.size());
    }
  }
}

TEST(ZipArchive, LengthFieldsOfTheEndRecordMayHoldAnything) {
  ZipBuilder zip;
  zip.Stored("a.txt", "alpha");
  const std::string whole = zip.Build();
  const std::size_t end = whole.size() - kEndRecordBytes;
  for (const std::uint32_t value : {0U, 1U, 0x7fffffffU, 0x80000000U, 0xfffffffeU, 0xffffffffU}) {
    std::string size_lies = whole;
    Put(size_lies, end + 12, value);
    const auto by_offset = OpenBytes(size_lies);
    ASSERT_TRUE(by_offset) << value;
    EXPECT_THAT(Names(*by_offset), Contains("a.txt"));
    EXPECT_THAT(Rules(*by_offset), Contains("ARC-109"));

    std::string offset_lies = whole;
    Put(offset_lies, end + 16, value);
    const auto by_size = OpenBytes(offset_lies);
    ASSERT_TRUE(by_size) << value;
    EXPECT_THAT(Names(*by_size), Contains("a.txt"));
  }
}

TEST(ZipArchive, ACountThatLiesIsAnOddityAndAllEntriesAreListed) {
  ZipBuilder zip;
  zip.Stored("a", "alpha");
  zip.Stored("b", "beta");
  std::string bytes = zip.Build();
  Put<std::uint16_t>(bytes, bytes.size() - kEndRecordBytes + 8, 1);
  Put<std::uint16_t>(bytes, bytes.size() - kEndRecordBytes + 10, 1);
  const auto archive = OpenBytes(bytes);
  ASSERT_TRUE(archive);
  EXPECT_THAT(Names(*archive), ElementsAre("a", "b"));
  EXPECT_THAT(Rules(*archive), ElementsAre("ARC-109"));
}

TEST(ZipArchive, Zip64SizesOfTwoToTheSixtyFourAreNotBelieved) {
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{0xffffffff}, ~std::uint64_t{0} - 1, ~std::uint64_t{0}}) {
    ZipBuilder zip;
    zip.Stored("a", "alpha");
    std::string bytes = zip.Build();
    // The directory's sizes are saturated, and an extra field says what they are.
    const std::size_t entry = bytes.find("PK\1\2");
    Put<std::uint32_t>(bytes, entry + 20, 0xffffffff);
    Put<std::uint32_t>(bytes, entry + 24, 0xffffffff);
    Put<std::uint16_t>(bytes, entry + 30, 20);
    std::string extra(20, '\0');
    Put<std::uint16_t>(extra, 0, 1);
    Put<std::uint16_t>(extra, 2, 16);
    Put(extra, 4, size);
    Put(extra, 12, size);
    bytes.insert(entry + 47, extra);
    const auto archive = OpenBytes(bytes);
    ASSERT_TRUE(archive);
    ASSERT_EQ(archive->members().size(), 1U);
    EXPECT_EQ(archive->members()[0].header.size, size);
    EXPECT_THAT(Rules(*archive), Contains("ARC-108"));
  }
}

TEST(ZipArchive, DataInFrontAreAHoleAndTheMembersAreFound) {
  ZipBuilder zip;
  zip.Stored("a", "alpha");
  const std::string bytes = "something else first" + zip.Build();
  const auto archive = OpenBytes(bytes);
  ASSERT_TRUE(archive);
  EXPECT_THAT(Names(*archive), ElementsAre("a"));
  EXPECT_TRUE(archive->members()[0].located());
  EXPECT_THAT(archive->claimed().Missing(bytes.size()), ElementsAre(Range{0, 20}));
}

TEST(ZipArchive, DataBehindTheEndRecordAreAHole) {
  ZipBuilder zip;
  zip.Stored("a", "alpha");
  const std::string bytes = zip.Build() + "something else last";
  const auto archive = OpenBytes(bytes);
  ASSERT_TRUE(archive);
  EXPECT_THAT(archive->claimed().Missing(bytes.size()),
              ElementsAre(Range{bytes.size() - 19, bytes.size()}));
}

TEST(ZipArchive, ASecondArchiveInTheCommentIsReadToo) {
  ZipBuilder inner;
  inner.Stored("hidden", "beta");
  ZipBuilder outer;
  outer.Stored("shown", "alpha");
  outer.comment = inner.Build();
  const auto archive = OpenBytes(outer.Build());
  ASSERT_TRUE(archive);
  EXPECT_THAT(Names(*archive), Contains("hidden"));
  EXPECT_THAT(Names(*archive), Contains("shown"));
  EXPECT_THAT(Rules(*archive), Contains("ARC-109"));
}

TEST(ZipArchive, AnArchiveStoredAsAMemberIsNoSecondDirectory) {
  ZipBuilder inner;
  inner.Stored("inside", "beta");
  ZipBuilder outer;
  outer.Stored("inner.zip", inner.Build());
  const auto archive = OpenBytes(outer.Build());
  ASSERT_TRUE(archive);
  EXPECT_THAT(Names(*archive), ElementsAre("inner.zip"));
  EXPECT_THAT(Rules(*archive), IsEmpty());
}

TEST(ZipArchive, ACommentFullOfEndRecordsCostsLittle) {
  ZipBuilder zip;
  for (int i = 0; i < 2000; ++i) zip.Stored("m" + std::to_string(i), "");
  std::string bytes = zip.Build();
  const std::string end_record = bytes.substr(bytes.size() - kEndRecordBytes);
  while (zip.comment.size() + kEndRecordBytes < 65535) zip.comment += end_record;
  bytes = zip.Build();
  const auto archive = OpenBytes(bytes);
  ASSERT_TRUE(archive);
  EXPECT_GE(archive->members().size(), 2000U);
  EXPECT_LE(archive->members().size(), 4000U);
}

TEST(ZipArchive, NamesThatLeaveTheFolderOrAreReadTwoWaysAreOddities) {
  const std::pair<std::string, std::string> cases[] = {
      {"/etc/passwd", "ARC-104"},
      {"../up", "ARC-104"},
      {"a/../../up", "ARC-104"},
      {"C:/windows", "ARC-104"},
      {std::string("a\0.pkl", 6), "ARC-105"},
      {"a\\b", "ARC-105"},
      {"a\nb", "ARC-105"},
  };
  for (const auto& [name, rule] : cases) {
    ZipBuilder zip;
    zip.Stored(name, "alpha");
    const auto archive = OpenBytes(zip.Build());
    ASSERT_TRUE(archive);
    EXPECT_EQ(Names(*archive), std::vector<std::string>{name});
    EXPECT_THAT(Rules(*archive), Contains(rule)) << name;
  }
  ZipBuilder zip;
  zip.Stored("..hidden", "alpha");
  zip.Stored("a/..b/c", "alpha");
  EXPECT_THAT(Rules(*OpenBytes(zip.Build())), IsEmpty());
}

TEST(ZipArchive, TheSameNameTwiceIsAnOddity) {
  ZipBuilder zip;
  zip.Stored("a", "alpha");
  zip.Stored("a", "beta");
  EXPECT_THAT(Rules(*OpenBytes(zip.Build())), ElementsAre("ARC-103"));
}

TEST(ZipArchive, ASymbolicLinkIsAnOddity) {
  ZipBuilder zip;
  auto& member = zip.Stored("link", "/etc/passwd");
  member.unix_host = true;
  member.external_attributes = 0120777U << 16;
  EXPECT_THAT(Rules(*OpenBytes(zip.Build())), ElementsAre("ARC-106"));
}

TEST(ZipArchive, EachDisagreementOfTheTwoHeadersIsAnOddity) {
  using Member = ZipBuilder::Member;
  const std::pair<const char*, void (*)(Member&)> lies[] = {
      {"name", [](Member& m) { m.local_name = "other"; }},
      {"method", [](Member& m) { m.local_method = 8; }},
      {"flag", [](Member& m) { m.local_flags = 1; }},
      {"size", [](Member& m) { m.local_size = 4; }},
      {"packed size", [](Member& m) { m.local_compressed_size = 4; }},
      {"checksum", [](Member& m) { m.local_crc = 1; }},
  };
  for (const auto& [what, lie] : lies) {
    ZipBuilder zip;
    lie(zip.Stored("a", "alpha"));
    EXPECT_THAT(Rules(*OpenBytes(zip.Build())), Contains("ARC-108")) << what;
  }
}

TEST(ZipArchive, MembersThatOverlapAreAnOddity) {
  ZipBuilder zip;
  zip.Stored("a", std::string(100, 'a')).compressed_size = 120;
  zip.Stored("b", "beta");
  EXPECT_THAT(Rules(*OpenBytes(zip.Build())), Contains("ARC-111"));
}

TEST(ZipArchive, MoreMembersThanAllowedAreCut) {
  ZipBuilder zip;
  for (int i = 0; i < 20; ++i) zip.Stored(std::to_string(i), "");
  Limits limits;
  limits.members = 7;
  const auto archive = OpenBytes(zip.Build(), limits);
  ASSERT_TRUE(archive);
  EXPECT_EQ(archive->members().size(), 7U);
  EXPECT_TRUE(archive->cut());
}

// Each entry would keep 128 KiB of it.
TEST(ZipArchive, OfAHeaderThatManyEntriesShareNoNameIsKept) {
  const std::string long_name(65000, 'a');
  const std::string extra = UnicodePath(long_name, std::string(60000, 'b'));
  ZipBuilder zip;
  ZipBuilder::Member& first = zip.Stored("0", "");
  first.local_name = long_name;
  first.local_extra = extra;
  for (int i = 1; i < 100; ++i) {
    ZipBuilder::Member& other = zip.Stored(std::to_string(i), "");
    other.present = false;
    other.offset = 0;
  }
  const auto archive = OpenBytes(zip.Build());
  ASSERT_TRUE(archive);
  EXPECT_FALSE(archive->cut());
  EXPECT_THAT(Rules(*archive), Contains("ARC-105"));
  EXPECT_THAT(Rules(*archive), Contains("ARC-108"));
  for (const ZipMember& member : archive->members()) {
    EXPECT_TRUE(member.local_name_differs);
    ASSERT_TRUE(member.local);
    EXPECT_LT(member.local->name.capacity() + member.local->unicode_name.capacity() +
                  member.local_unicode_name.capacity(),
              400U);
  }
}

TEST(ZipArchive, WhatIsOddAboutALongNameKeepsNoCopyOfIt) {
  ZipBuilder zip;
  zip.Stored("../" + std::string(65000, '\\'), "");
  const auto archive = OpenBytes(zip.Build());
  ASSERT_TRUE(archive);
  ASSERT_GE(archive->oddities().size(), 2U);
  for (const Oddity& oddity : archive->oddities()) EXPECT_LE(oddity.member.size(), 256U);
}

TEST(ZipWalk, NamesBeyondTheirAllowanceCutTheList) {
  // 600 names of 64 KiB each, and no directory.
  ZipBuilder zip;
  for (int i = 0; i < 600; ++i) {
    zip.Stored(std::to_string(i) + std::string(65000, 'n'), "").listed = false;
  }
  const std::string bytes = zip.Build();
  const MemorySource source(AsBytes(bytes));
  UnpackBudget budget(kGiB);
  const ZipArchive walked = ZipArchive::Walk(source, 0, {}, budget);
  EXPECT_TRUE(walked.cut());
  EXPECT_LT(walked.members().size() * 65000, kMaxNameBytes);
  auto opened = ZipArchive::Open(source, {});
  ASSERT_TRUE(opened);
  opened->AddLocalView(source, {}, budget);
  EXPECT_TRUE(opened->cut());
}

TEST(ZipArchive, AHeaderThatIsNotThereLeavesTheMemberUnlocated) {
  ZipBuilder zip;
  zip.Stored("a", "alpha");
  std::string bytes = zip.Build();
  bytes[0] = 'X';
  const auto archive = OpenBytes(bytes);
  ASSERT_TRUE(archive);
  EXPECT_FALSE(archive->members()[0].located());
}

TEST(ZipWalk, FindsMembersWithoutADirectory) {
  ZipBuilder zip;
  zip.Stored("a", "alpha");
  zip.Deflated("b", "beta beta beta beta");
  zip.Stored("c", "gamma").descriptor = true;
  zip.Deflated("d", "delta delta delta").descriptor = true;
  const std::string whole = zip.Build();
  const std::string bytes = whole.substr(0, whole.find("PK\1\2"));
  const MemorySource source(AsBytes(bytes));
  UnpackBudget budget(kMiB);
  const ZipArchive archive = ZipArchive::Walk(source, 0, {}, budget);
  EXPECT_THAT(Names(archive), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(archive.members()[2].header.size, 5U);
  EXPECT_EQ(archive.members()[3].header.size, 17U);
  EXPECT_THAT(archive.claimed().Missing(bytes.size()), IsEmpty());
}

TEST(ZipWalk, EveryTruncationEnds) {
  ZipBuilder zip;
  zip.Stored("a", "alpha").descriptor = true;
  zip.Deflated("b", "beta beta beta beta").descriptor = true;
  const std::string whole = zip.Build();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string bytes = whole.substr(0, size);
    const MemorySource source(AsBytes(bytes));
    UnpackBudget budget(kMiB);
    EXPECT_LE(ZipArchive::Walk(source, 0, {}, budget).members().size(), 2U);
  }
}

TEST(LibzipView, ListsWhatWeList) {
  ZipBuilder zip;
  zip.Stored("a", "alpha");
  zip.Deflated("b", std::string(5000, 'b'));
  const std::string bytes = zip.Build();
  const MemorySource source(AsBytes(bytes));
  const auto view = LibzipView::Open(source);
  ASSERT_TRUE(view);
  EXPECT_EQ((*view)->count(), 2U);
  const auto member = (*view)->Member(1);
  ASSERT_TRUE(member);
  EXPECT_EQ(member->name, "b");
  EXPECT_EQ(member->size, 5000U);
}

TEST(LibzipView, RefusesWhatIsNoArchive) {
  const MemorySource source(AsBytes("PK\3\4 but no more"));
  EXPECT_FALSE(LibzipView::Open(source));
}

ZipKind KindsOfNames(const std::vector<std::string>& names) {
  std::vector<ZipMember> members(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) members[i].header.name = names[i];
  return KindOf(members);
}

detect::FileType KindOfNames(const std::vector<std::string>& names) {
  return KindsOfNames(names).type();
}

TEST(ZipKind, TellsModelArchivesApartByTheirMembers) {
  using detect::FileType;
  EXPECT_EQ(KindOfNames({"m/data.pkl", "m/data/0", "m/version"}), FileType::kTorchZip);
  EXPECT_EQ(KindOfNames({"m/data.pkl", "m/constants.pkl", "m/code/x.py", "m/version"}),
            FileType::kTorchScript);
  EXPECT_EQ(KindOfNames({"p/.data/extern_modules", "p/x.py"}), FileType::kTorchPackage);
  EXPECT_EQ(KindOfNames({"config.json", "metadata.json", "model.weights.h5"}), FileType::kKeras);
  EXPECT_EQ(KindOfNames({"schema.json", "1.npy"}), FileType::kSkops);
  EXPECT_EQ(KindOfNames({"a.npy", "b.npy"}), FileType::kNpz);
  EXPECT_EQ(KindOfNames({"a.npy", "b.txt"}), FileType::kZip);
  EXPECT_EQ(KindOfNames({"data.pkl"}), FileType::kZip);
  EXPECT_EQ(KindOfNames({}), FileType::kZip);
}

TEST(ZipKind, AZipIsAllKindsThatItsMembersMakeIt) {
  using detect::FileType;
  const ZipKind kind =
      KindsOfNames({"data.pkl", "version", "config.json", "metadata.json", "schema.json",
                    "MAR-INF/manifest.json", "META-INF/MANIFEST.MF", "archive_format"});
  EXPECT_EQ(kind.type(), FileType::kTorchZip);
  for (const FileType type : {FileType::kTorchZip, FileType::kKeras, FileType::kSkops,
                              FileType::kTorchMar, FileType::kJar, FileType::kTorchExport}) {
    EXPECT_TRUE(kind.Is(type)) << detect::Name(type);
  }
  EXPECT_FALSE(kind.Is(FileType::kNpz));
  EXPECT_EQ(kind.UnjudgedCode("config.json"), FileType::kKeras);
  EXPECT_EQ(kind.UnjudgedCode("schema.json"), FileType::kSkops);
  EXPECT_EQ(kind.UnjudgedCode("models/model.JSON"), FileType::kTorchExport);
  EXPECT_EQ(kind.UnjudgedCode("data.pkl"), std::nullopt);
}

TEST(ZipKind, OnlyRecordsInTheDataFolderOfTheCheckpointAreStorages) {
  const ZipKind kind = KindsOfNames({"m/data.pkl", "m/version"});
  EXPECT_TRUE(kind.IsStorage("m/data/0"));
  EXPECT_TRUE(kind.IsStorage("m/data/cuda_7"));
  EXPECT_FALSE(kind.IsStorage("m/data.pkl"));
  EXPECT_FALSE(kind.IsStorage("m/data/"));
  EXPECT_FALSE(kind.IsStorage("m/data/x/y"));
  EXPECT_FALSE(kind.IsStorage("m/data/handler.py"));
  EXPECT_FALSE(kind.IsStorage("m/constants/0"));
  EXPECT_FALSE(kind.IsStorage("m/.data/0.storage"));
  EXPECT_FALSE(kind.IsStorage("data/0"));
  EXPECT_FALSE(ZipKind{}.IsStorage("data/0"));
}

TEST(FindSignature, FindsWhatAPlainSearchFinds) {
  std::minstd_rand random(7);
  const std::string_view mark("PK\5\6", 4);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 300, 'x');
    for (char& c : text) c = "PK\5\6x"[random() % 5];
    for (std::size_t at = text.find(mark);; at = text.find(mark, at + 1)) {
      const std::size_t from = at == std::string::npos ? 0 : at;
      ASSERT_EQ(FindSignature(text, kEndSignature, from), text.find(mark, from));
      if (at == std::string::npos) break;
    }
    const std::size_t offset = random() % 310;
    ASSERT_EQ(FindSignature(text, kEndSignature, offset), text.find(mark, offset));
  }
}

TEST(ZipKind, EachKindOfTorchKeepsItsStoragesInItsOwnFolder) {
  const ZipKind script = KindsOfNames({"m/data.pkl", "m/constants.pkl", "m/version"});
  EXPECT_TRUE(script.IsStorage("m/data/0"));
  EXPECT_TRUE(script.IsStorage("m/constants/0"));
  const ZipKind package = KindsOfNames({"p/.data/extern_modules", "p/.data/version"});
  EXPECT_TRUE(package.IsStorage("P/.data/0.storage"));
  EXPECT_FALSE(package.IsStorage("p/.data/0"));
  EXPECT_FALSE(package.IsStorage("p/.data/x.pkl.storage"));
  // Here stands what a package called "data" holds: pickles too.
  EXPECT_FALSE(package.IsStorage("p/data/0"));
  const ZipKind both = KindsOfNames({"p/.data/extern_modules", "p/data.pkl", "p/version"});
  EXPECT_FALSE(both.IsStorage("p/data/0"));
  EXPECT_FALSE(both.IsStorage("p/.data/0.storage"));
}

}  // namespace
}  // namespace counterscan::container
