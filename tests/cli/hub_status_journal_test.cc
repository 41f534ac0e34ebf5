#include "scanner/cli/hub_status_journal.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "hubclient/no_answer.h"
#include "scanner/report/repository_json.h"

namespace counterscan {
namespace {

using testing::HasSubstr;

RepositoryReport ThisRun() {
  RepositoryReport run;
  run.tool_version = "1";
  run.created = "2026-11-21T10:00:00Z";
  run.endpoint = "https://huggingface.co";
  return run;
}
RepositoryWord Safe(std::string repo = "org/name") {
  RepositoryWord word;
  word.repo = std::move(repo);
  word.commit = std::string(40, 'c');
  word.state = HubState::kSafe;
  word.counts = RepositoryWord::Counts{.files = 2, .safe = 2};
  word.scans_done = true;
  word.asked_at = "2026-11-21T10:00:00Z";
  word.notes = {"a note with \x1b[31m and \"quotes\""};
  return word;
}
RepositoryWord Unsafe() {
  RepositoryWord word = Safe();
  word.state = HubState::kUnsafe;
  word.counts = RepositoryWord::Counts{.files = 2, .safe = 1, .flagged = 1};
  word.flags = {{"a\xC3\xA9<.pkl", HubState::kUnsafe, {"avScan"}}};
  return word;
}
std::string Journal(std::initializer_list<std::string> lines) {
  std::string text = RepositoryJsonlHeader(ThisRun());
  for (const std::string& line : lines) text += line;
  return text;
}
JournalWords Read(const std::string& text) {
  auto words = ReadJournal(text, ThisRun());
  EXPECT_TRUE(words) << text;
  return words ? std::move(*words) : JournalWords{};
}

TEST(Journal, WhatIsWrittenIsRead) {
  const std::string safe = RepositoryJsonlWord(Safe()), unsafe = RepositoryJsonlWord(Unsafe());
  JournalWords journal = Read(Journal({safe}));
  ASSERT_EQ(journal.words.size(), 1u);
  EXPECT_EQ(RepositoryJsonlWord(journal.words[0]), safe);
  // The later of two.
  journal = Read(Journal({safe, unsafe}));
  ASSERT_EQ(journal.words.size(), 1u);
  EXPECT_EQ(RepositoryJsonlWord(journal.words[0]), unsafe);
  EXPECT_EQ(journal.left_out, 0u);
}

TEST(Journal, OfTwoWordsOfTheSameSecondTheFlagCounts) {
  RepositoryWord safe = Safe();
  const std::string unsafe = RepositoryJsonlWord(Unsafe());
  for (const std::string& text : {Journal({RepositoryJsonlWord(safe), unsafe}),
                                  Journal({unsafe, RepositoryJsonlWord(safe)})}) {
    EXPECT_EQ(Read(text).words.at(0).state, HubState::kUnsafe);
  }
  safe.asked_at = "2026-11-21T10:00:01Z";
  EXPECT_EQ(Read(Journal({unsafe, RepositoryJsonlWord(safe)})).words.at(0).state, HubState::kSafe);
}

TEST(Journal, ALineThatWasNotWrittenHereIsLeftOut) {
  const std::string safe = RepositoryJsonlWord(Safe());
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string line = safe;
    const std::size_t at = line.find(from);
    EXPECT_NE(at, line.npos) << from;
    return line.replace(at, from.size(), to);
  };
  for (const std::string& line :
       {changed("\"more_flags\":0", "\"more_flags\":1"),
        changed("\"more_flags\":0,", ""),
        changed("\"more_flags\":0", "\"more_flags\":-1"),
        changed("\"flags\":[]", R"("flags":[{"path":"x","level":"unsafe","scanners":[]}])"),
        changed("\"flags\":[]", R"("flags":[{"path":"x","level":"safe"}])"),
        changed("\"flags\":[]", "\"flags\":{}"),
        changed("\"flags\":[]", "\"flags\":null"),
        changed("\"flags\":[]", R"("flags":[],"flags":[{"path":"x","level":"unsafe"}])"),
        changed("\"safe\":2", "\"safe\":1"),
        changed("\"silent\":0", "\"silent\":1"),
        changed("\"silent\":0", "\"silent\":0,\"unsafe\":1"),
        changed("\"scans_done\":true", "\"scans_done\":\"yes\""),
        changed("\"scans_done\":true", "\"scans_done\":true,\"disabled\":true"),
        changed("\"state\":\"safe\"", "\"state\":\"Safe\""),
        changed("\"state\":\"safe\"", "\"state\":\"safe\",\"summary\":1"),
        changed("\"reason\":null", "\"reason\":\"\""),
        changed("\"kept\":false", "\"kept\":true"),
        changed("{", "{ "),
        std::string("{}\n"),
        std::string("null\n"),
        std::string("\n"),
        std::string("\xff\n"),
        safe.substr(0, safe.size() / 2) + "\n"}) {
    const JournalWords journal = Read(Journal({line}));
    EXPECT_TRUE(journal.words.empty()) << line;
    EXPECT_EQ(journal.left_out, 1u) << line;
  }
  // Missing or caution beside a flag that is worse.
  const std::string unsafe = RepositoryJsonlWord(Unsafe());
  for (const char* state : {"missing", "caution", "pending", "safe", "no-issues", "not-asked"}) {
    std::string line = unsafe;
    line.replace(line.find("\"state\":\"unsafe\""), 16, fmt::format("\"state\":\"{}\"", state));
    EXPECT_TRUE(Read(Journal({line})).words.empty()) << line;
  }
}

TEST(Journal, ALineThatIsLeftOutTakesEarlierOnesAboutTheRepositoryWithIt) {
  std::string odd = RepositoryJsonlWord(Unsafe());
  odd.replace(odd.find("\"more_flags\":0"), 14, "\"more_flags\":\"0\"");
  const JournalWords journal =
      Read(Journal({RepositoryJsonlWord(Safe()), RepositoryJsonlWord(Safe("org/b")), odd}));
  ASSERT_EQ(journal.words.size(), 1u);
  EXPECT_EQ(journal.words[0].repo, "org/b");
}

TEST(Journal, NoLineThatIsLeftOutTakesAFlagWithIt) {
  RepositoryWord withdrawn = Safe("org/b");
  withdrawn.state = HubState::kDisabled;
  withdrawn.next = NextStepFor(HubState::kDisabled);
  for (const RepositoryWord& word : {Unsafe(), withdrawn}) {
    const std::string kept = RepositoryJsonlWord(word);
    std::string safe = RepositoryJsonlWord(Safe(word.repo));
    safe.replace(safe.find("\"more_flags\":0"), 14, "\"more_flags\":\"0\"");
    for (const std::string& stray :
         {safe,
          R"({"repo":")" + word.repo + R"(","repo_type":"model","revision":"main"})" + "\n"}) {
      const JournalWords journal = Read(Journal({kept, stray}));
      ASSERT_EQ(journal.words.size(), 1u) << stray;
      EXPECT_EQ(RepositoryJsonlWord(journal.words[0]), kept);
      EXPECT_EQ(journal.left_out, 1u);
    }
  }
}

TEST(Journal, EveryTruncationReadsWhatIsWhole) {
  const std::string first = Journal({RepositoryJsonlWord(Safe())});
  const std::string text = first + RepositoryJsonlWord(Safe("org/b"));
  for (std::size_t length = text.find('\n') + 1; length <= text.size(); ++length) {
    const std::size_t whole = length == text.size() ? 2 : length >= first.size() ? 1 : 0;
    const JournalWords journal = Read(text.substr(0, length));
    EXPECT_EQ(journal.words.size(), whole) << length;
    EXPECT_EQ(journal.left_out, 0u) << length;
  }
}

TEST(Journal, AnotherRunIsRefused) {
  const std::string word = RepositoryJsonlWord(Safe());
  const auto refused = [&](const std::function<void(RepositoryReport&)>& change) {
    RepositoryReport other = ThisRun();
    change(other);
    const auto words = ReadJournal(RepositoryJsonlHeader(other) + word, ThisRun());
    return words ? std::string() : words.error().message;
  };
  EXPECT_EQ(refused([](RepositoryReport&) {}), "");
  EXPECT_THAT(refused([](RepositoryReport& r) { r.quick = true; }), HasSubstr("or otherwise"));
  EXPECT_THAT(refused([](RepositoryReport& r) { r.endpoint = "https://other"; }),
              HasSubstr("another Hub"));
  EXPECT_THAT(refused([](RepositoryReport& r) { r.tool_version = "2"; }),
              HasSubstr("another version"));
  for (const char* text : {"{}\n", "[]\n", "\n", "x\n", "{\"schema\":\"other/1\"}\n"}) {
    EXPECT_FALSE(ReadJournal(text + word, ThisRun())) << text;
  }
}

}  // namespace
}  // namespace counterscan
