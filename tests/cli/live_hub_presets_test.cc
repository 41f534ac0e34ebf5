// The built program against every way in which the Hub tells, or fails to tell, what its scanners
// found. The files are clean here, so the exit status shows what was made of the Hub's word alone.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/scan_program.h"
#include "tests/fake_hub/fake_hub.h"
#include "tests/fake_hub/presets.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using fake::FakeHub;
using fake::Repo;

// Report of a folder that holds the repository's files, held against the hub.
json ScanOf(const Repo& repo, FakeHub& hub) {
  const TempDir folder;
  for (const fake::File& file : repo.commits.front().files) folder.Write(file.path, file.content);
  hub.Add(repo);
  RunOptions options;
  options.environment = {{"HF_ENDPOINT", hub.endpoint()}, {"SSL_CERT_FILE", hub.ca_file()}};
  return Scan({folder.path(), "--repo", repo.id, "--repo-type", std::string(Singular(repo.kind)),
               "--hub", "require"},
              options);
}

// Whether the Hub says of this file exactly "safe", and no scanner says otherwise; or, in the words
// it had until 2024, that it is.
bool IsCalledSafe(const fake::File& file) {
  if (file.security) return (*file.security)["safe"] == true;
  if (!file.security_file_status || !file.security_file_status->is_object()) return false;
  const fake::Json& status = *file.security_file_status;
  if (!status.contains("status") || status["status"] != "safe") return false;
  return std::all_of(status.begin(), status.end(), [](const fake::Json& scan) {
    return !scan.is_object() || !scan.contains("status") || scan["status"] == "safe" ||
           scan["status"] == "unscanned";
  });
}

TEST(LiveHubPresets, OnlyTheWordSafeConfirms) {
  struct Row {
    const char* preset;
    int exit;  // what is said of files is believed also where nothing is said of their repository
  };
  constexpr Row kRows[] = {
      {"every-status", 1},
      {"every-hole", 1},
      {"scans-not-done", 0},
      {"nothing-scanned", 3},
      {"issues-before-done", 1},
      {"repository-denies-file", 1},
      {"file-denies-repository", 1},
      {"milder-than-its-scanners", 1},
      {"dialect-a", 3},
      {"dialect-a-infected", 1},
      {"dialect-b", 1},
      {"dialect-b-nulls", 3},
      {"absent-status", 3},
      {"null-status", 0},
      {"drifted-status", 3},
      {"unsafe-dataset", 1},
      {"unsafe-space", 1},
  };
  FakeHub hub;
  for (const Row& row : kRows) {
    const Repo repo = fake::MakePreset(row.preset);
    const json report = ScanOf(repo, hub);
    EXPECT_EQ(report["exit"], row.exit) << row.preset;
    for (const fake::File& file : repo.commits.front().files) {
      const json& scanned = FileAt(report, file.path);
      if (scanned["class"] == "agree-clear") {
        EXPECT_TRUE(IsCalledSafe(file)) << row.preset << ": " << file.path;
      }
    }
  }
}

// As most repositories are, and what can become of one.
TEST(LiveHubPresets, OtherRepositoriesEndAsTheyShould) {
  FakeHub hub;
  hub.Add(fake::MakePreset("clean-model"));
  EXPECT_EQ(ScanOf(fake::MakePreset("clean-model"), hub)["exit"], 0);
  EXPECT_EQ(ScanOf(fake::MakePreset("flagged-model"), hub)["exit"], 1);
  EXPECT_EQ(ScanOf(fake::MakePreset("disabled-model"), hub)["exit"], 1);
  // Nobody is logged in, so the Hub does not say whether there is such a repository.
  EXPECT_EQ(ScanOf(fake::MakePreset("private-model"), hub)["exit"], 3);
  // Its status is public, its hashes are not: they are worked out from the files.
  Repo gated = fake::MakePreset("gated-model");
  for (fake::File& file : gated.commits.front().files) file.content = "{}";
  const json report = ScanOf(gated, hub);
  EXPECT_EQ(FileAt(report, "model.safetensors")["hub"]["state"], "safe");
}

}  // namespace
}  // namespace counterscan
