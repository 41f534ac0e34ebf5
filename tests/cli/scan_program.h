// The built program, run as a user would, and its JSON report.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/pickle_builder.h"
#include "tests/support/run_program.h"

namespace counterscan {

using nlohmann::json;

// Asks no Hub, but for the one that a test names: nothing here may depend on a network.
inline RunResult Counterscan(std::vector<std::string> arguments, RunOptions options = {}) {
  const bool says_whom =
      options.environment.contains("HF_ENDPOINT") ||
      std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
        return argument == "require" || argument.starts_with("file:");
      });
  if (!says_whom) options.environment.emplace("HF_HUB_OFFLINE", "1");
  return RunProgram(COUNTERSCAN_PROGRAM, arguments, options);
}

// Scans with the built-in signatures and returns the parsed report; the exit status is in it too.
inline json Scan(const std::vector<std::string>& arguments, const RunOptions& options = {}) {
  std::vector<std::string> all = {"scan", "-o", "json"};
  if (std::find(arguments.begin(), arguments.end(), "--av") == arguments.end()) {
    all.insert(all.end(), {"--av", "builtin"});
  }
  all.insert(all.end(), arguments.begin(), arguments.end());
  const RunResult result = Counterscan(all, options);
  json report = json::parse(result.out, nullptr, false);
  EXPECT_FALSE(report.is_discarded()) << result.out << result.err;
  if (report.is_discarded()) return report;
  EXPECT_EQ(report["exit"], result.exit_status) << result.err;
  return report;
}

inline const json& FileAt(const json& report, const std::string& path) {
  for (const json& file : report["files"]) {
    if (file["path"] == path) return file;
  }
  static const json kNone;
  ADD_FAILURE() << path << " is not in " << report["files"].dump(1);
  return kNone;
}

// The first finding of an engine.
inline const json& FindingOf(const json& file, const std::string& engine) {
  for (const json& finding : file["findings"]) {
    if (finding["engine"] == engine) return finding;
  }
  static const json kNone = json::object({{"where", ""}, {"message", ""}});
  ADD_FAILURE() << "no finding of " << engine << " in " << file.dump(1);
  return kNone;
}

inline std::vector<std::string> GapReasonsOf(const json& file) {
  std::vector<std::string> reasons;
  for (const json& gap : file["coverage"]["gaps"]) reasons.push_back(gap["reason"]);
  return reasons;
}

inline std::string HarmlessPickle() {
  return PickleBuilder().Proto(2).EmptyDict().BinUnicode("a").Int(1).Op('s').Stop();
}
inline std::string HostilePickle() {
  return PickleBuilder()
      .Proto(2)
      .Global("posix", "system")
      .BinUnicode("true")
      .Tuple1()
      .Reduce()
      .Stop();
}

}  // namespace counterscan
