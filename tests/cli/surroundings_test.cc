// The built program where its surroundings are not to be trusted: what lies inside the scanned
// tree, and what the caller left of the standard descriptors.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/scan_program.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::HasSubstr;

// A shell's `>&-`: the number would go to the next file opened, a socket to the workers.
TEST(Surroundings, AClosedStandardDescriptorIsAnErrorAndNotAnotherFile) {
  TempDir dir;
  dir.Write("a.txt", "text\n");
  const auto run = [&](const std::string& arguments) {
    return RunProgram(
        "/bin/sh", {"-c", "exec timeout 20 " + std::string(COUNTERSCAN_PROGRAM) + " " + arguments});
  };
  const std::string scan = "scan --av builtin ";
  for (const char* format : {"text", "json", "jsonl"}) {
    const RunResult result = run(scan + dir.path() + " -o " + format + " >&-");
    EXPECT_EQ(result.exit_status, 2) << format;
    EXPECT_THAT(result.err, HasSubstr("could not be written"));
  }
  EXPECT_EQ(run(scan + dir.path() + " <&- >&- 2>&-").exit_status, 2);
  EXPECT_EQ(run(scan + dir.path() + " <&- 2>&-").exit_status, 0);
  const RunResult no_input = run(scan + "- <&-");
  EXPECT_EQ(no_input.exit_status, 2);
  EXPECT_THAT(no_input.out, HasSubstr("standard input"));
  EXPECT_NE(run(scan + "--files-from - <&-").exit_status, 0);
  EXPECT_NE(run(scan + "--files-from - <&-").exit_status, 124);
  for (const char* command : {"version", "rules", "help", "--help"}) {
    EXPECT_EQ(run(std::string(command) + " >&-").exit_status, 2) << command;
  }
}

}  // namespace
}  // namespace counterscan
