// Arrays as joblib's unpickler reads them: from the file, between the instructions.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/pickle/pickle_test_util.h"
#include "tests/support/pickle_builder.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

constexpr char kEightBytes[] = "(Vf8\nI0\nI1\ntR";

// The state of a wrapper: `dtype` and `shape` are instructions that push them, `more` further keys
// and values.
std::string State(const std::string& shape, const std::string& dtype, const std::string& more) {
  return PickleBuilder()
      .EmptyDict()
      .Mark()
      .BinUnicode("shape")
      .Raw(shape)
      .BinUnicode("dtype")
      .Global("numpy", "dtype")
      .Raw(dtype)
      .Raw(more)
      .Raw("u")
      .bytes();
}

std::string Wrapper(const std::string& state) {
  return PickleBuilder()
      .Global("joblib.numpy_pickle", "NumpyArrayWrapper")
      .Raw(")\x81")
      .Raw(state)
      .Build()
      .bytes();
}

// A wrapper, then a string that takes in what follows, unless joblib takes the head of it for the
// array; then an import.
std::string Hiding(const std::string& wrapper, std::size_t array_bytes) {
  const std::string payload = "cposix\nsystem\nV true\n\x85R.";
  std::string array(array_bytes, '0');
  array.replace(array_bytes - 5, 5,
                "X"s + static_cast<char>(payload.size()) + std::string(3, '\0'));
  return "\x80\x03" + wrapper + "N" + array.substr(1) + payload + ".";
}

TEST(Joblib, AListMayTellTheShape) {
  const std::string bytes = Hiding(Wrapper(State("]K\1a", kEightBytes, "")), 8);
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "posix", "system")) << Summary(analysis);
}

TEST(Joblib, AnArrayInTheMiddleOfAFrameStandsBehindIt) {
  // In the frame, behind the wrapper: the module. Behind the frame: the array, and then the name.
  const std::string inside = Wrapper(State("K\x0e\x85", "(Vu1\nI0\nI1\ntR", "")) + "0\x8c\5posix";
  for (const int arrays : {1, 2}) {
    std::string frame, behind;
    for (int i = 0; i < arrays; ++i) {
      frame += inside;
      behind += "\x8c\3sys\x8c\4exit\x93.0";
    }
    const std::string bytes = PickleBuilder()
                                  .Proto(4)
                                  .Frame(frame.size())
                                  .Raw(frame)
                                  .Raw(behind)
                                  .Unicode("system")
                                  .Raw("\x93.")
                                  .bytes();
    const Analysis analysis = AnalyzeBytes(bytes);
    EXPECT_TRUE(Imports(analysis, "posix", "system")) << Summary(analysis);
    EXPECT_TRUE(HasRule(analysis, "PKL-202"));
  }
}

TEST(Joblib, APickleOfObjectsStandsBehindTheFrameToo) {
  const std::string frame = Wrapper(State("K\1\x85", "(VO8\nI0\nI1\ntR", "")) + "0\x8c\5posix";
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Frame(frame.size())
                                .Raw(frame)
                                .Raw("\x80\2csys\nexit\n.")
                                .Unicode("system")
                                .Raw("\x93.")
                                .bytes();
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "sys", "exit")) << Summary(analysis);
  EXPECT_TRUE(Imports(analysis, "posix", "system")) << Summary(analysis);
}

TEST(Joblib, APickleOfObjectsThatBreaksOffMayGoOnForAPlainUnpickler) {
  // joblib reads the objects with a memo of their own, where slot 0 is empty.
  const std::string wrapper = Wrapper(State("K\1\x85", "(VO8\nI0\nI1\ntR", ""));
  const std::string bytes =
      "\x80\2Nq"s + '\0' + wrapper + "\x80\2ct\nn\nh" + '\0' + "ccPickle\n1\n0.";
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "cPickle", "1")) << Summary(analysis);
  EXPECT_TRUE(Imports(analysis, "pickle", "1")) << Summary(analysis);
}

TEST(Joblib, AnArrayOfASizeThatCannotBeKnownIsUnsafe) {
  const std::string plain = State("K\1\x85", kEightBytes, "");
  const std::string computed_shape = State("cmake\nshape\n)R", kEightBytes, "");
  const std::string computed_key =
      State("K\1\x85", kEightBytes, "cbuiltins\nstr\n(Vshape\ntR(K\2t");
  const std::string other_method = State("K\1\x85", kEightBytes, "X\4\0\0\0readcbuiltins\nlist\n"s);
  const std::string other_type = State("K\1\x85", "(cacme\nfloat\ntR", "");
  // The flags say that there are no objects in an array of objects.
  const std::string pointers =
      State("K\1\x85", "(VO8\ntR(K\3V|\nNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"s, "");
  for (const std::string& state :
       {"N"s, "}"s, computed_shape, computed_key, other_method, other_type, pointers}) {
    const Analysis analysis = AnalyzeBytes("\x80\3" + Wrapper(state) + std::string(8, 'N') + ".");
    EXPECT_TRUE(HasRule(analysis, "PKL-221")) << state << "\n" << Summary(analysis);
  }
  // A second state is merged into the first.
  const Analysis twice = AnalyzeBytes("\x80\3" + Wrapper(plain + "q\1") + std::string(8, 'N') +
                                      "h\1}b" + std::string(8, 'N') + ".");
  EXPECT_FALSE(HasRule(twice, "PKL-221")) << Summary(twice);  // of the state, not of the wrapper
  const Analysis again = AnalyzeBytes(
      PickleBuilder()
          .Proto(3)
          .Global("joblib.numpy_pickle", "NumpyArrayWrapper")
          .Raw(")\x81q\1" + plain + "b" + std::string(8, 'N') + "h\1}b" + std::string(8, 'N'))
          .Stop()
          .bytes());
  EXPECT_TRUE(HasRule(again, "PKL-221")) << Summary(again);
}

// What numpy.dtype makes of `arguments`, with `state`; and an array of it behind a wrapper.
std::string OfType(const std::string& arguments, const std::string& state) {
  return "\x80\3" + Wrapper(State("K\1\x85", arguments + state, "")) + std::string(8, 'N') + ".";
}

constexpr char kNoSize[] = "J\xff\xff\xff\xffJ\xff\xff\xff\xff";

TEST(Joblib, OnlyTypesThatNumPyWritesHaveAKnownSize) {
  const std::string plain = "(K\3V<\nNNN"s + kNoSize + "K\0tb"s;
  const std::string honest = OfType(kEightBytes, plain);
  EXPECT_TRUE(IsClean(AnalyzeBytes(honest), honest)) << Summary(AnalyzeBytes(honest));
  const std::string bytes = OfType("(VV8\nI0\nI1\ntR", "(K\3V|\nNNNK\x08K\1K\0tb"s);
  EXPECT_TRUE(IsClean(AnalyzeBytes(bytes), bytes)) << Summary(AnalyzeBytes(bytes));
  const std::string record = "(VV8\nI0\nI1\ntR";
  for (const auto& [arguments, state] :
       {// NumPy's own object of the type, whose state is ignored; or one that is not copied.
        std::pair{"(Vf8\nI0\nI0\ntR"s, plain}, std::pair{"(Vf8\ntR"s, plain},
        std::pair{"(Vf8\nI1\nI1\ntR"s, plain}, std::pair{"(Vi4,f4\nI0\nI1\ntR"s, plain},
        // Flags that speak of objects where there are none.
        std::pair{std::string(kEightBytes), "(K\3V<\nNNN"s + kNoSize + "K\1tb"},
        // States of 5 to 7 items, of other versions, and with other sizes.
        std::pair{record, "(V|\nNNK\x10K\1tb"s}, std::pair{record, "(K\1V|\nNNK\x10K\1tb"s},
        std::pair{record, "(K\2V|\nNNNK\x08K\1tb"s}, std::pair{record, "(K\2V|\nNNNK\x08K\1K\0tb"s},
        std::pair{record, "(K\4V|\nNNNK\x08K\1K\0tb"s},
        std::pair{record, "(K\3V|\nNNNK\x09K\1K\0tb"s},
        std::pair{record, "(K\3V|\nNNN"s + kNoSize + "K\0tb"s},
        std::pair{record, "(K\3V|\nNNNNK\1K\0tb"s}, std::pair{record, "(K\3NNNNK\x08K\1K\0tb"s},
        std::pair{std::string(kEightBytes), "(K\3V<\nNNNK\4K\4K\0tb"s},
        std::pair{"(cml_dtypes\nbfloat16\nI0\nI1\ntR"s, "(K\3V<\nNNNK\4K\2K\0tb"s},
        // A second state.
        std::pair{record, "(K\3V|\nNNNK\x08K\1K\0tb(K\3V|\nNNNK\x08K\1K\0tb"s}}) {
    const Analysis analysis = AnalyzeBytes(OfType(arguments, state));
    EXPECT_TRUE(HasRule(analysis, "PKL-221")) << arguments << state << "\n" << Summary(analysis);
    EXPECT_FALSE(analysis.gaps.empty());
  }
}

TEST(Joblib, ATypeThatDeniesItsObjectsIsUnsafeWhereverItIsUsed) {
  const std::string dtype = "cnumpy\ndtype\n";
  const auto objects = [&](const std::string& flags) {
    return dtype + "(VO8\nI0\nI1\ntR(K\3V|\nNNN" + kNoSize + "K" + flags + "tb";
  };
  const auto record = [&](const std::string& field, const std::string& flags) {
    return dtype + "(VV8\nI0\nI1\ntR(K\3V|\nN(Va\nt}Va\n(" + field + "K\0tsK\x08K\1K"s + flags +
           "tb";
  };
  const auto rows = [&](const std::string& item, const std::string& flags) {
    return dtype + "(VV16\nI0\nI1\ntR(K\3V|\n(" + item + "K\2\x85tNNK\x10K\x08K" + flags + "tb";
  };
  const std::string all = "\x3f";
  for (const std::string& honest :
       {objects(all), record(objects(all), "\x1b"), record(record(objects(all), "\x1b"), "\x1b"),
        rows(objects(all), all), record(dtype + "(Vf8\nI0\nI1\ntR", "\x10")}) {
    const Analysis analysis = AnalyzeBytes("\x80\3" + honest + ".");
    EXPECT_TRUE(analysis.findings.empty()) << honest << "\n" << Summary(analysis);
  }
  for (const std::string& type :
       {objects("\0"s), objects("\1"), objects("\x3d"), record(objects(all), "\0"s),
        record(objects(all), "\x10"), record(record(objects(all), "\x1b"), "\x10"),
        rows(objects(all), "\0"s),
        // No flags at all, and a field that is no type of numpy.dtype's.
        dtype + "(VV8\nI0\nI1\ntR(K\3V|\nN(Va\nt}Va\n(" + objects(all) + "K\0tsK\x08K\1tb"s,
        record("cnumpy.dtypes\nObjectDType\n)R", "\x10"),
        "cnumpy.dtypes\nVoidDType\n(K\x08tR}b"s}) {
    const Analysis analysis = AnalyzeBytes("\x80\3" + type + ".");
    EXPECT_TRUE(HasRule(analysis, "PKL-224")) << type << "\n" << Summary(analysis);
  }
}

TEST(Joblib, TypesOfOtherPackagesHaveTheirSize) {
  for (const auto& [dtype, bytes] :
       {std::pair{"(cml_dtypes\nbfloat16\nI0\nI1\ntR"s, 2},
        std::pair{"(cml_dtypes\nfloat8_e5m2\nI0\nI1\ntR"s, 1},
        std::pair{"(cnumpy\nrecord\nI0\nI1\ntR(K\3V|\nN(Va\nt}Va\n(cnumpy\ndtype\n(Vu1\nI0\nI1\n"
                  "tRK\0tsK\3K\1K\x10tb"s,
                  3}}) {
    const std::string file = "\x80\3" + Wrapper(State("K\4\x85", dtype, "")) +
                             std::string(static_cast<std::size_t>(4 * bytes), '\xff') + ".";
    const Analysis analysis = AnalyzeBytes(file);
    EXPECT_FALSE(HasRule(analysis, "PKL-221")) << Summary(analysis);
    EXPECT_TRUE(analysis.gaps.empty()) << Summary(analysis);
  }
}

// joblib before 0.10 wrote each array into a file of its own.
std::string Companion(const std::string& wrapper, const std::string& name) {
  return "\x80\2cjoblib.numpy_pickle_compat\n" + wrapper +
         "\n)\x81}(X\x0a\0\0\0allow_mmap\x88X\x8\0\0\0filename"s + name + "ub.";
}

TEST(Joblib, AnArrayInAFileOfItsOwnStandsBesideThePickle) {
  for (const char* wrapper : {"NDArrayWrapper", "ZNDArrayWrapper"}) {
    const Analysis honest = AnalyzeBytes(Companion(wrapper, "Vmodel.pkl_01.npy\n"));
    EXPECT_TRUE(honest.findings.empty()) << Summary(honest);
    for (const char* name : {"V/tmp/x.npy\n", "V../x.npy\n", "V\\\\host\\x.npy\n", "VC:x.npy\n",
                             "V..\n", "cacme\nname\n", "N"}) {
      const Analysis analysis = AnalyzeBytes(Companion(wrapper, name));
      EXPECT_TRUE(HasRule(analysis, "PKL-105")) << name << "\n" << Summary(analysis);
    }
  }
}

}  // namespace
}  // namespace counterscan::pickle
