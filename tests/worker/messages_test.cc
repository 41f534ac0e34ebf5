#include "scanner/worker/messages.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scanner/base/byte_reader.h"
#include "scanner/worker/control.h"
#include "scanner/worker/wire.h"

namespace counterscan {
namespace {

using testing::SizeIs;

Gap SomeGap() {
  return Gap{.reason = GapReason::kSandbox,
             .engine = EngineId::kScan,
             .where = "a.zip::b",
             .first = 3,
             .last = UINT64_MAX,
             .detail = "why"};
}

ByteJob SomeByteJob() {
  return ByteJob{.id = 7,
                 .size = 1ULL << 40,
                 .times = FileTimes{.modified = 1'700'000'000'000'000'001, .changed = -1},
                 .digest = true,
                 .git_sha1 = true,
                 .match = false};
}

ByteAnswer SomeByteAnswer() {
  return ByteAnswer{.id = UINT64_MAX,
                    .bytes_read = 12,
                    .bytes_matched = 11,
                    .digests = Digests{.sha256 = Sha256Hex("a"), .git_sha1 = GitBlobSha1Hex("a")},
                    .signatures = {"One", "Two\nforged line"},
                    .gaps = {SomeGap()},
                    .wanted_groups = {0, 999}};
}

AnalysisJob SomeAnalysisJob() {
  return AnalysisJob{.id = 1, .size = 2, .explain = true, .explain_opcodes = false};
}

AnalysisAnswer SomeAnalysisAnswer() {
  AnalysisAnswer answer;
  answer.id = 9;
  answer.type = "torch-zip";
  answer.findings = {Finding{.rule = "PKL-101",
                             .level = Level::kUnsafe,
                             .engine = EngineId::kFormat,
                             .where = "archive/data.pkl",
                             .offset = 31,
                             .message = "calls posix.system",
                             .suppressed = "known"},
                     Finding{.rule = "PKL-102"}};
  answer.imports = {Import{.module = "posix",
                           .name = std::nullopt,
                           .level = Level::kSuspicious,
                           .where = "w",
                           .offset = 4}};
  answer.gaps = {SomeGap(), SomeGap()};
  answer.wanted_groups = {3};
  ExplainedPickle pickle;
  pickle.where = "p";
  pickle.offset = 1;
  pickle.size = 2;
  pickle.protocol = -1;
  pickle.opcode_count = 3;
  pickle.lines = {{.offset = 5,
                   .level = Level::kUnsafe,
                   .rule = "r",
                   .text = "x()",
                   .kind = LineKind::kCall,
                   .subject = "m.x"}};
  pickle.opcodes = {{.offset = 6, .name = "STOP", .argument = "", .stack = 7}};
  pickle.summary = {"2 tensors", ""};
  pickle.within = "a constant at +0x3";
  pickle.reading = "by one Unpickler";
  pickle.lines_left_out = 8;
  pickle.cut = true;
  pickle.error = "broke off";
  answer.coverage.parts.push_back({.where = "a.pkl",
                                   .type = "pickle",
                                   .size = 9,
                                   .ranges = {{0, 5, Handling::kAnalysed, "pickle"},
                                              {5, 9, Handling::kGap, "unparsed-bytes"}}});
  answer.coverage.parts_left_out = 3;
  answer.pickles = {pickle, ExplainedPickle{}};
  return answer;
}

// A message of each kind, and whether its decoder takes bytes and gives the same bytes again.
struct Kind {
  const char* name;
  std::string message;
  std::function<bool(std::string_view)> decodes;
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

template <class Decode>
Kind MakeKind(const char* name, const std::string& message, Decode decode) {
  return {.name = name, .message = message, .decodes = [decode, name](std::string_view bytes) {
            const auto decoded = decode(AsBytes(bytes));
            if (!decoded) return false;
            EXPECT_EQ(Encode(*decoded), bytes) << name;
            return true;
          }};
}

std::vector<Kind> Kinds() {
  EngineReport report;
  report.info.clamav_state = "lib";
  report.info.signatures = 3;
  report.info.anchored_signatures = 2;
  report.info.residual_signatures = 1;
  report.info.logical_signatures = 3;
  report.info.text_signatures = 1;
  report.info.database_files = {DatabaseFile{.name = "daily.cvd",
                                             .sha256 = "ab",
                                             .size = 7,
                                             .state = DatabaseFile::State::kSigned,
                                             .version = 3,
                                             .built = "2026-11-20T10:00:00Z",
                                             .declared_signatures = 5,
                                             .signatures = 4,
                                             .problem = "p"}};
  report.gaps = {SomeGap()};
  Configuration configuration;
  configuration.version = "1";
  configuration.database = "/db";
  configuration.policy = {ImportRow{.verb = ImportRow::Verb::kDeny,
                                    .module = "m",
                                    .name = "*",
                                    .level = Level::kCaution,
                                    .reason = "r",
                                    .origin = "policy p:1"},
                          ImportRow{}};
  Ready ready;
  ready.sandbox.landlock_abi = 7;
  ready.engine_problem = "p";
  return {
      MakeKind("byte job", Encode(SomeByteJob()), DecodeByteJob),
      MakeKind("byte answer", Encode(SomeByteAnswer()), DecodeByteAnswer),
      MakeKind("empty byte answer", Encode(ByteAnswer{}), DecodeByteAnswer),
      MakeKind("analysis job", Encode(SomeAnalysisJob()), DecodeAnalysisJob),
      MakeKind("analysis answer", Encode(SomeAnalysisAnswer()), DecodeAnalysisAnswer),
      MakeKind("empty analysis answer", Encode(AnalysisAnswer{}), DecodeAnalysisAnswer),
      MakeKind("configuration", Encode(configuration), DecodeConfiguration),
      MakeKind("spawn",
               Encode(SpawnRequest{.worker = 3, .pool = Pool::kAnalysis, .groups = {0, 7}}),
               DecodeSpawnRequest),
      MakeKind("spawned", Encode(Spawned{.worker = 3}), DecodeSpawned),
      MakeKind("died", Encode(Died{.worker = 3, .wait_status = 139}), DecodeDied),
      MakeKind("engine", Encode(report), DecodeEngineReport),
      MakeKind("loading", Encode(Loading{.percent = 100}), DecodeLoading),
      MakeKind("failure", Encode(Failure{.reason = GapReason::kSandbox, .message = "no seccomp"}),
               DecodeFailure),
      MakeKind("ready", Encode(ready), DecodeReady),
  };
}

class EveryMessage : public testing::TestWithParam<Kind> {};

TEST_P(EveryMessage, IsReadAsItWasWritten) { EXPECT_TRUE(GetParam().decodes(GetParam().message)); }

TEST_P(EveryMessage, IsRefusedAtEveryTruncation) {
  for (std::size_t size = 0; size < GetParam().message.size(); ++size) {
    EXPECT_FALSE(GetParam().decodes(GetParam().message.substr(0, size))) << size;
  }
}

TEST_P(EveryMessage, IsRefusedWithAByteBehindIt) {
  EXPECT_FALSE(GetParam().decodes(GetParam().message + '\0'));
}

// Every byte of a message becomes every extreme: lengths and counts grow to nearly 2^32, flags and
// enumerators leave their range.
TEST_P(EveryMessage, SurvivesAnyByteBeingAnyExtreme) {
  for (std::size_t at = 0; at < GetParam().message.size(); ++at) {
    for (const char value : {'\x00', '\x01', '\x02', '\x7f', '\x80', '\xff'}) {
      std::string message = GetParam().message;
      message[at] = value;
      (void)GetParam().decodes(message);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryMessage, testing::ValuesIn(Kinds()));

TEST(Messages, NameNoGroupOfSignaturesThatThereCannotBe) {
  ByteAnswer answer;
  answer.wanted_groups = {999};
  const auto got = DecodeByteAnswer(AsBytes(Encode(answer)));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->wanted_groups, answer.wanted_groups);
  answer.wanted_groups = {1000};
  EXPECT_FALSE(DecodeByteAnswer(AsBytes(Encode(answer))));
}

TEST(Messages, KeepEveryFieldOfAnAnswer) {
  const AnalysisAnswer sent = SomeAnalysisAnswer();
  const auto got = DecodeAnalysisAnswer(AsBytes(Encode(sent)));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->id, sent.id);
  EXPECT_EQ(got->type, sent.type);
  EXPECT_EQ(got->findings, sent.findings);
  EXPECT_EQ(got->imports, sent.imports);
  EXPECT_EQ(got->gaps, sent.gaps);
  EXPECT_EQ(got->wanted_groups, sent.wanted_groups);
  ASSERT_THAT(got->coverage.parts, SizeIs(1));
  EXPECT_EQ(got->coverage.parts[0].where, "a.pkl");
  EXPECT_EQ(got->coverage.parts[0].size, 9U);
  EXPECT_EQ(got->coverage.parts[0].ranges, sent.coverage.parts[0].ranges);
  EXPECT_EQ(got->coverage.parts_left_out, 3U);
  ASSERT_THAT(got->pickles, SizeIs(2));
  EXPECT_EQ(got->pickles[0].lines[0].text, "x()");
  EXPECT_EQ(got->pickles[0].opcodes[0].name, "STOP");
  EXPECT_EQ(got->pickles[0].protocol, -1);

  const ByteAnswer sent_bytes = SomeByteAnswer();
  const auto got_bytes = DecodeByteAnswer(AsBytes(Encode(sent_bytes)));
  ASSERT_TRUE(got_bytes);
  EXPECT_EQ(got_bytes->digests->sha256, sent_bytes.digests->sha256);
  EXPECT_EQ(got_bytes->digests->git_sha1, sent_bytes.digests->git_sha1);
  EXPECT_EQ(got_bytes->signatures, sent_bytes.signatures);
}

TEST(Messages, RefuseADigestThatIsNone) {
  ByteAnswer answer = SomeByteAnswer();
  for (const std::string& digest : {std::string(), std::string(63, 'a'), std::string(64, 'A'),
                                    std::string(64, 'g'), std::string(65, 'a')}) {
    answer.digests->sha256 = digest;
    EXPECT_FALSE(DecodeByteAnswer(AsBytes(Encode(answer)))) << digest;
  }
}

TEST(Messages, RefuseCountsThatTheirBytesCannotHold) {
  for (const std::uint32_t count : {1U, 10'000U, 10'001U, 0x7fffffffU, 0xffffffffU}) {
    WireWriter writer;
    writer.Number(std::uint64_t{1});  // id
    writer.Number(std::uint64_t{1});  // bytes_read
    writer.Number(std::uint64_t{1});  // bytes_matched
    writer.Flag(false);               // digests
    writer.Number(count);             // signatures
    EXPECT_FALSE(DecodeByteAnswer(AsBytes(writer.Take()))) << count;
  }
}

TEST(Messages, CutTextsAtTheirCeiling) {
  for (const std::size_t size : {kWireTextBytes - 1, kWireTextBytes, kWireTextBytes + 1}) {
    AnalysisAnswer answer;
    answer.type = std::string(size, 'x');
    const auto got = DecodeAnalysisAnswer(AsBytes(Encode(answer)));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->type.size(), std::min(size, kWireTextBytes));
  }
}

TEST(Messages, FitLeavesAnAnswerThatFitsAsItIs) {
  AnalysisAnswer answer = SomeAnalysisAnswer();
  Fit(answer);
  EXPECT_EQ(Encode(answer), Encode(SomeAnalysisAnswer()));
}

TEST(Messages, FitCutsListsAndSaysSo) {
  AnalysisAnswer answer;
  answer.findings.resize(30'000);
  answer.imports.resize(300'000);
  Fit(answer);
  EXPECT_EQ(answer.gaps.back().reason, GapReason::kLimitReport);
  EXPECT_TRUE(DecodeAnalysisAnswer(AsBytes(Encode(answer))));

  ByteAnswer bytes;
  bytes.signatures.resize(20'000);
  bytes.gaps.resize(50'000);
  Fit(bytes);
  EXPECT_EQ(bytes.gaps.back().reason, GapReason::kLimitReport);
  EXPECT_TRUE(DecodeByteAnswer(AsBytes(Encode(bytes))));
}

TEST(Messages, FitGivesUpTheExplanationBeforeAFinding) {
  AnalysisAnswer answer = SomeAnalysisAnswer();
  const std::string line(512 * 1024, 'x');
  answer.pickles[0].lines.assign(200, {.offset = 0, .level = {}, .rule = {}, .text = line});
  Fit(answer);
  EXPECT_TRUE(answer.pickles.empty());
  EXPECT_EQ(answer.findings, SomeAnalysisAnswer().findings);
  EXPECT_EQ(answer.imports, SomeAnalysisAnswer().imports);
  EXPECT_EQ(answer.gaps.back().reason, GapReason::kLimitReport);
}

TEST(Messages, FitKeepsEveryFindingOfTheLargestAnswer) {
  AnalysisAnswer answer;
  Finding finding;
  finding.level = Level::kUnsafe;
  finding.message = std::string(2 * 1024, 'm');
  finding.where = std::string(2 * 1024, 'w');
  answer.findings.assign(19'000, finding);
  Fit(answer);
  EXPECT_THAT(answer.findings, SizeIs(19'000));
  const std::string message = Encode(answer);
  EXPECT_LT(message.size(), kMessageBytes);
  EXPECT_TRUE(DecodeAnalysisAnswer(AsBytes(message)));
}

TEST(Messages, BatchesHoldTheirItemsInOrder) {
  const std::vector<std::string_view> items = {"one", "", "three"};
  const std::string bytes = EncodeBatch(items, true);
  const auto batch = DecodeBatch(AsBytes(bytes));
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->worn);
  ASSERT_THAT(batch->items, SizeIs(3));
  EXPECT_EQ(AsText(batch->items[2]), "three");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeBatch(AsBytes(bytes).first(size))) << size;
  }
}

}  // namespace
}  // namespace counterscan
