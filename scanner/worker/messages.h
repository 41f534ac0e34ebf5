// The messages between the parent and its workers, as plain data, and their wire form.
//
// Every Decode treats its input as hostile: a worker may have been taken over by the file it read.
// Counts and lengths are checked against ceilings and against what is left of the message before
// anything is allocated. What Encode writes of an answer that Fit() has seen, Decode accepts.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/digest.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/model/explanation.h"
#include "scanner/model/finding.h"
#include "scanner/model/report.h"

namespace counterscan {

// Pools, so that a hole in a parser never speaks for a digest.
enum class Pool : std::uint8_t {
  kBytePass,  // digests, and signatures over the file's own bytes; parses nothing
  kAnalysis,  // identifies, unpacks, judges; started before the signatures are loaded
  kMembers,   // unpacks again, to hold what analysis found packed against the signatures
  kParse,     // lets libclamav take files apart, in a directory of its own
};
inline constexpr std::size_t kPoolCount = 4;

// When a file was last written and last changed, in nanoseconds since 1970.
struct FileTimes {
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  static FileTimes Of(const struct stat& status);
  bool operator==(const FileTimes&) const = default;
};

// Digests and signatures of one file. The descriptor travels beside it.
struct ByteJob {
  std::uint64_t id = 0;
  std::uint64_t size = 0;  // as fstat said when the file was opened, and was found to be regular
  // As fstat said then: the worker need not look before it reads. Without them it does.
  std::optional<FileTimes> times{};
  bool digest = true;
  bool git_sha1 = false;
  bool match = true;
};

struct ByteAnswer {
  std::uint64_t id = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_matched = 0;      // held against signatures; 0 without an engine
  std::optional<Digests> digests;       // absent when not asked for or the file changed
  std::vector<std::string> signatures;  // names that matched
  std::vector<Gap> gaps;
  // Not empty: no answer yet. The job is to be done again by a worker that was started with these
  // groups of signatures; see ClamavEngine.
  std::vector<std::uint32_t> wanted_groups;
};

// Identification and analysis of one file; in the members' pool, the matching of what analysis had
// to unpack; in the parsing pool, what libclamav makes of it.
struct AnalysisJob {
  std::uint64_t id = 0;
  std::uint64_t size = 0;
  std::optional<FileTimes> times{};  // as in ByteJob
  bool explain = false;
  bool explain_opcodes = false;
  bool coverage = false;  // draw a map
  bool parse = false;     // say whether parsing it is worth it
};

struct AnalysisAnswer {
  std::uint64_t id = 0;
  std::string type;
  std::vector<Finding> findings;
  std::vector<Import> imports;
  std::vector<Gap> gaps;
  std::vector<ExplainedPickle> pickles;
  CoverageMap coverage;
  bool unpacked = false;       // a job for the members' pool: some content exists only unpacked
  bool worth_parsing = false;  // one for the pool that parses
  // What of the whole scan's budgets it has taken.
  std::uint64_t unpacked_bytes = 0;
  std::uint64_t members = 0;
  std::vector<std::uint32_t> wanted_groups;  // as in ByteAnswer, from the members' pool
};

std::string Encode(const ByteJob& job);
std::string Encode(const ByteAnswer& answer);
std::string Encode(const AnalysisJob& job);
std::string Encode(const AnalysisAnswer& answer);

// Cuts an answer down to what a message may hold. What is left out leaves a gap, findings last.
void Fit(ByteAnswer& answer);
void Fit(AnalysisAnswer& answer);

Result<ByteJob> DecodeByteJob(std::span<const std::byte> bytes);
Result<ByteAnswer> DecodeByteAnswer(std::span<const std::byte> bytes);
Result<AnalysisJob> DecodeAnalysisJob(std::span<const std::byte> bytes);
Result<AnalysisAnswer> DecodeAnalysisAnswer(std::span<const std::byte> bytes);

// Several encoded jobs or answers as one message. `worn` asks for the worker to be replaced: it ran
// out of memory, and goes on only with what it has been sent.
struct BatchView {
  bool worn = false;
  std::vector<std::span<const std::byte>> items;  // views of the decoded bytes
};
inline constexpr std::size_t kBatchItems = 1024;
std::string EncodeBatch(std::span<const std::string_view> items, bool worn);
Result<BatchView> DecodeBatch(std::span<const std::byte> bytes);

}  // namespace counterscan
