// Callables that an object merely keeps, and ways to have them called all the same.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/pickle/expressions.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

struct Case {
  std::string_view what;
  std::string expression;
};

void ExpectAtLeast(Level level, const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    const Analysis analysis = AnalyzeBytes(Pickled(test.expression));
    EXPECT_GE(static_cast<int>(WorstOf(analysis)), static_cast<int>(level)) << test.what << "\n"
                                                                            << Summary(analysis);
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

const std::string kPartial = Global("functools", "partial");
const std::string kNamespace = Global("types", "SimpleNamespace");
// A method of a listed class, as Python 3 writes it.
const std::string kMethod =
    Attribute(Call(Global("re", "_compile"), {Text("x"), Number(0)}), "search");
// Listed to be named, not to be called.
const std::string kMetric = Global("fastcore.basics", "listify");

const std::string kClass = Global("torch.nn.modules.linear", "Linear");

TEST(KeptCallables, MayBeKept) {
  const auto kept = [](std::string_view module, std::string_view type, std::string_view method) {
    return Attribute(New(Global(module, type)), method);
  };
  ExpectClean({{"a method", kMethod},
               {"one of a base class, handed to another",
                kept("ConfigSpace.hyperparameters.uniform_integer", "UniformIntegerHyperparameter",
                     "_integer_neighborhood_size")},
               {"one of a base class, under another name",
                kept("lifelines.fitters.nelson_aalen_fitter", "NelsonAalenFitter", "plot")},
               {"a function of torch's, as pickle names it",
                Global("torch._C", "_VariableFunctionsClass.ones_like")},
               {"in a state", WithState(New(kNamespace), Dict({Text("matcher"), kMethod}))},
               {"a metric", WithState(New(kNamespace), Dict({Text("score"), kMetric}))},
               {"a metric with settings",
                Call(kPartial, {kMetric, Text("macro"), Number(1), "N", List({Number(1)})})},
               {"a partial of what may be called",
                Call(Global("numpy", "exp"), {Call(Global("collections", "OrderedDict"), {})})}});
}

TEST(KeptCallables, AreFoundWhereACallMayReachThem) {
  const std::string planted = WithState(New(kNamespace), Dict({Text("exp"), kMethod}));
  const std::string exp = Global("numpy", "exp");
  ExpectAtLeast(
      Level::kSuspicious,
      {{"given to a function", Call(exp, {kMethod})},
       {"in the state of what is given", Call(exp, {planted})},
       {"in a list that is given", Call(exp, {List({planted})})},
       {"deeper", Call(exp, {WithState(New(kNamespace), Dict({Text("a"), List({planted})}))})},
       {"a partial in a state",
        Call(exp, {WithState(New(kNamespace),
                             Dict({Text("exp"), Call(kPartial, {kMethod, Text("x")})}))})},
       {"a partial that was created without a call",
        Call(exp, {WithState(New(kNamespace), Dict({Text("exp"), New(kPartial)}))})},
       {"a listed function", Call(exp, {WithState(New(kNamespace), Dict({Text("exp"), kMetric}))})},
       {"the factory of missing items",
        Call(Global("operator", "mod"),
             {Text("%(a)s"), Call(Global("collections", "defaultdict"), {kMethod})})},
       {"a container that asks for keys",
        Call(Global("builtins", "dict"),
             {WithState(New(kNamespace), Dict({Text("keys"), kMethod}))})}});
}

TEST(KeptCallables, BindSettingsOnly) {
  ExpectAtLeast(
      Level::kSuspicious,
      {{"a path", Call(kPartial, {kMetric, Text("/tmp/x.py")})},
       {"an address", Call(kPartial, {kMetric, Text("http://host/x")})},
       {"code", Call(kPartial, {kMetric, Text("import os;os.getpid()")})},
       {"in a state",
        WithState(New(kPartial), Tuple({kMetric, Tuple({Text("a.py")}), Dict({}), "N"}))},
       {"bytes", Call(kPartial, {kMetric, Bytes("abc")})},
       // A class that is harmless to create need not be harmless to call with a text.
       {"a class and a text to run", Call(kPartial, {kClass, Text("print(1)")})},
       {"the same in a state",
        WithState(New(kPartial), Tuple({kClass, Tuple({Text("print(1)")}), Dict({}), "N"}))}});
  ExpectClean({{"a class and settings", Call(kPartial, {kClass, Number(4), Text("mean")})}});
}

TEST(KeptCallables, APartialBindsOnlySettingsToAMethod) {
  const auto partial = [](const std::string& bound) {
    const std::string method = Call(Global("builtins", "getattr"),
                                    {New(Global("unheard.symbols", "Symbol")), Text("subs")});
    return WithState(Call(Global("functools", "partial"), {Global("operator", "eq")}),
                     Tuple({method, Tuple({bound}), Dict({}), "N"}));
  };
  ExpectAtLeast(Level::kSuspicious,
                {{"text to run", partial(Text("__import__('os').system('true')"))},
                 {"a pair of texts", partial(Tuple({Text("x"), Text("print(1)")}))},
                 {"an object", partial(New(Global("unheard.symbols", "Symbol")))}});
  const Analysis analysis = AnalyzeBytes(Pickled(partial(Text("mean"))));
  EXPECT_EQ(WorstOf(analysis), Level::kCaution) << Summary(analysis);
}

TEST(KeptCallables, BoundMethodsAreJudgedByTheirClass) {
  const auto bound = [](std::string_view module, std::string_view type, std::string_view method) {
    return Attribute(New(Global(module, type)), method);
  };
  ExpectAtLeast(Level::kUnsafe,
                {{"runs text", bound("sympy.polys.monomials", "MonomialOps", "_build")},
                 {"writes a file", bound("pathlib", "PosixPath", "symlink_to")},
                 {"calls what its state says",
                  bound("sklearn.ensemble._stacking", "StackingRegressor", "_transform")}});
}

// HDBSCAN keeps a cache without a folder: it reads nothing.
TEST(KeptCallables, ACacheIsHarmlessWithoutAFolder) {
  const std::string cache = New(Global("joblib.memory", "Memory"));
  const auto with = [&](std::string_view key, const std::string& value) {
    return WithState(cache, Dict({Text("mmap_mode"), "N", Text(key), value}));
  };
  ExpectClean({{"no folder", with("location", "N")}, {"no store", with("store_backend", "N")}});
  ExpectAtLeast(Level::kUnsafe,
                {{"a folder", with("location", Text("cache"))},
                 {"one of older versions", with("cachedir", Text("cache"))},
                 {"a store", with("store_backend", New(Global("types", "SimpleNamespace")))},
                 {"the folder last",
                  WithState(cache, Dict({Text("location"), "N", Text("location"), Text("cache")}))},
                 {"a computed key",
                  WithState(cache, Dict({Call(Global("builtins", "str"), {Text("location")}),
                                         Text("cache")}))},
                 {"slots", WithState(cache, Tuple({"N", Dict({Text("location"), Text("cache")})}))},
                 {"a call", Call(Global("joblib.memory", "Memory"), {Text("cache")})},
                 {"a call without arguments", Call(Global("joblib.memory", "Memory"), {})}});
}

TEST(KeptCallables, AFactoryInASlotStateIsJudged) {
  const std::string factory = New(Global("collections", "defaultdict"));
  ExpectAtLeast(Level::kUnsafe,
                {{"denied", WithState(factory, Tuple({"N", Dict({Text("default_factory"),
                                                                 Global("os", "getcwd")})}))}});
  ExpectAtLeast(
      Level::kSuspicious,
      {{"a method", WithState(factory, Tuple({"N", Dict({Text("default_factory"), kMethod})}))}});
}

TEST(KeptCallables, OfADictWithAFactoryAreCalledForWhatItLacks) {
  const auto factory = [](const std::string& function) {
    return Call(Global("collections", "defaultdict"), {function});
  };
  // As functools writes one.
  const auto partial = [](const std::string& function, const std::string& bound) {
    return WithState(Call(kPartial, {function}), Tuple({function, bound, Dict({}), "N"}));
  };
  const std::string library_class = Global("sympy.logic.inference", "PropKB");
  const std::string made = Global("collections", "defaultdict");
  const std::string counts = Global("nltk.probability", "FreqDist");
  ExpectAtLeast(
      Level::kSuspicious,
      {{"a method", factory(kMethod)},
       {"a class with text to run", factory(Call(kPartial, {library_class, Text("f(1)")}))},
       {"text in its state", factory(partial(library_class, Tuple({Text("f(1)")})))},
       {"a state that is still to come", factory(Call(kPartial, {library_class}))},
       {"one inside another",
        factory(partial(made, Tuple({partial(library_class, Tuple({Text("f(1)")}))})))},
       {"of a kind of dict",
        WithState(New(counts),
                  Tuple({"N", Dict({Text("default_factory"),
                                    partial(library_class, Tuple({Text("f(1)")}))})}))}});
  ExpectClean(
      {{"a class", factory(counts)},
       {"a class with settings", factory(partial(counts, Tuple({Text("abc"), Number(1)})))},
       {"dicts of dicts", factory(partial(made, Tuple({Global("builtins", "int")})))},
       {"dicts of dicts of dicts",
        factory(partial(made, Tuple({partial(made, Tuple({Global("builtins", "list")}))})))}});
}

TEST(KeptCallables, AGeneratorOfNumbersLooksIntoItsState) {
  const std::string twister =
      Call(Global("numpy.random._pickle", "__bit_generator_ctor"), {Text("MT19937")});
  const std::string view = WithState(New(Global("networkx.classes.coreviews", "FilterAtlas")),
                                     Dict({Text("NODE_OK"), kMetric}));
  const auto state = [](const std::string& inner) {
    return Dict({Text("bit_generator"), Text("MT19937"), Text("state"), inner});
  };
  std::string padded = "}(";
  for (int i = 0; i < 100; ++i) padded += Text("k" + std::to_string(i)) + Number(i);
  padded += Text("key") + view + "u";
  std::string numbers = "(";
  for (int i = 0; i < 625; ++i) numbers += Number(i);
  ExpectAtLeast(Level::kSuspicious,
                {{"numpy", WithState(twister, state(view))},
                 {"numpy, hidden", WithState(twister, state(padded))},
                 {"random", WithState(New(Global("random", "Random")),
                                      Tuple({Number(2), Tuple({view}), "N"}))}});
  ExpectClean({{"numpy", WithState(twister, state(Dict({Text("pos"), Number(624)})))},
               {"random",
                WithState(New(Global("random", "Random")), Tuple({Number(3), numbers + "t", "N"}))},
               {"random, beside objects of a library",
                List({view, WithState(New(Global("random", "Random")),
                                      Tuple({Number(3), numbers + "t", "N"}))})}});
}

TEST(KeptCallables, AClassAsksWhatItIsMadeOf) {
  const auto make = [](const std::string& type, const std::string& argument) {
    return type + Tuple({argument}) + "\x81";
  };
  const auto with = [](const std::string& type, std::string_view method,
                       const std::string& function) {
    return WithState(New(type), Dict({Text(method), function}));
  };
  const std::string transfer = Global("scipy.signal._ltisys", "TransferFunction");
  const std::string zeros = Global("scipy.signal._ltisys", "ZerosPolesGainContinuous");
  const std::string parameter = Global("torch.nn.parameter", "Parameter");
  const std::string code =
      Call(kPartial, {Global("sympy.logic.inference", "PropKB"), Text("f(1)")});
  ExpectAtLeast(Level::kSuspicious,
                {{"something that can be called", make(transfer, with(zeros, "to_tf", code))},
                 {"the same of torch's", make(parameter, with(kNamespace, "detach", code))},
                 {"an unlisted function",
                  make(parameter, with(kNamespace, "detach", Global("somepackage", "run")))},
                 {"an object of another library",
                  make(parameter, New(Global("networkx.classes.coreviews", "FilterAtlas")))}});
  ExpectClean({{"nothing", New(transfer)}, {"its own", make(transfer, New(zeros))}});
}

TEST(KeptCallables, AnErrorShowsAPartOfAState) {
  const std::string code =
      Call(kPartial, {Global("sympy.polys.monomials", "Monomial"), Text("f(1)")});
  const std::string vector = WithState(New(Global("sympy.physics.vector.vector", "Vector")),
                                       Dict({Text("_sympystr"), code}));
  ExpectAtLeast(Level::kSuspicious,
                {{"torch", WithState(New(Global("torch.distributed._shard.sharded_tensor.metadata",
                                                "TensorProperties")),
                                     Tuple({"N", "N", "N", vector, "N"}))}});
}

TEST(KeptCallables, APartOfAStateIsAskedToJoin) {
  const std::string joins =
      WithState(New(kNamespace),
                Dict({Text("join"),
                      Call(kPartial, {Global("sympy.logic.inference", "PropKB"), Text("f(1)")})}));
  ExpectAtLeast(
      Level::kSuspicious,
      {{"statsmodels", WithState(New(Global("statsmodels.base.data", "ModelData")),
                                 Dict({Text("restore_model_spec"), Number(1), Text("formula"),
                                       Text("y ~ x"), Text("orig_endog"), joins}))}});
}

TEST(KeptCallables, DoNotReplaceMethodsThatLoadingCalls) {
  const std::string isotonic = New(Global("sklearn.isotonic", "IsotonicRegression"));
  const std::string norm = New(Global("scipy.stats._continuous_distns", "norm_gen"));
  std::string padded = "}(";
  for (int i = 0; i < 100; ++i) padded += Text("k" + std::to_string(i)) + Number(i);
  padded += Text("_build_f") + kMetric + "u";
  ExpectAtLeast(
      Level::kUnsafe,
      {{"a listed function", WithState(isotonic, Dict({Text("_build_f"), kMetric}))},
       {"a method", WithState(isotonic, Dict({Text("_build_f"), kMethod}))},
       {"an object that calls a method",
        WithState(isotonic,
                  Dict({Text("_build_f"),
                        WithState(New(Global("torch.nn.modules.linear", "Identity")),
                                  Dict({Text("forward"),
                                        Attribute(New(Global("acme", "Net")), "subs")}))}))},
       {"behind more keys than are kept", WithState(isotonic, padded)},
       {"attribute by attribute",
        WithState(isotonic, Tuple({"N", Dict({Text("_build_f"), kMetric})}))},
       {"SciPy's", WithState(norm, Dict({Text("_attach_methods"), kMethod}))}});
}

// --- states

TEST(States, ScipyTakesPairsForADict) {
  const std::string norm = New(Global("scipy.stats._continuous_distns", "norm_gen"));
  const std::string pair = Tuple({Text("_parse_arg_template"), Text("import os")});
  const std::string old_state =
      Tuple({Dict({Text("momtype"), Number(1), Text("a"), "N", Text("name"), Text("norm")}), "N"});
  ExpectAtLeast(
      Level::kUnsafe,
      {{"two pairs", WithState(norm, Tuple({pair, Tuple({Text("x"), Number(1)})}))},
       {"a list of pairs", WithState(norm, List({pair}))},
       {"a dict of two keys is a pair",
        WithState(norm,
                  Tuple({Dict({Text("_parse_arg_template"), "N", Text("x"), "N", Text("x"), "N"}),
                         "N"}))},
       {"set by torch",
        Call(Global("torch._tensor", "_rebuild_from_type_v2"),
             {Global("copyreg", "__newobj__"), Global("scipy.stats._continuous_distns", "norm_gen"),
              Tuple({Global("scipy.stats._continuous_distns", "norm_gen")}),
              Tuple({pair, Tuple({Text("x"), Number(1)})})})},
       {"to a class that has it from SciPy",
        WithState(New(Global("statsmodels.sandbox.distributions.extras", "SkewNorm_gen")),
                  List({pair}))}});
  ExpectClean({{"as old versions write it", WithState(norm, old_state)}});
}

TEST(States, SpecialMethodsAreSeenInEveryKindOfDict) {
  const std::string object = New(Global("sklearn.isotonic", "IsotonicRegression"));
  const std::string key = Text("__setstate__");
  const std::string ordered = Call(Global("collections", "OrderedDict"), {});
  std::string flood;
  for (int i = 0; i < 15'000; ++i) flood += Tuple({"(" + std::string(40, 'N') + "t"}) + "0";
  ExpectAtLeast(
      Level::kSuspicious,
      {{"items of an OrderedDict", WithState(object, ordered + key + kMetric + "s")},
       {"pairs",
        WithState(object, Call(Global("builtins", "dict"), {List({Tuple({key, kMetric})})}))},
       {"a tuple that was forgotten",
        Tuple({"N", Dict({key, kMetric})}) + "q\x01" + "0" + flood + WithState(object, "h\x01")},
       {"items that are attributes",
        WithState(New(Global("scipy.optimize._optimize", "OptimizeResult")) + key + kMetric + "s",
                  Dict({Text("a"), Number(1)}))}});
}

TEST(States, WhatAFunctionReturnedMayBeWhatItWasGiven) {
  const std::string identity = Global("sklearn.preprocessing._function_transformer", "_identity");
  ExpectAtLeast(Level::kUnsafe,
                {{"a class", WithState(Call(identity, {Global("sklearn.svm._classes", "SVC")}),
                                       Dict({Text("fit"), Number(1)}))}});
  ExpectAtLeast(
      Level::kSuspicious,
      {{"a dict", Call(identity, {Dict({})}) + Text("a") + Number(1) + "s"},
       {"an object", WithState(Call(identity, {New(kNamespace)}), Dict({Text("a"), Number(1)}))}});
}

TEST(States, JoblibsWrapperIsKnownInDisguise) {
  const std::string wrapper = Global("joblib.numpy_pickle", "NumpyArrayWrapper");
  const std::string state = Dict({Text("subclass"), Global("numpy", "ndarray"), Text("shape"),
                                  Tuple({Number(69)}), Text("order"), Text("C"), Text("dtype"),
                                  Call(Global("numpy", "dtype"), {Text("u1"), "\x89", "\x88"}),
                                  Text("allow_mmap"), "\x89"});
  const std::string payload = std::string(64, '\xff') + "cos\nsystem\n(Vtrue\ntR.";
  const std::vector<Case> wrappers = {
      {"__new__", Call(Global("joblib.numpy_pickle", "NumpyArrayWrapper.__new__"), {wrapper})},
      {"a function that returns it",
       Call(Global("sklearn.preprocessing._function_transformer", "_identity"), {New(wrapper)})},
      {"a scalar",
       Call(Global("numpy.core.multiarray", "scalar"),
            {Call(Global("numpy", "dtype"), {Text("O8"), "\x89", "\x88"}), New(wrapper)})}};
  for (const Case& test : wrappers) {
    const Analysis analysis =
        AnalyzeBytes(Pickled(WithState(test.expression, state) + Bytes(payload)));
    EXPECT_EQ(WorstOf(analysis), Level::kUnsafe) << test.what << Summary(analysis);
    EXPECT_TRUE(Imports(analysis, "os", "system")) << test.what << Summary(analysis);
  }
}

TEST(States, AReconstructorCallsAnyBaseButObject) {
  const std::string type = Global("dateutil.tz.tz", "tzical");
  ExpectAtLeast(
      Level::kSuspicious,
      {{"itself", Call(Global("copyreg", "_reconstructor"), {type, type, Text("/etc/hostname")})}});
}

TEST(States, JaxMakesArraysByNumPysFunctionOnly) {
  const std::string jax = Global("jax._src.array", "_reconstruct_array");
  const std::string reconstruct = Global("numpy.core.multiarray", "_reconstruct");
  const std::string ndarray = Tuple({Global("numpy", "ndarray"), Tuple({Number(0)}), Bytes("b")});
  ExpectClean({{"an array", Call(jax, {reconstruct, ndarray, Tuple({Number(1)}), Dict({})})}});
  ExpectAtLeast(Level::kSuspicious,
                {{"another function", Call(jax, {kMetric, Tuple({Text("x")}), "N", Dict({})})},
                 {"another class",
                  Call(jax, {reconstruct, Tuple({Global("pathlib", "Path")}), "N", Dict({})})},
                 {"nothing known", Call(jax, {reconstruct, "N", "N", Dict({})})}});
}

TEST(States, BytesForALoaderAreFollowedWhateverTheyLookLike) {
  std::string padding;
  for (int i = 0; i < 3000; ++i) padding += "N0";
  const std::string inner = padding + "cos\nsystem\n(Vtrue\ntR.";
  for (const std::string& expression :
       {Call(Global("spacy.vocab", "unpickle_vocab"), {"N", "N", "N", "N", Bytes(inner)}),
        Call(Global("spacy.tokens.doc", "unpickle_doc"), {"N", Bytes(inner), Bytes("")}),
        Call(Global("pickle", "loads"), {Bytes(inner)}),
        Call(Global("torch.storage", "_load_from_bytes"), {Bytes(inner)})}) {
    const Analysis analysis = AnalyzeBytes(Pickled(expression));
    EXPECT_TRUE(Imports(analysis, "os", "system")) << Summary(analysis);
    EXPECT_EQ(WorstOf(analysis), Level::kUnsafe);
  }
}

}  // namespace
}  // namespace counterscan::pickle
