#include "scanner/crosscheck/engine_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace counterscan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

void AddImport(FileReport& file, const char* module, const char* name, Level level) {
  file.imports.push_back(
      {.module = module, .name = name, .level = level, .where = "", .offset = 0});
}
HubScanner PickleScan(std::vector<HubImport> imports) {
  return {.name = "pickleImportScan",
          .status = "safe",
          .message = "",
          .version = "0.0.32",
          .report_link = "",
          .imports = std::move(imports)};
}
HubScanner AvScan(std::string status, std::string message) {
  return {.name = "avScan",
          .status = std::move(status),
          .message = std::move(message),
          .version = "",
          .report_link = "",
          .imports = {}};
}
std::vector<std::string> NotesOf(const FileReport& file) { return EngineNotes(file, HubLimits{}); }

TEST(EngineNotes, ImportsThatBothSidesHaveNeedNoWords) {
  FileReport file;
  AddImport(file, "collections", "OrderedDict", Level::kClean);
  file.hub.scanners = {PickleScan({{"collections", "OrderedDict", "innocuous"}})};
  EXPECT_THAT(NotesOf(file), IsEmpty());
}

TEST(EngineNotes, AnImportTheHubMissedIsNamed) {
  FileReport file;
  AddImport(file, "collections", "OrderedDict", Level::kClean);
  AddImport(file, "posix", "system", Level::kUnsafe);
  file.hub.scanners = {PickleScan(
      {{"collections", "OrderedDict", "innocuous"}, {"torch", "FloatStorage", "innocuous"}})};
  EXPECT_THAT(
      NotesOf(file),
      ElementsAre("posix.system is not among the Hub's 2 imports",
                  "the Hub lists torch.FloatStorage (innocuous), which was not found here"));
}

TEST(EngineNotes, HarmlessImportsAreCountedNotListed) {
  FileReport file;
  AddImport(file, "a", "x", Level::kClean);
  AddImport(file, "a", "y", Level::kClean);
  file.hub.scanners = {PickleScan({})};
  EXPECT_THAT(NotesOf(file), ElementsAre("2 harmless imports are not among the Hub's 0"));
}

TEST(EngineNotes, Python2NamesAreTheSameModule) {
  FileReport file;
  AddImport(file, "__builtin__", "eval", Level::kUnsafe);
  file.hub.scanners = {PickleScan({{"builtins", "eval", "dangerous"}})};
  EXPECT_THAT(NotesOf(file), IsEmpty());
}

TEST(EngineNotes, AnotherJudgementOfTheSameImportIsNamed) {
  FileReport file;
  AddImport(file, "pkgutil", "resolve_name", Level::kUnsafe);
  file.hub.scanners = {PickleScan({{"pkgutil", "resolve_name", "innocuous"}})};
  EXPECT_THAT(NotesOf(file),
              ElementsAre("pkgutil.resolve_name is unsafe here, innocuous at the Hub"));
}

TEST(EngineNotes, AScannerThatDidNotLookListsNothing) {
  FileReport file;
  AddImport(file, "posix", "system", Level::kUnsafe);
  HubScanner scanner = PickleScan({});
  scanner.status = "unscanned";
  file.hub.scanners = {scanner};
  EXPECT_THAT(NotesOf(file), ElementsAre("the Hub's pickleImportScan did not look at this file"));
  file.imports.clear();
  EXPECT_THAT(NotesOf(file), IsEmpty());
}

TEST(EngineNotes, ImportsThatCannotBeNamedAreLeftOut) {
  FileReport file;
  file.imports.push_back({.level = Level::kSuspicious, .where = "", .offset = 0});
  file.hub.scanners = {PickleScan({})};
  EXPECT_THAT(NotesOf(file), IsEmpty());
}

TEST(EngineNotes, ASignatureMatchTheHubDidNotHaveIsNamed) {
  FileReport file;
  Finding finding;
  finding.engine = EngineId::kClamav;
  finding.message = "matches Eicar-Test-Signature";
  file.findings.push_back(finding);
  file.hub.scanners = {AvScan("safe", "")};
  EXPECT_THAT(NotesOf(file),
              ElementsAre("here matches Eicar-Test-Signature; the Hub's avScan says \"safe\""));
  file.hub.scanners = {AvScan("unsafe", "")};
  EXPECT_THAT(NotesOf(file), IsEmpty());
}

TEST(EngineNotes, PickleSignaturesAreHeldAgainstOurImports) {
  const std::string message =
      "Detected malware signatures: Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL";
  FileReport file;
  file.hub.scanners = {AvScan("unsafe", message)};
  EXPECT_THAT(NotesOf(file),
              ElementsAre("avScan names Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL, which fits "
                          "no import found here"));
  AddImport(file, "builtins", "eval", Level::kUnsafe);
  EXPECT_THAT(NotesOf(file), IsEmpty());
  file.imports[0].level = Level::kClean;
  EXPECT_THAT(NotesOf(file),
              ElementsAre("avScan names Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL; "
                          "builtins.eval is harmless here"));
}

TEST(EngineNotes, ModulesWithDotsAndUnderscoresAreRecognised) {
  FileReport file;
  AddImport(file, "asyncio.unix_events", "_run", Level::kUnsafe);
  file.hub.scanners = {
      AvScan("unsafe", "Py.Malware.SysAccess_asyncio_unix_events__run_GLOBAL, Py.Malware.X")};
  EXPECT_THAT(NotesOf(file),
              ElementsAre("avScan names Py.Malware.X, which fits no import found here"));
}

TEST(EngineNotes, ThereIsABoundAndItIsSaid) {
  FileReport file;
  for (int i = 0; i < 100; ++i) AddImport(file, "m", std::to_string(i).c_str(), Level::kUnsafe);
  file.hub.scanners = {PickleScan({})};
  HubLimits limits;
  limits.notes_per_file = 3;
  const auto notes = EngineNotes(file, limits);
  ASSERT_EQ(notes.size(), 4u);
  EXPECT_EQ(notes.back(), "and 97 more differences");
}

}  // namespace
}  // namespace counterscan
