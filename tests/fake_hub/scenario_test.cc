#include "tests/fake_hub/scenario.h"

#include <gtest/gtest.h>

#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace counterscan::fake {
namespace {

void PlayText(const char* text, FakeHub& hub, const std::string& folder = "") {
  Play(Json::parse(text), hub, folder);
}

std::string Get(const FakeHub& hub, const std::string& target) {
  return RunProgram("/usr/bin/curl", {"-sSq", "--cacert", hub.ca_file(), hub.endpoint() + target})
      .out;
}

TEST(Scenario, MakesRepositoriesUsersAndAnswers) {
  const TempDir folder;
  folder.Write("weights.bin", "weights");
  FakeHub hub;
  PlayText(R"({"users": [{"name": "org", "token": "hf_x"}],
               "repositories": [{"type": "dataset", "id": "org/rows", "files": [
                   {"path": "a.bin", "from": "weights.bin", "lfs": true, "scans": {"av": "unsafe"}},
                   {"path": "b.txt", "base64": "aGVsbG8="}]}],
               "answers": [{"to": "GET /api/models/org/busy", "status": 503, "error": "busy",
                            "headers": {"Retry-After": "7"}, "times": 1},
                           {"to": "/deep", "depth": 3}]})",
           hub, folder.path());
  EXPECT_EQ(Get(hub, "/api/datasets/org/rows/scan"),
            R"({"scansDone":false,"filesWithIssues":[{"path":"a.bin","level":"unsafe"}]})");
  // "hello", as git names it.
  EXPECT_NE(Get(hub, "/api/datasets/org/rows/tree/main")
                .find(R"("oid":"b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0","size":5)"),
            std::string::npos);
  EXPECT_EQ(Get(hub, "/api/models/org/busy"), R"({"error":"busy"})");
  EXPECT_NE(Get(hub, "/api/models/org/busy"), R"({"error":"busy"})");
  EXPECT_EQ(Get(hub, "/deep"), "[[[]]]");
}

TEST(Scenario, RefusesWhatItDoesNotKnow) {
  FakeHub hub;
  for (const char* const text :
       {R"({"answers": [{"sattus": 503}]})", R"({"presets": ["no-such"]})",
        R"({"repositories": [{"type": "model"}]})", R"({"repositories": [{"typ": "model"}]})",
        R"({"quota": {"api": {"quota": "many"}}})", R"({"answers": [{"framing": "odd"}]})",
        R"({"repositories": [{"id": "a/b", "files": [{"path": "x", "from": "missing"}]}]})"}) {
    EXPECT_THROW(PlayText(text, hub), std::runtime_error) << text;
  }
  EXPECT_THROW(OptionsOf(Json::parse(R"({"transport": "smoke"})")), std::runtime_error);
  EXPECT_THROW(OptionsOf(Json::parse("[]")), std::runtime_error);
}

TEST(Scenario, ChoosesTransportAndCertificate) {
  const HubOptions options =
      OptionsOf(Json::parse(R"({"transport": "plain", "certificate": "expired"})"));
  EXPECT_EQ(options.transport, Transport::kPlain);
  EXPECT_EQ(options.certificate, CertificateKind::kExpired);
}

}  // namespace
}  // namespace counterscan::fake
