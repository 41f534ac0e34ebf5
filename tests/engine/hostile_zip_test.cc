// Zips that lie, one trick a test: whatever a reader would find is found, and the lie is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/engine/analysis_test_util.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

template <class T>
std::string Little(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

std::string ExtraField(std::uint16_t id, const std::string& body) {
  return Little(id) + Little(static_cast<std::uint16_t>(body.size())) + body;
}

// APPNOTE 4.3.14 and 4.3.15: a zip64 end record for `entries`, and the locator that leads to
// `record_at`.
std::string Zip64End(std::uint64_t entries, std::uint64_t size, std::uint64_t offset) {
  return "PK\6\6" + Little<std::uint64_t>(44) + Little<std::uint16_t>(45) +
         Little<std::uint16_t>(45) + Little<std::uint64_t>(0) + Little(entries) + Little(entries) +
         Little(size) + Little(offset);
}
std::string Locator(std::uint64_t record_at) {
  return "PK\6\7" + Little<std::uint32_t>(0) + Little(record_at) + Little<std::uint32_t>(1);
}

std::size_t DirectoryAt(const std::string& zip) { return zip.find("PK\1\2"); }

// Everything in front of the directory.
std::string LocalPart(const std::string& zip) { return zip.substr(0, DirectoryAt(zip)); }

// A member as a local header has it, without any directory.
std::string LoneMember(std::string_view name, std::string_view data) {
  ZipBuilder zip;
  zip.Stored(name, data);
  return LocalPart(zip.Build());
}

// ---- Flags, checksums, methods

TEST(HostileZip, EncryptionFlagInBothRecordsOfAPlainMember) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).flags = 1;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-101"));
}

TEST(HostileZip, EncryptionFlagInTheMembersOwnHeaderOnly) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).local_flags = 1;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

TEST(HostileZip, EncryptionFlagInTheDirectoryOnly) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload());
  std::string bytes = zip.Build();
  bytes[DirectoryAt(bytes) + 8] = 1;
  const FileAnalysis analysis = Analyse(bytes);
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-101"));
}

TEST(HostileZip, FlagsOfStrongEncryptionAndMaskedHeadersOfAPlainMember) {
  constexpr std::uint16_t kFlags[] = {0x40, 0x2000};
  for (const std::uint16_t flag : kFlags) {
    ZipBuilder zip;
    zip.Deflated("a.pkl", Payload()).flags = flag;
    const FileAnalysis analysis = Analyse(zip.Build());
    EXPECT_TRUE(SeesSystem(analysis, "a.pkl")) << flag;
    EXPECT_THAT(Rules(analysis), Contains("ARC-101")) << flag;
  }
}

TEST(HostileZip, FlagOfPatchedDataThatPythonRefuses) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).flags = 0x20;
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), "a.pkl"));
}

TEST(HostileZip, ReallyEncryptedMember) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Numbers(40)).flags = 1;
  std::string bytes = zip.Build();
  bytes[DirectoryAt(bytes) + 16] ^= 1;  // its checksum is of the plain content
  EXPECT_THAT(Gaps(Analyse(bytes)), Contains("encrypted-member"));
}

TEST(HostileZip, WrongChecksumInBothRecords) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).crc = 7;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-102"));
}

TEST(HostileZip, WrongChecksumInTheMembersOwnHeaderOnly) {
  ZipBuilder zip;
  zip.Deflated("a.pkl", Payload()).local_crc = 7;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

TEST(HostileZip, DirectorySaysDeflatedMembersHeaderSaysStored) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).method = 8;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

TEST(HostileZip, DirectorySaysStoredMembersHeaderSaysDeflated) {
  ZipBuilder zip;
  zip.Deflated("a.pkl", Payload()).method = 0;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

TEST(HostileZip, UnknownMethodInTheDirectoryOnly) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).method = 77;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Gaps(analysis), Contains("unsupported-compression"));
}

TEST(HostileZip, MethodsThatNobodyHereUnpacksAreGaps) {
  constexpr std::uint16_t kMethods[] = {9, 77, 99};  // deflate64, none, WinZip's AES
  for (const std::uint16_t method : kMethods) {
    ZipBuilder zip;
    auto& member = zip.Stored("a.pkl", Numbers(40));
    member.method = member.local_method = method;
    EXPECT_THAT(Gaps(Analyse(zip.Build())), Contains("unsupported-compression")) << method;
  }
}

// A bzip2 stream (method 12) of Payload().
std::string Bzip2Payload() {
  constexpr char kStream[] =
      "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x06\xca\x6f\xcc\x00\x00\x0d\x53\xc0\x54\x10\x00\x01"
      "\x10\x40\x0a\x22\xde\x60\x42\x00\x20\x00\x22\x80\x69\xa6\x83\x4c\xd4\x28\x1a\x68\x64\x64\xc4"
      "\x9c\xa0\xe4\x8c\x60\xcd\x9d\xfa\xcb\x66\x06\x4a\x05\x02\x7c\x5d\xc9\x14\xe1\x42\x40\x1b\x29"
      "\xbf\x30";
  return {kStream, sizeof(kStream) - 1};
}

TEST(HostileZip, Bzip2MemberOfAnArchiveThatLibzipRefuses) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", Bzip2Payload());
  member.method = member.local_method = 12;
  member.size = static_cast<std::uint32_t>(Payload().size());
  zip.end_disk = 3;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-110"));
}

// ---- Sizes

TEST(HostileZip, StoredMemberThatTorchReadsByItsUnpackedSize) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.bin", std::string("\x80\x02N.", 4) + Payload());
  member.compressed_size = 4;
  member.local_compressed_size = 4;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.bin"));
}

TEST(HostileZip, DeclaredSizeThatMakesAnArchiveOfTheBeginning) {
  // Python stops at the declared size: what is left ends as a zip, the whole does not.
  ZipBuilder inner;
  inner.Stored("in.pkl", Payload());
  const std::string archive = "front" + inner.Build();
  for (const bool deflated : {false, true}) {
    ZipBuilder zip;
    const std::string whole = archive + std::string(70'000, 'x');
    auto& member = deflated ? zip.Deflated("a.bin", whole) : zip.Stored("a.bin", whole);
    member.size = static_cast<std::uint32_t>(archive.size());
    const FileAnalysis analysis = Analyse(zip.Build());
    EXPECT_TRUE(SeesSystem(analysis, "a.bin::in.pkl")) << deflated;
    EXPECT_THAT(Rules(analysis), Contains("ARC-112")) << deflated;
  }
}

TEST(HostileZip, DirectoryWithASmallerSizeThanTheMembersHeader) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.bin", std::string("\x80\x02N.", 4) + Payload());
  member.local_size = member.size;
  member.local_compressed_size = member.size;
  member.size = member.compressed_size = 4;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.bin"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

TEST(HostileZip, SizesOfTwoToTheThirtyTwoMinusOne) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", Payload());
  member.size = member.compressed_size = 0xffffffff;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Gaps(analysis), Contains("member-unreadable"));
}

TEST(HostileZip, Zip64SizesOfTwoToTheSixtyFourMinusOne) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", Payload());
  member.size = member.compressed_size = 0xffffffff;
  member.extra = ExtraField(1, std::string(16, '\xff'));
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Gaps(analysis), Contains("member-unreadable"));
}

TEST(HostileZip, MemberLongerThanItsArchive) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", Payload());
  member.size = member.compressed_size = 10'000;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-112"));
}

// ---- zip64

TEST(HostileZip, HonestZip64FieldsAreNoFinding) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", Harmless());
  const auto size = static_cast<std::uint64_t>(member.size);
  member.extra = member.local_extra = ExtraField(1, Little(size) + Little(size));
  member.size = member.compressed_size = 0xffffffff;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(HostileZip, TwoZip64Fields) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", Payload());
  const auto size = static_cast<std::uint64_t>(member.size);
  member.extra = ExtraField(1, "") + ExtraField(1, Little(size) + Little(size));
  member.size = member.compressed_size = 0xffffffff;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

TEST(HostileZip, Zip64EndRecordAtItsLocatorAndAnotherInFrontOfIt) {
  // torch follows the locator; Python takes the record in front of it.
  ZipBuilder hidden;
  hidden.Stored("hidden.pkl", Payload());
  const std::string front = hidden.Build();
  const std::size_t hidden_directory = DirectoryAt(front);
  const std::size_t hidden_size = front.size() - 22 - hidden_directory;
  ZipBuilder shown;
  shown.Stored("shown.txt", "words");
  std::string back = shown.Build();
  const std::size_t shown_directory = DirectoryAt(back);
  const std::size_t shown_size = back.size() - 22 - shown_directory;
  const std::string record_of_hidden = Zip64End(1, hidden_size, hidden_directory);
  const std::size_t record_at = front.size() - 22;
  const std::string base = front.substr(0, record_at) + record_of_hidden;
  back.insert(back.size() - 22,
              Zip64End(1, shown_size, base.size() + shown_directory) + Locator(record_at));
  const FileAnalysis analysis = Analyse(base + back);
  EXPECT_TRUE(SeesSystem(analysis, "hidden.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-109"));
}

TEST(HostileZip, Zip64EndRecordThatContradictsThePlainOne) {
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  zip.Stored("b.pkl", Payload());
  std::string bytes = zip.Build();
  const std::size_t directory = DirectoryAt(bytes);
  const std::size_t end = bytes.size() - 22;
  bytes.insert(end, Zip64End(1, 51, directory) + Locator(end));
  const FileAnalysis analysis = Analyse(bytes);
  EXPECT_TRUE(SeesSystem(analysis, "b.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-109"));
}

TEST(HostileZip, Zip64LocatorThatLeadsNowhere) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload());
  zip.between = Locator(~std::uint64_t{0});
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Not(IsEmpty()));
}

// ---- Data descriptors

TEST(HostileZip, DescriptorThatContradictsTheDirectory) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).descriptor = true;
  std::string bytes = zip.Build();
  bytes[bytes.find("PK\7\x08") + 5] ^= 1;
  const FileAnalysis analysis = Analyse(bytes);
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-107"));
}

TEST(HostileZip, DescriptorFlagWithoutADescriptor) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", Payload());
  member.flags = member.local_flags = 8;
  member.local_size = member.local_compressed_size = 0;
  member.local_crc = 0;
  zip.Stored("b.pkl", Harmless());
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), "a.pkl"));
}

// ---- Data in front, between, behind

TEST(HostileZip, DataInFrontWithOffsetsThatCountFromTheArchive) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload());
  const FileAnalysis analysis = Analyse(Numbers(100) + zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
}

TEST(HostileZip, DataInFrontWithOffsetsThatCountFromTheFile) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).junk = Numbers(100);
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
}

TEST(HostileZip, PickleInFrontOfAnArchive) {
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  const FileAnalysis analysis = Analyse(Payload() + zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, ""));
  EXPECT_THAT(Rules(analysis), Contains("FMT-105"));
}

TEST(HostileZip, TwoArchivesOneBehindTheOther) {
  ZipBuilder first;
  first.Stored("first.pkl", Payload());
  ZipBuilder second;
  second.Stored("second.txt", "words");
  const FileAnalysis analysis = Analyse(first.Build() + second.Build());
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Rules(analysis), Contains("ARC-109"));
}

TEST(HostileZip, LocalHeaderBehindJunkInAHole) {
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  zip.Stored("b.txt", "words").junk = "junk" + LoneMember("hidden.pkl", Payload());
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "hidden.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-107"));
}

TEST(HostileZip, PickleBehindTheCompressedDataOfAMember) {
  ZipBuilder zip;
  auto& member = zip.Deflated("a.txt", "words words words words");
  member.data += Payload();
  member.compressed_size = static_cast<std::uint32_t>(member.data.size());
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Rules(analysis), Contains("ARC-107"));
}

TEST(HostileZip, MemberBehindTheCompressedDataOfAMember) {
  ZipBuilder zip;
  auto& member = zip.Deflated("a.txt", "words words words words");
  member.data += "junk" + LoneMember("hidden.pkl", Payload());
  member.compressed_size = static_cast<std::uint32_t>(member.data.size());
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), "hidden.pkl"));
}

TEST(HostileZip, ArchiveSoFarFromTheEndThatNoReaderOfDirectoriesFindsIt) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload());
  const FileAnalysis analysis = Analyse(zip.Build() + Numbers(70'000));
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Gaps(analysis), Contains("broken-format"));
}

// ---- End records and directories

TEST(HostileZip, SecondEndRecordInTheComment) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload());
  const std::string honest = zip.Build();
  zip.comment = honest.substr(honest.size() - 22, 12) + std::string(10, '\0');
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), "a.pkl"));
}

TEST(HostileZip, WholeArchiveInTheComment) {
  ZipBuilder inner;
  inner.Stored("hidden.pkl", Payload());
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  zip.comment = inner.Build();
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "hidden.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-109"));
}

TEST(HostileZip, DirectoryBehindTheEndRecord) {
  // torch's reader goes wherever the end record says.
  ZipBuilder hidden;
  hidden.Stored("hidden.pkl", Payload());
  const std::string whole = hidden.Build();
  const std::string directory =
      whole.substr(DirectoryAt(whole), whole.size() - 22 - DirectoryAt(whole));
  const std::string local = LocalPart(whole);
  const std::string end = "PK\5\6" + std::string(4, '\0') + Little<std::uint16_t>(1) +
                          Little<std::uint16_t>(1) +
                          Little(static_cast<std::uint32_t>(directory.size())) +
                          Little(static_cast<std::uint32_t>(local.size() + 22)) +
                          Little(static_cast<std::uint16_t>(directory.size()));
  const FileAnalysis analysis = Analyse(local + end + directory);
  EXPECT_TRUE(SeesSystem(analysis, "hidden.pkl"));
}

TEST(HostileZip, DirectoryThatIsCutByItsDeclaredSize) {
  // Python has no more than the declared bytes, and so takes the name for a shorter one.
  ZipBuilder zip;
  zip.Stored("m/data.pkl.txt", Payload());
  const std::string honest = zip.Build();
  zip.end_size = static_cast<std::uint32_t>(honest.size() - 22 - DirectoryAt(honest) - 4);
  zip.between = "";
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "m/data.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-109"));
}

TEST(HostileZip, CommentOfTheLastEntryThatReachesBeyondTheFile) {
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  zip.Stored("b.pkl", Payload());
  std::string bytes = zip.Build();
  const std::size_t last = bytes.rfind("PK\1\2");
  bytes[last + 33] = '\x7f';
  const FileAnalysis analysis = Analyse(bytes);
  EXPECT_TRUE(SeesSystem(analysis, "b.pkl"));
}

TEST(HostileZip, EndRecordThatCountsFewerEntries) {
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  zip.Stored("b.pkl", Payload());
  zip.end_entries = 1;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "b.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-109"));
}

TEST(HostileZip, EndRecordOfNoEntriesBehindMembers) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).listed = false;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-113"));
}

TEST(HostileZip, ArchiveWithoutAnEndRecord) {
  ZipBuilder zip;
  zip.Deflated("a.pkl", Payload()).descriptor = true;
  const std::string whole = zip.Build();
  const FileAnalysis analysis = Analyse(whole.substr(0, whole.size() - 22));
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Gaps(analysis), Contains("broken-format"));
}

TEST(HostileZip, PartOfASplitArchive) {
  // Only libzip asks for the number of the disk.
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  zip.end_disk = 1;
  EXPECT_THAT(Rules(Analyse(zip.Build())), ElementsAre("ARC-110"));
}

// ---- Which members there are

TEST(HostileZip, MemberThatOnlyWhoStreamsComesAcross) {
  ZipBuilder zip;
  zip.Stored("a.txt", "words");
  zip.Stored("hidden.pkl", Payload()).listed = false;
  zip.Stored("b.txt", "words");
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "hidden.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-113"));
  EXPECT_THAT(Rules(analysis), Not(Contains("ARC-110")));
}

TEST(HostileZip, MemberInsideTheDataOfAnotherThatOnlyWhoStreamsComesAcross) {
  ZipBuilder zip;
  auto& outer = zip.Stored("a.bin", "words" + LoneMember("hidden.pkl", Payload()));
  outer.local_size = outer.local_compressed_size = 5;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "hidden.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-113"));
}

TEST(HostileZip, MembersThatWhoStreamsPassesOver) {
  ZipBuilder zip;
  auto& first = zip.Stored("a.bin", "words");
  first.local_size = first.local_compressed_size = 5 + 30 + 5 + 28;
  zip.Stored("b.pkl", Payload());
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "b.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-113"));
}

TEST(HostileZip, EntryThatPointsIntoTheDataOfAnother) {
  // Who streams sees one honest member, and libzip sees what the directory lists.
  ZipBuilder zip;
  zip.Stored("a.bin", "words" + LoneMember("hidden.pkl", Payload()));
  auto& hidden = zip.Stored("hidden.pkl", Payload());
  hidden.present = false;
  hidden.offset = 30 + 5 + 5;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "hidden.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-111"));
}

TEST(HostileZip, TwoEntriesForOneMember) {
  ZipBuilder zip;
  zip.Stored("data.pkl", Payload());
  auto& alias = zip.Stored("notes.txt", Payload());
  alias.present = false;
  alias.offset = 0;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
  EXPECT_TRUE(SeesSystem(analysis, "notes.txt"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

TEST(HostileZip, SameNameTwice) {
  ZipBuilder zip;
  zip.Stored("data.pkl", Harmless());
  zip.Stored("data.pkl", Payload());
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-103"));
}

TEST(HostileZip, EntryWithoutALocalHeader) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload());
  zip.Stored("b.pkl", Harmless()).offset = 3;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Gaps(analysis), Contains("member-unreadable"));
}

TEST(HostileZip, OffsetOfTwoToTheThirtyTwoMinusOne) {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload()).offset = 0xffffffff;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
  EXPECT_THAT(Gaps(analysis), Contains("member-unreadable"));
}

TEST(HostileZip, ArchiveEightDeep) {
  std::string bytes = Payload();
  for (int i = 0; i < 8; ++i) {
    ZipBuilder zip;
    if (i % 2 == 0) {
      zip.Stored("n", bytes);
    } else {
      zip.Deflated("n", bytes);
    }
    bytes = zip.Build();
  }
  EXPECT_TRUE(SeesSystem(Analyse(bytes), "n::n::n::n::n::n::n::n"));
}

TEST(HostileZip, MemberThatHoldsItsOwnArchive) {
  // Its data are all the rest of the file, directory and end record included: an archive whose
  // only member is that archive again, as often as somebody looks.
  ZipBuilder zip;
  zip.Stored("self.zip", Payload());
  std::string bytes = zip.Build();
  const auto rest = static_cast<std::uint32_t>(bytes.size() - 30 - 8);
  const std::size_t entry = DirectoryAt(bytes);
  for (const std::size_t at : {std::size_t{18}, std::size_t{22}, entry + 20, entry + 24}) {
    std::memcpy(bytes.data() + at, &rest, sizeof(rest));
  }
  const FileAnalysis analysis = Analyse(bytes);
  EXPECT_TRUE(SeesSystem(analysis, "self.zip"));
}

// ---- Names

TEST(HostileZip, NamesThatLeaveTheFolder) {
  for (const std::string name : {"/a.pkl", "../a.pkl", "x/../../a.pkl", "C:/a.pkl", "..\\a.pkl"}) {
    ZipBuilder zip;
    zip.Stored(name, Payload());
    const FileAnalysis analysis = Analyse(zip.Build());
    EXPECT_TRUE(SeesSystem(analysis, name)) << name;
    EXPECT_THAT(Rules(analysis), Contains("ARC-104")) << name;
  }
}

TEST(HostileZip, NameWithANul) {
  ZipBuilder zip;
  const std::string name("data.pkl\0.txt", 13);
  zip.Stored(name, Payload());
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, name));
  EXPECT_THAT(Rules(analysis), Contains("ARC-105"));
}

TEST(HostileZip, NameWithABackslash) {
  ZipBuilder zip;
  zip.Stored("m\\data.pkl", Payload());
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "m\\data.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-105"));
}

TEST(HostileZip, UnicodePathThatIsAnotherName) {
  ZipBuilder zip;
  auto& member = zip.Stored("notes.txt", Payload());
  member.extra = ExtraField(0x7075, std::string(5, '\1') + "data.pkl");
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "notes.txt"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-105"));
}

TEST(HostileZip, UnicodePathThatMakesAStorageSomethingElse) {
  ZipBuilder zip;
  zip.Stored("m/data.pkl", Tensors({100}));
  zip.Stored("m/version", "3\n");
  auto& member = zip.Stored("m/data/0", Numbers(72) + Payload());
  member.extra = ExtraField(0x7075, std::string(5, '\1') + "weights.pkl");
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), "m/data/0"));
}

TEST(HostileZip, NameInTheMembersHeaderThatMakesAStorageSomethingElse) {
  ZipBuilder zip;
  zip.Stored("m/data.pkl", Tensors({28}));
  zip.Stored("m/version", "3\n");
  zip.Stored("m/data/0", Payload()).local_name = "m/data.pk2";
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "m/data/0"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-108"));
}

TEST(HostileZip, SymbolicLink) {
  ZipBuilder zip;
  auto& member = zip.Stored("link", "../../etc/passwd");
  member.unix_host = true;
  member.external_attributes = 0120777U << 16;
  EXPECT_THAT(Rules(Analyse(zip.Build())), Contains("ARC-106"));
}

TEST(HostileZip, FolderWithContent) {
  ZipBuilder zip;
  zip.Stored("folder/", Payload());
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), "folder/"));
}

TEST(HostileZip, EmptyName) {
  ZipBuilder zip;
  zip.Stored("", Payload());
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build())));
}

TEST(HostileZip, LongestName) {
  ZipBuilder zip;
  zip.Stored(std::string(65535, 'n'), Payload());
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build())));
}

// Places are cut for print. Loaders go by the whole name.
TEST(HostileZip, NamesTooLongToPrintMeanWhatTheirEndSays) {
  const std::string folder = std::string(200, 'p') + "/" + std::string(300, 'q') + "/";
  ZipBuilder script;
  script.Stored(folder + "handler.py", "import os\n");
  EXPECT_THAT(Gaps(Analyse(script.Build())), Contains("no-analyser"));
  ZipBuilder outer;
  outer.Stored(folder + "inner.zip", script.Build());
  EXPECT_THAT(Gaps(Analyse(outer.Build())), Contains("no-analyser"));
  ZipBuilder always;
  always.Stored(folder + "DATA.pkl", "no pickle at all");
  EXPECT_THAT(Gaps(Analyse(always.Build())), Contains("broken-pickle"));
  ZipBuilder text;
  text.Stored(folder + "py", "import os\n");
  EXPECT_THAT(Gaps(Analyse(text.Build())), IsEmpty());
}

TEST(HostileZip, NamesEndWhereReadersEndThem) {
  ZipBuilder zip;
  zip.Stored(std::string("handler.py\0.txt", 15), "import os\n");
  EXPECT_THAT(Gaps(Analyse(zip.Build())), Contains("no-analyser"));
}

TEST(HostileZip, ScriptUnderAnHonestLookingName) {
  ZipBuilder zip;
  zip.Stored("config.json", "#!/bin/sh\ntrue\n");
  EXPECT_THAT(Rules(Analyse(zip.Build())), Contains("FMT-103"));
}

}  // namespace
}  // namespace counterscan
