// Fleet: the parent's hand on its worker processes.
//
// Start() executes counterscan-worker with an empty environment, before the parent reads a token or
// opens a socket. That zygote forks pools of sandboxed workers: byte pass (digests and raw
// signatures; parses nothing, no file system), analysis (identifies, unpacks, walks pickles) and,
// where a file holds packed content, members (unpacks again, and matches signatures).
// Jobs go out in batches with their descriptors; answers come back framed, capped and checked. A
// worker that dies or overruns costs one job, which is reported lost with the reason; the rest of
// its batch is sent again to its replacement.
//
// Single-threaded: all work happens inside Pump().
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scanner/base/fd.h"
#include "scanner/base/import_policy.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/model/report.h"
#include "scanner/worker/messages.h"

namespace counterscan {

// What the fleet hands back. Called from inside Fleet::Pump().
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void OnByteAnswer(ByteAnswer answer) = 0;
  virtual void OnAnalysisAnswer(AnalysisAnswer answer) = 0;
  // The job will never be answered: its worker crashed, was killed or ran out of time.
  virtual void OnLost(Pool pool, std::uint64_t id, GapReason reason, std::string detail) = 0;
};

// A byte job in work, and how much of it was read by the worker's own word: only to be shown.
struct JobProgress {
  std::uint64_t id = 0;
  std::uint64_t bytes_read = 0;
};

enum class AvMode : std::uint8_t { kLibrary, kBuiltin, kOff };

class Fleet {
 public:
  struct Options {
    std::string worker_program;  // path of counterscan-worker
    AvMode av = AvMode::kBuiltin;
    std::string database;   // directory of signatures, with AvMode::kLibrary
    bool byte_pass = true;  // false: no byte-pass worker is started (--depth structure)
    unsigned workers = 0;   // per pool; 0 = as many as processors
    bool sandbox = true;    // false only for --sandbox off
    Limits limits;
    std::vector<ImportRow> policy;  // what the user adds to the policy of imports
  };

  static Result<std::unique_ptr<Fleet>> Start(const Options& options);
  // Kills and reaps every process and removes the fleet's temporary directory.
  ~Fleet();

  // False when a pool has as many jobs waiting as it should hold: Pump() first.
  bool HasRoom(Pool pool) const;
  void Submit(const ByteJob& job, std::shared_ptr<const UniqueFd> file);
  void Submit(const AnalysisJob& job, std::shared_ptr<const UniqueFd> file);
  // The same file again, for what its analysis had to unpack: answered with findings of signatures
  // and gaps, through OnAnalysisAnswer.
  void SubmitMembers(const AnalysisJob& job, std::shared_ptr<const UniqueFd> file);

  // The same file once more, for libclamav to take apart: answered in the same way.
  void SubmitParse(const AnalysisJob& job, std::shared_ptr<const UniqueFd> file);

  // Waits up to `timeout` for anything to happen and handles it. Fails only when the fleet cannot
  // go on (the zygote died twice): every open job has then been reported lost.
  Result<void> Pump(std::chrono::milliseconds timeout, AnswerSink& sink);

  // Jobs submitted and neither answered nor lost.
  std::size_t open_jobs() const;
  // The byte jobs in work, in no order.
  std::vector<JobProgress> byte_jobs_in_work() const;

  // What the zygote loaded; empty until it has. Signatures load beside the analysis.
  const std::optional<EngineInfo>& engines() const;
  // How far that has come, for show.
  unsigned loading_percent() const;
  // Gaps every matched file has because of what could not be loaded.
  const std::vector<Gap>& engine_gaps() const;
  // Which layers held; empty until the first worker has said so.
  const std::optional<SandboxInfo>& sandbox() const;

 private:
  class Impl;
  explicit Fleet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace counterscan
