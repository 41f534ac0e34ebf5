#include "scanner/container/tar_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"
#include "scanner/container/sparse_source.h"
#include "tests/support/tar_builder.h"

namespace counterscan::container {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::size_t kBlock = 512;

struct Listing {
  std::vector<TarMember> members;
  std::vector<std::string> rules;
  std::vector<Range> missing;
  std::optional<GapReason> cut;

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const TarMember& member : members) names.push_back(member.name);
    return names;
  }
};

Listing List(std::string_view bytes) {
  const MemorySource source(AsBytes(bytes));
  MemoryBudget memory(Limits{}.listed_bytes);
  TarReader reader(source, memory);
  Listing listing;
  while (auto member = reader.Next()) listing.members.push_back(std::move(*member));
  for (const Oddity& oddity : reader.oddities()) listing.rules.emplace_back(oddity.rule);
  listing.missing = reader.claimed().Missing(bytes.size());
  listing.cut = reader.cut();
  EXPECT_FALSE(reader.error());
  return listing;
}

std::string ContentOf(std::string_view bytes, const TarMember& member) {
  return std::string(bytes.substr(member.data_offset, member.stored_size));
}

TEST(TarReader, ReadsAnHonestArchive) {
  const std::string bytes =
      TarBuilder().File("a.txt", "hello").File("dir/b.bin", std::string(1000, 'b')).Build();
  const Listing listing = List(bytes);
  EXPECT_THAT(listing.Names(), ElementsAre("a.txt", "dir/b.bin"));
  EXPECT_EQ(ContentOf(bytes, listing.members[0]), "hello");
  EXPECT_EQ(ContentOf(bytes, listing.members[1]), std::string(1000, 'b'));
  EXPECT_THAT(listing.rules, IsEmpty());
  // The padding is the caller's to look at.
  ASSERT_EQ(listing.missing.size(), 2U);
  EXPECT_EQ(listing.missing[0], (Range{kBlock + 5, 2 * kBlock}));
}

TEST(TarReader, EveryTruncationGivesFewerMembersAndNothingOutside) {
  TarBuilder tar;
  tar.Pax({{"path", "long name"}}).File("x", "content").LongName("other name").File("y", "more");
  const std::string bytes = tar.Build();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    for (const TarMember& member : List(cut).members) {
      EXPECT_LE(member.data_offset + member.stored_size, std::max<std::size_t>(size, 4 * kBlock));
    }
  }
}

TEST(TarReader, NamesAreThoseOfPrefixLongNameAndPax) {
  TarBuilder tar;
  tar.Add({.name = "file", .content = "1", .prefix = "folder"});
  tar.LongName(std::string(200, 'n')).File("cut", "2");
  tar.Pax({{"path", "by pax"}}).File("short", "3");
  tar.File("own", "4");
  const Listing listing = List(tar.Build());
  EXPECT_THAT(listing.Names(), ElementsAre("folder/file", std::string(200, 'n'), "by pax", "own"));
  EXPECT_THAT(listing.rules, IsEmpty());
}

TEST(TarReader, AGlobalPaxRecordHoldsForAllThatFollow) {
  const Listing listing =
      List(TarBuilder().Pax({{"path", "same"}}, 'g').File("a", "1").File("b", "2").Build());
  EXPECT_THAT(listing.Names(), ElementsAre("same", "same"));
  EXPECT_THAT(listing.rules, Contains("ARC-103"));
}

TEST(TarReader, TwoNamesForOneMemberAreReported) {
  const Listing listing =
      List(TarBuilder().LongName("one").Pax({{"path", "two"}}).File("x", "1").Build());
  EXPECT_THAT(listing.rules, Contains("ARC-117"));
}

TEST(TarReader, APrefixThatIsOnlyPythonsIsReported) {
  const Listing listing = List(TarBuilder()
                                   .Add({.name = "a",
                                         .content = "1",
                                         .prefix = "hidden",
                                         .magic = std::string("ustar  \0", 8)})
                                   .Build());
  EXPECT_THAT(listing.rules, Contains("ARC-117"));
}

// Where a size may be read in two ways, members stand at both places.

std::string SizeTrick(const std::string& size_field, std::size_t python_blocks) {
  // A header that some believe has no content, and others believe holds the next header.
  TarBuilder hidden;
  hidden.File("hidden", "payload");
  TarBuilder tar;
  tar.Add({.name = "cover", .content = {}, .size_field = size_field});
  tar.Raw(hidden.bytes());
  const std::size_t content = python_blocks * kBlock;
  tar.Raw(std::string(content - hidden.bytes().size() % std::max<std::size_t>(content, 1), 'x')
              .substr(0, content > hidden.bytes().size() ? content - hidden.bytes().size() : 0));
  tar.File("after", "honest");
  return tar.Build();
}

TEST(TarReader, ASizeThatOnlyPythonReadsAsANumber) {
  // int("0o2000", 8) is 1024; who stops at the first other character reads 0.
  for (const std::string_view text : {"0o2000", "0_2000", "+2000"}) {
    std::string field(text);
    field.resize(12, '\0');
    const Listing listing = List(SizeTrick(field, 2));
    EXPECT_THAT(listing.Names(), Contains("hidden")) << text;
    EXPECT_THAT(listing.Names(), Contains("after")) << text;
    EXPECT_THAT(listing.rules, Contains("ARC-117")) << text;
  }
}

TEST(TarReader, APaxSizeThatContradictsTheHeader) {
  TarBuilder hidden;
  hidden.File("hidden", "payload");
  TarBuilder tar;
  tar.Pax({{"size", "1024"}});
  tar.Add({.name = "cover", .content = {}, .size_field = std::string("00000000000\0", 12)});
  tar.Raw(hidden.bytes()).File("after", "honest");
  const Listing listing = List(tar.Build());
  EXPECT_THAT(listing.Names(), ElementsAre("cover", "hidden", "after"));
  EXPECT_THAT(listing.rules, Contains("ARC-117"));
}

TEST(TarReader, ALinkWithASizeIsReadWithAndWithoutContent) {
  for (const char type : {'1', '2', '5', '3'}) {
    TarBuilder hidden;
    hidden.File("hidden", "payload");
    TarBuilder tar;
    tar.File("first", "1");
    tar.Add({.name = "link",
             .content = {},
             .type = type,
             .link = "first",
             .size_field = std::string("00000002000\0", 12)});
    tar.Raw(hidden.bytes()).File("after", "honest");
    const Listing listing = List(tar.Build());
    EXPECT_THAT(listing.Names(), Contains("hidden")) << type;
    EXPECT_THAT(listing.Names(), Contains("after")) << type;
  }
}

TEST(TarReader, SizesOfBase256AreRead) {
  const std::string content(600, 'c');
  TarBuilder tar;
  tar.Add({.name = "big", .content = content, .size_field = Base256(600)}).File("next", "1");
  const std::string bytes = tar.Build();
  const Listing listing = List(bytes);
  ASSERT_EQ(listing.members.size(), 2U);
  EXPECT_EQ(ContentOf(bytes, listing.members[0]), content);
  EXPECT_THAT(listing.rules, IsEmpty());
}

TEST(TarReader, SizesAtTheEndsOfTheirRangesEndWithTheArchive) {
  const std::string all_sevens = std::string("77777777777\0", 12);
  std::string negative(12, '\xff');
  for (const std::string& field :
       {all_sevens, Base256(0xffffffff), Base256(~std::uint64_t{0}),
        Base256(~std::uint64_t{0} - 511), std::string(12, '\x80'), negative, std::string(12, '7'),
        std::string(12, '9'), std::string("-0000000001\0", 12)}) {
    TarBuilder tar;
    tar.Add({.name = "liar", .content = "content", .size_field = field}).File("next", "1");
    const std::string bytes = tar.Build();
    for (const TarMember& member : List(bytes).members) {
      EXPECT_LE(member.data_offset + member.stored_size, bytes.size());
    }
  }
}

TEST(TarReader, AHeaderWithASignedChecksumCounts) {
  // Old tars summed signed characters: a name with high bytes then has another sum.
  TarBuilder tar;
  tar.File("na\xc3\xafve", "1");
  std::string bytes = tar.Build();
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool in_field = i >= 148 && i < 156;
    sum += in_field ? ' ' : static_cast<signed char>(bytes[i]);
  }
  std::string digits(7, '0');
  for (std::size_t i = 6; sum > 0; --i, sum /= 8) digits[i] = static_cast<char>('0' + sum % 8);
  bytes.replace(148, 8, digits + '\0');
  EXPECT_EQ(List(bytes).members.size(), 1U);
}

TEST(TarReader, AMemberBehindABrokenHeaderIsFound) {
  TarBuilder tar;
  tar.File("a", "1");
  tar.Add({.name = "broken", .content = "2", .checksum_field = std::string("000000\0 ", 8)});
  tar.File("c", "3");
  const Listing listing = List(tar.Build());
  EXPECT_THAT(listing.Names(), ElementsAre("a", "c"));
  EXPECT_THAT(listing.missing, Contains(Range{kBlock + 1, 4 * kBlock}));
}

TEST(TarReader, MembersBehindOneOrTwoBlocksOfZerosAreFoundAndReported) {
  for (const std::size_t blocks : {1UL, 2UL, 20UL}) {
    TarBuilder tar;
    tar.File("a", "1").Raw(std::string(blocks * kBlock, '\0')).File("behind", "2");
    const Listing listing = List(tar.Build());
    EXPECT_THAT(listing.Names(), ElementsAre("a", "behind"));
    EXPECT_THAT(listing.rules, ElementsAre("ARC-118"));
  }
}

TEST(TarReader, BytesBehindTheEndAreNobodys) {
  const std::string bytes = TarBuilder().File("a", "1").Build() + "hidden behind the end";
  const Listing listing = List(bytes);
  EXPECT_EQ(listing.missing.back().last, bytes.size());
}

TEST(TarReader, BytesInThePaddingAreNobodys) {
  TarBuilder tar;
  tar.File("a", "1");
  std::string bytes = tar.Build();
  bytes.replace(kBlock + 1, 6, "hidden");
  EXPECT_THAT(List(bytes).missing, Contains(Range{kBlock + 1, 2 * kBlock}));
}

TEST(TarReader, NamesThatLeaveTheFolderAreReported) {
  for (const std::string_view name : {"/etc/cron.d/x", "../x", "a/../../x", "C:\\x"}) {
    EXPECT_THAT(List(TarBuilder().File(name, "1").Build()).rules, Contains("ARC-104")) << name;
  }
  EXPECT_THAT(List(TarBuilder().Pax({{"path", "../x"}}).File("x", "1").Build()).rules,
              Contains("ARC-104"));
  EXPECT_THAT(List(TarBuilder().LongName("../x").File("x", "1").Build()).rules,
              Contains("ARC-104"));
}

TEST(TarReader, ControlCharactersAndNulInPaxNamesAreReported) {
  EXPECT_THAT(List(TarBuilder().File("a\nb", "1").Build()).rules, Contains("ARC-105"));
  const std::string with_nul("a.txt\0.pkl", 10);
  EXPECT_THAT(List(TarBuilder().Pax({{"path", with_nul}}).File("x", "1").Build()).rules,
              Contains("ARC-105"));
}

TEST(TarReader, LinksInsideAreFineAndLinksOutAreNot) {
  const auto link = [](std::string_view name, std::string_view target, char type = '2') {
    return List(TarBuilder()
                    .Add({.name = std::string(name), .type = type, .link = std::string(target)})
                    .Build())
        .rules;
  };
  EXPECT_THAT(link("snapshots/1/model.bin", "../../blobs/abc"), IsEmpty());
  EXPECT_THAT(link("a/b", "c"), IsEmpty());
  EXPECT_THAT(link("a", "/etc/passwd"), ElementsAre("ARC-106"));
  EXPECT_THAT(link("a/b", "../../x"), ElementsAre("ARC-106"));
  EXPECT_THAT(link("a", "b/../../x"), ElementsAre("ARC-106"));
  EXPECT_THAT(link("a", "../x", '1'), ElementsAre("ARC-106"));
  EXPECT_THAT(
      List(TarBuilder().LongName("/etc/passwd", 'K').Add({.name = "a", .type = '2'}).Build()).rules,
      ElementsAre("ARC-106"));
}

TEST(TarReader, UnpackingThroughALinkIsReported) {
  TarBuilder tar;
  tar.Add({.name = "dir", .type = '2', .link = "elsewhere"}).File("dir/x", "1");
  EXPECT_THAT(List(tar.Build()).rules, ElementsAre("ARC-106"));
}

TEST(TarReader, DevicesAndFifosAreReported) {
  for (const char type : {'3', '4', '6'}) {
    EXPECT_THAT(List(TarBuilder().Add({.name = "dev", .type = type}).Build()).rules,
                ElementsAre("ARC-116"));
  }
}

TEST(TarReader, ATypeThatNobodyKnowsIsAFile) {
  const Listing listing =
      List(TarBuilder().Add({.name = "a", .content = "1", .type = 'Q'}).File("b", "2").Build());
  EXPECT_THAT(listing.Names(), ElementsAre("a", "b"));
}

TEST(TarReader, ABrokenPaxRecordIsReportedAndTheMemberKept) {
  for (const std::string_view text :
       {"99 path=x\n", "path=x\n", "7 path\n", "-1 a=b\n", "0 a=b\n"}) {
    TarBuilder tar;
    tar.Add({.name = "pax", .content = std::string(text), .type = 'x'}).File("own", "1");
    const Listing listing = List(tar.Build());
    EXPECT_THAT(listing.Names(), ElementsAre("own")) << text;
    EXPECT_THAT(listing.rules, Contains("ARC-117")) << text;
  }
}

// A whole archive of one member, filled up to `size` with what it likes.
std::string Inside(std::string_view name, std::size_t size) {
  std::string bytes = TarBuilder().File(name, "inner").bytes();
  bytes.resize(size, 'x');
  return bytes;
}

TEST(TarReader, HeadersInTheContentOfAHeaderThatPythonRefusesAreFound) {
  // Python takes no number with a blank inside, and looks on in the next block; GNU tar reads 1.
  TarBuilder tar;
  tar.Add({.name = "outer",
           .content = Inside("in", 3 * kBlock),
           .size_field = std::string("3000 x\0\0\0\0\0\0", 12)});
  EXPECT_THAT(List(tar.Build()).Names(), ElementsAre("outer", "in"));
  // In an honest archive they are the member's.
  EXPECT_THAT(List(TarBuilder().File("outer", Inside("in", 3 * kBlock)).Build()).Names(),
              ElementsAre("outer"));
}

TEST(TarReader, HeadersInTheContentOfAMemberOfTwoSizesAreFound) {
  TarBuilder tar;
  tar.Pax({{"size", "0"}});
  tar.File("outer", "text" + std::string(kBlock - 4, 'x') + Inside("in", 2 * kBlock));
  EXPECT_THAT(List(tar.Build()).Names(), ElementsAre("outer", "in"));
}

TEST(TarReader, HeadersBehindAPaxRecordWithoutAnEndAreFound) {
  TarBuilder tar;
  tar.Add({.name = "x",
           .content = Inside("in", 2 * kBlock),
           .type = 'x',
           .size_field = Base256(1ULL << 40)});
  EXPECT_THAT(List(tar.Build()).Names(), Contains("in"));
}

TEST(TarReader, PaxRecordsBehindTheDeclaredSizeAreRead) {
  // tarfile reads whole blocks.
  TarBuilder tar;
  tar.Add({.name = "x",
           .content = "15 comment=abc\n18 path=other.pkl\n",
           .type = 'x',
           .size_field = std::string("00000000017\0", 12)});
  tar.File("own.pkl", "text");
  const Listing listing = List(tar.Build());
  EXPECT_THAT(listing.Names(), ElementsAre("other.pkl"));
  EXPECT_THAT(listing.rules, Contains("ARC-117"));
}

TEST(TarReader, OfTwoPaxRecordsBothCountAndAreReported) {
  TarBuilder tar;
  tar.Pax({{"path", "first"}});
  tar.Pax({{"path", "second"}, {"size", "600"}});
  tar.File("own", std::string(600, 'x'));
  const Listing listing = List(tar.Build());
  EXPECT_THAT(listing.Names(), ElementsAre("first"));
  EXPECT_THAT(listing.rules, Contains("ARC-117"));
}

TEST(TarReader, AHeaderIsReadWithAndWithoutThePaxRecordBeforeIt) {
  // To who believes the first size, the record is content, and its member has its own name.
  TarBuilder record;
  record.Pax({{"path", "renamed"}});
  TarBuilder tar;
  tar.Pax({{"size", "0"}});
  tar.File("outer", record.bytes());
  tar.File("own", "text");
  const std::vector<std::string> names = List(tar.Build()).Names();
  EXPECT_THAT(names, Contains("own"));
  EXPECT_THAT(names, Contains("renamed"));
}

// A size of 1 MiB to Python, of a few bytes to others: each leaves a look behind for both.
const std::string kTwoSizes("4_000000\0\0\0\0", 12);

// The header ends with a newline, which ends the record of one long before it.
std::string PaxOfTwoSizes(const std::string& text) {
  std::string bytes = TarBuilder()
                          .Add({.name = "x",
                                .content = text + std::string(kBlock - text.size(), 'a'),
                                .type = 'x',
                                .size_field = kTwoSizes})
                          .bytes();
  bytes[kBlock - 1] = '\n';
  const std::uint64_t sum = std::stoull(bytes.substr(148, 7), nullptr, 8) + '\n';
  bytes.replace(148, 7, fmt::format("{:06o}", sum) + '\0');
  return bytes;
}

TEST(TarReader, RecordsThatWaitForAHeaderAreBoundedInMemory) {
  // Each holds a record of 1 MiB for a header that never comes.
  std::string bytes;
  for (int i = 0; i < 1200; ++i) bytes += PaxOfTwoSizes("1048576 GNU.sparse.map=");
  bytes += std::string(kMiB, 'a');
  EXPECT_EQ(List(bytes).cut, GapReason::kLimitMemory);
}

TEST(TarReader, BytesThatAreReadAsARecordAgainAndAgainAreBounded) {
  std::string bytes;
  for (int i = 0; i < 400; ++i) bytes += PaxOfTwoSizes("no record");
  bytes += std::string(kMiB, 'a');
  EXPECT_EQ(List(bytes).cut, GapReason::kLimitUnpacked);
}

TEST(TarReader, AGlobalRecordIsNotAppliedForEver) {
  std::string map = "0,0";
  while (map.size() < 900'000) map += ",0,0";
  TarBuilder tar;
  tar.Pax({{"GNU.sparse.map", map}}, 'g');
  for (int i = 0; i < 500; ++i) tar.File("m", "");
  EXPECT_EQ(List(tar.Build()).cut, GapReason::kLimitUnpacked);
}

TEST(TarReader, LongNamesBeforeBytesThatAreSearchedAreSharedNotCopied) {
  TarBuilder tar;
  tar.LongName(std::string(kMiB, 'n')).Pax({{"GNU.sparse.map", std::string(900'000, '1')}});
  const auto start = std::chrono::steady_clock::now();
  const Listing listing = List(tar.bytes() + std::string(32 * kMiB, 'b'));
  EXPECT_FALSE(listing.cut);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(TarReader, CommentsOfAnyLengthCostNothing) {
  TarBuilder tar;
  tar.Pax({{"comment", std::string(900'000, 'c')}}, 'g');
  for (int i = 0; i < 500; ++i) tar.File("m" + std::to_string(i), "");
  const Listing listing = List(tar.Build());
  EXPECT_FALSE(listing.cut);
  EXPECT_EQ(listing.members.size(), 500U);
}

TEST(TarReader, OfANameThatNoSystemTakesOnlyTheBeginningIsKept) {
  const std::string name(kMiB / 2, 'n');
  const Listing listing = List(TarBuilder().LongName(name).File("a", "1").Build());
  ASSERT_EQ(listing.members.size(), 1U);
  EXPECT_EQ(listing.members[0].name, name.substr(0, kMaxTarName));
  EXPECT_LT(listing.members[0].name.capacity(), 2 * kMaxTarName + 2);
  EXPECT_THAT(listing.rules, Contains("ARC-117"));
}

// Sparse files: the four ways in which GNU tar has stored them.

std::string Expanded(std::string_view bytes) {
  const Listing listing = List(bytes);
  if (listing.members.size() != 1 || !listing.members[0].sparse) return "no sparse member";
  const TarMember& member = listing.members[0];
  const MemorySource source(AsBytes(bytes));
  const SliceSource stored(source, member.data_offset, member.stored_size);
  UnpackBudget budget(10'000);
  const SparseSource expanded(stored, member.pieces, member.real_size, budget);
  std::string content(static_cast<std::size_t>(expanded.size()), 'x');
  const auto got = expanded.ReadAt(0, std::as_writable_bytes(std::span(content)));
  EXPECT_TRUE(got && *got == content.size());
  return content;
}

// "abc", three zeros, "de", one zero.
const std::string kSparse("abc\0\0\0de\0", 9);

TEST(TarReader, ExpandsAnOldGnuSparseFile) {
  // oldgnu_header: from 386 on four pairs of 12 bytes, one that says whether more follow at 482,
  // and the real size at 483. `tail` begins at 345.
  std::string tail(167, '\0');
  tail.replace(41, 48,
               std::string("00000000000\0"
                           "00000000003\0"
                           "00000000006\0"
                           "00000000002\0",
                           48));
  tail.replace(138, 12, std::string("00000000011\0", 12));
  TarBuilder tar;
  tar.Add({.name = "s", .content = "abcde", .type = 'S', .tail = tail});
  EXPECT_EQ(Expanded(tar.Build()), kSparse);
}

TEST(TarReader, ExpandsASparseFileWhoseMapContinues) {
  // Four pairs of offset and size in the header, and one more behind it.
  const auto pairs = [](std::initializer_list<int> numbers) {
    std::string text;
    for (const int number : numbers) text += fmt::format("{:011o}", number) + std::string(1, '\0');
    return text;
  };
  std::string tail(167, '\0');
  const std::string in_header = pairs({0, 1, 1, 1, 2, 1, 6, 1});
  tail.replace(41, in_header.size(), in_header);
  tail[137] = 1;
  tail.replace(138, 12, pairs({9}));
  std::string more = pairs({7, 1});
  more.resize(kBlock, '\0');
  TarBuilder header;
  header.Add({.name = "s",
              .content = {},
              .type = 'S',
              .size_field = std::string("00000000005\0", 12),
              .tail = tail});
  const std::string content = "abcde" + std::string(kBlock - 5, '\0');
  EXPECT_EQ(Expanded(header.bytes() + more + content), kSparse);
}

TEST(TarReader, ExpandsPaxSparseFilesOfAllThreeFormats) {
  TarBuilder first;
  first.Pax({{"GNU.sparse.size", "9"},
             {"GNU.sparse.numblocks", "2"},
             {"GNU.sparse.offset", "0"},
             {"GNU.sparse.numbytes", "3"},
             {"GNU.sparse.offset", "6"},
             {"GNU.sparse.numbytes", "2"}});
  EXPECT_EQ(Expanded(first.File("s", "abcde").Build()), kSparse);
  TarBuilder second;
  second.Pax({{"GNU.sparse.size", "9"}, {"GNU.sparse.map", "0,3,6,2"}});
  EXPECT_EQ(Expanded(second.File("s", "abcde").Build()), kSparse);
  std::string map = "2\n0\n3\n6\n2\n";
  map.resize(kBlock, '\0');
  TarBuilder third;
  third.Pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "9"}});
  EXPECT_EQ(Expanded(third.File("s", map + "abcde").Build()), kSparse);
}

TEST(SparseSource, LiesAboutPiecesStayInBounds) {
  const std::string bytes = "abcdef";
  const MemorySource stored(AsBytes(bytes));
  const std::uint64_t max = ~std::uint64_t{0};
  for (const std::vector<SparsePiece>& pieces :
       std::vector<std::vector<SparsePiece>>{{{0, max}},
                                             {{max, 5}},
                                             {{max - 2, 2}},
                                             {{0, 4}, {2, 4}},
                                             {{4, 2}, {0, 4}},
                                             {{0, 100}},
                                             {{0, 3}, {0, 3}}}) {
    UnpackBudget budget(1000);
    const SparseSource source(stored, pieces, 10, budget);
    std::vector<std::byte> out(64);
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{3}, max - 4}) {
      const auto got = source.ReadAt(offset, out);
      EXPECT_TRUE(!got || *got <= out.size());
    }
  }
}

TEST(TarReader, TheMemberBehindASparseFileWithItsMapInFrontIsFound) {
  std::string map = "1\n0\n5\n";
  map.resize(kBlock, '\0');
  TarBuilder tar;
  tar.Pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "5"}});
  tar.File("s", map + "abcde").File("next", "1");
  EXPECT_THAT(List(tar.Build()).Names(), ElementsAre("s", "next"));
}

TEST(SparseSource, OverlappingPiecesAreReadInBothWays) {
  const std::string bytes = "aaaabb";
  const MemorySource stored(AsBytes(bytes));
  const SparsePiece pieces[] = {{0, 4}, {1, 2}};
  for (const auto& [reader, content] :
       {std::pair{SparseSource::Reader::kTarfile, std::string("aaaa")},
        {SparseSource::Reader::kWriter, std::string("abba")}}) {
    UnpackBudget budget(1000);
    const SparseSource source(stored, pieces, 4, budget, reader);
    std::string read(4, '\0');
    ASSERT_TRUE(source.ReadAt(0, std::as_writable_bytes(std::span(read))));
    EXPECT_EQ(read, content);
  }
}

TEST(SparseSource, PiecesInAnotherOrderAreOdd) {
  const std::string bytes = "defabc";
  const MemorySource stored(AsBytes(bytes));
  UnpackBudget budget(1000);
  const SparsePiece pieces[] = {{3, 3}, {0, 3}};
  // tarfile finds the hole before the first piece first.
  const SparseSource source(stored, pieces, 6, budget, SparseSource::Reader::kWriter);
  EXPECT_TRUE(source.odd());
  std::string content(6, '\0');
  ASSERT_TRUE(source.ReadAt(0, std::as_writable_bytes(std::span(content))));
  EXPECT_EQ(content, "abcdef");
}

TEST(TarReader, SparseFilesThatSomeReadersTakeForNoneAreUnclear) {
  using Records = std::vector<std::pair<std::string, std::string>>;
  const auto member_of = [](const Records& records) {
    return List(TarBuilder().Pax(records).File("s", "1\n0\n5\nabcde").Build()).members.at(0);
  };
  for (const Records& unclear : {
           Records{{"GNU.sparse.major", "1"}, {"GNU.sparse.realsize", "5"}},
           Records{
               {"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "1"}, {"GNU.sparse.realsize", "5"}},
           Records{{"GNU.sparse.map", "0,5"}},
           Records{{"GNU.sparse.offset", "0"}, {"GNU.sparse.numbytes", "5"}},
           Records{{"GNU.sparse.map", "0,5"}, {"GNU.sparse.size", "5"}, {"GNU.sparse.major", "1"}},
       }) {
    EXPECT_TRUE(member_of(unclear).sparse) << unclear[0].first;
    EXPECT_TRUE(member_of(unclear).map_unclear) << unclear[0].first;
  }
  EXPECT_FALSE(member_of({{"GNU.sparse.map", "0,5"}, {"GNU.sparse.size", "5"}}).map_unclear);
}

TEST(TarReader, AMapInFrontThatIsNoneIsUnclear) {
  for (const std::string_view content : {"abc", "x\n", "2\n0\n5\n", "1\n-1\n5\nabcde"}) {
    const Listing listing = List(TarBuilder()
                                     .Pax({{"GNU.sparse.major", "1"},
                                           {"GNU.sparse.minor", "0"},
                                           {"GNU.sparse.realsize", "5"}})
                                     .File("s", content)
                                     .Build());
    EXPECT_TRUE(listing.members.at(0).map_unclear) << content;
  }
}

TEST(SparseSource, AnEmptyPieceBeforeOthersChangesWhatTarfileReads) {
  // For tarfile it ends at its own place, and a hole begins there that hides what comes behind.
  const std::string stored = "abcdef";
  const MemorySource source(AsBytes(stored));
  const SparsePiece pieces[] = {{4, 2}, {0, 0}, {0, 4}};
  UnpackBudget budget(100);
  EXPECT_TRUE(SparseSource(source, pieces, 6, budget).odd());
  const SparsePiece honest[] = {{0, 4}, {4, 2}, {0, 0}, {0, 0}};
  EXPECT_FALSE(SparseSource(source, honest, 6, budget).odd());
  // Behind the end of the file no piece belongs.
  const SparsePiece beyond[] = {{0, 4}, {4, 2}};
  EXPECT_TRUE(SparseSource(source, beyond, 5, budget).odd());
  EXPECT_EQ(SparseSource(source, beyond, 5, budget).size(), 5U);
}

TEST(SparseSource, HolesAreTakenFromTheBudget) {
  const MemorySource stored({});
  UnpackBudget budget(100);
  const SparseSource source(stored, {}, ~std::uint64_t{0}, budget);
  std::vector<std::byte> out(64);
  EXPECT_TRUE(source.ReadAt(0, out));
  const auto second = source.ReadAt(64, out);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace counterscan::container
