// The messages between the parent and its workers, as plain data, and their wire form.
//
// Every Decode treats its input as hostile: a worker may have been taken over by the file it read.
// Counts and lengths are checked against kMessageBytes and Limits before anything is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scanner/base/digest.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/model/explanation.h"
#include "scanner/model/finding.h"
#include "scanner/model/report.h"

namespace counterscan {

// Two pools, so that a hole in a parser never speaks for a digest.
enum class Pool : std::uint8_t { kBytePass, kAnalysis };

// Digests and signatures of one file. The descriptor travels beside it.
struct ByteJob {
  std::uint64_t id = 0;
  std::uint64_t size = 0;  // as fstat said when the file was opened
  bool digest = true;
  bool git_sha1 = false;
  bool match = true;
};

struct ByteAnswer {
  std::uint64_t id = 0;
  std::uint64_t bytes_read = 0;
  std::optional<Digests> digests;        // absent when not asked for or the file changed
  std::vector<std::string> signatures;   // names that matched
  std::vector<Gap> gaps;
};

// Identification and analysis of one file.
struct AnalysisJob {
  std::uint64_t id = 0;
  std::uint64_t size = 0;
  std::string name;  // last part of the path, a hint
  bool explain = false;
  bool explain_opcodes = false;
};

struct AnalysisAnswer {
  std::uint64_t id = 0;
  std::string type;
  std::vector<Finding> findings;
  std::vector<Import> imports;
  std::vector<Gap> gaps;
  std::vector<ExplainedPickle> pickles;
};

std::string Encode(const ByteJob& job);
std::string Encode(const ByteAnswer& answer);
std::string Encode(const AnalysisJob& job);
std::string Encode(const AnalysisAnswer& answer);

Result<ByteJob> DecodeByteJob(std::span<const std::byte> bytes);
Result<ByteAnswer> DecodeByteAnswer(std::span<const std::byte> bytes);
Result<AnalysisJob> DecodeAnalysisJob(std::span<const std::byte> bytes);
Result<AnalysisAnswer> DecodeAnalysisAnswer(std::span<const std::byte> bytes);

}  // namespace counterscan
