#include "scanner/detect/text_code.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan::detect {
namespace {

std::string Found(std::string_view text, std::size_t step = std::string_view::npos) {
  TextCode code;
  for (std::size_t at = 0; at < text.size(); at += std::min(step, text.size() - at)) {
    code.Feed(AsBytes(text.substr(at, step)));
  }
  return std::string(code.Found());
}

constexpr std::string_view kYaml = "yaml: Python's tags are not judged";
constexpr std::string_view kCalls = "yaml: tags that call code are not judged";
constexpr std::string_view kKeras = "json: Keras configurations are not judged";
constexpr std::string_view kJsonPickle = "json: what jsonpickle makes of it is not judged";

TEST(TextCode, PythonTagsOfYaml) {
  EXPECT_EQ(Found("a: !!python/object/apply:os.system ['true']\n"), kYaml);
  EXPECT_EQ(Found("- !<tag:yaml.org,2002:python/name:os.system>\n"), kYaml);
  EXPECT_EQ(Found("{a: [!!python/tuple [1]]}"), kYaml);
}

TEST(TextCode, PythonTagsInDisguise) {
  EXPECT_EQ(Found("a: !!pyth%6Fn/object/apply:os.system []\n"), kYaml);
  EXPECT_EQ(Found("a: !!%70%79%74%68%6f%6e%2fname:os.system\n"), kYaml);
  EXPECT_EQ(Found("%TAG !e! tag:yaml.org,2002:pyth\n---\na: !e!on/name:os.system\n"), kYaml);
}

TEST(TextCode, TagsThatCall) {
  EXPECT_EQ(Found("opt: !new:torch.optim.Adam\n"), kCalls);
  EXPECT_EQ(Found("x: !apply:os.system [true]\n"), kCalls);
  EXPECT_EQ(Found("x: !name:os.system\n"), kCalls);
  EXPECT_EQ(Found("x: !module:os\n"), kCalls);
}

TEST(TextCode, JsonPickle) {
  EXPECT_EQ(Found(R"({"py/reduce": [{"py/function": "os.system"}]})"), kJsonPickle);
  EXPECT_EQ(Found(R"({"py\/object": "subprocess.Popen"})"), kJsonPickle);
  EXPECT_NE(Found("{\"\\u0070y/reduce\": []}"), "");
}

TEST(TextCode, KerasConfigurations) {
  EXPECT_EQ(Found(R"({"class_name": "Sequential", "config": {"name": "a"}})"), kKeras);
  EXPECT_EQ(Found(R"({"value": {"class_name": "__lambda__"}})"), kKeras);
  EXPECT_EQ(Found(R"({"_class_name": "StableDiffusionPipeline", "config": 1})"), "");
}

TEST(TextCode, OtherFormats) {
  EXPECT_NE(Found("model:\n  _target_: os.system\n"), "");
  EXPECT_NE(Found("node {\n  name: \"w\"\n  op: \"WriteFile\"\n}\n"), "");
  EXPECT_NE(Found("saved_model_schema_version: 1\nmeta_graphs {\n}\n"), "");
  EXPECT_NE(Found("'key', (0, 123)\n'other', (512, 7)\n"), "");
  EXPECT_NE(Found("\"it's\", (0, 123)\n"), "");
}

TEST(TextCode, HonestTextHasNone) {
  EXPECT_EQ(Found(""), "");
  EXPECT_EQ(Found("# Model card\n\nA python/torch model! Use it!new or not.\n"), "");
  EXPECT_EQ(Found(R"({"vocab": {"!": 0, "\u0120the": 1, "\u00e9": 2, "py": 3}, "config": {}})"),
            "");
  EXPECT_EQ(Found("'a', (b, c)\nfor x in 1: pass\n"), "");
  EXPECT_EQ(Found("100%TAG is no directive\n  node { }\n"), "");
  EXPECT_EQ(Found("if (!module) return !name;\n"), "");
}

// Whatever the pieces that a text comes in.
TEST(TextCode, PiecesDoNotMatter) {
  const std::string padding(1000, 'x');
  for (const std::string_view line :
       {"\na: !!python/object/apply:os.system ['true']\n", "{\"py/reduce\": 1}",
        "\n%TAG !e! tag:yaml.org,2002:pyth\n", "\n  _target_: os.system\n"}) {
    const std::string text = padding + std::string(line) + padding;
    for (std::size_t step = 1; step < 130; ++step) EXPECT_NE(Found(text, step), "") << step << line;
  }
}

}  // namespace
}  // namespace counterscan::detect
