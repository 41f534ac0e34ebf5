#include "hubclient/file_status.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "hubclient/status_words.h"

namespace counterscan {
namespace {

FileStatus Read(std::string_view json) {
  const HubLimits limits;
  const auto document = ParseHubJson(json, limits.body_bytes, limits);
  EXPECT_TRUE(document) << json;
  return ReadFileStatus(document->root, limits);
}

// A status whose scanners are given; the file's own word is the first argument.
FileStatus ReadNew(std::string_view word, std::string_view scanners) {
  return Read(fmt::format(R"({{"securityFileStatus":{{"status":{},{}}}}})", word, scanners));
}

const HubScanner* Find(const FileStatus& status, std::string_view name) {
  for (const HubScanner& scanner : status.scanners) {
    if (scanner.name == name) return &scanner;
  }
  return nullptr;
}

constexpr std::string_view kSafeAv = R"("avScan":{"status":"safe"})";

TEST(StatusWords, OnlyTheExactWordSafeIsSafe) {
  EXPECT_EQ(StateOfWord("safe"), HubState::kSafe);
  for (const char* word : {"", "Safe", "SAFE", " safe", "safe ", "safe\n", "clean", "ok", "true",
                           "innocuous", "malicious", "danger", "blocked", "pending", "scanning"}) {
    EXPECT_EQ(StateOfWord(word), HubState::kMissing) << word;
  }
  for (const char* word : {"UNSAFE", "Unsafe", " unsafe\n"}) {
    EXPECT_EQ(StateOfWord(word), HubState::kUnsafe) << word;
  }
  EXPECT_EQ(StateOfWord("Queued"), HubState::kMissing);
  EXPECT_EQ(StateOfWord("queued"), HubState::kPending);
  EXPECT_EQ(StateOfWord("unscanned"), HubState::kPending);
  EXPECT_EQ(StateOfWord("error"), HubState::kError);
}

TEST(StatusWords, WorseIsOneOrderOverAllStates) {
  for (int a = 0; a < kHubStateCount; ++a) {
    for (int b = 0; b < kHubStateCount; ++b) {
      const auto left = static_cast<HubState>(a), right = static_cast<HubState>(b);
      EXPECT_EQ(Worse(left, right), Worse(right, left));
      EXPECT_TRUE(Worse(left, right) == left || Worse(left, right) == right);
      if (FlagLevel(left) && !FlagLevel(right) && right != HubState::kDisabled) {
        EXPECT_EQ(Worse(left, right), left);
      }
    }
  }
}

TEST(FileStatus, SafeOfAFileAndAScannerIsSafe) {
  const FileStatus status = ReadNew(
      R"("safe")",
      R"("protectAiScan":{"status":"unscanned"},"avScan":{"status":"safe","message":"No security issues detected","reportLink":"https://fdtn.ai/"},"pickleImportScan":{"status":"unscanned","pickleImports":[],"version":"0.0.0"},"virusTotalScan":{"status":"unscanned"})");
  EXPECT_EQ(status.state, HubState::kSafe);
  EXPECT_EQ(status.reason, "");
  EXPECT_EQ(status.scanners.size(), 4u);
  EXPECT_EQ(Find(status, "avScan")->message, "No security issues detected");
  EXPECT_EQ(Find(status, "avScan")->report_link, "https://fdtn.ai/");
}

TEST(FileStatus, TheFullPickleCaseKeepsImportsAndVersions) {
  const FileStatus status = ReadNew(
      R"("safe")",
      R"("avScan":{"status":"safe","message":"","version":"1.5.2/27952"},"jFrogScan":{"status":"safe","message":"Safe PyTorch model"},"pickleImportScan":{"status":"safe","version":"0.0.32","pickleImports":[{"module":"collections","name":"OrderedDict","safety":"innocuous"},{"module":"torch._utils","name":"_rebuild_tensor_v2","safety":"innocuous"},{"module":"torch","name":"FloatStorage","safety":"innocuous"}]})");
  EXPECT_EQ(status.state, HubState::kSafe);
  const HubScanner* pickle = Find(status, "pickleImportScan");
  ASSERT_NE(pickle, nullptr);
  ASSERT_EQ(pickle->imports.size(), 3u);
  EXPECT_EQ(pickle->imports[1].module, "torch._utils");
  EXPECT_EQ(pickle->imports[1].safety, "innocuous");
  EXPECT_EQ(Find(status, "avScan")->version, "1.5.2/27952");
}

// Facts of 2026: one scanner that waits keeps the whole file waiting.
TEST(FileStatus, AQueuedScannerMakesTheFilePending) {
  const FileStatus status = ReadNew(
      R"("queued")", R"("avScan":{"status":"safe"},"jFrogScan":{"status":"queued","message":""})");
  EXPECT_EQ(status.state, HubState::kPending);
  EXPECT_EQ(status.reason, "jFrogScan: queued");
  EXPECT_EQ(
      ReadNew(R"("safe")", R"("avScan":{"status":"safe"},"jFrogScan":{"status":"queued"})").state,
      HubState::kPending);
}

TEST(FileStatus, AFailedScannerMakesTheFileAnError) {
  const FileStatus status = ReadNew(
      R"("error")",
      R"("avScan":{"status":"error","message":""},"pickleImportScan":{"status":"unscanned"},"protectAiScan":{"status":"unscanned"},"virusTotalScan":{"status":"unscanned"})");
  EXPECT_EQ(status.state, HubState::kError);
  EXPECT_EQ(status.reason, "avScan: error");
}

TEST(FileStatus, AnUnscannedFileIsPending) {
  EXPECT_EQ(ReadNew(R"("unscanned")", kSafeAv).state, HubState::kPending);
  EXPECT_EQ(ReadNew(R"("unscanned")", R"("avScan":{"status":"unscanned"})").state,
            HubState::kPending);
}

TEST(FileStatus, SafeThatNoScannerGaveIsMissing) {
  for (const char* scanners : {R"("avScan":{"status":"unscanned"})", R"("avScan":null)"}) {
    const FileStatus status = ReadNew(R"("safe")", scanners);
    EXPECT_EQ(status.state, HubState::kMissing) << scanners;
    EXPECT_EQ(status.reason, "the Hub says \"safe\" but names no scanner that looked");
  }
}

TEST(FileStatus, TheWorstScannerCountsAndContradictionsAreNoted) {
  const FileStatus status =
      ReadNew(R"("safe")", R"("jFrogScan":{"status":"safe"},"avScan":{"status":"unsafe"})");
  EXPECT_EQ(status.state, HubState::kUnsafe);
  ASSERT_EQ(status.notes.size(), 2u);
  EXPECT_EQ(status.notes[0],
            "the Hub's scanners differ: avScan says \"unsafe\", jFrogScan \"safe\"; the worse "
            "counts");
  EXPECT_EQ(status.notes[1],
            "the Hub's file status is \"safe\", its avScan says \"unsafe\"; the worse counts");
}

// The Hub's own rule: the status of a file is the worst of its scanners'.
TEST(FileStatus, AStatusThatIsNotTheWorstOfItsScannersIsNoted) {
  const struct {
    const char *own, *scanner;
    HubState state;
    const char* note;  // "" for none
  } kRows[] = {
      {"safe", "queued", HubState::kPending, "is \"safe\", its avScan says \"queued\""},
      {"queued", "error", HubState::kError, "is \"queued\", its avScan says \"error\""},
      {"caution", "unsafe", HubState::kUnsafe, "is \"caution\", its avScan says \"unsafe\""},
      {"unsafe", "safe", HubState::kUnsafe, "is \"unsafe\", though none of its scanners flags"},
      {"unsafe", "caution", HubState::kUnsafe, ""},
      {"queued", "safe", HubState::kPending, ""},
      {"error", "unscanned", HubState::kError, ""},
      {"unsafe", "unsafe", HubState::kUnsafe, ""},
  };
  for (const auto& row : kRows) {
    const FileStatus status = ReadNew("\"" + std::string(row.own) + "\"",
                                      R"("avScan":{"status":")" + std::string(row.scanner) + "\"}");
    EXPECT_EQ(status.state, row.state) << row.own << " " << row.scanner;
    if (*row.note == 0) {
      EXPECT_THAT(status.notes, testing::IsEmpty()) << row.own << " " << row.scanner;
    } else {
      EXPECT_THAT(status.notes, testing::ElementsAre(testing::HasSubstr(row.note)));
    }
  }
}

TEST(FileStatus, ASafeThatCountsEnginesIsNoted) {
  const auto notes = [](const std::string& message) {
    return ReadNew(R"("safe")",
                   R"("avScan":{"status":"safe"},"virusTotalScan":{"status":"safe","message":")" +
                       message + "\"}")
        .notes;
  };
  EXPECT_THAT(notes("3/76 engines detect it as malicious."),
              testing::ElementsAre("the Hub's virusTotalScan says \"safe\", and adds: 3/76 engines "
                                   "detect it as malicious."));
  for (const char* message :
       {"0/76 engines detect it as malicious.", "", "/76", "00/76", "12 of 76"}) {
    EXPECT_THAT(notes(message), testing::IsEmpty()) << message;
  }
}

TEST(FileStatus, AScannerOfAnUnknownNameCounts) {
  EXPECT_EQ(
      ReadNew(R"("safe")", R"("avScan":{"status":"safe"},"newScan":{"status":"suspicious"})").state,
      HubState::kSuspicious);
}

TEST(FileStatus, AFlagInAShapeThatIsNotKnownCounts) {
  for (const char* scanner :
       {R"("newScan":"unsafe")", R"("newScan":["safe","unsafe"])",
        R"("newScan":{"level":"unsafe"})", R"("newScan":{"results":[{"status":"unsafe"}]})",
        R"("avScan":"unsafe")", R"("newScan":{"status":["unsafe"]})"}) {
    EXPECT_EQ(
        ReadNew(R"("safe")", fmt::format(R"("jFrogScan":{{"status":"safe"}},{})", scanner)).state,
        HubState::kUnsafe)
        << scanner;
  }
  EXPECT_EQ(ReadNew(R"(["unsafe"])", kSafeAv).state, HubState::kUnsafe);
  EXPECT_EQ(Read(R"({"securityFileStatus":"unsafe"})").state, HubState::kUnsafe);
  EXPECT_EQ(Read(R"({"securityFileStatus":[{"status":"caution"}]})").state, HubState::kCaution);
}

TEST(FileStatus, AScannerInAShapeThatIsNotKnownConfirmsNothing) {
  for (const char* scanner : {R"("newScan":"safe")", R"("newScan":["safe"])", R"("newScan":true)",
                              R"("newScan":{})", R"("newScan":{"level":"safe"})"}) {
    const FileStatus status = ReadNew(R"("safe")", fmt::format("{},{}", kSafeAv, scanner));
    EXPECT_EQ(status.state, HubState::kMissing) << scanner;
    EXPECT_NE(status.reason.find("newScan"), std::string::npos) << status.reason;
  }
  EXPECT_EQ(ReadNew(R"("safe")", fmt::format(R"({},"newScan":null)", kSafeAv)).state,
            HubState::kSafe);
  // What has stood beside the scanners, whatever it says.
  EXPECT_EQ(
      Read(
          R"({"security":{"safe":true,"name":"unsafe","blobId":"45fa7c3d85ee7dd4139adbc056da25ae136a65f2","avScan":{"virusFound":false}}})")
          .state,
      HubState::kSafe);
}

TEST(FileStatus, ADangerousImportBehindTheLimitStillCounts) {
  std::string imports;
  for (std::size_t i = 0; i < HubLimits{}.imports_per_scanner; ++i) {
    imports += R"({"module":"a","name":"b","safety":"innocuous"},)";
  }
  imports += R"({"module":"builtins","name":"eval","safety":"dangerous"})";
  const FileStatus status = ReadNew(
      R"("safe")",
      fmt::format(R"("pickleImportScan":{{"status":"safe","pickleImports":[{}]}})", imports));
  EXPECT_EQ(status.state, HubState::kUnsafe);
}

TEST(FileStatus, UnknownAndMalformedWordsAreNeverSafe) {
  for (const char* word :
       {R"("malicious")", R"("Safe")", "null", "true", "1", R"(["safe"])", "{}"}) {
    const FileStatus status = ReadNew(word, kSafeAv);
    EXPECT_EQ(status.state, HubState::kMissing) << word;
    EXPECT_NE(status.reason, "") << word;
  }
  EXPECT_EQ(ReadNew(R"("malicious")", kSafeAv).reason, "unknown status \"malicious\"");
  for (const char* scanner :
       {R"({"status":"pwned"})", R"({"status":null})", R"({"status":7})", R"({})", R"("safe")"}) {
    EXPECT_EQ(
        ReadNew(R"("safe")", fmt::format(R"("jFrogScan":{{"status":"safe"}},"avScan":{})", scanner))
            .state,
        HubState::kMissing)
        << scanner;
  }
}

TEST(FileStatus, AbsentNullAndMalformedAreMissing) {
  EXPECT_EQ(Read(R"({"path":"x"})").state, HubState::kMissing);
  EXPECT_EQ(Read(R"({"path":"x"})").reason, "the Hub's reply has no security status for this file");
  for (const char* value : {"null", "\"safe\"", "true", "[]", "{}", "7"}) {
    const FileStatus status = Read(fmt::format(R"({{"securityFileStatus":{}}})", value));
    EXPECT_EQ(status.state, HubState::kMissing) << value;
    EXPECT_NE(status.reason, "") << value;
  }
  // Scanners without the file's own word.
  EXPECT_EQ(Read(R"({"securityFileStatus":{"avScan":{"status":"safe"}}})").state,
            HubState::kMissing);
}

TEST(FileStatus, AMissingWordDoesNotHideAFlag) {
  EXPECT_EQ(Read(R"({"securityFileStatus":{"avScan":{"status":"unsafe"}}})").state,
            HubState::kUnsafe);
  EXPECT_EQ(ReadNew("null", R"("avScan":{"status":"caution"})").state, HubState::kCaution);
}

TEST(FileStatus, OfRepeatedWordsTheWorstCounts) {
  for (
      const char* json :
      {R"({"securityFileStatus":{"status":"safe","status":"unsafe","avScan":{"status":"safe"}}})",
       R"({"securityFileStatus":{"status":"unsafe","status":"safe","avScan":{"status":"safe"}}})",
       R"({"securityFileStatus":{"status":"safe","avScan":{"status":"unsafe","status":"safe"}}})",
       R"({"securityFileStatus":{"status":"unsafe"},"securityFileStatus":{"status":"safe","avScan":{"status":"safe"}}})"}) {
    EXPECT_EQ(Read(json).state, HubState::kUnsafe) << json;
  }
}

TEST(FileStatus, ADangerousImportOutweighsASafeScanner) {
  const FileStatus status = ReadNew(
      R"("safe")",
      R"("pickleImportScan":{"status":"safe","pickleImports":[{"module":"builtins","name":"eval","safety":"dangerous"}]})");
  EXPECT_EQ(status.state, HubState::kUnsafe);
  EXPECT_EQ(status.notes.at(0),
            "the Hub calls builtins.eval dangerous, its pickleImportScan says \"safe\"");
}

TEST(FileStatus, TheCanaryIsUnsafe) {
  const FileStatus status = Read(
      R"({"type":"file","oid":"8acd02161fff53f9df9597e377e22b04bc34feff","size":66,"path":"danger.dat","securityFileStatus":{"status":"unsafe","protectAiScan":{"status":"unsafe","message":"...","reportLink":"..."},"avScan":{"status":"unsafe","message":"Detected malware signatures: Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL","reportLink":"https://fdtn.ai/ai-supply-chain/hugging-face?utm_source=huggingface"},"pickleImportScan":{"status":"unsafe","pickleImports":[{"module":"builtins","name":"eval","safety":"dangerous"}],"version":"0.0.32"},"virusTotalScan":{"status":"unscanned"}}})");
  EXPECT_EQ(status.state, HubState::kUnsafe);
  EXPECT_TRUE(status.notes.empty());
}

TEST(OldFileStatus, TheSampleOf2023IsSafe) {
  const FileStatus status = Read(
      R"({"security":{"blobId":"45fa7c3d85ee7dd4139adbc056da25ae136a65f2","name":"maelstrom/lib/maelstrom.jar","safe":true,"avScan":{"virusFound":false,"virusNames":null},"pickleImportScan":{"highestSafetyLevel":"innocuous","imports":[{"module":"torch","name":"FloatStorage","safety":"innocuous"},{"module":"collections","name":"OrderedDict","safety":"innocuous"}]}}})");
  EXPECT_EQ(status.state, HubState::kSafe);
  EXPECT_EQ(Find(status, "pickleImportScan")->imports.size(), 2u);
}

TEST(OldFileStatus, FlagsAreRead) {
  const FileStatus virus = Read(
      R"({"security":{"safe":false,"avScan":{"virusFound":true,"virusNames":["Eicar","X"]},"pickleImportScan":null}})");
  EXPECT_EQ(virus.state, HubState::kUnsafe);
  EXPECT_EQ(Find(virus, "avScan")->message, "Eicar, X");
  EXPECT_EQ(
      Read(
          R"({"security":{"safe":true,"avScan":{"virusFound":false},"pickleImportScan":{"highestSafetyLevel":"dangerous","imports":[]}}})")
          .state,
      HubState::kUnsafe);
  EXPECT_EQ(Read(R"({"security":{"safe":true,"avScan":{"virusFound":true}}})").state,
            HubState::kUnsafe);
}

TEST(OldFileStatus, UnknownIsNeverSafe) {
  for (const char* json :
       {R"({"security":null})", R"({"security":{}})", R"({"security":{"safe":null}})",
        R"({"security":{"safe":"true","avScan":{"virusFound":false}}})",
        R"({"security":{"safe":true}})",
        R"({"security":{"safe":true,"avScan":{"virusFound":null}}})",
        R"({"security":{"safe":true,"avScan":{}}})"}) {
    EXPECT_EQ(Read(json).state, HubState::kMissing) << json;
  }
}

// September 2024: one more level for a few days.
TEST(OldFileStatus, TheNestedShapeIsRead) {
  EXPECT_EQ(Read(R"({"security":{"hf":{"safe":true,"avScan":{"virusFound":false}}}})").state,
            HubState::kSafe);
  EXPECT_EQ(Read(R"({"security":{"hf":{"safe":false,"avScan":{"virusFound":true}}}})").state,
            HubState::kUnsafe);
}

TEST(OldFileStatus, BothDialectsAtOnceAreReadAndTheWorstCounts) {
  EXPECT_EQ(
      Read(
          R"({"security":{"safe":false},"securityFileStatus":{"status":"safe","avScan":{"status":"safe"}}})")
          .state,
      HubState::kUnsafe);
  EXPECT_EQ(
      Read(
          R"({"securityFileStatus":{"status":"safe","avScan":{"virusFound":false},"pickleImportScan":null}})")
          .state,
      HubState::kSafe);
}

TEST(FileStatus, ADangerousImportCountsWhateverItsScannerAndShape) {
  constexpr std::string_view kImports[] = {
      R"("status":"unscanned","pickleImports":[{"module":"os","name":"system","safety":"dangerous"}])",
      R"("status":"safe","pickleImports":[{"module":"os","safety":"dangerous"}])",
      R"("status":"safe","pickleImports":[{"module":"os","name":"system","safety":"Dangerous"}])",
      R"("status":"safe","pickleImports":{"os.system":"dangerous"})"};
  for (const std::string_view imports : kImports) {
    const FileStatus status =
        ReadNew("\"safe\"", fmt::format("{},\"pickleImportScan\":{{{}}}", kSafeAv, imports));
    EXPECT_EQ(status.state, HubState::kUnsafe) << imports;
  }
}

TEST(FileStatus, ImportsInAnUnknownShapeConfirmNothing) {
  for (const char* imports : {"[1]", "{}", "\"x\"", R"([{"module":"os","name":"x"}])",
                              R"([{"module":"os","name":"x","safety":"odd"}])"}) {
    const FileStatus status = ReadNew(
        "\"safe\"", fmt::format(R"({},"pickleImportScan":{{"status":"safe","pickleImports":{}}})",
                                kSafeAv, imports));
    EXPECT_EQ(status.state, HubState::kMissing) << imports;
  }
}

TEST(FileStatus, TextAndListsAreBounded) {
  HubLimits limits;
  limits.kept_text_bytes = 10;
  limits.imports_per_scanner = 2;
  limits.scanners_per_file = 3;
  std::string json = R"({"securityFileStatus":{"status":"safe")";
  for (int i = 0; i < 9; ++i) json += fmt::format(R"(,"scan{}":{{"status":"safe"}})", i);
  json += R"(,"zScan":{"status":"unsafe","message":"01234567890123","pickleImports":[)";
  for (int i = 0; i < 9; ++i) json += fmt::format(R"({{"module":"m","name":"{}"}},)", i);
  json += R"({"module":1}]}}})";
  const auto document = ParseHubJson(json, limits.body_bytes, limits);
  ASSERT_FALSE(document->broken);
  const FileStatus status = ReadFileStatus(document->root, limits);
  EXPECT_EQ(status.state, HubState::kUnsafe);  // also of a scanner that is not kept
  EXPECT_EQ(status.scanners.size(), 3u);
  EXPECT_EQ(status.notes.back(), "the Hub names 10 scanners for this file");
}

// What a scanner adds to its "safe", and what that makes of the file.
TEST(FileStatus, AScannerThatContradictsItselfConfirmsNothingAndIsNoted) {
  const struct {
    const char* scanner;
    HubState state;
    const char* note;
  } kRows[] = {
      {R"("avScan":{"status":"safe","virusNames":["Eicar"]})", HubState::kUnsafe, "adds: Eicar"},
      {R"("avScan":{"status":"safe","virusNames":"Eicar"})", HubState::kUnsafe, "adds: unsafe"},
      {R"("avScan":{"virusFound":false,"virusNames":["Eicar"]})", HubState::kUnsafe, "adds: Eicar"},
      {R"("avScan":{"status":"safe","virusFound":true})", HubState::kUnsafe, "adds: unsafe"},
      {R"("avScan":{"status":"safe","details":[{"verdict":"Unsafe"}]})", HubState::kUnsafe,
       "adds: Unsafe"},
      {R"("avScan":{"status":"safe","message":"Detected malware signatures: X"})",
       HubState::kMissing, "adds: Detected malware"},
      {R"("avScan":{"status":"safe","message":"Py.Malware.CodeExec_os_system_GLOBAL"})",
       HubState::kMissing, "adds: Py.Malware"},
      {R"("virusTotalScan":{"status":"safe","message":"60/76 engines detect it as malicious."})",
       HubState::kMissing, "\"safe\", and adds: 60/76"},
      {R"("virusTotalScan":{"status":"unscanned","message":"60/76 engines detect it."})",
       HubState::kMissing, "\"unscanned\", and adds: 60/76"},
      {R"("pickleImportScan":{"highestSafetyLevel":"innocuous","imports":[{"module":"a","name":"b","safety":"suspicious"}]})",
       HubState::kSuspicious, "adds: suspicious"},
  };
  for (const auto& row : kRows) {
    const FileStatus status =
        ReadNew(R"("safe")", fmt::format(R"("jFrogScan":{{"status":"safe"}},{})", row.scanner));
    EXPECT_EQ(status.state, row.state) << row.scanner;
    EXPECT_THAT(status.notes, testing::Contains(testing::HasSubstr(row.note))) << row.scanner;
  }
  for (const char* names : {"null", "[]", "\"\""}) {
    EXPECT_EQ(
        ReadNew(R"("safe")", fmt::format(R"("avScan":{{"status":"safe","virusNames":{}}})", names))
            .state,
        HubState::kSafe)
        << names;
  }
}

// A new dialect of the Hub may say there what the file is.
TEST(FileStatus, WhatIsNotKnownBesideASafeConfirmsNothing) {
  const auto state = [](const char* members) {
    return ReadNew(R"("safe")",
                   fmt::format(R"("jFrogScan":{{"status":"safe"}},"avScan":{{"status":"safe",{}}})",
                               members))
        .state;
  };
  for (const char* members : {R"("result":"infected file")",
                              R"("detections":["Trojan.X"])",
                              R"("signatures":["X"])",
                              R"("positives":60,"total":76)",
                              R"("issues":[{"severity":"CRITICAL"}])",
                              R"("severity":"HIGH")",
                              R"("timedOut":true)",
                              R"("skipped":true)",
                              R"("state":"queued")",
                              R"("scanned":false)",
                              R"("scanned":null)",
                              R"("scansDone":false)",
                              R"("ok":0)",
                              R"("failure":"timeout")",
                              R"("reports":[{"status":"error"}])",
                              R"("quarantined":true)",
                              R"("details":{"x":{"y":[1]}})",
                              R"("message":"file too large, not scanned")",
                              R"("message":"Timed out")",
                              R"("message":"No malware. But: this file is malicious")",
                              R"("message":"no malware, but it is infected")",
                              R"("message":"flagged by 60 vendors of 76")"}) {
    EXPECT_EQ(state(members), HubState::kMissing) << members;
  }
  for (const char* members :
       {R"("detections":[])", R"("positives":0,"total":76)", R"("error":null)",
        R"("result":"clean")", R"("scanned":true,"scannedAt":"2026-11-21T10:00:00Z")",
        R"("issues":[{"count":0}])", R"("details":{"status":"safe","engine":"clamd 1.5"})",
        R"("reportLabel":"See the report")", R"("message":"No security issues detected")",
        R"("message":"Safe PyTorch model")",
        R"("message":"Safe model, does not support code execution on load.")",
        R"("message":"0 vendors of 76 flag it")",
        R"("message":"No malware found; no threats detected.")"}) {
    EXPECT_EQ(state(members), HubState::kSafe) << members;
  }
}

TEST(FileStatus, AnEntryThatWaitsFailedOrIsTakenAwayConfirmsNothing) {
  const auto state = [](const char* members) {
    const std::string json = fmt::format(
        R"({{"securityFileStatus":{{"status":"safe","avScan":{{"status":"safe"}}}},{}}})", members);
    const HubLimits limits;
    return ReadFileStatus(ParseHubJson(json, 10'000, limits)->root, limits).state;
  };
  EXPECT_EQ(state(R"("status":"queued")"), HubState::kPending);
  EXPECT_EQ(state(R"("scanStatus":"error")"), HubState::kError);
  for (const char* members : {R"("error":"scan failed")", R"("quarantined":true)",
                              R"("blocked":"by request")", R"("removed":1)"}) {
    EXPECT_EQ(state(members), HubState::kMissing) << members;
  }
  for (const char* members : {R"("status":"done")", R"("error":null)", R"("quarantined":false)",
                              R"("lastCommit":{"title":"error"})", R"("size":7)"}) {
    EXPECT_EQ(state(members), HubState::kSafe) << members;
  }
}

// Each of so many words, held against each of so many scanners, would take minutes.
TEST(FileStatus, ManyWordsAndManyScannersTakeNoTime) {
  std::string json = R"({"securityFileStatus":{"status":"safe")";
  for (int i = 0; i < 30'000; ++i) json += fmt::format(R"(,"s{}":{{"status":"caution"}})", i);
  json += "}";
  for (int i = 0; i < 30'000; ++i) json += fmt::format(R"(,"m{}":"unsafe")", i);
  for (int i = 0; i < 30'000; ++i)
    json +=
        fmt::format(R"(,"n{}":"{}unsafe")", i, std::string(static_cast<std::size_t>(i % 700), ' '));
  json += "}";
  const HubLimits limits;
  const auto document = ParseHubJson(json, limits.body_bytes, limits);
  ASSERT_FALSE(document->broken);
  const auto begin = std::chrono::steady_clock::now();
  const FileStatus status = ReadFileStatus(document->root, limits);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(status.state, HubState::kUnsafe);
  EXPECT_LE(status.notes.size(), limits.notes_per_file + 1);
  EXPECT_EQ(status.scanners.size(), limits.scanners_per_file);
}

TEST(FileStatus, ASafeWithoutAnAntivirusIsNoAgreementOfOne) {
  const auto notes = [](const char* antivirus) {
    return ReadNew(R"("safe")", fmt::format(R"("jFrogScan":{{"status":"safe"}}{})", antivirus))
        .notes;
  };
  for (const char* none : {"", R"(,"avScan":null)"}) {
    EXPECT_THAT(notes(none), testing::ElementsAre(testing::HasSubstr("has no avScan"))) << none;
  }
  EXPECT_THAT(notes(R"(,"avScan":{"status":"unscanned"})"),
              testing::ElementsAre(testing::HasSubstr("avScan did not look at this file")));
  EXPECT_THAT(notes(R"(,"avScan":{"status":"safe"})"), testing::IsEmpty());
  for (const char* odd : {"[]", "7", "true", "\"safe\"", "{}"}) {
    EXPECT_EQ(
        ReadNew(R"("safe")", fmt::format(R"("jFrogScan":{{"status":"safe"}},"avScan":{})", odd))
            .state,
        HubState::kMissing)
        << odd;
  }
}

TEST(FileStatus, AFlagUnderANameThatIsNoneOfTheHubsCounts) {
  for (const char* beside :
       {R"("SecurityFileStatus":{"status":"unsafe"})", R"("securityStatus":"unsafe")",
        R"("scanResult":["unsafe"])", R"("status":"UNSAFE")"}) {
    const FileStatus status =
        Read(fmt::format(R"({{{},"securityFileStatus":{{"status":"safe",{}}}}})", beside, kSafeAv));
    EXPECT_EQ(status.state, HubState::kUnsafe) << beside;
  }
  // A commit may be called anything.
  EXPECT_EQ(
      Read(
          fmt::format(
              R"({{"lastCommit":{{"title":"unsafe"}},"securityFileStatus":{{"status":"safe",{}}}}})",
              kSafeAv))
          .state,
      HubState::kSafe);
}

TEST(FileStatus, AScannerThatFlagsIsNotAmongThoseLeftOut) {
  HubLimits limits;
  limits.scanners_per_file = 2;
  const auto document = ParseHubJson(
      R"({"securityFileStatus":{"status":"safe","a":{"status":"safe"},"b":{"status":"safe"},"z":{"status":"unsafe"}}})",
      limits.body_bytes, limits);
  const FileStatus status = ReadFileStatus(document->root, limits);
  EXPECT_NE(Find(status, "z"), nullptr);
}

}  // namespace
}  // namespace counterscan
