// `counterscan explain` by the built program, as a user would run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/report/golden.h"
#include "tests/report/showable.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using namespace std::string_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// In the file's own directory, so that screens do not depend on where that is.
RunResult Explain(const TempDir& dir, std::vector<std::string> arguments,
                  const std::string& standard_input = "") {
  RunOptions options;
  options.directory = dir.path();
  options.standard_input = standard_input;
  arguments.insert(arguments.begin(), "explain");
  return RunProgram(COUNTERSCAN_PROGRAM, arguments, options);
}

json ExplainJson(const TempDir& dir, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--format", "json"});
  const RunResult result = Explain(dir, arguments);
  const json parsed = json::parse(result.out, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << result.out << result.err;
  return parsed;
}

std::string Hostile() {
  return PickleBuilder()
      .Proto(2)
      .Global("posix", "system")
      .BinUnicode("true")
      .Tuple1()
      .Reduce()
      .Stop();
}

// What torch.save writes of a state dict with so many tensors.
std::string StateDict(int tensors) {
  PickleBuilder builder;
  builder.Proto(2).Global("collections", "OrderedDict").Put(0).EmptyTuple().Reduce().Put(1).Mark();
  for (int i = 0; i < tensors; ++i) {
    builder.BinUnicode("layer." + std::to_string(i) + ".weight");
    builder.Global("torch._utils", "_rebuild_tensor_v2").Mark().Mark();
    builder.BinUnicode("storage").Global("torch", "FloatStorage");
    builder.BinUnicode(std::to_string(i)).BinUnicode("cpu").Int(64).Tuple().BinPersId();
    builder.Int(0).Int(8).Int(8).Tuple2().Int(8).Int(1).Tuple2().Op('\x89');
    builder.Get(0).EmptyTuple().Reduce().Tuple().Reduce();
  }
  return builder.Op('u').Stop();
}

std::string Npy(const std::string& pickle) {
  std::string header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }";
  header.resize(117, ' ');
  header += '\n';
  return "\x93NUMPY\x01\0"s + static_cast<char>(header.size()) + "\0"s + header + pickle;
}

TEST(Explain, ScreensAreAsInTheGoldenFiles) {
  TempDir dir;
  dir.Write("danger.pkl", Hostile());
  dir.Write("model.pt",
            TorchZip(StateDict(500), std::vector<std::string>(500, std::string(256, 0))));
  dir.Write("broken.pkl", Hostile().substr(0, 20));
  dir.Write("several.pkl", Hostile() + StateDict(1) + "]q\0h\0a."s);
  dir.Write("array.npy", Npy("\x80\x02]q\0(K\x01N}X\x01\0\0\0aK\x02se."s));
  std::string screens;
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"danger.pkl"},
                                                    {"-x", "danger.pkl"},
                                                    {"model.pt"},
                                                    {"broken.pkl"},
                                                    {"several.pkl"},
                                                    {"array.npy"},
                                                    {"model.pt::archive/data.pk"}}) {
    screens += "$ counterscan explain";
    for (const std::string& argument : arguments) screens += " " + argument;
    const RunResult result = Explain(dir, arguments);
    screens +=
        "\n" + result.out + result.err + "exit " + std::to_string(result.exit_status) + "\n\n";
  }
  ExpectGolden("explain-screens.txt", screens);
}

TEST(Explain, TheExitStatusSaysWhetherAllWasExplained) {
  TempDir dir;
  dir.Write("danger.pkl", Hostile());
  dir.Write("broken.pkl", Hostile().substr(0, 20));
  dir.Write("model.pt", TorchZip(Hostile(), {}));
  EXPECT_EQ(Explain(dir, {"danger.pkl"}).exit_status, 0);
  EXPECT_EQ(Explain(dir, {"broken.pkl"}).exit_status, 2);
  EXPECT_EQ(Explain(dir, {"model.pt::archive/data.pkl"}).exit_status, 0);
  EXPECT_EQ(Explain(dir, {"model.pt::none"}).exit_status, 64);
  EXPECT_EQ(Explain(dir, {"none.pkl"}).exit_status, 64);
  // A program, which nobody here reads.
  dir.Write("code.py", "import os\n");
  const RunResult code = Explain(dir, {"code.py"});
  EXPECT_EQ(code.exit_status, 2);
  EXPECT_THAT(code.out, HasSubstr("no-analyser"));
  EXPECT_EQ(Explain(dir, {}).exit_status, 64);
  EXPECT_EQ(Explain(dir, {"danger.pkl", "--format", "xml"}).exit_status, 64);
}

TEST(Explain, AMemberThatIsNotThereIsAnsweredWithThoseThatAre) {
  TempDir dir;
  dir.Write("model.pt", TorchZip(Hostile(), {}));
  const RunResult result = Explain(dir, {"model.pt::archive/data.pk"});
  EXPECT_THAT(result.err, HasSubstr("no pickle at 'archive/data.pk'"));
  EXPECT_THAT(result.err, HasSubstr("Did you mean 'archive/data.pkl'?"));
  EXPECT_EQ(result.out, "");
  dir.Write("flat.pkl", Hostile());
  EXPECT_THAT(Explain(dir, {"flat.pkl::x"}).err, HasSubstr("in no member"));
  dir.Write("text.txt", "text\n");
  EXPECT_THAT(Explain(dir, {"text.txt::x"}).err, HasSubstr("none at all"));
}

TEST(Explain, EveryPickleOfAnArchiveIsExplainedOrOne) {
  TempDir dir;
  ZipBuilder zip;
  zip.Stored("a.pkl", Hostile());
  zip.Deflated("deep/b.pkl", StateDict(1));
  dir.Write("two.zip", zip.Build());
  const RunResult all = Explain(dir, {"two.zip"});
  EXPECT_THAT(all.out, HasSubstr("\na.pkl: pickle protocol 2"));
  EXPECT_THAT(all.out, HasSubstr("\ndeep/b.pkl: pickle protocol 2"));
  const RunResult one = Explain(dir, {"two.zip::deep/b.pkl"});
  EXPECT_THAT(one.out, Not(HasSubstr("system")));
  EXPECT_THAT(one.out, HasSubstr("1 tensor of torch.FloatStorage, 64 elements"));
}

TEST(Explain, StandardInputIsAFileToo) {
  TempDir dir;
  const RunResult result = Explain(dir, {"-"}, Hostile());
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("system('true')"));
  const RunResult member = Explain(dir, {"-::archive/data.pkl"}, TorchZip(Hostile(), {}));
  EXPECT_THAT(member.out, HasSubstr("system('true')"));
}

TEST(Explain, AHugeCheckpointFitsAScreenOrThree) {
  TempDir dir;
  dir.Write("model.pt", TorchZip(StateDict(20'000), {}));
  const RunResult result = Explain(dir, {"model.pt"});
  EXPECT_LT(std::count(result.out.begin(), result.out.end(), '\n'), 40);
  EXPECT_THAT(result.out, HasSubstr("20,000 tensors of torch.FloatStorage, 1,280,000 elements"));
  EXPECT_THAT(result.out, HasSubstr("19,997 items into collections.OrderedDict"));
  const RunResult all = Explain(dir, {"--all", "model.pt"});
  EXPECT_GT(std::count(all.out.begin(), all.out.end(), '\n'), 20'000);
}

TEST(Explain, JsonHasLinesImportsFindingsAndGapsOfEachPickle) {
  TempDir dir;
  dir.Write("several.pkl", StateDict(1) + Hostile());
  const json explained = ExplainJson(dir, {"several.pkl", "-x"});
  EXPECT_EQ(explained["schema"], "counterscan.explain/1");
  ASSERT_EQ(explained["pickles"].size(), 2u);
  const json& first = explained["pickles"][0];
  const json& second = explained["pickles"][1];
  EXPECT_EQ(first["imports"].size(), 3u);
  EXPECT_EQ(first["findings"].size(), 0u);
  EXPECT_EQ(second["offset"], first["size"]);
  EXPECT_EQ(second["protocol"], 2);
  EXPECT_EQ(second["opcode_count"], 6);
  EXPECT_EQ(second["imports"][0]["module"], "posix");
  EXPECT_EQ(second["findings"][0]["rule"], "PKL-101");
  EXPECT_EQ(second["gaps"], json::array());
  EXPECT_EQ(second["error"], nullptr);
  std::vector<std::string> kinds;
  for (const json& line : second["lines"]) kinds.push_back(line["kind"]);
  EXPECT_THAT(kinds, ElementsAre("import", "call", "return"));
  EXPECT_EQ(second["lines"][1]["text"], "system_1 = system('true')");
  EXPECT_EQ(second["lines"][1]["level"], "unsafe");
  EXPECT_EQ(second["lines"][1]["rule"], "PKL-101");
  EXPECT_EQ(second["opcodes"].size(), 6u);
  EXPECT_EQ(second["opcodes"][4]["name"], "REDUCE");
  EXPECT_EQ(second["opcodes"][4]["stack"], 2);
  EXPECT_EQ(ExplainJson(dir, {"several.pkl"})["pickles"][1]["opcodes"], json::array());
}

TEST(Explain, TextFromTheFileCannotActOnTheTerminal) {
  TempDir dir;
  std::string text = "\x1b[2J\x1b]0;owned\x07\r\n\xe2\x80\xae\xc2\x9b"s + "1m";
  const std::string pickle = PickleBuilder()
                                 .Proto(2)
                                 .Global("mod\x1b[2K", "name\x1b[1G")
                                 .BinUnicode(text)
                                 .Tuple1()
                                 .Reduce()
                                 .Stop();
  dir.Write("hostile.pkl", pickle);
  dir.Write("hostile\x1b[2J\n.pkl", pickle);
  for (const char* name : {"hostile.pkl", "hostile\x1b[2J\n.pkl", "hostile.pkl::\x1b[2J"}) {
    const RunResult result = Explain(dir, {"-x", "--all", name});
    ExpectShowable(result.out + result.err);
    ExpectShowable(Explain(dir, {"--format", "json", "-x", name}).out);
  }
}

}  // namespace
}  // namespace counterscan
