// What is said about names and about what is done with them.
#include <gtest/gtest.h>

#include <string>

#include "tests/pickle/pickle_test_util.h"
#include "tests/support/pickle_builder.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

// --- each way to call

TEST(Judge, NamesWhatIsCalledWithItsArguments) {
  const std::string reduce = PickleBuilder()
                                 .Proto(2)
                                 .Global("posix", "system")
                                 .BinUnicode("true")
                                 .Tuple1()
                                 .Reduce()
                                 .Stop();
  const Analysis analysis = AnalyzeBytes(reduce);
  ASSERT_EQ(analysis.findings.size(), 1u) << Summary(analysis);
  EXPECT_EQ(analysis.findings[0].rule, "PKL-101");
  EXPECT_EQ(analysis.findings[0].level, Level::kUnsafe);
  EXPECT_EQ(analysis.findings[0].message, "calls posix.system('true')");
  EXPECT_EQ(analysis.findings[0].offset, reduce.size() - 2);
  ASSERT_EQ(analysis.imports.size(), 1u);
  EXPECT_EQ(analysis.imports[0].level, Level::kUnsafe);
  EXPECT_EQ(analysis.imports[0].offset, 2u);
  EXPECT_TRUE(analysis.gaps.empty());
}

TEST(Judge, EveryCallOpcodeIsACall) {
  const std::string inst = "(S'true'\niposix\nsystem\n.";
  const std::string obj = "(cposix\nsystem\nS'true'\no.";
  const std::string obj_popped = "(cposix\nsystem\nS'true'\no0N.";
  for (const std::string& bytes : {inst, obj, obj_popped}) {
    EXPECT_TRUE(HasMessage(AnalyzeBytes(bytes), "calls posix.system('true')"))
        << Summary(AnalyzeBytes(bytes));
  }
  const std::string newobj =
      "\x80\x02"
      "cposix\nsystem\n)\x81.";
  const std::string newobj_ex = "\x80\x04\x8c\x05posix\x8c\x06system\x93)}\x92.";
  EXPECT_TRUE(HasRule(AnalyzeBytes(newobj), "PKL-101"));
  EXPECT_TRUE(HasRule(AnalyzeBytes(newobj_ex), "PKL-101"));
}

TEST(Judge, ReduceWithAListCallsInThePurePythonUnpickler) {
  EXPECT_TRUE(HasRule(AnalyzeBytes("cposix\nsystem\n(S'true'\nlR."), "PKL-101"));
}

TEST(Judge, AnImportThatIsNeverCalledIsAnImport) {
  const Analysis analysis = AnalyzeBytes("cposix\nsystem\n0N.");
  EXPECT_TRUE(HasMessage(analysis, "imports posix.system")) << Summary(analysis);
}

// --- names

TEST(Judge, DeniedModulesCountWithTheirSubmodulesAndTwins) {
  for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"asyncio.unix_events", "_UnixSubprocessTransport"},
           {"_operator", "attrgetter"},
           {"operator", "methodcaller"},
           {"six.moves.urllib.request", "urlopen"},
           {"pip._vendor.requests", "get"},
           {"joblib.externals.cloudpickle.cloudpickle", "_make_function"},
           {"setuptools._distutils.spawn", "spawn"},
           {"numpy.testing._private.utils", "runstring"},
           {"unittest.__main__", "x"},
           {"some.package.__main__", "run"},
           {"runpy", "_run_code"},
           {"fickling", "hook"}}) {
    const Analysis analysis =
        AnalyzeBytes(PickleBuilder().Proto(2).Global(module, name).Stop().bytes());
    EXPECT_EQ(WorstOf(analysis), Level::kUnsafe) << module << "." << name;
  }
}

TEST(Judge, Python2NamesCountAsWhatTheyAreInPython3) {
  const std::string bytes = "ccommands\ngetoutput\n(S'true'\ntR.";
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "commands", "getoutput"));
  EXPECT_TRUE(Imports(analysis, "subprocess", "getoutput"));
  EXPECT_TRUE(HasMessage(analysis,
                         "calls commands.getoutput('true'), which is subprocess.getoutput in "
                         "Python 3"))
      << Summary(analysis);
  // From protocol 3 on nothing is mapped; Python 2's name is still what it is.
  const Analysis later = AnalyzeBytes("\x80\x04" + bytes);
  EXPECT_FALSE(Imports(later, "subprocess", "getoutput"));
  EXPECT_EQ(WorstOf(later), Level::kUnsafe);
  // And the protocol can be switched back.
  EXPECT_TRUE(Imports(AnalyzeBytes("\x80\x04\x80\x02"
                                   "curllib2\nurlopen\n."),
                      "urllib.request", "urlopen"));
}

TEST(Judge, HonestPython2NamesAreClean) {
  const std::string bytes =
      "\x80\x02"
      "ccopy_reg\n_reconstructor\nc__builtin__\nset\nc__builtin__\nobject\nN\x87R.";
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(IsClean(analysis, bytes)) << Summary(analysis);
  EXPECT_TRUE(Imports(analysis, "builtins", "set"));
}

TEST(Judge, DottedNamesAreJudgedPartByPart) {
  for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"torch", "os.system"},
           {"collections", "_sys.modules.get"},
           {"copyreg", "_reconstructor.__builtins__.get"},
           {"numpy.core.numeric", "sys.modules"},
           {"_codecs", "__loader__.load_module"},
           {"torch", "hub.load"},
           {"datetime", "sys.exit"},
           {"collections", "OrderedDict.__init__.__globals__"},
           {"functools", "partial.func"}}) {
    const Analysis analysis =
        AnalyzeBytes(PickleBuilder().Proto(4).StackGlobal(module, name).Stop().bytes());
    EXPECT_EQ(WorstOf(analysis), Level::kUnsafe) << module << " " << name;
  }
  // No module-wide trust: an attribute of something listed is not listed.
  const Analysis other = AnalyzeBytes(
      PickleBuilder().Proto(4).StackGlobal("collections", "OrderedDict.pop").Stop().bytes());
  EXPECT_EQ(WorstOf(other), Level::kSuspicious) << Summary(other);
}

TEST(Judge, ANameBuiltAtRunTimeIsUnsafeAndListedWithoutIt) {
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Unicode("os")
                                .StackGlobal("builtins", "hash")
                                .Unicode("system")
                                .Tuple1()
                                .Reduce()
                                .Raw("\x93")
                                .Stop();
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(HasRule(analysis, "PKL-201")) << Summary(analysis);
  bool found = false;
  for (const Import& import : analysis.imports)
    found = found || (import.module == "os" && !import.name);
  EXPECT_TRUE(found);
}

TEST(Judge, BytesAreNoNames) {
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x04"
                                   "C\x02osC\x06system\x93."),
                      "PKL-201"));
}

TEST(Judge, OddNamesAreSuspicious) {
  for (const std::string& name :
       {"sys tem"s, "system\r"s, "sys\0tem"s, ""s, std::string(5000, 'a'), "\xff"s}) {
    const Analysis analysis = AnalyzeBytes(PickleBuilder().Global("pkg", name).Stop().bytes());
    EXPECT_TRUE(HasRule(analysis, "PKL-208")) << name.substr(0, 20);
  }
}

TEST(Judge, TextInMessagesIsEscaped) {
  const Analysis analysis = AnalyzeBytes("cos\nsys\x1b[2Jtem\n.");
  for (const Finding& finding : analysis.findings) {
    EXPECT_EQ(finding.message.find('\x1b'), std::string::npos);
  }
}

TEST(Judge, AnUnregisteredExtensionCodeIsReported) {
  const Analysis analysis = AnalyzeBytes("\x80\x02\x82\x05.");
  EXPECT_TRUE(HasRule(analysis, "PKL-207"));
  ASSERT_EQ(analysis.imports.size(), 1u);
  EXPECT_FALSE(analysis.imports[0].module);
  EXPECT_FALSE(analysis.imports[0].name);
}

TEST(Judge, AnExtensionRegisteredByTheFileIsResolved) {
  const std::string bytes =
      "\x80\x02"
      "ccopyreg\nadd_extension\nX\x05\0\0\0posixX\x06\0\0\0systemK\x05\x87R0"
      "\x82\x05X\x04\0\0\0true\x85R."s;
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(HasMessage(analysis, "calls posix.system('true')")) << Summary(analysis);
  EXPECT_TRUE(HasRule(analysis, "PKL-111"));
}

// --- use

TEST(Judge, ListedNamesUsedAsListedAreClean) {
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .StackGlobal("collections", "OrderedDict")
                                .EmptyTuple()
                                .Reduce()
                                .Stop();
  EXPECT_TRUE(IsClean(AnalyzeBytes(bytes), bytes));
}

TEST(Judge, AListedClassThatIsCalledNeedsItsOwnRow) {
  const auto with = [](std::string_view use) {
    return PickleBuilder()
        .Proto(2)
        .Global("argparse", "Namespace")
        .EmptyTuple()
        .Raw(use)
        .Stop()
        .bytes();
  };
  EXPECT_TRUE(AnalyzeBytes(with("\x81")).findings.empty());
  EXPECT_TRUE(HasRule(AnalyzeBytes(with("R")), "PKL-304"));
}

TEST(Judge, AnUnknownClassIsCautionWhenCreatedAndSuspiciousWhenCalled) {
  const auto with = [](std::string_view use) {
    return PickleBuilder()
        .Proto(2)
        .Global("mypackage.models", "Net")
        .EmptyTuple()
        .Raw(use)
        .Stop()
        .bytes();
  };
  const Analysis created = AnalyzeBytes(with("\x81"));
  EXPECT_EQ(WorstOf(created), Level::kCaution);
  EXPECT_TRUE(HasMessage(created, "creates mypackage.models.Net"));
  const Analysis called = AnalyzeBytes(with("R"));
  EXPECT_EQ(WorstOf(called), Level::kSuspicious);
  EXPECT_TRUE(HasMessage(called, "calls mypackage.models.Net()"));
  EXPECT_EQ(WorstOf(AnalyzeBytes(with("0"))), Level::kCaution);
}

TEST(Judge, ANameMissingFromACoveredPackageIsSuspicious) {
  const Analysis analysis = AnalyzeBytes(PickleBuilder()
                                             .Proto(2)
                                             .Global("torch.nn.nowhere", "Net")
                                             .EmptyTuple()
                                             .Raw("\x81")
                                             .Stop()
                                             .bytes());
  EXPECT_TRUE(HasRule(analysis, "PKL-303"));
}

TEST(Judge, ReconstructorCreatesItsClass) {
  const std::string bytes =
      "ccopy_reg\n_reconstructor\n(cmypackage\nNet\nc__builtin__\nobject\nNtR(dS'a'\nI1\nsb.";
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_EQ(WorstOf(analysis), Level::kCaution) << Summary(analysis);
}

TEST(Judge, GetattrOfAConstantNameIsADottedName) {
  const auto with = [](std::string_view module, std::string_view name, std::string_view attribute) {
    return PickleBuilder()
        .Proto(2)
        .Global("__builtin__", "getattr")
        .Global(module, name)
        .BinUnicode(attribute)
        .Tuple2()
        .Reduce()
        .EmptyTuple()
        .Raw("\x81")
        .Stop()
        .bytes();
  };
  const Analysis nested = AnalyzeBytes(with("mypackage", "Outer", "Inner"));
  EXPECT_TRUE(Imports(nested, "mypackage", "Outer.Inner")) << Summary(nested);
  EXPECT_EQ(WorstOf(nested), Level::kCaution) << Summary(nested);
  EXPECT_EQ(WorstOf(AnalyzeBytes(with("torch", "os", "system"))), Level::kUnsafe);
  EXPECT_EQ(WorstOf(AnalyzeBytes(with("mypackage", "Outer", "__globals__"))), Level::kUnsafe);
}

TEST(Judge, GetattrOfAnythingElseIsUnsafe) {
  const std::string on_result =
      "\x80\x02"
      "cbuiltins\ngetattr\ncpkg\nf\n)RX\x01\0\0\0a\x86R."s;
  EXPECT_TRUE(HasRule(AnalyzeBytes(on_result), "PKL-104"));
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x02"
                                   "cbuiltins\ngetattr\n."),
                      "PKL-104"));
}

TEST(Judge, PartialIsWorthItsFunction) {
  const auto with = [](std::string_view module, std::string_view name) {
    return PickleBuilder()
        .Proto(2)
        .Global("functools", "partial")
        .Global(module, name)
        .Tuple1()
        .Reduce()
        .Global(module, name)
        .EmptyTuple()
        .EmptyDict()
        .Raw("N(0")  // a mark that comes and goes
        .Raw("\x87")
        .Stop()
        .bytes();
  };
  EXPECT_TRUE(AnalyzeBytes(with("numpy", "mean")).findings.empty());
  EXPECT_EQ(WorstOf(AnalyzeBytes(with("mypackage", "f"))), Level::kSuspicious);
  EXPECT_EQ(WorstOf(AnalyzeBytes(with("posix", "system"))), Level::kUnsafe);
  EXPECT_EQ(WorstOf(AnalyzeBytes("cfunctools\npartial\n(K\x01tR.")), Level::kUnsafe);
}

TEST(Judge, TypeOfOneThingIsHarmlessAndOfThreeMakesAClass) {
  EXPECT_TRUE(AnalyzeBytes("\x80\x03"
                           "cbuiltins\ntype\nN\x85R.")
                  .findings.empty());
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x03"
                                   "cbuiltins\ntype\nX\x01\0\0\0A)}\x87R."s),
                      "PKL-104"));
}

TEST(Judge, CallingTheResultOfACallIsSuspicious) {
  const std::string bytes =
      "\x80\x02"
      "ccollections\nOrderedDict\n)R)R.";
  EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-206"));
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x02K\x01Q)R."), "PKL-206"));
}

TEST(Judge, APersistentObjectIsTorchsStorageOrSuspicious) {
  const std::string storage =
      "\x80\x02(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
      "0X\x03\0\0\0cpuK\x04tQ."s;
  EXPECT_TRUE(IsClean(AnalyzeBytes(storage), storage)) << Summary(AnalyzeBytes(storage));
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x02K\x01Q."), "PKL-219"));
  EXPECT_TRUE(HasMessage(AnalyzeBytes("Pkey\n."), "asks the loader for 'key'"));
}

TEST(Judge, ChangingAnImportedObjectIsUnsafe) {
  const std::string target =
      "\x80\x02"
      "ccollections\nOrderedDict\n";
  for (const std::string& effect : {"}b"s, "}X\x01\0\0\0aK\x01sb"s, "K\x01K\x02s"s,
                                    "K\x01"
                                    "a"s,
                                    "(K\x01"
                                    "e"s,
                                    "(K\x01K\x02u"s, "(K\x01\x90"s}) {
    EXPECT_TRUE(HasRule(AnalyzeBytes(target + effect + "."), "PKL-205")) << effect;
  }
}

TEST(Judge, SpecialMethodsInAStateAreUnsafe) {
  const std::string object =
      "\x80\x02"
      "cargparse\nNamespace\n)\x81";
  const std::string key = "X\x0c\0\0\0__setstate__"s;
  EXPECT_TRUE(HasRule(AnalyzeBytes(object + "}" + key + "K\x01sb."), "PKL-204"));
  EXPECT_TRUE(HasRule(AnalyzeBytes(object + "(" + key +
                                   "K\x01"
                                   "db."),
                      "PKL-204"));
  EXPECT_TRUE(HasRule(AnalyzeBytes(object + "N}(" + key +
                                   "K\x01u\x86"
                                   "b."),
                      "PKL-204"));
  EXPECT_TRUE(HasRule(AnalyzeBytes(object + "}V\\u005f_setstate__\nK\x01sb."), "PKL-204"));
  const Analysis named = AnalyzeBytes(object + "}V\\u005f_setstate__\nK\x01sb.");
  EXPECT_TRUE(std::ranges::any_of(named.findings, [](const Finding& finding) {
    return finding.rule == "PKL-204" && finding.message.starts_with("sets __setstate__ of ");
  }));
  // The same dict, filled after it went to the memo, and before it is used as a state.
  EXPECT_TRUE(HasRule(AnalyzeBytes(object + "}q\x01" + key +
                                   "K\x01s0h\x01"
                                   "b."),
                      "PKL-204"));
  // A dict that is only data may have any key.
  EXPECT_TRUE(AnalyzeBytes("\x80\x02}" + key + "K\x01s.").findings.empty());
}

TEST(Judge, ComputedKeysInAStateAreSuspicious) {
  const std::string bytes =
      "\x80\x02"
      "cargparse\nNamespace\n)\x81}cbuiltins\nstr\n)RK\x01sb.";
  EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-213")) << Summary(AnalyzeBytes(bytes));
}

TEST(Judge, ConstantPicklesGivenToALoaderAreFollowed) {
  const std::string inner =
      "\x80\x02"
      "cposix\nsystem\nX\x04\0\0\0true\x85R."s;
  const std::string bytes =
      "\x80\x03"
      "cpickle\nloads\nC" +
      std::string(1, static_cast<char>(inner.size())) + inner + "\x85R.";
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(HasRule(analysis, "PKL-105"));
  EXPECT_TRUE(HasMessage(analysis, "in a pickle inside this one: calls posix.system('true')"))
      << Summary(analysis);
  EXPECT_TRUE(Imports(analysis, "posix", "system"));
}

TEST(Judge, ATensorPickledByPlainPickleIsWorthWhatItHolds) {
  const auto with = [](const std::string& inner) {
    return "\x80\x03"
           "ctorch.storage\n_load_from_bytes\nC" +
           std::string(1, static_cast<char>(inner.size())) + inner + "\x85R.";
  };
  EXPECT_TRUE(AnalyzeBytes(with("\x80\x02K\x01.")).findings.empty());
  EXPECT_TRUE(HasRule(AnalyzeBytes(with("\x80\x02"
                                        "cposix\nsystem\n.")),
                      "PKL-101"));
  EXPECT_TRUE(HasRule(AnalyzeBytes(with("PK\x03\x04")), "PKL-105"));
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x03"
                                   "ctorch.storage\n_load_from_bytes\n)R."),
                      "PKL-105"));
}

TEST(Judge, BytesWrittenForPython2AreFollowedToo) {
  // _codecs.encode('\u0080\x02K\x01.', 'latin1')
  const auto with = [](const std::string& text) {
    return "\x80\x02"
           "ctorch.storage\n_load_from_bytes\nc_codecs\nencode\nX" +
           std::string(1, static_cast<char>(text.size())) + "\0\0\0"s + text +
           "X\x06\0\0\0latin1\x86R\x85R."s;
  };
  const std::string harmless = with("\xc2\x80\x02K\x01.");
  EXPECT_TRUE(IsClean(AnalyzeBytes(harmless), harmless)) << Summary(AnalyzeBytes(harmless));
  EXPECT_TRUE(HasRule(AnalyzeBytes(with("\xc2\x80\x02"
                                        "cposix\nsystem\n.")),
                      "PKL-101"));
  EXPECT_TRUE(HasRule(AnalyzeBytes(with("\xe2\x82\xac")), "PKL-105"));
}

TEST(Judge, AClassThatLegacyTorchPassesThroughPersistentLoadIsTheClass) {
  const auto with = [](std::string_view module, std::string_view name) {
    return PickleBuilder()
        .Proto(2)
        .Mark()
        .BinUnicode("module")
        .Global(module, name)
        .BinUnicode("linear.py")
        .BinUnicode("source")
        .Tuple()
        .BinPersId()
        .EmptyTuple()
        .Raw("\x81")
        .Stop()
        .bytes();
  };
  EXPECT_TRUE(AnalyzeBytes(with("torch.nn.modules.linear", "Linear")).findings.empty());
  EXPECT_EQ(WorstOf(AnalyzeBytes(with("mypackage", "Net"))), Level::kCaution);
  EXPECT_EQ(WorstOf(AnalyzeBytes(with("posix", "system"))), Level::kUnsafe);
}

TEST(Judge, PickleInsidePickleInsidePickleEnds) {
  std::string bytes = "\x80\x04N.";
  for (int i = 0; i < 50; ++i) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    std::string length(4, '\0');
    for (int b = 0; b < 4; ++b)
      length[static_cast<std::size_t>(b)] = static_cast<char>(size >> (8 * b));
    bytes =
        "\x80\x04"
        "cpickle\nloads\nB" +
        length + bytes + "\x85R.";
  }
  EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-105"));
}

TEST(Judge, MixedProtocolsAreSuspicious) {
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x02\x8c\x01"
                                   "a."),
                      "PKL-209"));
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x8c\x01"
                                   "a."),
                      "PKL-209"));
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x04\x80\x04N."), "PKL-209"));
  EXPECT_TRUE(AnalyzeBytes("]q\x01.").findings.empty());  // protocol 1 has no header
}

TEST(Judge, OddMemoIndicesAreSuspicious) {
  EXPECT_TRUE(HasRule(AnalyzeBytes("Np+1\n."), "PKL-210"));
  EXPECT_TRUE(HasRule(AnalyzeBytes("Np1\ng1\0zz\n."s), "PKL-210"));
}

TEST(Judge, AFloodOfFindingsIsCutPerRuleAndLevel) {
  Options options;
  options.limits.findings_per_file = 8;
  std::string bytes = "\x80\x02(";
  for (int i = 0; i < 100; ++i) bytes += "cpkg\nf" + std::to_string(i) + "\n)R";
  bytes += "cposix\nsystem\n)Rt.";
  const Analysis analysis = AnalyzeBytes(bytes, options);
  EXPECT_TRUE(HasRule(analysis, "PKL-101"));
  EXPECT_EQ(analysis.findings.size(), 3u);  // one rule has a quarter of its level's room
}

TEST(Judge, AFloodOfOneUnsafeKindHidesNoOther) {
  std::string bytes = "\x80\x04";
  for (int i = 0; i < 5000; ++i)
    bytes +=
        "K\x01K\x02\x93"
        "0";
  const Analysis analysis = AnalyzeBytes(bytes + "cposix\nsystem\n)R.");
  EXPECT_TRUE(HasRule(analysis, "PKL-201"));
  EXPECT_TRUE(HasMessage(analysis, "calls posix.system()"));
}

}  // namespace
}  // namespace counterscan::pickle
