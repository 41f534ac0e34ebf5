#include "scanner/engine/clamav.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/digest.h"
#include "scanner/base/text.h"
#include "tests/engine/clamav_test_sources.h"
#include "tests/support/eicar.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kEicar = "Counterscan.Test.EICAR";

auto HasReason(GapReason reason) { return Field(&Gap::reason, reason); }

class ClamavTest : public testing::Test {
 protected:
  // `signatures`: name and content of the files of a database; none for the built-in signatures.
  std::unique_ptr<ClamavEngine> Engine(const std::map<std::string, std::string>& signatures = {},
                                       std::uint64_t window_bytes = kMiB,
                                       std::uint64_t largest_piece = 4 * kGiB) {
    ClamavEngine::Options options;
    options.scratch = scratch_.path();
    options.window_bytes = window_bytes;
    options.largest_piece = largest_piece;
    if (!signatures.empty()) options.database = database_.path();
    for (const auto& [name, content] : signatures) database_.Write(name, content);
    auto engine = ClamavEngine::Load(options);
    EXPECT_TRUE(engine) << (engine ? "" : engine.error().message);
    return engine ? std::move(*engine) : nullptr;
  }

  // The same, with nothing in memory that no file has needed yet.
  std::unique_ptr<ClamavEngine> ThriftyEngine(
      const std::map<std::string, std::string>& signatures) {
    ClamavEngine::Options options;
    options.scratch = scratch_.path();
    options.groups_kept = 0;
    options.database = database_.path();
    for (const auto& [name, content] : signatures) database_.Write(name, content);
    auto engine = ClamavEngine::Load(options);
    EXPECT_TRUE(engine) << (engine ? "" : engine.error().message);
    return engine ? std::move(*engine) : nullptr;
  }

  static ClamavEngine::Matches MatchText(ClamavEngine& engine, const std::string& text) {
    return engine.Match(MemorySource(AsBytes(text)), {});
  }

  TempDir scratch_;
  TempDir database_;
};

std::string HexOf(std::string_view text) { return Hex(AsBytes(text)); }

TEST_F(ClamavTest, FindsEicarAndNothingInPlainBytes) {
  const auto engine = Engine();
  EXPECT_TRUE(engine->SelfTest());
  EXPECT_THAT(MatchText(*engine, Eicar()).names, ElementsAre(kEicar));
  EXPECT_THAT(MatchText(*engine, Eicar() + "\r\n \t\x1a").names, ElementsAre(kEicar));
  EXPECT_THAT(MatchText(*engine, "before " + Eicar() + " after").names, ElementsAre(kEicar));
  const ClamavEngine::Matches plain = MatchText(*engine, std::string(100'000, 'x'));
  EXPECT_THAT(plain.names, IsEmpty());
  EXPECT_THAT(plain.gaps, IsEmpty());
  EXPECT_EQ(plain.bytes, 100'000U);
}

TEST_F(ClamavTest, SaysWhatItLoaded) {
  const auto builtin = Engine();
  EXPECT_EQ(builtin->info().clamav_state, "builtin");
  EXPECT_GT(builtin->info().builtin_signatures, 10U);
  EXPECT_EQ(builtin->info().signatures, builtin->info().builtin_signatures);
  EXPECT_THAT(builtin->info().clamav_version, testing::StartsWith("1."));
  EXPECT_EQ(builtin->info().database, "");

  const auto library = Engine({{"a.ndb", "Mine.A:0:*:6162636465666768\n"}});
  EXPECT_EQ(library->info().clamav_state, "lib");
  EXPECT_EQ(library->info().signatures, library->info().builtin_signatures + 1);
  EXPECT_EQ(library->info().anchored_signatures, library->info().signatures);
  EXPECT_EQ(library->info().residual_signatures, 0U);
  EXPECT_EQ(library->info().database, database_.path());
  EXPECT_EQ(library->info().database_digest.size(), 64U);
  EXPECT_EQ(library->info().database_time, "");
}

TEST_F(ClamavTest, LeavesNothingInItsScratchDirectory) {
  const auto engine = Engine({{"a.ndb", "Mine.A:0:*:6162636465666768\n"}});
  EXPECT_TRUE(engine->SelfTest());
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST_F(ClamavTest, FindsEicarAcrossEveryWindowBorder) {
  constexpr std::size_t kWindow = 2048;
  const auto engine = Engine({}, kWindow);
  // The overlap is what the built-in signatures need; all borders lie one window apart from the
  // end of the first.
  constexpr std::size_t kSize = 32 * 1024;
  for (std::size_t offset = kSize / 2; offset < kSize / 2 + kWindow; offset += 17) {
    std::string file(kSize, '\0');
    file.replace(offset, Eicar().size(), Eicar());
    const ClamavEngine::Matches matches = MatchText(*engine, file);
    ASSERT_THAT(matches.names, ElementsAre(kEicar)) << offset;
    ASSERT_THAT(matches.gaps, IsEmpty()) << offset;
  }
  for (const std::size_t offset : {std::size_t{0}, kSize - Eicar().size()}) {
    std::string file(kSize, '\0');
    file.replace(offset, Eicar().size(), Eicar());
    EXPECT_THAT(MatchText(*engine, file).names, ElementsAre(kEicar)) << offset;
  }
}

TEST_F(ClamavTest, BeyondFourGiBTheTrueEndAndWindowsAreStillTold) {
  const auto engine = Engine({{"a.ndb", "Mine.Start:0:0:" + HexOf("start-marker") +
                                            "\nMine.End:0:EOF-10:" + HexOf("end-marker") + "\n"}});
  const std::uint64_t size = 4 * kGiB + kMiB / 2;
  const SparseSource source(
      size, {{4 * kGiB, "start-marker"}, {4 * kGiB - 80, Eicar()}, {size - 10, "end-marker"}});
  const ClamavEngine::Matches matches = engine->Match(source, {});
  EXPECT_THAT(matches.names, ElementsAre(kEicar, "Mine.End.UNOFFICIAL"));
  EXPECT_THAT(matches.gaps, IsEmpty());
  EXPECT_EQ(matches.bytes, size);
}

TEST_F(ClamavTest, PassesOnEachByteOnceAndInOrder) {
  std::string file;
  for (int i = 0; i < 60'000; ++i) file += std::to_string(i) + "\n";
  const std::map<std::string, std::string> whole_file = {
      {"a.ndb", "Mine.Parts:0:*:" + HexOf("first-part") + "*" + HexOf("second-part") + "\n"}};
  for (const auto& signatures : {std::map<std::string, std::string>{}, whole_file}) {
    for (const std::uint64_t window : {std::uint64_t{1000}, 64 * kKiB, kMiB}) {
      const auto engine = Engine(signatures, window);
      std::string passed_on;
      const ClamavEngine::Matches matches =
          engine->Match(MemorySource(AsBytes(file)),
                        [&](std::span<const std::byte> bytes) { passed_on += AsText(bytes); });
      EXPECT_EQ(matches.bytes, file.size());
      EXPECT_TRUE(passed_on == file) << window;
      EXPECT_THAT(matches.gaps, IsEmpty());
    }
  }
}

TEST_F(ClamavTest, SignatureAtStartIsNotReportedFromALaterWindow) {
  const auto engine =
      Engine({{"a.ndb", "Mine.Start:0:0:" + HexOf("start-marker") + "\n"}}, 4 * kKiB);
  constexpr std::size_t kSize = 64 * 1024;
  // At each offset, so that some copies lie at the start of a window.
  std::string file;
  while (file.size() < kSize) file += "start-marker";
  EXPECT_THAT(MatchText(*engine, file).names, ElementsAre("Mine.Start.UNOFFICIAL"));
  EXPECT_THAT(MatchText(*engine, "x" + file).names, IsEmpty());
  for (std::size_t shift = 2; shift < 12; ++shift) {
    EXPECT_THAT(MatchText(*engine, std::string(shift, 'x') + file).names, IsEmpty()) << shift;
  }
}

TEST_F(ClamavTest, SignatureFromEndIsFoundAtTheTrueEndOnly) {
  const auto engine =
      Engine({{"a.ndb", "Mine.End:0:EOF-10:" + HexOf("end-marker") + "\n"}}, 4 * kKiB);
  std::string file;
  while (file.size() < 64 * 1024) file += "end-marker";
  EXPECT_THAT(MatchText(*engine, file).names, ElementsAre("Mine.End.UNOFFICIAL"));
  for (std::size_t cut = 1; cut < 10; ++cut) {
    EXPECT_THAT(MatchText(*engine, file.substr(0, file.size() - cut)).names, IsEmpty()) << cut;
  }
}

TEST_F(ClamavTest, NameSharedByAnAnchoredAndAFloatingSignatureIsReportedAnywhere) {
  const auto engine = Engine({{"a.ndb", "Mine.Both:0:0:" + HexOf("start-marker") +
                                            "\nMine.Both:0:*:" + HexOf("anywhere-marker") + "\n"}},
                             4 * kKiB);
  EXPECT_THAT(MatchText(*engine, std::string(50'000, 'x') + "anywhere-marker").names,
              ElementsAre("Mine.Both.UNOFFICIAL"));
}

class ParallelParts : public ClamavTest {
 protected:
  const std::map<std::string, std::string> kParts = {
      {"a.ndb", "Mine.Star:0:*:" + HexOf("first-part") + "*" + HexOf("second-part") + "\n"},
      {"a.ldb", "Mine.And;Engine:81-255,Target:0;0&1;" + HexOf("third-part") + ";" +
                    HexOf("fourth-part") + "\n"}};
};

TEST_F(ParallelParts, FarApartAreFoundInOnePiece) {
  const auto engine = Engine(kParts);
  const SparseSource source(40 * kMiB, {{100, "first-part"},
                                        {200, "fourth-part"},
                                        {39 * kMiB, "second-part"},
                                        {39 * kMiB + 100, "third-part"}});
  const ClamavEngine::Matches matches = engine->Match(source, {});
  EXPECT_THAT(matches.names, ElementsAre("Mine.And.UNOFFICIAL", "Mine.Star.UNOFFICIAL"));
  EXPECT_THAT(matches.gaps, IsEmpty());
  EXPECT_EQ(matches.bytes, source.size());
}

TEST_F(ParallelParts, InAFileTooLargeForOnePieceAreFoundOrAGap) {
  const auto engine = Engine(kParts, 64 * kKiB, 1 * kMiB);
  const SparseSource source(3 * kMiB, {{100, "first-part"}, {2 * kMiB, "second-part"}});
  const ClamavEngine::Matches matches = engine->Match(source, {});
  EXPECT_THAT(matches.names, IsEmpty());
  EXPECT_THAT(matches.gaps, ElementsAre(HasReason(GapReason::kWindowed)));
  EXPECT_EQ(matches.bytes, source.size());

  const SparseSource together(3 * kMiB, {{2 * kMiB, "first-part and second-part"}});
  EXPECT_THAT(engine->Match(together, {}).names, ElementsAre("Mine.Star.UNOFFICIAL"));
}

TEST_F(ParallelParts, MoreThanTwoGiBApartAreFound) {
  const auto engine = Engine(kParts);
  const SparseSource source(kGiB * 21 / 10,
                            {{1000, "first-part"}, {kGiB * 21 / 10 - 11, "second-part"}});
  const ClamavEngine::Matches matches = engine->Match(source, {});
  EXPECT_THAT(matches.names, ElementsAre("Mine.Star.UNOFFICIAL"));
  EXPECT_THAT(matches.gaps, IsEmpty());
}

TEST_F(ClamavTest, HashOfALargeFileIsMatchedWithoutAGapForOtherSizes) {
  const std::string file(3 * kMiB, 'h');
  const auto engine =
      Engine({{"a.hsb", Sha256Hex(file) + ":" + std::to_string(file.size()) + ":Mine.Hash:73\n"}});
  EXPECT_THAT(MatchText(*engine, file).names, ElementsAre("Mine.Hash.UNOFFICIAL"));
  const ClamavEngine::Matches other = MatchText(*engine, file + "x");
  EXPECT_THAT(other.names, IsEmpty());
  EXPECT_THAT(other.gaps, IsEmpty());
}

TEST_F(ClamavTest, ManyHitsInALargeFileAreEachNamedOnce) {
  const auto engine =
      Engine({{"a.ldb", "Mine.And;Engine:81-255,Target:0;0&1;" + HexOf("third-part") + ";" +
                            HexOf("fourth-part") + "\n"}});
  std::string file;
  while (file.size() < 3 * kMiB) file += Eicar() + "third-part fourth-part\n";
  const ClamavEngine::Matches matches = MatchText(*engine, file);
  EXPECT_THAT(matches.names, ElementsAre(kEicar, "Mine.And.UNOFFICIAL"));
  EXPECT_THAT(matches.gaps, IsEmpty());
}

// libclamav hashes the whole file at its first hit, and meanwhile forgets the piece that it was in.
TEST_F(ClamavTest, HitsBesideTheFirstInALargeFileAreNamedToo) {
  const std::string first = "the first part;";
  const std::string last = "the last part;";
  const std::string beside = "and what is beside it";
  const auto engine =
      Engine({{"a.ndb", "Mine.First:0:*:" + HexOf(first) + "\nMine.Last:0:*:" + HexOf(last) +
                            "\nMine.Beside:0:*:" + HexOf(beside) +
                            "\nMine.Parts:0:*:" + HexOf(first) + "*" + HexOf(last) + "\n"}});
  const std::uint64_t size = 20 * kMiB;
  for (const std::uint64_t place : {std::uint64_t{0}, 17 * kMiB}) {
    const SparseSource source(size, {{place, first}, {size - 200, last}, {size - 100, beside}});
    EXPECT_THAT(engine->Match(source, {}).names,
                ElementsAre("Mine.Beside.UNOFFICIAL", "Mine.First.UNOFFICIAL",
                            "Mine.Last.UNOFFICIAL", "Mine.Parts.UNOFFICIAL"))
        << place;
  }
}

TEST_F(ClamavTest, ReadErrorIsAGapAndWhatWasReadIsMatched) {
  const SparseSource whole(8 * kMiB, {{kMiB, Eicar()}});
  for (const bool one_piece : {false, true}) {
    const auto engine = one_piece ? Engine({{"a.yar",
                                             "rule never { strings: $a = \"never-to-be-seen\" "
                                             "condition: #a > 0 }\n"}})
                                  : Engine();
    for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{1}, 3 * kMiB + 5}) {
      const CutSource source(whole, limit, CutSource::End::kError);
      const ClamavEngine::Matches matches = engine->Match(source, {});
      ASSERT_THAT(matches.gaps, ElementsAre(HasReason(GapReason::kUnreadable))) << limit;
      EXPECT_THAT(matches.gaps[0].detail, HasSubstr("Input/output error"));
      EXPECT_EQ(matches.gaps[0].last, whole.size());
      EXPECT_LE(matches.bytes, limit);
      EXPECT_GE(matches.bytes + 4096, limit);
      if (limit > 2 * kMiB) {
        EXPECT_THAT(matches.names, Contains(kEicar)) << one_piece;
      }
    }
  }
}

TEST_F(ClamavTest, SourceShorterThanPromisedIsAGap) {
  const SparseSource whole(8 * kMiB, {{kMiB, Eicar()}});
  for (const bool one_piece : {false, true}) {
    const auto engine = one_piece ? Engine({{"a.yar",
                                             "rule never { strings: $a = \"never-to-be-seen\" "
                                             "condition: #a > 0 }\n"}})
                                  : Engine();
    for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{1}, 3 * kMiB + 5}) {
      const CutSource source(whole, limit, CutSource::End::kShort);
      const ClamavEngine::Matches matches = engine->Match(source, {});
      ASSERT_THAT(matches.gaps, ElementsAre(HasReason(GapReason::kChanged))) << limit;
      EXPECT_EQ(matches.gaps[0].first, limit);
      EXPECT_EQ(matches.bytes, limit);
      if (limit > 2 * kMiB) {
        EXPECT_THAT(matches.names, Contains(kEicar)) << one_piece;
      }
    }
  }
}

TEST_F(ClamavTest, LastBytesBeforeAReadErrorAreMatched) {
  const std::uint64_t limit = 3 * kMiB + 20 * 4096;
  for (const std::uint64_t first_hit : {kMiB, limit - Eicar().size()}) {
    const SparseSource whole(30 * kMiB,
                             {{first_hit, Eicar()}, {limit - 100, "start-of-end-marker"}});
    const auto engine = Engine(
        {{"a.ldb", "Mine.Late;Engine:81-255,Target:0;0;" + HexOf("start-of-end-marker") + "\n"}});
    for (const CutSource::End end : {CutSource::End::kShort, CutSource::End::kError}) {
      std::uint64_t passed_on = 0;
      const ClamavEngine::Matches matches =
          engine->Match(CutSource(whole, limit, end),
                        [&](std::span<const std::byte> bytes) { passed_on += bytes.size(); });
      EXPECT_THAT(matches.names, ElementsAre(kEicar, "Mine.Late.UNOFFICIAL"));
      ASSERT_EQ(matches.gaps.size(), 1U);
      // Bytes that share a page with the error cannot be had.
      EXPECT_LE(matches.gaps[0].first, limit);
      EXPECT_GE(matches.gaps[0].first, limit - 4096);
      EXPECT_EQ(matches.gaps[0].last, whole.size());
      EXPECT_GE(passed_on, matches.bytes);
      EXPECT_LE(passed_on, limit);
    }
  }
}

TEST_F(ClamavTest, MessageOfLibclamavDuringAMatchIsOneGap) {
  const auto engine = Engine({}, 64 * kKiB);
  // Without its temporary directory libclamav matches nothing, says so, and answers "clean".
  std::filesystem::remove_all(scratch_.path());
  EXPECT_FALSE(engine->SelfTest());
  const ClamavEngine::Matches matches =
      MatchText(*engine, Eicar() + std::string(kMiB - Eicar().size(), 'x'));
  ASSERT_THAT(matches.gaps, ElementsAre(HasReason(GapReason::kEngineFailed)));
  EXPECT_THAT(matches.gaps[0].detail, HasSubstr("temporary directory"));
  EXPECT_EQ(matches.gaps[0].first, 0U);
  EXPECT_EQ(matches.gaps[0].last, kMiB);
}

TEST_F(ClamavTest, RegularExpressionsLeaveAGapInLargeFilesOnly) {
  const auto engine = Engine({{"a.ldb", "Mine.Regex;Engine:81-255,Target:0;0&1;" +
                                            HexOf("trigger") + ";0/evil[0-9]+/\n"}});
  EXPECT_THAT(MatchText(*engine, std::string(2 * kMiB, 'x') + "trigger evil42").names,
              ElementsAre("Mine.Regex.UNOFFICIAL"));
  const SparseSource with_trigger(101 * kMiB, {{100 * kMiB, "trigger"}});
  EXPECT_THAT(engine->Match(with_trigger, {}).gaps, ElementsAre(HasReason(GapReason::kWindowed)));
  EXPECT_THAT(engine->Match(SparseSource(101 * kMiB, {}), {}).gaps, IsEmpty());
}

TEST_F(ClamavTest, TinyAndEmptyFilesAreCovered) {
  const auto engine = Engine();
  for (std::size_t size = 0; size < 8; ++size) {
    const ClamavEngine::Matches matches = MatchText(*engine, std::string(size, 'x'));
    EXPECT_THAT(matches.gaps, IsEmpty()) << size;
    EXPECT_EQ(matches.bytes, size);
  }
}

TEST_F(ClamavTest, OneBadFileIsNamedAndTheOthersAreUsed) {
  const auto engine = Engine({{"bad.ndb", "this is no signature\n"},
                              {"bad.yar", "rule broken { condition: }\n"},
                              {"fake.cvd", "ClamAV-VDB: not really\n"},
                              {"good.ndb", "Mine.Good:0:*:" + HexOf("good-marker") + "\n"}});
  std::vector<std::string> details;
  for (const Gap& gap : engine->load_gaps()) {
    EXPECT_EQ(gap.reason, GapReason::kSignatureFile);
    EXPECT_EQ(gap.engine, EngineId::kClamav);
    details.push_back(gap.detail);
  }
  EXPECT_THAT(details, testing::UnorderedElementsAre(HasSubstr("bad.ndb: "), HasSubstr("bad.yar: "),
                                                     HasSubstr("fake.cvd: ")));
  EXPECT_THAT(MatchText(*engine, "a good-marker").names, ElementsAre("Mine.Good.UNOFFICIAL"));
  EXPECT_TRUE(engine->SelfTest());
}

TEST_F(ClamavTest, RulesThatIncludeWhatIsNoFileAreLeftOut) {
  // Libclamav would wait for who writes into it.
  const std::string pipe = database_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto engine = Engine({
      {"a.ndb", "Text.A:0:*:6f6e6c7931\n"},
      {"b.yar", "include \"c.txt\"\nrule B { strings: $b = \"include me\" condition: $b }\n"},
      {"c.txt", "include \t\"" + pipe + "\"\n"},
  });
  ASSERT_THAT(engine->load_gaps(), testing::SizeIs(1));
  EXPECT_THAT(engine->load_gaps()[0].detail, HasSubstr("b.yar: includes what is not a regular"));
  EXPECT_THAT(MatchText(*engine, "it is only1 here").names, testing::SizeIs(1));
}

TEST_F(ClamavTest, RulesMayIncludeOthers) {
  const auto engine = Engine({
      {"b.yar", "include \"c.txt\"\n"},
      {"c.txt", "rule C { strings: $c = \"what is looked for\" condition: $c }\n"},
  });
  EXPECT_THAT(engine->load_gaps(), IsEmpty());
  EXPECT_THAT(MatchText(*engine, "here is what is looked for").names,
              testing::ElementsAre("YARA.C.UNOFFICIAL"));
}

TEST_F(ClamavTest, AFileWhoseRegularExpressionIsRefusedIsLeftOutByName) {
  const auto engine = Engine({
      {"a.ndb", "Text.A:0:*:6f6e6c7931\n"},
      {"b.ldb", "B;Engine:81-255,Target:0;0&1;6162636465666768;0/(a{1,60000}){1,60000}/\n"},
  });
  ASSERT_THAT(engine->load_gaps(), testing::SizeIs(1));
  EXPECT_THAT(engine->load_gaps()[0].detail, HasSubstr("left out: b.ldb: "));
  EXPECT_THAT(MatchText(*engine, "it is only1 here").names, testing::SizeIs(1));
}

TEST_F(ClamavTest, RulesThatAreLeftOutAreSaidWithTheirFileAndLine) {
  const std::string good = "rule good { strings: $a = \"good-marker\" condition: $a }\n";
  const auto engine = Engine({{"a.yar", good + "\n\nrule bad { strings: $a = \"" +
                                            std::string(20'000, 'x') + "\" condition: $a }\n"}});
  ASSERT_THAT(engine->load_gaps(), testing::SizeIs(1));
  EXPECT_THAT(engine->load_gaps()[0].detail, HasSubstr("a.yar line 4 "));
  EXPECT_THAT(engine->load_gaps()[0].detail, Not(HasSubstr(scratch_.path())));
  EXPECT_THAT(MatchText(*engine, "a good-marker").names, ElementsAre("YARA.good.UNOFFICIAL"));
}

TEST_F(ClamavTest, DirectoryThatIsMissingOrWithoutSignaturesIsAnError) {
  ClamavEngine::Options options;
  options.scratch = scratch_.path();
  options.database = database_ / "missing";
  EXPECT_FALSE(ClamavEngine::Load(options));
  options.database = database_.path();
  EXPECT_FALSE(ClamavEngine::Load(options));
  database_.Write("readme.txt", "nothing here");
  EXPECT_FALSE(ClamavEngine::Load(options));
}

TEST_F(ClamavTest, ScratchDirectoryThatCannotBeWrittenIsAnError) {
  ClamavEngine::Options options;
  options.scratch = scratch_ / "missing";
  EXPECT_FALSE(ClamavEngine::Load(options));
}

TEST_F(ClamavTest, SignaturesThatNoFileHasNeededAreNamedLoadedAndThenMatched) {
  const std::string known(1000, 'k');
  const auto engine = ThriftyEngine(
      {{"a.ndb", "Mine.A:0:*:" + HexOf("a-marker") + "\n"},
       {"a.hsb", Sha256Hex(known) + ":" + std::to_string(known.size()) + ":Mine.Hash:73\n"}});
  EXPECT_TRUE(engine->SelfTest());
  EXPECT_EQ(engine->info().signatures, engine->info().builtin_signatures + 2);

  const ClamavEngine::Matches clean = MatchText(*engine, "nothing of it");
  EXPECT_THAT(clean.wanted_groups, IsEmpty());
  EXPECT_THAT(clean.gaps, IsEmpty());
  EXPECT_THAT(MatchText(*engine, Eicar()).names, ElementsAre(kEicar));

  for (const std::string& text : {std::string("an a-marker"), known}) {
    const ClamavEngine::Matches first = MatchText(*engine, text);
    ASSERT_THAT(first.wanted_groups, testing::SizeIs(1));
    engine->LoadGroups(first.wanted_groups);
    const ClamavEngine::Matches second = MatchText(*engine, text);
    EXPECT_THAT(second.wanted_groups, IsEmpty());
    EXPECT_THAT(second.names, testing::SizeIs(1));
    EXPECT_THAT(second.gaps, IsEmpty());
  }
  const std::vector<std::uint32_t> unheard_of = {999, ~0U};
  engine->LoadGroups(unheard_of);
  EXPECT_TRUE(engine->SelfTest());
}

TEST_F(ClamavTest, ADirectoryThatChangesLaterIsMatchedAsItWasRead) {
  const std::string trusted = "an a-marker that is trusted";
  const std::string known(1000, 'k');
  const auto engine = ThriftyEngine(
      {{"a.ndb", "Mine.A:0:*:" + HexOf("a-marker") + "\nMine.Not:0:*:" + HexOf("a-mark") + "\n"},
       {"a.ign2", "Mine.Not\n"},
       {"a.sfp", Sha256Hex(trusted) + ":" + std::to_string(trusted.size()) + ":Trusted:73\n"},
       {"a.hsb", Sha256Hex(known) + ":" + std::to_string(known.size()) + ":Mine.Hash:73\n"}});
  for (const char* name : {"a.ndb", "a.ign2", "a.sfp", "a.hsb"}) database_.Write(name, "broken\n");
  engine->LoadGroups(MatchText(*engine, "an a-marker").wanted_groups);
  engine->LoadGroups(MatchText(*engine, known).wanted_groups);
  EXPECT_THAT(MatchText(*engine, "an a-marker").names, ElementsAre("Mine.A.UNOFFICIAL"));
  EXPECT_THAT(MatchText(*engine, known).names, ElementsAre("Mine.Hash.UNOFFICIAL"));
  EXPECT_THAT(MatchText(*engine, trusted).names, IsEmpty());
  EXPECT_THAT(MatchText(*engine, trusted).gaps, IsEmpty());
}

TEST_F(ClamavTest, SignaturesThatCannotBeLoadedAgainAreAGapOfWhoNeedsThem) {
  auto engine = ThriftyEngine({{"a.ndb", "Mine.A:0:*:" + HexOf("a-marker") + "\n"}});
  EXPECT_FALSE(std::filesystem::is_empty(scratch_.path()));
  for (const auto& entry : std::filesystem::directory_iterator(scratch_.path())) {
    std::filesystem::remove_all(entry.path());
  }
  engine->LoadGroups(MatchText(*engine, "an a-marker").wanted_groups);
  const ClamavEngine::Matches matches = MatchText(*engine, "an a-marker");
  EXPECT_THAT(matches.wanted_groups, IsEmpty());
  EXPECT_THAT(matches.gaps, ElementsAre(HasReason(GapReason::kEngineFailed)));
  EXPECT_THAT(MatchText(*engine, "nothing of it").gaps, IsEmpty());
}

TEST_F(ClamavTest, WhatIsKeptToLoadFromGoesWithTheEngine) {
  auto engine = ThriftyEngine({{"a.ndb", "Mine.A:0:*:" + HexOf("a-marker") + "\n"}});
  engine.reset();
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST_F(ClamavTest, ABadFileIsNamedAlsoWhenNothingOfItIsKept) {
  const auto engine = ThriftyEngine({{"bad.ndb", "Mine.Bad:0:*:" + HexOf("bad-marker") + "zz\n"},
                                     {"good.ndb", "Mine.Good:0:*:" + HexOf("good-marker") + "\n"}});
  ASSERT_THAT(engine->load_gaps(), testing::SizeIs(1));
  EXPECT_THAT(engine->load_gaps()[0].detail, HasSubstr("bad.ndb: "));
  engine->LoadGroups(MatchText(*engine, "a good-marker").wanted_groups);
  EXPECT_THAT(MatchText(*engine, "a good-marker").names, ElementsAre("Mine.Good.UNOFFICIAL"));
}

TEST_F(ClamavTest, EnginesMayLiveSideBySide) {
  const auto first = Engine();
  const auto second = Engine({{"a.ndb", "Mine.A:0:*:" + HexOf("only-in-second") + "\n"}});
  EXPECT_THAT(MatchText(*first, "it is only-in-second").names, IsEmpty());
  EXPECT_THAT(MatchText(*second, "it is only-in-second").names, Not(IsEmpty()));
  EXPECT_TRUE(first->SelfTest());
}

}  // namespace
}  // namespace counterscan
