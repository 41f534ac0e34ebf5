// The demonstration that README shows: its files, and the answers about them.

#include <gtest/gtest.h>

#include "fixtures/demo_files.h"
#include "hubclient/export_file.h"
#include "hubclient/rfc3339.h"
#include "scanner/base/digest.h"
#include "scanner/crosscheck/cross_check.h"
#include "scanner/crosscheck/exit_status.h"

namespace counterscan {
namespace {

// What a scan finds in the files, without the scanners.
FileReport Scanned(const DemoFile& demo) {
  FileReport file;
  file.path = demo.path;
  file.size = demo.content.size();
  file.sha256 = Sha256Hex(demo.content);
  file.git_sha1 = GitBlobSha1Hex(demo.content);
  file.identity = {.repo = "counterscan/demo",
                   .repo_type = "model",
                   .commit = kDemoCommit,
                   .path = demo.path,
                   .expected = demo.blob,
                   .comparable = true};
  if (demo.path == "eicar_test_file" || demo.path == "pytorch_model.bin") {
    Finding finding;
    finding.level = Level::kUnsafe;
    file.findings.push_back(finding);
  }
  if (demo.path == "model.safetensors") {
    file.gaps.push_back({.reason = GapReason::kPointer, .where = "", .detail = ""});
  }
  return file;
}

Report ReportAt(std::chrono::sys_seconds now) {
  const std::string bytes = DemoAnswers("2026-11-21T22:40:00Z");
  const auto answers =
      LoadHubExport(bytes, {.source = "demo-hub.json", .expected_digest = "", .limits = {}});
  EXPECT_TRUE(answers);
  EXPECT_EQ(answers->info.note, "");
  CrossCheckOptions options;
  options.now = now;
  options.comparison_demanded = true;
  Report report;
  report.hub = answers->info;
  for (const DemoFile& demo : DemoFiles()) {
    FileReport file = Scanned(demo);
    CrossCheckFile(file, *answers, options);
    report.files.push_back(std::move(file));
  }
  return report;
}

Agreement ClassOf(const Report& report, std::string_view path) {
  for (const FileReport& file : report.files) {
    if (file.path == path) return file.agreement;
  }
  ADD_FAILURE() << path;
  return Agreement::kNotCompared;
}

TEST(Demo, ShowsADisagreementAnAgreementAndAGap) {
  const Report report = ReportAt(*ParseRfc3339("2026-11-22T00:00:00Z"));
  EXPECT_EQ(ClassOf(report, "pytorch_model.bin"), Agreement::kLocalOnly);
  EXPECT_EQ(ClassOf(report, "eicar_test_file"), Agreement::kAgreeFlagged);
  EXPECT_EQ(ClassOf(report, "model.safetensors"), Agreement::kLocalGap);
  for (const char* path : {"README.md", "config.json", "model.pt"}) {
    EXPECT_EQ(ClassOf(report, path), Agreement::kAgreeClear) << path;
  }
  EXPECT_EQ(ExitStatusOf(report), 1);
}

TEST(Demo, OldAnswersStillShowTheThreats) {
  const Report report = ReportAt(*ParseRfc3339("2036-11-22T00:00:00Z"));
  EXPECT_EQ(ClassOf(report, "pytorch_model.bin"), Agreement::kLocalOnly);
  EXPECT_EQ(ClassOf(report, "eicar_test_file"), Agreement::kAgreeFlagged);
  EXPECT_EQ(ClassOf(report, "model.pt"), Agreement::kUnconfirmed);
  EXPECT_EQ(ExitStatusOf(report), 1);
}

TEST(Demo, TheEicarFileIsTheHubsOwn) {
  for (const DemoFile& demo : DemoFiles()) {
    if (demo.path == "eicar_test_file") {
      EXPECT_EQ(demo.blob, "86b812515e075a1ae216e1239e615a1d9e0b316e");
    }
  }
}

}  // namespace
}  // namespace counterscan
