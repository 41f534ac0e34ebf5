#include "scanner/crosscheck/pickle_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

OurImports Imports(std::vector<std::pair<std::string, std::string>> names) {
  OurImports ours;
  for (const auto& [module, name] : names) {
    ours.named[ImportKey(module, name)] = {module, name, Level::kUnsafe, ""};
  }
  return ours;
}
std::string FoundBy(std::string_view signature, const OurImports& ours) {
  const OurImport* import = SignatureIndex(ours).Find(signature);
  return import == nullptr ? "" : import->module + " " + import->name;
}

TEST(PickleSignature, NamesAreTakenOutOfMessages) {
  EXPECT_THAT(PickleSignaturesIn("Detected malware signatures: Py.Malware.A_b_c_D, "
                                 "Py.Malware.A_b_c_E;Py.Malware.A_b_c_D"),
              ElementsAre("Py.Malware.A_b_c_D", "Py.Malware.A_b_c_E"));
  EXPECT_THAT(PickleSignaturesIn("No security issues detected"), IsEmpty());
  EXPECT_THAT(PickleSignaturesIn("x: Py.Malware.A_b_c_D-12345-0.UNOFFICIAL FOUND"),
              ElementsAre("Py.Malware.A_b_c_D"));
  EXPECT_THAT(PickleSignaturesIn("Py.Malware."), ElementsAre("Py.Malware"));
  EXPECT_THAT(PickleSignaturesIn("Py.Malware." + std::string(5000, 'a')), ElementsAre(SizeIs(200)));
}

TEST(PickleSignature, ModulesFunctionsAndOpcodesMayHoldUnderscores) {
  const struct {
    const char *signature, *module, *name;
  } kRows[] = {
      {"Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL", "builtins", "eval"},
      {"Py.Malware.CodeExec_builtins_eval_GLOBAL", "__builtin__", "eval"},
      {"Py.Malware.CodeExec___builtin___eval_GLOBAL", "__builtin__", "eval"},
      {"Py.Malware.SysAccess_os_system_INST", "os", "system"},
      {"Py.Malware.SysAccess_os_system", "os", "system"},
      {"Py.Malware.SysAccess_asyncio_unix_events__run_GLOBAL", "asyncio.unix_events", "_run"},
      {"Py.Malware.SysAccess_asyncio.unix_events__run_GLOBAL", "asyncio.unix_events", "_run"},
      {"Py.Malware.Obfuscation_a_b_c_d_e_STACK_GLOBAL", "a_b.c", "d_e"},
      {"Py.Malware.NetAccess__socket___reduce_ex___REDUCE", "_socket", "__reduce_ex__"},
      {"Py.Malware.New_Category_os_system_GLOBAL", "os", "system"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(FoundBy(row.signature, Imports({{row.module, row.name}})),
              std::string(row.module) + " " + row.name)
        << row.signature;
    EXPECT_EQ(FoundBy(row.signature, Imports({{"other", "thing"}, {"os", "sys"}, {"b", "ev"}})), "")
        << row.signature;
  }
}

TEST(PickleSignature, TheLongestNameBehindTheCategoryWins) {
  const OurImports ours = Imports({{"os", "path"}, {"os.path", "join"}, {"path", "join"}});
  EXPECT_EQ(FoundBy("Py.Malware.X_os_path_join_GLOBAL", ours), "os.path join");
  EXPECT_EQ(FoundBy("Py.Malware.X_path_join_GLOBAL", ours), "path join");
}

TEST(PickleSignature, OfTwoImportsWithOneFlatNameTheWorseIsMeant) {
  OurImports ours = Imports({{"a.b", "c"}, {"a", "b_c"}});
  ours.named[ImportKey("a.b", "c")].level = Level::kClean;
  EXPECT_EQ(FoundBy("Py.Malware.X_a_b_c_GLOBAL", ours), "a b_c");
}

TEST(PickleSignature, OddNamesFitNothing) {
  for (const char* signature :
       {"", "Py.", "Py.Malware", "Py.Malware.", "Py.Malware._", "Py.Malware.X", "Py.Malware.X_",
        "Py.Malware.____", "Py.Malware.os_system"}) {
    EXPECT_EQ(FoundBy(signature, Imports({{"os", "system"}})), "") << signature;
    EXPECT_EQ(FoundBy(signature, {}), "") << signature;
  }
}

}  // namespace
}  // namespace counterscan
