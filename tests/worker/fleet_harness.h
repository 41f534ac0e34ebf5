// What tests of the fleet share: files in memory, a sink that remembers, a fleet of the worker
// program that does what files tell it.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "scanner/worker/fleet.h"

namespace counterscan {

// As the parent opens files: read only.
inline std::shared_ptr<const UniqueFd> MakeFile(std::string_view content) {
  const UniqueFd memory(memfd_create("file", MFD_CLOEXEC));
  EXPECT_EQ(write(memory.get(), content.data(), content.size()),
            static_cast<ssize_t>(content.size()));
  const std::string path = "/proc/self/fd/" + std::to_string(memory.get());
  return std::make_shared<const UniqueFd>(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

struct Lost {
  GapReason reason = GapReason::kUnreadable;
  std::string detail;
};

inline void PrintTo(const Lost& lost, std::ostream* out) {
  *out << Name(lost.reason) << ": " << lost.detail;
}

class Collector final : public AnswerSink {
 public:
  void OnByteAnswer(ByteAnswer answer) override {
    const std::uint64_t id = answer.id;
    EXPECT_TRUE(bytes.emplace(id, std::move(answer)).second) << "answered twice";
  }
  void OnAnalysisAnswer(AnalysisAnswer answer) override {
    const std::uint64_t id = answer.id;
    EXPECT_TRUE(analyses.emplace(id, std::move(answer)).second) << "answered twice";
  }
  void OnLost(Pool pool, std::uint64_t id, GapReason reason, std::string detail) override {
    auto& lost = pool == Pool::kBytePass ? lost_bytes : lost_analyses;
    EXPECT_TRUE(lost.emplace(id, Lost{.reason = reason, .detail = std::move(detail)}).second);
  }

  std::map<std::uint64_t, ByteAnswer> bytes;
  std::map<std::uint64_t, AnalysisAnswer> analyses;
  std::map<std::uint64_t, Lost> lost_bytes;
  std::map<std::uint64_t, Lost> lost_analyses;
};

class FleetTest : public testing::Test {
 protected:
  FleetTest() {
    options.worker_program = COUNTERSCAN_MISBEHAVING_WORKER;
    options.av = AvMode::kOff;
    options.workers = 2;
  }

  void Start() {
    auto started = Fleet::Start(options);
    ASSERT_TRUE(started) << started.error().message;
    fleet = std::move(*started);
  }

  // Each file goes to both pools, under its index as id.
  void Submit(const std::vector<std::string>& contents) {
    for (std::uint64_t id = 0; id < contents.size(); ++id) {
      while (!fleet->HasRoom(Pool::kBytePass) || !fleet->HasRoom(Pool::kAnalysis)) {
        ASSERT_TRUE(fleet->Pump(std::chrono::milliseconds(100), collector));
      }
      const auto file = MakeFile(contents[id]);
      const std::uint64_t size = contents[id].size();
      if (options.byte_pass) fleet->Submit(ByteJob{.id = id, .size = size}, file);
      fleet->Submit(AnalysisJob{.id = id, .size = size}, file);
    }
  }

  Result<void> Finish() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (fleet->open_jobs() != 0) {
      TRY(fleet->Pump(std::chrono::milliseconds(100), collector));
      if (std::chrono::steady_clock::now() > deadline) {
        return Fail(ErrorCode::kLimit, std::to_string(fleet->open_jobs()) + " jobs stay open");
      }
    }
    return {};
  }

  void Run(const std::vector<std::string>& contents) {
    Start();
    Submit(contents);
    const auto finished = Finish();
    ASSERT_TRUE(finished) << finished.error().message;
  }

  // 0 to count-1 as texts, with `bad` in the place `at`.
  static std::vector<std::string> Numbers(std::size_t count, std::size_t at, std::string_view bad) {
    std::vector<std::string> contents;
    for (std::size_t i = 0; i < count; ++i) contents.push_back("file " + std::to_string(i));
    contents[at] = bad;
    return contents;
  }

  // All but the file at `at` are answered in both pools, and with the right digests.
  void ExpectAllAnsweredBut(const std::vector<std::string>& contents, std::size_t at) {
    for (std::uint64_t id = 0; id < contents.size(); ++id) {
      if (id == at) continue;
      const auto bytes = collector.bytes.find(id);
      ASSERT_NE(bytes, collector.bytes.end()) << contents[id];
      EXPECT_EQ(bytes->second.digests->sha256, Sha256Hex(contents[id]));
      const auto analysis = collector.analyses.find(id);
      ASSERT_NE(analysis, collector.analyses.end()) << contents[id];
      EXPECT_EQ(analysis->second.type, contents[id]);
    }
  }

  Fleet::Options options;
  std::unique_ptr<Fleet> fleet;
  Collector collector;
};

}  // namespace counterscan
