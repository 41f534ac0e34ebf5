#include "scanner/report/phrases.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

// What a shell makes of `word`.
std::string InShell(const std::string& word) {
  const std::string command = "printf %s " + word;
  // bash reads its commands from standard input, so that nothing else quotes them first.
  std::FILE* file = std::tmpfile();
  if (file == nullptr) return "no temporary file";
  std::fwrite(command.data(), 1, command.size(), file);
  std::rewind(file);
  const std::string shell = "bash /dev/fd/" + std::to_string(fileno(file));
  std::FILE* pipe = popen(shell.c_str(), "r");
  std::string out;
  std::array<char, 4096> buffer;
  for (std::size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    out.append(buffer.data(), got);
  }
  pclose(pipe);
  std::fclose(file);
  return out;
}

TEST(Phrases, CountsHavePluralsAndThousands) {
  EXPECT_EQ(Count(0, "file"), "0 files");
  EXPECT_EQ(Count(1, "file"), "1 file");
  EXPECT_EQ(Count(999, "file"), "999 files");
  EXPECT_EQ(Count(1000, "file"), "1,000 files");
  EXPECT_EQ(Count(UINT64_MAX, "byte"), "18,446,744,073,709,551,615 bytes");
}

TEST(Phrases, PlacesLeaveOutWhatIsNotThere) {
  EXPECT_EQ(Place("m.pt", "archive/data.pkl", 31), "m.pt::archive/data.pkl+0x1f");
  EXPECT_EQ(Place("m.pkl", "", 0), "m.pkl+0x0");
  EXPECT_EQ(Place("m.pkl", "", std::nullopt), "m.pkl");
  EXPECT_EQ(Place("", "a", 1), "a+0x1");
  EXPECT_EQ(Place("", "", std::nullopt), "");
}

TEST(Phrases, ListsSayHowManyTheyLeaveOut) {
  const std::array<std::string_view, 4> names = {"a", "b\n", "c", "d"};
  EXPECT_EQ(SomeOf(names, 4), "a, b\\n, c, d");
  EXPECT_EQ(SomeOf(names, 2), "a, b\\n and 2 more");
  EXPECT_EQ(SomeOf({}, 2), "");
}

TEST(Phrases, QuotedTextCannotCloseItsQuotes) {
  EXPECT_EQ(Quoted("safe", 40), "\"safe\"");
  EXPECT_EQ(Quoted("\" \"safe", 40), "\"\\\" \\\"safe\"");
  EXPECT_EQ(Quoted("\\\"", 40), "\"\\\\\\\"\"");
}

TEST(Phrases, EveryHubStateHasItsOwnSentence) {
  std::string previous;
  for (int i = 0; i < kHubStateCount; ++i) {
    const std::string sentence = HubSays(static_cast<HubState>(i));
    EXPECT_TRUE(sentence.starts_with("the Hub")) << sentence;
    EXPECT_NE(sentence, previous);
    previous = sentence;
  }
  EXPECT_EQ(HubSays(HubState::kSafe), "the Hub: \"safe\"");
}

TEST(Phrases, PlainNamesStandInACommandAsTheyAre) {
  EXPECT_EQ(ShellWord("dir/model-1.bin"), "dir/model-1.bin");
  EXPECT_EQ(ShellWord("-rf"), "./-rf");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
  EXPECT_EQ(ShellWord("~"), "'~'");
}

TEST(Phrases, AShellReadsTheVeryBytesOfAnyName) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  for (const std::string& name :
       {std::string("plain"), std::string("$(true)`true`\"$HOME\""), std::string("it's"),
        std::string("back\\slash"), std::string("\x1b[2K\n1"), std::string("!history"),
        std::string("é\u202E7"), std::string("* ?{a,b}[x]"), all}) {
    EXPECT_EQ(InShell(ShellWord(name)), name) << ShellWord(name);
    EXPECT_TRUE(IsUtf8(ShellWord(name)));
    EXPECT_EQ(PrintableAgain(ShellWord(name)), ShellWord(name));
  }
}

}  // namespace
}  // namespace counterscan
