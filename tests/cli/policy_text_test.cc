#include "scanner/cli/policy_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace counterscan {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  const auto rows = ParsePolicy(text, "team.policy");
  return rows ? "" : rows.error().message;
}

TEST(PolicyText, ReadsRowsWithTheirReasons) {
  const auto rows = ParsePolicy(
      "# ours\n"
      "\n"
      "allow acme.layers RotaryBlock   # reviewed\r\n"
      "  allow\tacme.layers Outer.Inner instantiate\n"
      "deny acme.legacy * suspicious\n"
      "deny acme.old.* caution # old\n"
      "deny pandas read_pickle",
      "team.policy");
  ASSERT_TRUE(rows) << rows.error().message;
  using Verb = ImportRow::Verb;
  using Use = ImportRow::Use;
  const std::vector<ImportRow> expected = {
      {Verb::kAllow, "acme.layers", "RotaryBlock", Use::kCall, Level::kUnsafe, "reviewed",
       "policy team.policy:3"},
      {Verb::kAllow, "acme.layers", "Outer.Inner", Use::kInstantiate, Level::kUnsafe, "",
       "policy team.policy:4"},
      {Verb::kDeny, "acme.legacy", "*", Use::kCall, Level::kSuspicious, "", "policy team.policy:5"},
      {Verb::kDeny, "acme.old", "*", Use::kCall, Level::kCaution, "old", "policy team.policy:6"},
      {Verb::kDeny, "pandas", "read_pickle", Use::kCall, Level::kUnsafe, "",
       "policy team.policy:7"}};
  EXPECT_EQ(*rows, expected);
  EXPECT_TRUE(ParsePolicy("", "p")->empty());
}

TEST(PolicyText, ErrorsSayWhereAndWhat) {
  EXPECT_EQ(ErrorOf("allow a B\n\nalow a B\n"),
            "team.policy:3: 'alow' is neither allow nor deny. Did you mean 'allow'?");
  EXPECT_THAT(ErrorOf("allow a"), HasSubstr("team.policy:1: allow takes a module, a name"));
  EXPECT_THAT(ErrorOf("allow a B C"), HasSubstr("'C' is none of instantiate, call, either"));
  EXPECT_THAT(ErrorOf("allow a B call now"), HasSubstr("allow takes"));
  EXPECT_THAT(ErrorOf("allow a *"), HasSubstr("'*' stands for all names of a module, in deny"));
  EXPECT_THAT(ErrorOf("allow a.* B"), HasSubstr("in deny rows only"));
  EXPECT_THAT(ErrorOf("deny a"), HasSubstr("deny takes"));
  EXPECT_THAT(ErrorOf("deny a B clean"), HasSubstr("'clean' is none of caution"));
  EXPECT_THAT(ErrorOf("deny a B unsafe x"), HasSubstr("'x' was not expected"));
  EXPECT_THAT(ErrorOf("deny a..b C"), HasSubstr("no module that a program could have"));
  EXPECT_THAT(ErrorOf("allow a " + std::string(300, 'x')), HasSubstr("no name"));
  EXPECT_THAT(ErrorOf("allow a \x1b[2J"), HasSubstr("'\\x1b[2J'"));
  EXPECT_NE(ErrorOf(std::string("allow a b\0c", 11)), "");
}

TEST(PolicyText, WhatIsUnsafeCannotBeAllowed) {
  EXPECT_EQ(ErrorOf("allow posix system"),
            "team.policy:1: posix.system is unsafe [PKL-101], which no policy can allow");
  EXPECT_NE(ErrorOf("allow __builtin__ eval"), "");
  EXPECT_NE(ErrorOf("allow torch hub.load"), "");
  EXPECT_FALSE(ParseAllowedImport("os.system"));
  EXPECT_FALSE(ParseAllowedImport("torch.hub.load"));
}

TEST(PolicyText, ANameOnTheCommandLineIsSplitInEveryWay) {
  const auto rows = ParseAllowedImport("a.b.C.D:instantiate");
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 3u);
  EXPECT_EQ((*rows)[1].module, "a.b");
  EXPECT_EQ((*rows)[1].name, "C.D");
  EXPECT_EQ((*rows)[1].use, ImportRow::Use::kInstantiate);
  EXPECT_EQ((*rows)[1].origin, "--allow-import a.b.C.D:instantiate");
  for (const char* bad : {"a", "a.b:c", "a.*", ".a", "a.", "a b.c", ""}) {
    EXPECT_FALSE(ParseAllowedImport(bad)) << bad;
  }
}

TEST(PolicyText, DeniedNamesMayBeWholeModules) {
  EXPECT_EQ(ParseDeniedImport("a.b.*")->at(0).module, "a.b");
  EXPECT_EQ(ParseDeniedImport("a.b.*")->at(0).name, "*");
  EXPECT_EQ(ParseDeniedImport("a.b")->at(0).name, "b");
  for (const char* bad : {"a", "*", ".*", "a.*.b", ""}) EXPECT_FALSE(ParseDeniedImport(bad)) << bad;
}

TEST(PolicyText, TooManyRowsAreRefused) {
  std::string text;
  for (std::size_t i = 0; i <= kMaxImportRows; ++i) text += "deny a b\n";
  EXPECT_THAT(ErrorOf(text), HasSubstr("more than 20000 rows"));
}

}  // namespace
}  // namespace counterscan
