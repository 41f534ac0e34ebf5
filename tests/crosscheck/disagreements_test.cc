#include "scanner/crosscheck/disagreements.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void AddImport(FileReport& file, const char* module, const char* name, Level level,
               const char* where = "") {
  file.imports.push_back(
      {.module = module, .name = name, .level = level, .where = where, .offset = 0});
}
void AddFinding(FileReport& file, EngineId engine, const char* rule, const char* message) {
  Finding finding;
  finding.rule = rule;
  finding.level = Level::kUnsafe;
  finding.engine = engine;
  finding.message = message;
  file.findings.push_back(finding);
}
HubScanner Scanner(std::string name, std::string status, std::string message = "",
                   std::string version = "") {
  return {.name = std::move(name),
          .status = std::move(status),
          .message = std::move(message),
          .version = std::move(version),
          .report_link = "",
          .imports = {}};
}
HubScanner PickleScan(std::vector<HubImport> imports, std::string status = "safe") {
  HubScanner scanner = Scanner("pickleImportScan", std::move(status), "", "0.0.32");
  scanner.imports = std::move(imports);
  return scanner;
}

std::vector<std::string> SentencesOf(const FileReport& file, const HubLimits& limits = {}) {
  std::vector<std::string> sentences;
  for (const Disagreement& d : DisagreementsOf(file, limits)) {
    sentences.push_back(fmt::format("{}; {}: {}", d.here, d.hub, d.next));
  }
  return sentences;
}
std::vector<std::string> SentencesOf(FileReport file, std::vector<HubScanner> scanners) {
  file.hub.scanners = std::move(scanners);
  return SentencesOf(file);
}

TEST(Disagreements, ImportsThatBothSidesHaveNeedNoWords) {
  FileReport file;
  AddImport(file, "collections", "OrderedDict", Level::kClean);
  AddImport(file, "sklearn.svm", "SVC", Level::kClean);  // on none of the Hub's lists
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"collections", "OrderedDict", "innocuous"},
                                             {"sklearn.svm", "SVC", "suspicious"}})}),
              IsEmpty());
}

TEST(Disagreements, ImportsOfOneSideAreNamedInBothDirections) {
  FileReport file;
  AddImport(file, "posix", "system", Level::kUnsafe, "archive/data.pkl");
  EXPECT_THAT(
      SentencesOf(file,
                  {PickleScan({{"builtins", "exec", "dangerous"}, {"a", "b", "suspicious"}})}),
      ElementsAre(
          "posix.system is unsafe here (in archive/data.pkl); the Hub's pickleImportScan "
          "0.0.32 lists 2 imports and not this one: look at what it does before you believe "
          "either",
          "builtins.exec was not found here; the Hub's pickleImportScan 0.0.32 lists it as "
          "\"dangerous\": count it as there until you know why",
          "a.b was not found here; the Hub's pickleImportScan 0.0.32 lists it as "
          "\"suspicious\": count it as there until you know why"));
}

TEST(Disagreements, WhatIsMissingHereMayBeInBytesThatWereNotChecked) {
  FileReport file;
  file.gaps.push_back({.reason = GapReason::kEncryptedMember, .where = "", .detail = ""});
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"builtins", "exec", "dangerous"}})}),
              ElementsAre(HasSubstr("was not found here, where not all of the file was checked")));
}

TEST(Disagreements, TheWorstComesFirst) {
  FileReport file;
  AddImport(file, "a", "caution", Level::kCaution);
  AddImport(file, "b", "suspicious", Level::kSuspicious);
  AddImport(file, "c", "unsafe", Level::kUnsafe);
  EXPECT_THAT(SentencesOf(file, {PickleScan({})}),
              ElementsAre(HasSubstr("c.unsafe is unsafe here; the Hub's pickleImportScan 0.0.32 "
                                    "lists no import"),
                          HasSubstr("b.suspicious"), HasSubstr("a.caution")));
}

TEST(Disagreements, HarmlessImportsAreCountedNotListed) {
  FileReport file;
  AddImport(file, "a", "x", Level::kClean);
  AddImport(file, "a", "y", Level::kClean);
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"torch", "FloatStorage", "innocuous"}})}),
              ElementsAre(HasSubstr("2 harmless imports found here"),
                          HasSubstr("1 harmless import of the Hub not found here")));
}

TEST(Disagreements, Python2AndPython3NamesAreOneImport) {
  FileReport file;
  AddImport(file, "__builtin__", "eval", Level::kUnsafe);
  AddImport(file, "copy_reg", "_reconstructor", Level::kClean);
  AddImport(file, "urllib", "urlopen", Level::kUnsafe);
  AddImport(file, "builtins", "range", Level::kClean);
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"builtins", "eval", "dangerous"},
                                             {"copyreg", "_reconstructor", "innocuous"},
                                             {"urllib.request", "urlopen", "dangerous"},
                                             {"__builtin__", "xrange", "suspicious"}})}),
              IsEmpty());
}

// pickletools joins GLOBAL's two lines by a space, and the Hub's scanner cuts at the first one.
TEST(Disagreements, AModuleWithASpaceIsCutElsewhereAtTheHub) {
  FileReport file;
  AddImport(file, "os path", "join", Level::kSuspicious);
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"os", "path join", "suspicious"}})}), IsEmpty());
}

TEST(Disagreements, AnotherJudgementOfTheSameImportIsNamed) {
  FileReport file;
  AddImport(file, "posix", "system", Level::kUnsafe);
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"posix", "system", "innocuous"}})}),
              ElementsAre("posix.system is unsafe here; the Hub's pickleImportScan 0.0.32 calls it "
                          "\"innocuous\": go by what was found here"));
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"posix", "system", "a new word"}})}),
              ElementsAre(HasSubstr("calls it \"a new word\"")));
  file.imports[0].level = Level::kClean;
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"posix", "system", "dangerous"}})}),
              ElementsAre(HasSubstr("posix.system is harmless here; the Hub's pickleImportScan "
                                    "0.0.32 calls it \"dangerous\"")));
  // Of several words for one import the worst counts.
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"posix", "system", "innocuous"},
                                             {"posix", "system", "dangerous"},
                                             {"posix", "system", "innocuous"}})}),
              ElementsAre(HasSubstr("calls it \"dangerous\"")));
}

TEST(Disagreements, WhatTheHubsVersionIsKnownToMissIsSaid) {
  FileReport file;
  AddImport(file, "pkgutil", "resolve_name", Level::kUnsafe);
  HubScanner scanner = PickleScan({{"pkgutil", "resolve_name", "suspicious"}});
  EXPECT_THAT(SentencesOf(file, {scanner}),
              ElementsAre(HasSubstr("is a version that does not know how dangerous it is: go by "
                                    "what was found here")));
  scanner.version = "1.0.5";
  EXPECT_THAT(SentencesOf(file, {scanner}),
              ElementsAre(HasSubstr("\"suspicious\": go by what was found here")));
  scanner.imports[0].safety = "dangerous";
  EXPECT_THAT(SentencesOf(file, {scanner}), IsEmpty());
}

TEST(Disagreements, NamesThatOneSideCannotTellAreSaid) {
  FileReport file;
  AddImport(file, "posix", "system", Level::kUnsafe);
  EXPECT_THAT(
      SentencesOf(file, {PickleScan({{"unknown", "unknown", "dangerous"}})}),
      ElementsAre(HasSubstr("posix.system is unsafe here; the Hub's pickleImportScan 0.0.32 "
                            "lists 1 import, of which it could not work out 1"),
                  HasSubstr("could not work out one of them")));
  FileReport made;
  made.imports.push_back({.level = Level::kSuspicious, .where = "", .offset = 0});
  EXPECT_THAT(SentencesOf(made, {PickleScan({})}),
              ElementsAre(HasSubstr("one name is made while loading")));
  EXPECT_THAT(SentencesOf(made, {PickleScan({{"posix", "unknown", "dangerous"}})}), IsEmpty());
}

TEST(Disagreements, AScannerThatDidNotLookListsNothing) {
  FileReport file;
  AddImport(file, "posix", "system", Level::kUnsafe);
  EXPECT_THAT(SentencesOf(file, {PickleScan({}, "unscanned")}),
              ElementsAre("1 import found here; the Hub's pickleImportScan did not look at the "
                          "file: only what was found here speaks for them"));
  EXPECT_THAT(SentencesOf(file, {PickleScan({}, "queued")}),
              ElementsAre(HasSubstr("pickleImportScan says \"queued\"")));
  EXPECT_THAT(SentencesOf(file, {Scanner("avScan", "safe")}),
              ElementsAre(HasSubstr("the Hub's answer has no pickleImportScan")));
  EXPECT_THAT(SentencesOf(FileReport{}, {PickleScan({}, "unscanned")}), IsEmpty());
  // A harmless file that is not finished has its state, and that is all there is to say.
  file.imports[0].level = Level::kClean;
  EXPECT_THAT(SentencesOf(file, {PickleScan({}, "queued")}), IsEmpty());
  EXPECT_THAT(SentencesOf(file, {PickleScan({}, "unscanned")}), testing::SizeIs(1));
}

// The Hub's scanners saw the content, and only its pointer is here.
TEST(Disagreements, AGitLfsPointerIsHeldAgainstNothing) {
  FileReport file;
  file.gaps.push_back({.reason = GapReason::kPointer, .where = "", .detail = ""});
  EXPECT_THAT(SentencesOf(file, {PickleScan({{"posix", "system", "dangerous"}}, "unsafe"),
                                 Scanner("avScan", "unsafe", "Win.Test")}),
              IsEmpty());
}

TEST(Disagreements, SignaturesOfOneSideAreNamed) {
  FileReport found;
  AddFinding(found, EngineId::kClamav, "CLAM-1", "ClamAV: Eicar-Test-Signature");
  EXPECT_THAT(
      SentencesOf(found, {Scanner("avScan", "safe", "", "1.5.4/28112")}),
      ElementsAre("ClamAV matches Eicar-Test-Signature here; the Hub's avScan 1.5.4/28112 says "
                  "\"safe\": go by what was found here"));
  EXPECT_THAT(SentencesOf(found, {Scanner("avScan", "unsafe", "Other-Name")}), IsEmpty());

  FileReport clear;
  EXPECT_THAT(SentencesOf(clear, {Scanner("avScan", "unsafe", "Win.Trojan.X")}),
              ElementsAre("no signature matched here; the Hub's avScan says \"unsafe\", "
                          "Win.Trojan.X: go by the Hub"));
  clear.gaps.push_back({.reason = GapReason::kNoSignatures, .where = "", .detail = ""});
  EXPECT_THAT(SentencesOf(clear, {Scanner("avScan", "unsafe", "Win.Trojan.X")}),
              ElementsAre(HasSubstr("fetch signatures (sudo freshclam)")));
}

TEST(Disagreements, PickleSignaturesAreHeldAgainstOurImports) {
  const HubScanner scanner =
      Scanner("avScan", "unsafe",
              "Detected malware signatures: Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL");
  FileReport file;
  EXPECT_THAT(SentencesOf(file, {scanner}),
              ElementsAre("no import here fits that name; the Hub's avScan names "
                          "Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL: go by the Hub until you "
                          "know why"));
  AddImport(file, "builtins", "eval", Level::kUnsafe);
  AddFinding(file, EngineId::kPickle, "PKL-101", "calls builtins.eval");
  const HubScanner same = PickleScan({{"builtins", "eval", "dangerous"}}, "unsafe");
  EXPECT_THAT(SentencesOf(file, {scanner, same}), IsEmpty());
  file.imports[0].level = Level::kClean;
  EXPECT_THAT(SentencesOf(file, {scanner, PickleScan({{"builtins", "eval", "innocuous"}})}),
              ElementsAre(HasSubstr("builtins.eval is harmless here")));
}

TEST(Disagreements, EveryOtherScannerIsHeldAgainstOurVerdict) {
  const FileReport clear;
  for (const char* name : {"protectAiScan", "jFrogScan", "virusTotalScan", "aScannerOfNextYear"}) {
    for (const char* status : {"caution", "suspicious", "unsafe"}) {
      EXPECT_THAT(SentencesOf(clear, {Scanner(name, status, "why")}),
                  ElementsAre(fmt::format("nothing found here; the Hub's {} says \"{}\", why: "
                                          "go by the Hub",
                                          name, status)));
    }
    for (const char* status : {"safe", "unscanned", "queued", "error", "a new word"}) {
      EXPECT_THAT(SentencesOf(clear, {Scanner(name, status)}), IsEmpty());
    }
  }
  FileReport found;
  AddFinding(found, EngineId::kFormat, "KER-1", "lambda layer");
  EXPECT_THAT(SentencesOf(found, {Scanner("jFrogScan", "unsafe"), Scanner("protectAiScan", "safe"),
                                  Scanner("virusTotalScan", "safe")}),
              ElementsAre("unsafe here by KER-1; the Hub's protectAiScan, virusTotalScan say "
                          "\"safe\": go by what was found here"));
}

TEST(Disagreements, WhatTheUsersPolicyExcusesIsNotCalledNothing) {
  FileReport file;
  AddFinding(file, EngineId::kPickle, "PKL-303", "calls acme.x");
  file.findings[0].suppressed = "team.policy";
  EXPECT_THAT(SentencesOf(file, {Scanner("jFrogScan", "unsafe")}),
              ElementsAre(HasSubstr("what was found here is excused by your policy")));
}

TEST(Disagreements, TextOfTheHubIsEscaped) {
  const HubScanner scanner = Scanner("new\x1b[2KScan", "unsafe", "line\nforged");
  const auto sentences = SentencesOf(FileReport{}, {scanner});
  ASSERT_EQ(sentences.size(), 1u);
  EXPECT_EQ(sentences[0].find('\n'), std::string::npos);
  EXPECT_EQ(sentences[0].find('\x1b'), std::string::npos);
}

TEST(Disagreements, ThereIsABoundAndItIsSaid) {
  FileReport file;
  for (int i = 0; i < 100; ++i) AddImport(file, "m", std::to_string(i).c_str(), Level::kUnsafe);
  file.hub.scanners = {PickleScan({})};
  HubLimits limits;
  limits.notes_per_file = 3;
  const auto sentences = SentencesOf(file, limits);
  ASSERT_EQ(sentences.size(), 4u);
  EXPECT_THAT(sentences.back(), HasSubstr("97 more differences"));
}

}  // namespace
}  // namespace counterscan
