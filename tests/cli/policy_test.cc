// --policy and its relatives by the built program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kCall = "cacme.layers\nbuild\n(S'x'\ntR.";

RunResult Scan(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"scan", "--av", "off", "--hub", "off"});
  return RunProgram(COUNTERSCAN_PROGRAM, arguments, {});
}

json ScanJson(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"-o", "json"});
  const RunResult result = Scan(arguments);
  const json report = json::parse(result.out, nullptr, false);
  EXPECT_FALSE(report.is_discarded()) << result.out << result.err;
  return report;
}

TEST(Policy, WhatItAllowsIsExcusedOnTheScreenAndInTheReport) {
  TempDir models, own;
  models.Write("m.pkl", kCall);
  const std::string policy = own.Write("team.policy", "\nallow acme.layers build # ours\n");
  EXPECT_EQ(Scan({models.path()}).exit_status, 1);
  const RunResult screen = Scan({models.path(), "--policy", policy});
  EXPECT_EQ(screen.exit_status, 0) << screen.out << screen.err;
  EXPECT_THAT(screen.out, HasSubstr("team.policy allows 1 name and denies 0 names"));
  EXPECT_THAT(screen.out, HasSubstr("EXCUSED"));
  EXPECT_THAT(screen.out, HasSubstr("team.policy:2"));
  const json report = ScanJson({models.path(), "--policy", policy});
  EXPECT_EQ(report["policy"][0]["source"], policy);
  EXPECT_EQ(report["policy"][0]["allows"], 1);
  EXPECT_EQ(report["summary"]["findings"]["suppressed"], 1);
  const json& file = report["files"][0];
  EXPECT_EQ(file["verdict"], "clean");
  EXPECT_EQ(file["findings"][0]["suppressed"], "policy " + policy + ":2");
  EXPECT_EQ(file["findings"][0]["rule"], "PKL-302");
  EXPECT_EQ(ScanJson({models.path()})["policy"], json::array());
}

TEST(Policy, FlagsAllowAndDenySingleNames) {
  TempDir models;
  models.Write("m.pkl", kCall);
  EXPECT_EQ(Scan({models.path(), "--allow-import", "acme.layers.build"}).exit_status, 0);
  EXPECT_EQ(Scan({models.path(), "--allow-import", "acme.layers.build:instantiate"}).exit_status,
            1);
  const json report =
      ScanJson({models.path(), "--allow-import", "acme.layers.build", "--deny-import", "acme.*"});
  EXPECT_EQ(report["exit"], 1);
  EXPECT_EQ(report["files"][0]["verdict"], "unsafe");
  EXPECT_EQ(report["policy"][0]["source"], "the command line");
}

TEST(Policy, ExplainTakesItToo) {
  TempDir models;
  const std::string path = models.Write("m.pkl", kCall);
  const RunResult result =
      RunProgram(COUNTERSCAN_PROGRAM, {"explain", path, "--allow-import", "acme.layers.build"}, {});
  EXPECT_THAT(result.out, HasSubstr("<- PKL-302, allowed by the policy"));
  EXPECT_THAT(result.out, HasSubstr("(suppressed: --allow-import"));
}

TEST(Policy, NoneIsTakenFromWhatIsScanned) {
  TempDir models, own;
  models.Write("m.pkl", kCall);
  const std::string inside = models.Write("sub/evil.policy", "allow acme.layers build\n");
  const std::string elsewhere = own.Write("fine.policy", "allow acme.layers build\n");
  const std::string link_in = own.Link("link.policy", inside);
  const std::string link_out = models.Link("out.policy", elsewhere);
  const std::string folder = own.Link("folder", models.path());
  for (const std::string& policy :
       {inside, link_in, link_out, folder + "/sub/evil.policy",
        own.path() + "/../" + models.path().substr(models.path().rfind('/') + 1) +
            "/sub/evil.policy"}) {
    for (const std::string& target : {models.path(), folder}) {
      const RunResult result = Scan({target, "--policy", policy});
      EXPECT_EQ(result.exit_status, 64) << policy << " " << target << result.out;
      EXPECT_THAT(result.err, HasSubstr("lies in what is scanned")) << policy;
    }
  }
  // The same file under another name.
  const std::string hard = own / "hard.policy";
  ASSERT_EQ(link(inside.c_str(), hard.c_str()), 0);
  EXPECT_THAT(Scan({models.path(), "--policy", hard}).err, HasSubstr("among what is scanned"));
  EXPECT_EQ(Scan({inside, "--policy", inside}).exit_status, 64);
  TempDir others;
  others.Write("m.pkl", kCall);
  EXPECT_EQ(Scan({others.path(), "--policy", elsewhere}).exit_status, 0);
  EXPECT_EQ(Scan({others / "m.pkl", "--policy", elsewhere}).exit_status, 0);
  // By way of what is scanned, but not in it.
  const std::string beside =
      others.path() + "/../" + own.path().substr(own.path().rfind('/') + 1) + "/fine.policy";
  EXPECT_EQ(Scan({others.path(), "--policy", beside}).exit_status, 0);
}

TEST(Policy, ErrorsAreUsageErrorsThatSayWhere) {
  TempDir models, own;
  models.Write("m.pkl", kCall);
  const std::string policy = own.Write("team.policy", "allow a B\nallow posix system\n");
  const RunResult result = Scan({models.path(), "--policy", policy});
  EXPECT_EQ(result.exit_status, 64);
  EXPECT_THAT(result.err, HasSubstr("team.policy:2: posix.system is unsafe [PKL-101]"));
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(Scan({models.path(), "--policy", own / "none"}).exit_status, 64);
  EXPECT_EQ(Scan({models.path(), "--policy", own.path()}).exit_status, 64);
  EXPECT_EQ(Scan({models.path(), "--allow-import", "os.system"}).exit_status, 64);
}

}  // namespace
}  // namespace counterscan
