// Objects that carry what somebody else's method will do with them: functions that are handed such
// objects, classes handed to functions, and attributes whose setting runs code.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/pickle/expressions.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

struct Case {
  std::string_view what;
  std::string expression;
};

void ExpectRule(std::string_view rule, const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    const Analysis analysis = AnalyzeBytes(Pickled(test.expression));
    EXPECT_TRUE(HasRule(analysis, rule)) << test.what << "\n" << Summary(analysis);
  }
}

void ExpectClean(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    const Analysis analysis = AnalyzeBytes(Pickled(test.expression));
    EXPECT_EQ(WorstOf(analysis), Level::kClean) << test.what << "\n" << Summary(analysis);
  }
}

std::string New(const std::string& type) { return type + ")\x81"; }
std::string Dict(std::initializer_list<std::string> items) { return "(" + Joined(items) + "d"; }
std::string WithState(const std::string& object, const std::string& state) {
  return object + state + "b";
}

const std::string kProgram = Text("print(1)");
const std::string kVector =
    WithState(New(Global("sympy.physics.vector.vector", "Vector")), Dict({Text("args"), "]"}));

TEST(HandedObjects, OfAnotherLibraryMayBeRun) {
  const std::string space = WithState(New(Global("types", "SimpleNamespace")),
                                      Dict({Text("exp"), Global("sympy.core.symbol", "Dummy")}));
  ExpectRule("PKL-304",
             {{"an operator", Call(Global("_operator", "mul"), {kVector, kProgram})},
              {"in a list", Call(Global("_operator", "mod"), {Text("%s"), "(" + kVector + "l"})},
              {"a function of NumPy", Call(Global("numpy", "multiply"), {kVector, kProgram})},
              {"a frozen distribution",
               Call(Global("scipy.stats._distn_infrastructure", "rv_frozen"), {kVector})},
              {"a method that is an attribute", Call(Global("numpy", "exp"), {space})}});
  const std::string array =
      WithState(Call(Global("numpy.core.multiarray", "_reconstruct"),
                     {Global("numpy", "ndarray"), Tuple({Number(0)}), Bytes("b")}),
                Tuple({Number(1), Tuple({Number(1)}),
                       Call(Global("numpy", "dtype"), {Text("O8"), "\x89", "\x88"}), "\x89",
                       List({kVector})}));
  const std::string deque = Call(Global("collections", "deque"), {}) + kVector + "a";
  ExpectRule("PKL-304", {{"in an array", Call(Global("numpy", "multiply"), {array, kProgram})},
                         {"in a deque", Call(Global("_operator", "mod"), {Text("%s"), deque})}});
  std::string numbers = "(";
  for (int i = 0; i < 200; ++i) numbers += Number(i % 200);
  ExpectRule("PKL-304",
             {{"deep in a list that is not kept whole",
               Call(Global("_operator", "mod"), {Text("%s"), numbers + kVector + "l"})}});
}

TEST(HandedObjects, OfTheFunctionsOwnLibraryAreForIt) {
  const std::string day = New(Global("pandas.tseries.offsets", "Day"));
  const std::string zone = Call(Global("pytz", "_p"), {Text("Europe/Berlin")});
  ExpectClean(
      {{"pandas", Call(Global("pandas._libs.tslibs.period", "Period"), {"N", Number(1), day})},
       {"a time zone",
        Call(Global("pandas._libs.tslibs.timestamps", "Timestamp"), {Number(1), "N", zone})},
       {"numbers", Call(Global("_operator", "mul"), {Number(2), Number(3)})}});
}

TEST(HandedObjects, AClassIsCalledByWhomItIsHandedTo) {
  const std::string type = Global("sympy.logic.inference", "PropKB");
  ExpectRule(
      "PKL-304",
      {{"in an object",
        Call(Global("torch.nn.init", "constant_"),
             {WithState(New(Global("types", "SimpleNamespace")), Dict({Text("fill_"), type})),
              kProgram})},
       {"as it is", Call(Global("_operator", "mod"), {Text("%s"), type})},
       {"as a unit", Call(Global("astropy.units.core", "_recreate_irreducible_unit"),
                          {type, kProgram, "\x89"})}});
  ExpectRule(
      "PKL-204",
      {{"in the place of a method", WithState(New(Global("sklearn.isotonic", "IsotonicRegression")),
                                              Dict({Text("_build_f"), type}))},
       {"an object that can be called",
        WithState(New(Global("sklearn.isotonic", "IsotonicRegression")),
                  Dict({Text("_build_f"), New(Global("numpy.ma.core", "_frommethod"))}))}});
}

TEST(HandedObjects, AnInstanceMayBeCalled) {
  ExpectRule("PKL-206",
             {{"a generator of a class with __call__",
               Call(Global("numpy.random._pickle", "__generator_ctor"),
                    {kProgram, New(Global("sympy.stats.frv", "FiniteDensity"))})},
              {"a key of a list",
               Call(Global("sortedcontainers.sortedlist", "SortedKeyList"),
                    {List({kProgram}), New(Global("sympy.stats.frv", "FiniteDensity"))})}});
}

TEST(HandedObjects, AStateIsSetOnce) {
  const std::string config = New(Global("fastcore.xtras", "Config"));
  const std::string state = Dict({Text("d"), "}"});
  ExpectClean({{"once", WithState(config, state)}});
  const std::string rebuilt =
      Call(Global("torch._tensor", "_rebuild_from_type_v2"),
           {Global("copyreg", "__newobj__"), Global("fastcore.xtras", "Config"),
            Tuple({Global("fastcore.xtras", "Config")}), state});
  ExpectRule("PKL-218",
             {{"items behind a function's state", rebuilt + Text("k") + Text("v") + "s"}});
  ExpectRule("PKL-222", {{"twice", WithState(WithState(config, state), state)},
                         {"by a function, and again", WithState(rebuilt, state)}});
}

TEST(HandedObjects, SettersRunCode) {
  const std::string beam = New(Global("sympy.physics.continuum_mechanics.beam", "Beam"));
  ExpectRule("PKL-223",
             {{"a property", WithState(beam, Tuple({"N", Dict({Text("length"), kProgram})}))}});
  std::string many = "(";
  for (int i = 0; i < 40; ++i) many += Text("a" + std::to_string(i)) + Number(i);
  ExpectRule("PKL-223", {{"behind more than are kept, of a class without slots",
                          WithState(beam, Tuple({"N", many + Text("length") + kProgram + "d"}))}});
  // A slot is no property.
  const std::string symbol = New(Global("sympy.core.symbol", "Symbol"));
  const Analysis honest =
      AnalyzeBytes(Pickled(WithState(symbol, Tuple({"N", Dict({Text("name"), Text("x")})}))));
  EXPECT_FALSE(HasRule(honest, "PKL-223")) << Summary(honest);
}

}  // namespace
}  // namespace counterscan::pickle
