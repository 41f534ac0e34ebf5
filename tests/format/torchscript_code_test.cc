#include "scanner/format/torchscript_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"

namespace counterscan::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Uses(std::string_view code) {
  const auto uses = FindTorchScriptUses(MemorySource(AsBytes(code)));
  std::vector<std::string> names;
  for (const TorchScriptUse& use : uses.value()) names.push_back(use.name);
  return names;
}

TEST(TorchScriptCode, OperatorsThatReachFilesAreNamed) {
  EXPECT_THAT(Uses("  _0 = torch.save(x, \"/tmp/x\")\n"), ElementsAre("torch.save"));
  EXPECT_THAT(Uses("a = torch.from_file(\"/etc/passwd\", False, 10)"),
              ElementsAre("torch.from_file"));
  EXPECT_THAT(Uses("a = ops.image.read_file(p); ops.image.write_file(p, a)"),
              ElementsAre("ops.image.read_file", "ops.image.write_file"));
}

TEST(TorchScriptCode, NativeClassesAreNamedUnlessTorchBringsThem) {
  EXPECT_THAT(Uses("x : __torch__.torch.classes.evil.Shell"),
              ElementsAre("__torch__.torch.classes.evil.Shell"));
  EXPECT_THAT(Uses("x : __torch__.torch.classes.quantized.LinearPackedParamsBase"), IsEmpty());
}

TEST(TorchScriptCode, WhatNetworksDoIsNotNamed) {
  EXPECT_THAT(Uses("def forward(self, x: Tensor) -> Tensor:\n"
                   "  _0 = torch.add(self.profile, torch.linear(x, self.weight), alpha=1)\n"
                   "  return ops.prim.NumToTensor(torch.size(_0, 0))\n"),
              IsEmpty());
  EXPECT_THAT(Uses("self.torch.save(x)"), IsEmpty());
}

TEST(TorchScriptCode, BlanksAndCommentsAndStringsHideNothingAndNameNothing) {
  EXPECT_THAT(Uses("torch . save (x)"), ElementsAre("torch.save"));
  EXPECT_THAT(Uses("# torch.save(x)\n\"torch.save\"; 'it\\'s torch.load'"), IsEmpty());
  EXPECT_THAT(Uses("'#'; torch.save(x)"), ElementsAre("torch.save"));
  EXPECT_THAT(Uses("\"\\\\\"; torch.save(x)"), ElementsAre("torch.save"));
  EXPECT_THAT(Uses("a torch.save"), ElementsAre("torch.save"));
}

TEST(TorchScriptCode, EachNameIsToldOnceAndAllAreBounded) {
  std::string code;
  for (int i = 0; i < 1000; ++i) code += "ops.x" + std::to_string(i) + ".read_file()\n";
  EXPECT_EQ(Uses(code).size(), 20U);
  EXPECT_THAT(Uses("torch.save(a)\ntorch.save(b)\n"), ElementsAre("torch.save"));
  EXPECT_THAT(Uses(std::string(100'000, 'a') + ".save"), IsEmpty());
}

TEST(TorchScriptCode, EveryTruncationEnds) {
  const std::string code = "x = torch.save('a\\n', \"b\")  # c\n";
  for (std::size_t size = 0; size <= code.size(); ++size) Uses(code.substr(0, size));
}

}  // namespace
}  // namespace counterscan::format
