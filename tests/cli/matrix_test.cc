// Every cell of the verdict matrix, end to end: a file, a saved answer of the Hub, the built
// program.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "scanner/crosscheck/exit_status.h"
#include "tests/cli/hub_file.h"
#include "tests/cli/scan_program.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

const std::string kOtherCommit(40, '6');

struct LocalRow {
  std::string verdict;
  std::string content;
};
// A file for each verdict.
std::vector<LocalRow> Locals() {
  return {
      {"clean", "text\n"},
      {"incomplete", "version https://git-lfs.github.com/spec/v1\noid sha256:" +
                         std::string(64, 'a') + "\nsize 1234\n"},
      {"caution",
       PickleBuilder().Proto(2).Global("acme.layers", "Rotary").Op(')').Op('\x81').Stop()},
      {"suspicious", PickleBuilder()
                         .Proto(2)
                         .Global("acme.layers", "rotate")
                         .BinUnicode("x")
                         .Tuple1()
                         .Reduce()
                         .Stop()},
      {"unsafe", HostilePickle()},
  };
}

// What the Hub's answer looks like for each of its states; the classes stand as in the design.
struct HubRow {
  const char* state;
  const char *clean, *flagged, *incomplete;
};
constexpr HubRow kRows[] = {
    {"not-asked", "not-compared", "not-compared-flagged", "not-compared-gap"},
    {"safe", "agree-clear", "local-only", "local-gap"},
    {"caution", "hub-only", "agree-flagged", "hub-only-gap"},
    {"suspicious", "hub-only", "agree-flagged", "hub-only-gap"},
    {"unsafe", "hub-only", "agree-flagged", "hub-only-gap"},
    {"pending", "unconfirmed", "local-unconfirmed", "unknown-both"},
    {"error", "unconfirmed", "local-unconfirmed", "unknown-both"},
    {"missing", "unconfirmed", "local-unconfirmed", "unknown-both"},
    {"unreachable", "unconfirmed", "local-unconfirmed", "unknown-both"},
    {"denied", "unconfirmed", "local-unconfirmed", "unknown-both"},
    {"not-found", "unconfirmed", "local-unconfirmed", "unknown-both"},
    {"stale", "unconfirmed", "local-unconfirmed", "unknown-both"},
    {"disabled", "withdrawn", "withdrawn-flagged", "withdrawn"},
    {"mismatch", "mismatch", "mismatch-flagged", "mismatch-gap"},
};
std::ostream& operator<<(std::ostream& out, const HubRow& row) { return out << row.state; }

json Entry(const std::string& content, const json& status) {
  json entry = SafeEntry("f.bin", content);
  if (status.is_null()) {
    entry.erase("securityFileStatus");
  } else {
    entry["securityFileStatus"] = {{"status", status}, {"avScan", {{"status", status}}}};
  }
  return entry;
}

// A saved answer with which the Hub is in `state` about a file of this content.
std::string SavedAnswer(const TempDir& dir, std::string_view state, const std::string& content) {
  const std::string at(state);
  const json listing = json::array({Entry(content, "safe")});
  if (at == "safe" || at == "caution" || at == "suspicious" || at == "unsafe" || at == "error") {
    return HubFileOf(dir, kCommit, 200, {}, json::array({Entry(content, at)}).dump());
  }
  if (at == "pending") {
    return HubFileOf(dir, kCommit, 200, {}, json::array({Entry(content, "queued")}).dump());
  }
  if (at == "missing") {
    return HubFileOf(dir, kCommit, 200, {}, json::array({Entry(content, nullptr)}).dump());
  }
  if (at == "stale") {
    return HubFileOf(dir, kOtherCommit, 200, {},
                     json::array({Entry("other " + content, "safe")}).dump());
  }
  if (at == "mismatch") {
    return HubFileOf(dir, kCommit, 200, {},
                     json::array({Entry("other " + content, "safe")}).dump());
  }
  if (at == "unreachable") return HubFileOf(dir, kCommit, 503, {}, "<html>busy</html>");
  if (at == "denied") return HubFileOf(dir, kCommit, 401, {{"X-Error-Code", "GatedRepo"}}, "{}");
  if (at == "not-found") {
    return HubFileOf(dir, kCommit, 404, {{"X-Error-Code", "RepoNotFound"}}, "{}");
  }
  EXPECT_EQ(at, "disabled");
  return HubFileOf(dir, kCommit, 403, {{"X-Error-Message", "Access to this resource is disabled."}},
                   "{}");
}

json ScanCell(std::string_view state, const std::string& content,
              const std::vector<std::string>& more = {}) {
  TempDir dir;
  TempDir hub;
  dir.Write("f.bin", content);
  std::vector<std::string> arguments = {dir.path(),   "--repo", "org/name",
                                        "--revision", kCommit,  "--hub"};
  arguments.push_back(state == "not-asked" ? "off" : SavedAnswer(hub, state, content));
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Scan(arguments, AtAFixedTime());
}

int RankOf(std::string_view verdict) {
  if (verdict == "caution") return 1;
  if (verdict == "suspicious") return 2;
  return verdict == "unsafe" ? 3 : 0;
}

// The rule of the design, in words of its own.
int ExpectedExit(std::string_view state, std::string_view verdict) {
  if (state == "disabled" || std::max(RankOf(state), RankOf(verdict)) >= 2) return 1;
  if (state == "mismatch") return 4;
  if (verdict == "incomplete") return 2;
  return state == "safe" || state == "not-asked" ? 0 : 3;
}

class Matrix : public testing::TestWithParam<HubRow> {};

TEST_P(Matrix, EveryCellHasItsClassAndItsExit) {
  const HubRow& row = GetParam();
  std::map<std::string, int> exits;
  for (const LocalRow& local : Locals()) {
    const json report = ScanCell(row.state, local.content);
    const json& file = FileAt(report, "f.bin");
    ASSERT_EQ(file["verdict"], local.verdict) << file.dump(1);
    EXPECT_EQ(file["hub"]["state"], row.state) << file["hub"].dump(1);
    const bool flagged = RankOf(local.verdict) > 0;
    EXPECT_EQ(file["class"], flagged                         ? row.flagged
                             : local.verdict == "incomplete" ? row.incomplete
                                                             : row.clean);
    EXPECT_FALSE(file["meaning"].get<std::string>().empty());
    EXPECT_EQ(report["exit"], ExpectedExit(row.state, local.verdict)) << local.verdict;
    exits[local.verdict] = report["exit"];
  }
  // More threat never gives a better exit, and neither does less knowledge.
  EXPECT_LE(Badness(exits["clean"]), Badness(exits["caution"]));
  EXPECT_LE(Badness(exits["caution"]), Badness(exits["suspicious"]));
  EXPECT_LE(Badness(exits["suspicious"]), Badness(exits["unsafe"]));
  EXPECT_LE(Badness(exits["clean"]), Badness(exits["incomplete"]));
}

// No unknown state gives 0 unless it is accepted by name, and then it does; no name but its own
// helps.
TEST_P(Matrix, OnlyItsOwnNameAcceptsWhatIsUnknown) {
  const HubRow& row = GetParam();
  const bool known =
      std::string_view(row.state) == "safe" || std::string_view(row.state) == "not-asked";
  const bool threat = ExpectedExit(row.state, "clean") == 1;
  const bool differs = std::string_view(row.state) == "mismatch";
  const std::string text = Locals().front().content;
  EXPECT_EQ(ScanCell(row.state, text, {"--accept", "unconfirmed"})["exit"], threat    ? 1
                                                                            : differs ? 4
                                                                                      : 0);
  EXPECT_EQ(ScanCell(row.state, text, {"--accept", "mismatch,no-signatures,pointer-only"})["exit"],
            threat  ? 1
            : known ? 0
                    : 3);
  EXPECT_EQ(ScanCell(row.state, text, {"--accept", "mismatch,unconfirmed"})["exit"],
            threat ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(Hub, Matrix, testing::ValuesIn(kRows), [](const auto& row) {
  std::string name = row.param.state;
  std::erase(name, '-');
  return name;
});

// The Hub's "safe" for the same bytes, too old to count.
TEST(MatrixEdges, AnOldSafeConfirmsNothingAndHidesNoThreat) {
  const LocalRow clean = Locals().front();
  const LocalRow unsafe = Locals().back();
  EXPECT_EQ(ScanCell("safe", clean.content, {"--max-hub-age", "1s"})["exit"], 3);
  EXPECT_EQ(ScanCell("safe", unsafe.content, {"--max-hub-age", "1s"})["exit"], 1);
}

TEST(MatrixEdges, AWordThatIsNotExactlySafeConfirmsNothing) {
  const json words[] = {"Safe",
                        "SAFE",
                        "safe ",
                        " safe",
                        "safe\n",
                        "ok",
                        "clean",
                        "harmless",
                        "",
                        "unscanned",
                        "saf",
                        "safer",
                        true,
                        0,
                        json::array({"safe"}),
                        json{{"status", "safe"}},
                        std::string("safe\0", 5)};
  for (const json& word : words) {
    TempDir dir;
    TempDir hub;
    dir.Write("f.bin", "text\n");
    const std::string saved =
        HubFileOf(hub, kCommit, 200, {}, json::array({Entry("text\n", word)}).dump());
    const json report = Scan(
        {dir.path(), "--repo", "org/name", "--revision", kCommit, "--hub", saved}, AtAFixedTime());
    EXPECT_EQ(report["exit"], 3) << word;
    EXPECT_EQ(FileAt(report, "f.bin")["class"], "unconfirmed") << word;
  }
}

}  // namespace
}  // namespace counterscan
