// Detours by which a pickle hides what it names: the name in the end is named all the same.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/pickle/expressions.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

struct Detour {
  std::string_view how;
  std::string expression;  // a callable that is os.system
};

// os, as whatever imports a module by a string has it.
std::string Os() { return Call(Global("importlib", "import_module"), {Text("os")}); }

std::vector<Detour> Detours() {
  const std::string getattr = Global("builtins", "getattr");
  const std::string modules = Global("sys", "modules");
  const std::string getitem = Global("operator", "getitem");
  const std::string join = Global("builtins", "str.join");
  const std::string letters = List({Text("o"), Text("s")});
  const std::string system = Text("system");
  return {
      {"getattr of import_module", Attribute(Os(), "system")},
      {"getattr of __import__",
       Attribute(Call(Global("builtins", "__import__"), {Text("os")}), "system")},
      {"Python 2's __import__",
       Attribute(Call(Global("__builtin__", "__import__"), {Text("os")}), "system")},
      {"__import__ of a submodule is its package",
       Attribute(Call(Global("builtins", "__import__"), {Text("os.path")}), "system")},
      {"pydoc.safeimport", Attribute(Call(Global("pydoc", "safeimport"), {Text("os")}), "system")},
      {"resolve_name with a colon", Call(Global("pkgutil", "resolve_name"), {Text("os:system")})},
      {"resolve_name with a dot", Call(Global("pkgutil", "resolve_name"), {Text("os.system")})},
      {"resolve_name of a module, and getattr",
       Attribute(Call(Global("pkgutil", "resolve_name"), {Text("os")}), "system")},
      {"pydoc.locate", Call(Global("pydoc", "locate"), {Text("os.system")})},
      {"logging.config._resolve", Call(Global("logging.config", "_resolve"), {Text("os.system")})},
      {"unittest.mock._importer", Call(Global("unittest.mock", "_importer"), {Text("os.system")})},
      {"django's import_string",
       Call(Global("django.utils.module_loading", "import_string"), {Text("os.system")})},
      {"attrgetter", Call(Call(Global("operator", "attrgetter"), {system}), {Os()})},
      {"_operator.attrgetter", Call(Call(Global("_operator", "attrgetter"), {system}), {Os()})},
      {"resolve_dotted_attribute",
       Call(Global("xmlrpc.server", "resolve_dotted_attribute"), {Os(), system})},
      {"sys.modules by getitem", Attribute(Call(getitem, {modules, Text("os")}), "system")},
      {"sys.modules by its get",
       Attribute(Call(Global("collections", "_sys.modules.get"), {Text("os")}), "system")},
      {"sys.modules by itemgetter",
       Attribute(Call(Call(Global("operator", "itemgetter"), {Text("os")}), {modules}), "system")},
      {"sys.modules by dict.get",
       Attribute(Call(Global("builtins", "dict.get"), {modules, Text("os")}), "system")},
      {"vars of the module", Call(getitem, {Call(Global("builtins", "vars"), {Os()}), system})},
      {"itemgetter of vars", Call(Call(Global("operator", "itemgetter"), {system}),
                                  {Call(Global("builtins", "vars"), {Os()})})},
      {"__dict__ of the module", Call(Global("os", "__dict__.get"), {system})},
      {"__globals__ of a function", Call(Global("os", "walk.__globals__.get"), {system})},
      {"partial", Call(Global("functools", "partial"), {Global("os", "system")})},
      {"partial of partial",
       Call(Global("functools", "partial"),
            {Call(Global("functools", "partial"), {Global("os", "system")})})},
      {"a joined name", Named(Call(join, {Text(""), letters}), system)},
      {"a joined name by getattr", Named(Call(Attribute(Text(""), "join"), {letters}), system)},
      {"a joined name by methodcaller",
       Named(Call(Call(Global("operator", "methodcaller"), {Text("join"), letters}), {Text("")}),
             system)},
      {"an added name",
       Named(Text("os"), Call(Global("operator", "add"), {Text("sys"), Text("tem")}))},
      {"a concatenated name",
       Named(Text("os"), Call(Global("_operator", "concat"), {Text("sys"), Text("tem")}))},
      {"a name added by reduce",
       Named(Call(Global("functools", "reduce"), {Global("operator", "add"), letters}), system)},
      {"a name in rot13",
       Named(Call(Global("codecs", "decode"), {Text("bf"), Text("rot13")}), system)},
      {"a name in base64", Named(Call(Global("builtins", "bytes.decode"),
                                      {Call(Global("base64", "b64decode"), {Text("b3M=")})}),
                                 system)},
      {"a name in hexadecimal",
       Named(Call(Global("builtins", "str"),
                  {Call(Global("builtins", "bytes.fromhex"), {Text("6f73")}), Text("ascii")}),
             system)},
      {"a name from bytes", Named(Call(Global("builtins", "bytes.decode"), {Bytes("os")}), system)},
      {"a name by str of bytes",
       Named(Call(Global("builtins", "str"), {Bytes("os"), Text("utf-8")}), system)},
      {"a name by bytes of numbers",
       Named(Call(Global("builtins", "bytes.decode"),
                  {Call(Global("builtins", "bytes"), {List({Number(111), Number(115)})})}),
             system)},
      {"a name of characters",
       Named(Call(join, {Text(""), List({Call(Global("builtins", "chr"), {Number(111)}),
                                         Call(Global("builtins", "chr"), {Number(115)})})}),
             system)},
      {"a name in upper case", Named(Call(Global("builtins", "str.lower"), {Text("OS")}), system)},
      {"a name with something replaced",
       Named(Text("os"),
             Call(Global("builtins", "str.replace"), {Text("syXtem"), Text("X"), Text("s")}))},
      {"a formatted name",
       Named(Call(Global("builtins", "str.format"), {Text("{}{}"), Text("o"), Text("s")}), system)},
      {"getattr of a computed name",
       Call(getattr, {Os(), Call(join, {Text("s"), List({Text(""), Text("ystem")})})})},
      {"an extension with a computed name",
       Call(Global("copyreg", "add_extension"),
            {Call(join, {Text(""), letters}), system, Number(7)}) +
           "0\x82\x07"},
  };
}

TEST(Detours, TheNameInTheEndIsListedAndItsCallIsReported) {
  for (const Detour& detour : Detours()) {
    const Analysis analysis = AnalyzeBytes(Pickled(Call(detour.expression, {Text("true")})));
    EXPECT_EQ(WorstOf(analysis), Level::kUnsafe) << detour.how;
    EXPECT_TRUE(Imports(analysis, "os", "system")) << detour.how << "\n" << Summary(analysis);
    EXPECT_TRUE(HasMessage(analysis, "calls os.system('true')")) << detour.how << "\n"
                                                                 << Summary(analysis);
  }
}

TEST(Detours, FunctionsThatCallWhatTheyAreGivenAreReportedWithIt) {
  const std::string target = Global("mypackage", "function");
  const std::string words = List({Text("true")});
  for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"builtins", "map"},
           {"builtins", "filter"},
           {"itertools", "starmap"},
           {"itertools", "accumulate"},
           {"itertools", "groupby"},
           {"functools", "reduce"},
           {"functools", "lru_cache"},
           {"functools", "cached_property"},
           {"functools", "singledispatch"},
           {"functools", "cmp_to_key"},
           {"builtins", "iter"},
           {"types", "MethodType"},
           {"weakref", "finalize"},
           {"contextlib", "ExitStack.callback"},
           {"atexit", "register"},
           {"threading", "Timer"},
           {"threading", "Thread"},
           {"concurrent.futures", "ThreadPoolExecutor.submit"},
           {"concurrent.futures.thread", "ThreadPoolExecutor.submit"},
           {"multiprocessing", "Process"},
           {"sched", "scheduler.enter"},
           {"asyncio", "run"},
           {"operator", "call"},
           {"numpy", "apply_along_axis"},
           {"torch.utils.checkpoint", "checkpoint"}}) {
    const Analysis analysis =
        AnalyzeBytes(Pickled(Call(Global(module, name), {target, Tuple({words})})));
    EXPECT_EQ(WorstOf(analysis), Level::kUnsafe) << module << "." << name;
    bool through = false;
    for (const Finding& finding : analysis.findings) {
      through = through || finding.message.starts_with("calls mypackage.function");
    }
    EXPECT_TRUE(through) << module << "." << name << "\n" << Summary(analysis);
  }
}

TEST(Detours, CallWithArgumentsOfItsOwn) {
  const std::string methodcaller =
      Call(Call(Global("operator", "methodcaller"), {Text("system"), Text("true")}), {Os()});
  EXPECT_TRUE(HasMessage(AnalyzeBytes(Pickled(methodcaller)), "calls os.system('true')"));
  const std::string partial =
      Call(Call(Global("functools", "partial"), {Global("os", "system"), Text("true")}), {});
  EXPECT_TRUE(HasMessage(AnalyzeBytes(Pickled(partial)), "calls os.system('true')"));
  const std::string apply =
      Call(Global("__builtin__", "apply"), {Global("os", "system"), Tuple({Text("true")})});
  EXPECT_TRUE(HasMessage(AnalyzeBytes(Pickled(apply, 2)), "calls os.system('true')"));
}

TEST(Detours, AResolverGivenSomethingUnknownIsUnsafe) {
  const std::string unknown = Call(Global("collections", "OrderedDict"), {});
  for (const std::string& resolver :
       {Call(Global("importlib", "import_module"), {unknown}),
        Call(Global("pkgutil", "resolve_name"), {unknown}),
        Call(Global("operator", "attrgetter"), {unknown}),
        Call(Global("builtins", "getattr"), {Global("collections", "OrderedDict"), unknown})}) {
    EXPECT_EQ(WorstOf(AnalyzeBytes(Pickled(resolver))), Level::kUnsafe);
    const Analysis called = AnalyzeBytes(Pickled(Call(resolver, {})));
    EXPECT_TRUE(HasRule(called, "PKL-214")) << Summary(called);
  }
}

TEST(Detours, APartialIsWorthItsFunctionAlsoWhenCalled) {
  const auto called = [](std::string_view module, std::string_view name) {
    return AnalyzeBytes(
        Pickled(Call(Call(Global("functools", "partial"), {Global(module, name)}), {})));
  };
  EXPECT_EQ(WorstOf(called("numpy", "mean")), Level::kClean);
  EXPECT_EQ(WorstOf(called("mypackage", "function")), Level::kSuspicious);
  EXPECT_EQ(WorstOf(called("os", "getcwd")), Level::kUnsafe);
}

TEST(Detours, AMethodOfAnObjectMayBeHeldAndNotCalled) {
  const auto method = [](const std::string& object, std::string_view name) {
    return Attribute(object, name);
  };
  const std::string pattern = Call(Global("re", "_compile"), {Text("x"), Number(0)});
  const std::string held = Pickled(method(pattern, "search"));
  EXPECT_TRUE(IsClean(AnalyzeBytes(held), held)) << Summary(AnalyzeBytes(held));
  const std::string partial =
      Pickled(Call(Global("functools", "partial"), {method(pattern, "search")}));
  EXPECT_TRUE(IsClean(AnalyzeBytes(partial), partial)) << Summary(AnalyzeBytes(partial));
  const std::string own = Pickled(method(Global("mypackage", "Net") + ")\x81", "forward"));
  EXPECT_EQ(WorstOf(AnalyzeBytes(own)), Level::kCaution) << Summary(AnalyzeBytes(own));
  for (const std::string& bytes :
       {Pickled(Call(method(pattern, "search"), {Text("x")})),
        Pickled(method(pattern, "__class__")), Pickled(method(pattern, "os")),
        Pickled(method(pattern, "load")),
        Pickled(method(Call(Global("mypackage", "function"), {}), "forward")),
        Pickled(method(Call(Global("os", "popen"), {}), "read")),
        Pickled(method(Number(1), "real"))}) {
    EXPECT_EQ(WorstOf(AnalyzeBytes(bytes)), Level::kUnsafe) << Summary(AnalyzeBytes(bytes));
  }
}

TEST(Detours, TypingsAliasesAndItemsByNumberAreHarmless) {
  const std::string alias = Pickled(Call(
      Global("_operator", "getitem"),
      {Global("typing", "Union"), Tuple({Global("builtins", "int"), Global("builtins", "str")})}));
  EXPECT_TRUE(IsClean(AnalyzeBytes(alias), alias)) << Summary(AnalyzeBytes(alias));
  const std::string item = Pickled(Call(Global("operator", "itemgetter"), {Number(1), Number(0)}));
  EXPECT_TRUE(IsClean(AnalyzeBytes(item), item)) << Summary(AnalyzeBytes(item));
  EXPECT_EQ(WorstOf(AnalyzeBytes(Pickled(Call(Global("operator", "itemgetter"), {Text("os")})))),
            Level::kUnsafe);
  const std::string created =
      Pickled(Call(Global("functools", "partial"), {Global("collections", "OrderedDict.__new__"),
                                                    Global("collections", "OrderedDict")}) +
              ")R");
  EXPECT_TRUE(IsClean(AnalyzeBytes(created), created)) << Summary(AnalyzeBytes(created));
  EXPECT_EQ(WorstOf(AnalyzeBytes(Pickled(Global("functools", "partial.__new__")))), Level::kUnsafe);
}

TEST(Detours, NestedClassesByGetattrAreClasses) {
  const std::string nested =
      Attribute(Attribute(Global("mypackage", "Outer"), "Middle"), "Inner") + ")\x81";
  const Analysis analysis = AnalyzeBytes(Pickled(nested));
  EXPECT_TRUE(Imports(analysis, "mypackage", "Outer.Middle.Inner")) << Summary(analysis);
  EXPECT_EQ(WorstOf(analysis), Level::kCaution) << Summary(analysis);
}

TEST(Detours, ComputedTextThatIsNoNameIsNoFinding) {
  const std::string bytes = Pickled(Call(Global("builtins", "str"), {Text("text")}));
  EXPECT_TRUE(IsClean(AnalyzeBytes(bytes), bytes)) << Summary(AnalyzeBytes(bytes));
  const std::string array = Pickled(Call(Global("builtins", "bytearray"), {Bytes("12345")}), 3);
  EXPECT_TRUE(IsClean(AnalyzeBytes(array), array)) << Summary(AnalyzeBytes(array));
}

TEST(Detours, DoNotMultiply) {
  // reduce(reduce, [reduce, ...]) and its like, ten deep.
  std::string expression = List({Text("a"), Text("b")});
  for (int i = 0; i < 30; ++i) {
    expression = Call(Global("functools", "reduce"), {Global("functools", "reduce"), expression});
    expression = List({expression, expression.size() < 10'000 ? expression : Text("x")});
  }
  EXPECT_EQ(WorstOf(AnalyzeBytes(Pickled(expression))), Level::kUnsafe);
  // Text that doubles forty times.
  std::string doubled = Text("xx") + std::string("q\0", 2);
  for (int i = 0; i < 40; ++i) {
    doubled += "0" + Global("operator", "add") + std::string("h\0h\0\x86Rq\0", 8);
  }
  EXPECT_EQ(WorstOf(AnalyzeBytes(Pickled(doubled))), Level::kUnsafe);
}

}  // namespace
}  // namespace counterscan::pickle
