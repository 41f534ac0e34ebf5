// Listed names are listed for what picklers do with them. What else they can be made to do.
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

void ExpectAll(const std::vector<Case>& cases, Level level) {
  for (const Case& test : cases) {
    const Analysis analysis = AnalyzeBytes(Pickled(test.expression));
    EXPECT_EQ(WorstOf(analysis), level) << test.what << "\n" << Summary(analysis);
  }
}

std::string Object(std::string_view module, std::string_view name,
                   std::initializer_list<std::string> state = {}) {
  return Global(module, name) + ")\x81(" + Joined(state) + "db";
}

const std::string kFile = Text("/tmp/file");

TEST(ListedUse, AMappedFileIsNeverOpenedUnseen) {
  std::vector<Case> cases;
  for (const std::string_view module : {"numpy", "numpy.core.memmap", "numpy._core.memmap"}) {
    const std::string memmap = Global(module, "memmap");
    cases.push_back({"called", Call(memmap, {kFile})});
    cases.push_back({"by OBJ", "(" + memmap + kFile + "o"});
    cases.push_back({"created", memmap + Tuple({kFile}) + "\x81"});
    cases.push_back({"by __new__", Call(Global(module, "memmap.__new__"), {memmap, kFile})});
    cases.push_back({"by getattr", Call(Attribute(memmap, "__new__"), {memmap, kFile})});
    cases.push_back({"by a function that calls the class it is given",
                     Call(Global("pydantic.v1.errors", "cls_kwargs"),
                          {memmap, "(" + Text("filename") + kFile + "d"})});
    cases.push_back({"as a bit generator",
                     Call(Global("numpy.random._pickle", "__generator_ctor"), {kFile, memmap})});
  }
  ExpectAll(cases, Level::kUnsafe);
  // An array that was mapped when it was pickled.
  ExpectAll({{"reconstructed", Call(Global("numpy.core.multiarray", "_reconstruct"),
                                    {Global("numpy", "memmap"), Tuple({Number(0)}), Bytes("b")})}},
            Level::kClean);
}

TEST(ListedUse, AModelOfTokenizersIsCreatedOfNothing) {
  const std::string model = Global("tokenizers.models", "BPE");
  ExpectAll({{"created, and given its state", model + ")\x81" + Bytes("{}") + "b"},
             {"by protocol 0", Call(Global("copyreg", "_reconstructor"),
                                    {model, Global("builtins", "object"), "N"})}},
            Level::kClean);
  ExpectAll({{"created of a file", model + Tuple({kFile}) + "\x81"},
             {"called with files", Call(model, {kFile, kFile})},
             {"its own base", Call(Global("copyreg", "_reconstructor"), {model, model, kFile})}},
            Level::kUnsafe);
}

TEST(ListedUse, FunctionsThatCallWhatTheyAreGivenAreJudgedByIt) {
  const std::string booster = Global("xgboost.core", "Booster");
  ExpectAll(
      {{"pydantic's errors", Call(Global("pydantic.errors", "cls_kwargs"), {booster, "("s + "d"})},
       {"random states",
        Call(Global("numpy.random._pickle", "__randomstate_ctor"), {kFile, booster})},
       {"blocks of pandas",
        Call(Global("pandas.core.internals.blocks", "make_block"), {kFile, Number(0), booster})},
       {"a pattern's replacement",
        Call(Global("re", "Pattern.sub"),
             {Call(Global("re", "_compile"), {Text("a"), Number(0)}), booster, Text("a")})}},
      Level::kSuspicious);
  const std::string ctor = Global("numpy.random._pickle", "__bit_generator_ctor");
  ExpectAll({{"an honest random state",
              Call(Global("numpy.random._pickle", "__randomstate_ctor"), {Text("MT19937"), ctor})},
             {"numpy 2's", Call(Global("numpy.random._pickle", "__randomstate_ctor"),
                                {Call(ctor, {Text("MT19937")})})}},
            Level::kClean);
}

TEST(ListedUse, ObjectsWhoseMethodsAreRunStandOut) {
  // Walking through it opens the file.
  const std::string lines =
      Object("gensim.models.word2vec", "LineSentence", {Text("source"), kFile});
  std::vector<Case> cases;
  for (const std::string_view function : {"list", "tuple", "dict", "set", "str", "repr", "len",
                                          "sum", "any", "bool", "float", "bytes", "zip"}) {
    cases.push_back({function, Call(Global("builtins", function), {lines})});
  }
  for (const std::string_view type : {"OrderedDict", "Counter", "deque"}) {
    cases.push_back({type, Call(Global("collections", type), {lines})});
  }
  cases.push_back({"numpy.array", Call(Global("numpy", "array"), {lines})});
  cases.push_back({"inside a list", Call(Global("builtins", "str"), {List({lines})})});
  cases.push_back({"as the arguments of a call", Global("builtins", "len") + lines + "R"});
  ExpectAll(cases, Level::kSuspicious);
  ExpectAll({{"objects in a set", Call(Global("builtins", "set"), {List({lines})})},
             {"objects in a deque", Call(Global("collections", "deque"), {List({lines})})}},
            Level::kClean);
}

TEST(ListedUse, WhatSpacyUnpicklesIsFollowed) {
  const auto vocab = [](const std::string& getters) {
    return Call(Global("spacy.vocab", "unpickle_vocab"), {"N", "N", "N", "N", getters, "N", "N"});
  };
  const std::string call = Pickled(Call(Global("posix", "system"), {Text("true")}));
  const std::string encoded =
      Call(Global("_codecs", "encode"), {Text(call.substr(2)), Text("latin1")});
  EXPECT_TRUE(Imports(AnalyzeBytes(Pickled(vocab(Bytes(call)))), "posix", "system"));
  ExpectAll({{"bytes", vocab(Bytes(call))},
             {"encoded bytes", vocab(encoded)},
             {"what another call returns", vocab(Call(Global("collections", "OrderedDict"), {}))}},
            Level::kUnsafe);
  ExpectAll({{"an unlisted function inside",
              vocab(Bytes(Pickled(Call(Global("mypackage", "run"), {}))))}},
            Level::kSuspicious);
  ExpectAll({{"nothing bad inside", vocab(Bytes(Pickled("}")))},
             {"a tokenizer with it",
              Call(Global("spacy.tokenizer", "Tokenizer"), {vocab(Bytes(Pickled("}"))), "}"})}},
            Level::kClean);
}

TEST(ListedUse, OnlyLatin1IsEncodedToByPicklers) {
  ExpectAll({{"rot13", Call(Global("_codecs", "encode"), {Text("cbfvk"), Text("rot13")})},
             {"compression", Call(Global("_codecs", "encode"), {Bytes("a"), Text("zlib_codec")})}},
            Level::kSuspicious);
}

TEST(ListedUse, SettingsThatAreCalledActAndAreOnlyCreated) {
  for (const auto& [module, name] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"transformers.training_args", "TrainingArguments"},
           {"accelerate.state", "PartialState"},
           {"accelerate.utils.deepspeed", "HfDeepSpeedConfig"},
           {"catboost.core", "Pool"}}) {
    ExpectAll({{name, Call(Global(module, name), {kFile})}}, Level::kSuspicious);
    ExpectAll({{name, Object(module, name, {Text("a"), "N"})}}, Level::kClean);
  }
}

TEST(ListedUse, PythonsOwnValuesAreQuiet) {
  ExpectAll(
      {{"an iterator", Call(Global("builtins", "iter"), {List({Number(1)})})},
       {"an iterator over another",
        Call(Global("builtins", "enumerate"),
             {Call(Global("builtins", "iter"), {Text("ab")}), Number(0)})},
       {"a union of types", Call(Global("functools", "reduce"),
                                 {Global("_operator", "or_"),
                                  Tuple({Global("builtins", "int"), Global("builtins", "str")})})},
       {"a member of an enumeration", Attribute(Global("re", "RegexFlag"), "IGNORECASE")},
       {"the same by a dotted name", Global("inspect", "_ParameterKind.POSITIONAL_ONLY")},
       {"a method of str", Global("builtins", "str.split")},
       {"times", Call(Global("time", "struct_time"), {Tuple({Number(1)}), "}"})},
       {"a status", Call(Global("http", "HTTPStatus"), {Number(200)})},
       {"signals of decimals", Global("decimal", "InvalidOperation")}},
      Level::kClean);
  ExpectAll({{"an iterator that calls",
              Call(Global("builtins", "iter"), {Global("builtins", "len"), "N"})},
             {"a fold that joins", Call(Global("functools", "reduce"),
                                        {Global("_operator", "or_"), Tuple({Text("a")})})},
             {"a constant of a module", Global("sys", "COPYRIGHT")}},
            Level::kUnsafe);
}

}  // namespace
}  // namespace counterscan::pickle
