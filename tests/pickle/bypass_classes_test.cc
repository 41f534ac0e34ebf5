// One case at least for every class of bypass that is known of pickle scanners.
//
// Classes that lie in containers (zip headers, archives, polyglots) are tested with the engine;
// single gadgets in gadgets_test.cc, detours in judge_resolve_test.cc, constants in
// constants_test.cc.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/pickle/expressions.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

const std::string kSystem = "cposix\nsystem\n";

struct Case {
  std::string_view what;
  std::string bytes;
};

void ExpectAll(const std::vector<Case>& cases, Level level) {
  for (const Case& test : cases) {
    const Analysis analysis = AnalyzeBytes(test.bytes);
    EXPECT_GE(static_cast<int>(WorstOf(analysis)), static_cast<int>(level)) << test.what << "\n"
                                                                            << Summary(analysis);
  }
}

void ExpectNamed(const std::vector<Case>& cases) {
  ExpectAll(cases, Level::kUnsafe);
  for (const Case& test : cases) {
    EXPECT_TRUE(Imports(AnalyzeBytes(test.bytes), "posix", "system"))
        << test.what << "\n"
        << Summary(AnalyzeBytes(test.bytes));
  }
}

std::string Short(std::string_view text) {
  return "\x8c" + std::string(1, static_cast<char>(text.size())) + std::string(text);
}

TEST(Bypass, OperandsOfStackGlobalComeFromTheMemo) {
  const std::string posix = Short("posix");
  const std::string system = Short("system");
  ExpectNamed({
      {"BINGET", "\x80\x04" + posix + "q\0"s + "0" + system + "q\x01" + "0h\0h\x01\x93)R."s},
      {"LONG_BINGET", "\x80\x04" + posix + "r\xff\xff\0\0"s + "0" + system + "r\0\0\x01\0"s +
                          "0j\xff\xff\0\0j\0\0\x01\0\x93)R."s},
      {"GET and PUT", "Vposix\np100\n0Vsystem\np7\n0g100\ng7\n\x93)R."},
      {"MEMOIZE counts entries",
       "\x80\x04" + posix + "\x94" + system + "\x94\x30\x30h\0h\x01\x93)R."s},
      {"MEMOIZE after a PUT far away takes the next count",
       "\x80\x04N" + "q\x32"s + "0" + posix + "\x94" + system + "\x94\x30\x30h\x01h\x02\x93)R."},
      {"MEMOIZE overwrites what PUT wrote", "\x80\x04" + Short("harmless") + "q\x01" + "0" + posix +
                                                "\x94" + "0h\x01" + system + "\x93)R."},
      {"a slot written again",
       "\x80\x04" + Short("os") + "q\0"s + "0" + posix + "q\0"s + "0h\0"s + system + "\x93)R."},
      {"a slot read before it is written again", "\x80\x04" + posix + "q\0"s + "h\0"s +
                                                     Short("harmless") + "q\0"s + "0" + system +
                                                     "\x93)R."},
      {"operands far below the top", "\x80\x04" + posix + system + "\x93(NNN1)R."},
      {"DUP", "\x80\x04" + system + "2q\0"s + "00" + posix + "h\0\x93)R."s},
      {"values popped between", "\x80\x04" + posix + "N0(K\x01K\x02" + "1" + system + "]0\x93)R."},
      {"the memo of the pickle before",
       "\x80\x04" + posix + "q\x07" + system + "q\x08" + ".\x80\x04h\x07h\x08\x93)R."},
      {"names without PROTO", posix + system + "\x93)R."},
      {"names by STRING with escapes", "S'\\x70osix'\nS'\\163ystem'\n\x93)R."},
      {"names by UNICODE with escapes", "V\\u0070osix\nV\\u0073ystem\n\x93)R."},
      {"names by BINSTRING", "T\x05\0\0\0posixU\x06system\x93)R."s},
      {"names by BINUNICODE8",
       "\x80\x04\x8d\x05\0\0\0\0\0\0\0posix\x8d\x06\0\0\0\0\0\0\0system\x93)R."s},
  });
}

TEST(Bypass, NamesThatAreNoConstantsAreUnsafe) {
  const std::string list = Call(Global("collections", "OrderedDict"), {});
  ExpectAll(
      {{"a result", Pickled(Named(list, Text("system")))},
       {"a number", Pickled(Named(Text("os"), Number(1)))},
       {"bytes", Pickled(Named(Bytes("os"), Bytes("system")))},
       {"a tuple", Pickled(Named(Text("os"), Tuple({Text("system")})))},
       {"a persistent object", Pickled(Named(Text("os"), Number(1) + "Q"))},
       {"an imported object", Pickled(Named(Text("os"), Global("collections", "OrderedDict")))},
       {"an attribute set by BUILD and read as a dotted name",
        Pickled(Global("collections", "OrderedDict") + "}" + Text("a") + Text("b") + "sb0" +
                Named(Text("collections"), Text("OrderedDict.a")))}},
      Level::kUnsafe);
}

TEST(Bypass, EveryCallOpcodeCounts) {
  ExpectNamed({
      {"INST", "(S'true'\niposix\nsystem\n."},
      {"INST in protocol 4", "\x80\x04(\x8c\x04trueiposix\nsystem\n."},
      {"OBJ", "(" + kSystem + "S'true'\no."},
      {"OBJ whose result is dropped", "(" + kSystem + "S'true'\no0N."},
      {"OBJ of a memo slot", kSystem + "q\x01" + "0(h\x01S'true'\no."},
      {"NEWOBJ", "\x80\x02" + kSystem + ")\x81."},
      {"NEWOBJ_EX", "\x80\x04" + kSystem + ")}\x92."},
      {"REDUCE with a list", kSystem + "(S'true'\nlR."},
      {"REDUCE with a string, as pickle.py takes it", kSystem + "S'true'\nR."},
      {"REDUCE with a dict", kSystem + "(S'true'\nNdR."},
      {"REDUCE without a tuple fails after the import", kSystem + "NR."},
      {"a class's own reduce function",
       "ccopy_reg\n_reconstructor\n(" + kSystem + "c__builtin__\nobject\nNtR."},
      {"__newobj__", "ccopyreg\n__newobj__\n(" + kSystem + "tR."},
      {"__newobj_ex__", "ccopyreg\n__newobj_ex__\n(" + kSystem + ")}tR."},
      {"torch's type rebuilding",
       "ctorch._tensor\n_rebuild_from_type_v2\n(" + kSystem + kSystem + "(S'true'\ntNtR."},
      {"defaultdict's factory", "ccollections\ndefaultdict\n(" + kSystem + "tR."},
  });
}

TEST(Bypass, ObjectsAreChangedWithoutACall) {
  const std::string instance =
      "\x80\x02"
      "cargparse\nNamespace\n)\x81";
  const auto text = [](std::string_view value) {
    return "X" + FourBytes(value.size()) + std::string(value);
  };
  ExpectAll(
      {
          {"SETITEM on os.environ", "cos\nenviron\nS'LD_PRELOAD'\nS'/x.so'\ns."},
          {"SETITEMS on sys.modules", "csys\nmodules\n(S'a'\nNu."},
          {"APPEND on sys.path", "csys\npath\nS'/tmp'\na."},
          {"APPENDS on sys.meta_path", "csys\nmeta_path\n(NNe."},
          {"ADDITEMS on an imported set",
           "\x80\x04"
           "cmypackage\nALLOWED\n(K\x01\x90."},
          {"SETITEM on a harmless module's dict", "ccollections\nOrderedDict\nK\x01K\x02s."},
          {"BUILD on a class", "ccollections\nOrderedDict\n}" + text("update") + "Nsb."},
          {"BUILD on a module",
           "\x80\x02"
           "ctorch\nnn\n}" +
               text("Module") + "Nsb."},
          {"BUILD on a function",
           "ctorch._utils\n_rebuild_tensor_v2\n}" + text("__code__") + "Nsb."},
          {"BUILD through a memo slot",
           "ccollections\nOrderedDict\nq\x01"
           "0h\x01}" +
               text("a") + "Nsb."},
          {"BUILD on a nested class by getattr",
           "\x80\x02" +
               Call(Global("builtins", "getattr"),
                    {Global("collections", "OrderedDict"), text("Inner")}) +
               "}" + text("a") + "Nsb."},
          {"state with __setstate__", instance + "}" + text("__setstate__") + "Nsb."},
          {"state with __reduce__", instance + "}" + text("__reduce__") + "Nsb."},
          {"state with __reduce_ex__", instance + "}" + text("__reduce_ex__") + "Nsb."},
          {"state with __class__", instance + "}" + text("__class__") + "Nsb."},
          {"state with __code__", instance + "}" + text("__code__") + "Nsb."},
          {"state with __getattr__", instance + "}" + text("__getattr__") + "Nsb."},
          {"state with __del__", instance + "N}" + text("__del__") +
                                     "Ns\x86"
                                     "b."},
          {"state with a computed special key",
           Pickled(Global("argparse", "Namespace") + ")\x81}" +
                   Call(Global("builtins", "str.join"),
                        {Text(""), List({Text("__set"), Text("state__")})}) +
                   "Nsb.")},
          {"keywords with a special name",
           "\x80\x04"
           "cargparse\nNamespace\n)}" +
               text("__setstate__") + "Ns\x92."},
          {"a planted append",
           instance + "}" + text("append") + "cbuiltins\nlen\nsb" + text("true") + "a."},
          {"a planted extend",
           instance + "}" + text("extend") + "cbuiltins\nlen\nsb(" + text("true") + "e."},
          {"a planted add",
           instance + "}" + text("add") + "cbuiltins\nlen\nsb(" + text("true") + "\x90."},
          {"a planted __setitem__",
           instance + "}" + text("__setitem__") + "cbuiltins\nlen\nsb" + text("a") + "Ns."},
      },
      Level::kUnsafe);
  // Items after the state: nobody honest writes this, whatever the state.
  EXPECT_TRUE(HasRule(AnalyzeBytes(instance + "}b(K\x01"
                                              "e."),
                      "PKL-218"));
  EXPECT_TRUE(HasRule(AnalyzeBytes(instance + "}bK\x01K\x02s."), "PKL-218"));
  const std::string honest =
      "\x80\x02"
      "ccollections\nOrderedDict\n)R(" +
      text("a") + "K\x01u}" + text("b") + "K\x02sb.";
  EXPECT_TRUE(IsClean(AnalyzeBytes(honest), honest)) << Summary(AnalyzeBytes(honest));
}

TEST(Bypass, ExtensionCodes) {
  ExpectNamed({
      {"add_extension",
       "\x80\x02"
       "ccopyreg\nadd_extension\n(S'posix'\nS'system'\nI240\ntR0\x82\xf0)R."},
      {"Python 2's copy_reg",
       "\x80\x02"
       "ccopy_reg\nadd_extension\n(S'posix'\nS'system'\nI1000\ntR0\x83\xe8\x03)R."},
      {"EXT4",
       "\x80\x02"
       "ccopyreg\nadd_extension\n(S'posix'\nS'system'\nI70000\ntR0\x84\x70\x11\x01\0)R."s},
      {"the registry by SETITEM",
       "\x80\x02"
       "ccopyreg\n_inverted_registry\nK\x05(S'posix'\nS'system'\nts0\x82\x05)R."},
      {"the registry by SETITEMS",
       "\x80\x02"
       "ccopyreg\n_inverted_registry\n(K\x05(S'posix'\nS'system'\ntu0\x82\x05)R."},
  });
  ExpectAll({{"the cache",
              "\x80\x02"
              "ccopyreg\n_extension_cache\nK\x05Ns0\x82\x05)R."},
             {"the dispatch table",
              "\x80\x02"
              "ccopyreg\ndispatch_table\nNNs."}},
            Level::kUnsafe);
  ExpectAll({{"a code that the loader registered", "\x80\x02\x82\x05."}}, Level::kSuspicious);
}

TEST(Bypass, PersistentObjects) {
  ExpectAll({{"PERSID", "Pposix system\n."},
             {"BINPERSID", "\x80\x02K\x01Q."},
             {"a tuple that is not torch's", "\x80\x02(S'object'\nK\x01tQ."},
             {"what comes back is called", "\x80\x02K\x01Q)R."}},
            Level::kSuspicious);
  ExpectNamed({{"a storage whose class is none", "\x80\x02(X\x07\0\0\0storage"s + kSystem +
                                                     "X\x01\0\0\0"
                                                     "0X\x03\0\0\0cpuK\x01tQ."s}});
}

TEST(Bypass, TextProtocolsWithoutAHeader) {
  ExpectNamed({
      {"protocol 0", kSystem + "(S'true'\ntR."},
      {"behind marks and constants", "(NNN1" + kSystem + "(S'true'\ntR."},
      {"numbers in every form",
       "I0x10\n0I1\\0junk\n0"s.replace(8, 2, "\0", 1) + kSystem + "(S'true'\ntR."},
      {"a memo index with a sign", "Np+5\n0" + kSystem + "(S'true'\ntR."},
      {"a name beyond ASCII before it",
       "cmypackage\n\xc3\xa9l\xc3\xa8ve\n0" + kSystem + "(S'true'\ntR."},
      {"high bytes in a string before it", "S'\xff\xfe'\n0" + kSystem + "(S'true'\ntR."},
      {"LONG with odd digits", "L0x10L\n0" + kSystem + "(S'true'\ntR."},
  });
}

TEST(Bypass, BrokenStreams) {
  const std::string call = kSystem + "(S'true'\ntR";
  ExpectNamed({
      {"no STOP", call},
      {"a bad opcode behind", call + "\xff"},
      {"underflow behind", call + "000000R."},
      {"truncated argument behind", call + "X\xff\xff\xff\x7f"},
      {"a huge length behind", "\x80\x04" + call + "\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"},
      {"a missing memo slot behind", call + "g99\n."},
      {"an unsupported protocol behind", call + "\x80\x06."},
      {"invalid after a bad opcode in the middle", "\x80\x02N.\x80\x02\xff\x80\x02" + call + "."},
      {"items left on the stack", "(N]" + call + "."},
      {"an odd dict behind", call + "(Nd."},
  });
  ExpectAll({{"a global cut off at the end", "cposix\nsystem"}}, Level::kUnsafe);
  for (const std::string& bytes : {call, call + "\xff", call + "g99\n."}) {
    EXPECT_FALSE(AnalyzeBytes(bytes).gaps.empty());
  }
}

TEST(Bypass, SeveralPicklesAndJunk) {
  const std::string call = "\x80\x02" + kSystem + "(S'true'\ntR.";
  std::string many;
  for (int i = 0; i < 500; ++i) many += "\x80\x02N.";
  ExpectNamed({
      {"the last of five hundred", many + call},
      {"after a broken one", many + "\x80\x02(((." + call},
      {"after junk", "\x80\x02N.\xff\xff junk \x01" + call},
      {"after a megabyte of junk", "\x80\x02\xff" + std::string(1 << 20, 'j') + call},
      {"a text pickle after junk", "\x80\x02N.\xff\xff junk\n\x01" + call.substr(2)},
      {"a text pickle whose name is glued to junk", "\x80\x02N.\xff\xff magic" + call.substr(2)},
      {"INST after junk", "\x80\x02N.\xff\xff junk (S'true'\niposix\nsystem\n."},
      {"after junk across a piece of the search",
       "\x80\x02N.\xff" + std::string(16384 - 10, 'j') + call},
      {"a text pickle after a binary one", "\x80\x02N." + call.substr(2)},
      {"after torch's magic number by eval",
       "\x80\x02"
       "cbuiltins\neval\n(S'0x1950a86a20f9469cfc6c'\ntR.\x80\x02M\xe9\x03." +
           call},
  });
}

TEST(Bypass, FramesAndProtocols) {
  const std::string call = "\x8c\x05posix\x8c\x06system\x93)R.";
  ExpectNamed({
      {"a frame too long", "\x80\x04\x95\xff\0\0\0\0\0\0\0"s + call},
      {"a frame too short", "\x80\x04\x95\x01\0\0\0\0\0\0\0"s + call},
      {"a frame in a frame", "\x80\x04\x95\xff\0\0\0\0\0\0\0\x95\x01\0\0\0\0\0\0\0"s + call},
      {"protocol 2 after protocol 4", "\x80\x04\x80\x02" + kSystem + ")R."},
      {"STACK_GLOBAL in protocol 2", "\x80\x02" + call},
  });
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x04\x95\x01\0\0\0\0\0\0\0"s + call), "PKL-202"));
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x04\x95\xff\0\0\0\0\0\0\0\x95\x01\0\0\0\0\0\0\0"s + call),
                      "PKL-203"));
  ExpectAll({{"two headers", "\x80\x04\x80\x04N."},
             {"an opcode of a later protocol",
              "\x8c\x01"
              "a."}},
            Level::kSuspicious);
}

TEST(Bypass, SpellingOfNames) {
  std::vector<Case> cases;
  for (const std::string& module :
       {"\xef\xbd\x8f\xef\xbd\x93"s, "o\xd1\x95"s, "os "s, "os\r"s, " os"s, "o\0s"s, "os\t"s,
        "\xed\xa0\x80os"s, "\xf0\x9d\x90\xa8s"s, "posix\xe2\x80\x8b"s, "OS"s, "Posix"s,
        "os\x1b[2J"s, std::string(300, 'a')}) {
    cases.push_back({"STACK_GLOBAL", Pickled(Named(Text(module), Text("system")) + ")R")});
    cases.push_back({"NEWOBJ", Pickled(Named(Text("mypackage"), Text(module)) + ")R")});
  }
  ExpectAll(cases, Level::kSuspicious);
}

TEST(Bypass, DottedNames) {
  std::vector<Case> cases;
  for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"torch", "os.system"},
           {"collections", "_sys.modules.get"},
           {"copyreg", "_reconstructor.__builtins__.get"},
           {"numpy.core.numeric", "sys.modules"},
           {"_codecs", "__loader__.load_module"},
           {"random", "_os.system"},
           {"site", "builtins.eval"},
           {"argparse", "Namespace.__init__.__globals__"},
           {"collections", "OrderedDict.__class__"},
           {"collections", "OrderedDict.__subclasses__"},
           {"collections", "OrderedDict.__getattribute__"},
           {"collections", "OrderedDict.__reduce__"},
           {"datetime", "datetime.__self__"},
           {"torch._utils", "_rebuild_tensor_v2.__code__"},
           {"torch._utils", "_rebuild_tensor_v2.__globals__.get"},
           {"numpy", "ndarray.tofile"},
           {"pandas.core.frame", "DataFrame.to_pickle"},
           {"pathlib", "PosixPath.unlink"},
           {"sklearn", "externals.joblib.load"},
           {"mypackage", "a.b.c.d.e.f.g.h.i.j.k.l.m.n"}}) {
    cases.push_back({name, Pickled(Named(Text(module), Text(name)) + ")R")});
    cases.push_back({name, Pickled(Global(module, name) + ")R")});
  }
  ExpectAll(cases, Level::kUnsafe);
  // Of a listed class: nobody can know.
  ExpectAll({{"a method", Pickled(Named(Text("collections"), Text("OrderedDict.pop")))}},
            Level::kSuspicious);
}

TEST(Bypass, TensorsBeyondTheirStorage) {
  const auto tensor = [](int offset, const std::string& sizes, const std::string& strides) {
    const std::string storage =
        Tuple({"X" + FourBytes(7) + "storage", Global("torch", "FloatStorage"),
               "X" + FourBytes(1) + "0", "X" + FourBytes(3) + "cpu", Number(6)}) +
        "Q";
    return Pickled(Call(Global("torch._utils", "_rebuild_tensor_v2"),
                        {storage, Number(offset), sizes, strides, "\x89",
                         Call(Global("collections", "OrderedDict"), {})}),
                   2);
  };
  const std::string two_by_three = Tuple({Number(2), Number(3)});
  const std::string rows = Tuple({Number(3), Number(1)});
  const std::string inside = tensor(0, two_by_three, rows);
  EXPECT_TRUE(IsClean(AnalyzeBytes(inside), inside)) << Summary(AnalyzeBytes(inside));
  const std::string empty = tensor(6, Tuple({Number(0)}), Tuple({Number(1)}));
  EXPECT_TRUE(IsClean(AnalyzeBytes(empty), empty)) << Summary(AnalyzeBytes(empty));
  const std::string scalar = tensor(5, Tuple({}), Tuple({}));
  EXPECT_TRUE(IsClean(AnalyzeBytes(scalar), scalar)) << Summary(AnalyzeBytes(scalar));
  for (const std::string& bytes :
       {tensor(1, two_by_three, rows), tensor(-1, two_by_three, rows),
        tensor(6, Tuple({}), Tuple({})), tensor(0, Tuple({Number(-1)}), Tuple({Number(1)})),
        tensor(0, Tuple({Number(2)}), Tuple({Number(2147483647)})),
        tensor(0, Tuple({Number(2)}), Tuple({Number(-5)}))}) {
    EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-220")) << Summary(AnalyzeBytes(bytes));
  }
  std::string indexed = inside;
  indexed.insert(indexed.size() - 1, "K\x01K\x02s");
  EXPECT_TRUE(HasRule(AnalyzeBytes(indexed), "PKL-218"));
}

TEST(Bypass, ScannersAreNotToBeTouched) {
  std::vector<Case> cases;
  for (const char* scanner :
       {"fickling", "fickling.hook", "picklescan.scanner", "modelscan.settings", "modelaudit",
        "model_unpickler", "saferpickle", "counterscan", "clamd"}) {
    cases.push_back({scanner, Pickled(Named(Text(scanner), Text("anything")))});
  }
  ExpectAll(cases, Level::kUnsafe);
}

TEST(Bypass, ListedNamesUsedAsGadgets) {
  const std::string memmap = Global("numpy.core.memmap", "memmap");
  const std::string file = Text("/tmp/file");
  const std::string mode = Tuple({Text("filename"), file});
  ExpectAll(
      {{"numpy's reconstruction of functions",
        Pickled(Call(Call(Global("numpy.core", "_ufunc_reconstruct"), {Text("os"), Text("system")}),
                     {Text("true")}))},
       {"the same, not called",
        Pickled(Call(Global("numpy._core", "_ufunc_reconstruct"), {Text("os"), Text("system")}))},
       {"a mapped file by NEWOBJ", Pickled(memmap + Tuple({file}) + "\x81")},
       {"a mapped file by __newobj__",
        Pickled(Call(Global("copyreg", "__newobj__"), {memmap, file}))},
       {"a mapped file by _reconstructor", Pickled(Call(Global("copyreg", "_reconstructor"),
                                                        {Global("mypackage", "A"), memmap, file}))},
       {"a mapped file by pandas", Pickled(Call(Global("pandas.core.indexes.base", "_new_Index"),
                                                {memmap, "}" + Text("filename") + file + "s"}))},
       {"the state of an object's class",
        Pickled(Call(Global("builtins", "type"), {Global("argparse", "Namespace") + ")\x81"}) +
                "}" + Text("a") + "Nsb")},
       {"the state of a shared logger", Pickled(Call(Global("logging", "getLogger"), {Text("x")}) +
                                                "}" + Text("handlers") + "]sb")},
       {"special keys in a parameter's state",
        Pickled(Call(Global("torch._utils", "_rebuild_parameter_with_state"),
                     {"N", "\x88", "N", "}" + Text("__class__") + "Ns"}))}},
      Level::kUnsafe);
  ExpectAll(
      {{"a class that is called as another's base",
        Pickled(Call(Global("copyreg", "_reconstructor"),
                     {Global("argparse", "Namespace"), Global("mypackage", "Base"), Text("x")}))},
       {"a method handed to a function",
        Pickled(
            Call(Global("numpy.random._pickle", "__generator_ctor"),
                 {Text("x"), Attribute(Call(Global("re", "_compile"), {Text("x")}), "search")}))}},
      Level::kSuspicious);
  for (const std::string& honest :
       {Pickled(Call(Global("numpy.core", "_ufunc_reconstruct"), {Text("numpy"), Text("exp")})),
        Pickled(Call(Global("numpy.core.multiarray", "_reconstruct"),
                     {memmap, Tuple({Number(0)}), Bytes("b")})),
        Pickled(Call(Global("logging", "getLogger"), {Text("x")})),
        Pickled(Call(Global("copyreg", "_reconstructor"),
                     {Global("collections", "OrderedDict"), Global("builtins", "dict"), "}"}))}) {
    EXPECT_TRUE(IsClean(AnalyzeBytes(honest), honest)) << Summary(AnalyzeBytes(honest));
  }
}

TEST(Bypass, NumPyObjectArraysAreWalked) {
  // numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), b'b'), then the state with its items.
  const std::string array =
      "\x80\x02"
      "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85U\x01"
      "btR(K\x01K\x01\x85"s +
      "cnumpy\ndtype\n(U\x02O8K\0K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]"s;
  const std::string items = kSystem + "U\x04true\x85R";
  ExpectNamed({{"an item that is a call", array + items + "atb."},
               {"an item that is imported", array + kSystem + "atb."}});
  const std::string honest = array +
                             "K\x01"
                             "atb.";
  EXPECT_TRUE(IsClean(AnalyzeBytes(honest), honest)) << Summary(AnalyzeBytes(honest));
}

}  // namespace
}  // namespace counterscan::pickle
