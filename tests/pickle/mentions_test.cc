// Names on no list that a pickle mentions and does not call.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "pickle/policy/policy.h"
#include "tests/pickle/expressions.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

struct Case {
  std::string_view what;
  std::string expression;
};

void ExpectAll(const std::vector<Case>& cases, Level level) {
  for (const Case& test : cases) {
    const Analysis analysis = AnalyzeBytes(Pickled(test.expression));
    EXPECT_EQ(WorstOf(analysis), level) << test.what << "\n" << Summary(analysis);
  }
}

const std::string kLoss = Global("acme.losses", "focal");

std::string Dict(std::initializer_list<std::string> items) { return "(" + Joined(items) + "d"; }
// An object of the class, created and given a state.
std::string Object(const std::string& of, const std::string& state) {
  return of + ")\x81" + state + "b";
}
// A listed class that calls nothing of its own.
const std::string kListed = Global("torch.nn.modules.linear", "Identity");

TEST(Mentions, ANameThatIsOnlyKeptIsACaution) {
  ExpectAll(
      {{"alone", kLoss},
       {"in a list", List({Number(1), kLoss})},
       {"in the state of a class of its package",
        Object(Global("acme.model", "Net"), Dict({Text("loss"), kLoss}))},
       {"in the state of a listed class", Object(kListed, Dict({Text("loss"), kLoss}))},
       {"as a key", Dict({kLoss, Number(1)})},
       {"dropped", kLoss + "0N"},
       {"a method", Global("acme.losses", "Focal._weights")},
       {"a class", Global("acme.losses", "Focal")},
       {"beside a harmless call",
        List({kLoss, Call(Global("collections", "Counter"), {Dict({Text("a"), Number(2)})})})},
       {"of the program that loads", Global("__main__", "loss")}},
      Level::kCaution);
}

TEST(Mentions, WhatACallMayCallIsNoMereMention) {
  const std::string held = Object(kListed, Dict({Text("weights"), kLoss}));
  std::string nested = kLoss;
  for (int depth = 0; depth < 50; ++depth) nested = List({nested});
  std::string many = "(";
  for (int item = 0; item < 40; ++item) many += Number(item);
  many += kLoss + "l";
  const std::string torch = Global("torch", "Size");
  ExpectAll(
      {{"called", Call(kLoss, {Number(1)})},
       {"called by OBJ", "(" + kLoss + Number(1) + "o"},
       {"given to a listed callable", Call(torch, {kLoss})},
       {"in a list that is given", Call(torch, {List({kLoss})})},
       {"deep in lists", Call(torch, {nested})},
       {"behind more items than are kept", Call(torch, {many})},
       {"in the state of an object that is given", Call(torch, {held})},
       {"in what an object that is given was made of",
        Call(torch, {Call(Global("collections", "OrderedDict"), {List({})}) + "(" + Text("a") +
                     kLoss + "u"})},
       {"put into a list that was given to what is given", "]q\x01" + kListed + "h\x01\x85R" +
                                                               "q\x02" + "0h\x01" + kLoss + "a0" +
                                                               Call(torch, {"h\x02"})},
       {"as the factory of missing items", Call(Global("collections", "defaultdict"), {kLoss})},
       {"as the function of a partial", Call(Global("functools", "partial"), {kLoss})},
       {"as an argument of a partial",
        Call(Global("functools", "partial"), {Global("builtins", "max"), kLoss})},
       {"to an unlisted class's __new__", Global("acme", "Box") + Tuple({kLoss}) + "\x81"},
       {"in its keywords", Global("acme", "Box") + ")" + Dict({Text("key"), kLoss}) + "\x92"},
       {"as a key of the loader's", kLoss + "Q"}},
      Level::kSuspicious);
}

TEST(Mentions, SomeNamesAreNeverMereMentions) {
  // Covered and denied packages under names in other letters, scripts, walks, odd spelling.
  ExpectAll({{"a covered package", Global("torch", "nothing_like_it")},
             {"in capitals", Global("Torch", "Tensor2")},
             {"of the library of Python", Global("OS", "path")},
             {"a test's surroundings", Global("conftest", "pytest_configure")},
             {"an installer", Global("setup", "main")},
             {"a walk through a module", Global("acme", "helpers.run")},
             {"a long walk", Global("acme", "A.b.c.d")},
             {"a blank", Global("acme ", "run")}},
            Level::kSuspicious);
  ExpectAll({{"a script", Global("acme.__main__", "run")},
             {"a denied verb", Global("acme.tools", "run_command")},
             {"a module that another holds", Global("acme.tools", "subprocess")},
             {"a denied module inside", Global("acme.tools", "Tool.os.system")},
             {"a target of BUILD", kLoss + Dict({Text("a"), Number(1)}) + "b"},
             {"a target of SETITEM", kLoss + Text("a") + Number(1) + "s"}},
            Level::kUnsafe);
}

TEST(Mentions, AClassThatIsMadeOfNumbersIsMerelyCreated) {
  const std::string stage = Global("acme.stages", "Stage");
  ExpectAll(
      {{"a member of an enumeration", Call(stage, {Number(1)})},
       {"a class inside another", Call(Global("acme", "Run.Stage"), {Number(1), "N", "\x88"})},
       {"with a state", Call(stage, {Number(1)}) + Dict({Text("a"), kLoss}) + "b"},
       {"of the program that loads", Call(Global("__main__", "Stage"), {Number(1)})}},
      Level::kCaution);
  ExpectAll({{"of nothing", Call(stage, {})},
             {"of text", Call(stage, {Text("train")})},
             {"of bytes", Call(stage, {Bytes("ab")})},
             {"of a list", Call(stage, {List({Number(1)})})},
             {"of numbers and a function", Call(stage, {Number(1), kLoss})},
             {"a function", Call(kLoss, {Number(1)})},
             {"a method", Call(Global("acme", "Stage.run"), {Number(1)})},
             {"called once more", Call(Call(stage, {Number(1)}), {Number(1)})},
             {"once with numbers, once with text",
              List({Call(stage, {Number(1)}), Call(stage, {Text("x")})})},
             {"a covered package", Call(Global("torch", "Stage"), {Number(1)})}},
            Level::kSuspicious);
}

TEST(Mentions, AMethodThatTellsOfAnObjectMayBeHeld) {
  const std::string object = Object(Global("acme.store", "Store"), Dict({}));
  ExpectAll({{"its hash", Attribute(object, "__hash__")}}, Level::kCaution);
  ExpectAll({{"its call", Attribute(object, "__call__")},
             {"its class", Attribute(object, "__class__")},
             {"its hash, called", Call(Attribute(object, "__hash__"), {})}},
            Level::kUnsafe);
}

TEST(Mentions, AreToldByARuleOfTheirOwn) {
  const Analysis analysis = AnalyzeBytes(Pickled(kLoss));
  ASSERT_EQ(analysis.findings.size(), 1u);
  EXPECT_EQ(analysis.findings[0].rule, "PKL-306");
  ASSERT_EQ(analysis.imports.size(), 1u);
  EXPECT_EQ(analysis.imports[0].level, Level::kCaution);
}

// One of a thousand names is called; the others are handed to nobody.
TEST(Mentions, AreJudgedOneByOne) {
  std::string expression = "(";
  for (int i = 0; i < 1000; ++i) expression += Global("acme.names", "f" + std::to_string(i));
  expression += "l0" + Call(Global("acme.names", "f7"), {Number(1)});
  const Analysis analysis = AnalyzeBytes(Pickled(expression));
  int suspicious = 0;
  for (const Import& import : analysis.imports) suspicious += import.level == Level::kSuspicious;
  EXPECT_EQ(suspicious, 1);
}

}  // namespace
}  // namespace counterscan::pickle
