#include "scanner/cli/limit_options.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/cli/scan_program.h"
#include "tests/support/compress.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

TEST(LimitOptions, SizesHaveUnits) {
  EXPECT_EQ(*ParseSize("0"), 0U);
  EXPECT_EQ(*ParseSize("500"), 500U);
  EXPECT_EQ(*ParseSize("64K"), 64 * kKiB);
  EXPECT_EQ(*ParseSize("512M"), 512 * kMiB);
  EXPECT_EQ(*ParseSize("4G"), 4 * kGiB);
  EXPECT_EQ(*ParseSize("1T"), 1024 * kGiB);
  for (const std::string wrong :
       {"", "K", "-1", "1k", "1KB", "1.5G", "18446744073709551616", "99999999T"}) {
    EXPECT_FALSE(ParseSize(wrong)) << wrong;
  }
}

TEST(LimitOptions, EachSetsItsLimit) {
  LimitWords words;
  words.depth = "3";
  words.members = "10";
  words.ratio = "7";
  words.unpacked = "1M";
  words.memory = "640M";
  words.file_time = "2m";
  words.time = "1h";
  words.total_bytes = "3G";
  words.total_members = "9";
  const auto chosen = ParseLimits(words);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->file.container_depth, 3);
  EXPECT_EQ(chosen->file.members, 10U);
  EXPECT_EQ(chosen->file.inflate_ratio, 7U);
  EXPECT_EQ(chosen->file.inflated_bytes, kMiB);
  EXPECT_EQ(chosen->file.analysis_worker_memory_bytes, 640 * kMiB);
  EXPECT_EQ(chosen->file.decoder_bytes, Limits{}.decoder_bytes / 2);
  EXPECT_EQ(chosen->file.kept_bytes, Limits{}.kept_bytes / 2);
  EXPECT_EQ(chosen->file.job_milliseconds, 120'000U);
  EXPECT_EQ(*chosen->scan.time, std::chrono::hours(1));
  EXPECT_EQ(chosen->scan.bytes, 3 * kGiB);
  EXPECT_EQ(chosen->scan.members, 9U);
}

TEST(LimitOptions, WithoutAnyAllStaysAsItIs) {
  const auto chosen = ParseLimits({});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->file.members, Limits{}.members);
  EXPECT_EQ(chosen->file.analysis_worker_memory_bytes, Limits{}.analysis_worker_memory_bytes);
  EXPECT_FALSE(chosen->scan.time || chosen->scan.bytes || chosen->scan.members);
}

TEST(LimitOptions, WhatMakesNoSenseIsRefused) {
  const auto refused = [](std::string LimitWords::*word, const char* text) {
    LimitWords words;
    words.*word = text;
    return !ParseLimits(words);
  };
  EXPECT_TRUE(refused(&LimitWords::depth, "65"));
  EXPECT_TRUE(refused(&LimitWords::depth, "-1"));
  EXPECT_TRUE(refused(&LimitWords::members, "many"));
  EXPECT_TRUE(refused(&LimitWords::memory, "255M"));
  EXPECT_TRUE(refused(&LimitWords::memory, "1025G"));
  EXPECT_TRUE(refused(&LimitWords::memory, "16777215T"));
  EXPECT_TRUE(refused(&LimitWords::total_members, "-3"));
  EXPECT_TRUE(refused(&LimitWords::total_bytes, "all"));
  EXPECT_TRUE(refused(&LimitWords::unpacked, "4GB"));
  EXPECT_TRUE(refused(&LimitWords::file_time, "0"));
  EXPECT_TRUE(refused(&LimitWords::time, "soon"));
}

TEST(LimitOptions, TheBuiltProgramObeysThemAndNamesThem) {
  TempDir dir;
  std::string nested = PickleBuilder().Proto(2).EmptyDict().Stop();
  for (int i = 0; i < 4; ++i) nested = Compress(nested, Packing::kGzip);
  dir.Write("nested.gz", nested);
  dir.Write("zeros.xz", CompressZeros(4'000'000, Packing::kXz));
  const auto gaps = [&](const json& report, const std::string& name) {
    return FileAt(report, name)["coverage"]["gaps"].dump();
  };
  const json free = Scan({"--av", "off", dir.path()});
  EXPECT_EQ(gaps(free, "nested.gz"), "[]");
  const json bound = Scan(
      {"--av", "off", "--max-depth", "2", "--max-unpacked", "1M", "--max-ratio", "1", dir.path()});
  EXPECT_NE(gaps(bound, "nested.gz").find("limit-depth"), std::string::npos);
  EXPECT_NE(gaps(bound, "zeros.xz").find("limit-unpacked"), std::string::npos);
  EXPECT_EQ(bound["exit"], 2);
  const json late = Scan({"--av", "off", "--max-time", "0", dir.path()});
  EXPECT_NE(gaps(late, "nested.gz").find("limit-time"), std::string::npos);
  EXPECT_EQ(late["complete"], false);
  EXPECT_EQ(late["exit"], 2);
}

TEST(LimitOptions, BudgetsOfTheWholeScanLeaveTheOtherFilesOver) {
  TempDir dir;
  const std::string pickle = PickleBuilder().Proto(2).EmptyDict().Stop();
  ZipBuilder zip;
  for (int i = 0; i < 3; ++i) zip.Stored(std::to_string(i), pickle);
  dir.Write("1.zip", zip.Build());
  dir.Write("2.xz", CompressZeros(500'000, Packing::kXz));
  dir.Write("3.pkl", pickle);
  const auto last_gap = [&](const json& report) {
    return FileAt(report, "3.pkl")["coverage"]["gaps"].dump();
  };
  const auto scan = [&](const char* option, const char* value) {
    return Scan({"--av", "off", "-j", "1", option, value, dir.path()});
  };
  // The worker may have begun with the last file before it told of the first ones.
  const json members = scan("--max-total-members", "0");
  EXPECT_NE(last_gap(members).find("limit-scan"), std::string::npos);
  EXPECT_EQ(members["complete"], false);
  EXPECT_EQ(members["exit"], 2);
  EXPECT_EQ(members["limits"]["total_members"], 0);
  const json bytes = scan("--max-total-bytes", "1");
  EXPECT_NE(last_gap(bytes).find("limit-scan"), std::string::npos);
  EXPECT_EQ(FileAt(bytes, "1.zip")["coverage"]["state"], "full");
  EXPECT_EQ(last_gap(scan("--max-total-bytes", "1G")), "[]");
}

TEST(LimitOptions, WhatWasUsedStandsInTheReport) {
  TempDir dir;
  dir.Write("a.txt", "words\n");
  const json usual = Scan({"--av", "off", dir.path()})["limits"];
  EXPECT_EQ(usual["depth"], 16);
  EXPECT_EQ(usual["members"], 100'000);
  EXPECT_EQ(usual["unpacked_bytes"], 4 * kGiB);
  EXPECT_EQ(usual["scan_milliseconds"], nullptr);
  const json chosen =
      Scan({"--av", "off", "--max-depth", "3", "--max-time", "1h", dir.path()})["limits"];
  EXPECT_EQ(chosen["depth"], 3);
  EXPECT_EQ(chosen["scan_milliseconds"], 3'600'000);
}

TEST(LimitOptions, ExplainTakesThoseOfOneFile) {
  TempDir dir;
  std::string nested = PickleBuilder().Proto(2).EmptyDict().Stop();
  for (int i = 0; i < 4; ++i) nested = Compress(nested, Packing::kGzip);
  dir.Write("nested.gz", nested);
  const std::string file = dir.path() + "/nested.gz";
  EXPECT_EQ(Counterscan({"explain", file}).exit_status, 0);
  const RunResult bound = Counterscan({"explain", "--max-depth", "2", file});
  EXPECT_EQ(bound.exit_status, 2);
  EXPECT_NE(bound.out.find("--max-depth"), std::string::npos) << bound.out;
  EXPECT_EQ(Counterscan({"explain", "--max-time", "1s", file}).exit_status, 64);
}

}  // namespace
}  // namespace counterscan
