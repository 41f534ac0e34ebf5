// Clamd: matching files with the signatures of a clamd that runs on this machine.
//
// clamd answers OK for what it never looked at: a file above one of its limits, and nobody can ask
// it for those. So it is shown windows of a size at which it has found EICAR when it was connected
// to, and nothing larger; what it cannot have looked at is a gap. It is spoken to by threads of the
// parent, which copy bytes and parse nothing.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "scanner/base/fd.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/model/finding.h"
#include "scanner/worker/clamd_protocol.h"

namespace counterscan {

// How bytes reach clamd.
enum class ClamdWay : std::uint8_t {
  kDescriptor,  // FILDES of a file in memory
  kStream,      // INSTREAM, which clamd writes to its disk
};

// What is known of a clamd that has proven itself.
struct ClamdProven {
  ClamdVersion version;
  ClamdWay way = ClamdWay::kStream;
  std::uint64_t window_bytes = 0;
};

struct ClamdOptions {
  std::string socket_path;
  // Sizes at which it is asked for EICAR, the largest first: each is below a default of clamd's
  // (100 MiB) or of Debian's clamd.conf (25 MiB).
  std::vector<std::uint64_t> window_sizes{96 * kMiB, 24 * kMiB, 4 * kMiB};
  unsigned connections = 1;
  Limits limits;
  const std::atomic<bool>* stop = nullptr;  // set from elsewhere: give up soon
};

// Connects, asks for the version and for EICAR. An Error says what it did not do.
Result<ClamdProven> ProveClamd(const ClamdOptions& options);

struct ClamdAnswer {
  std::uint64_t id = 0;
  std::uint64_t bytes_matched = 0;  // from the start on, where nothing is missing
  std::vector<std::string> names;   // signatures that matched, each once
  std::vector<Gap> gaps;
};

// Matches one open file, whose status was `opened`. Never fails: what went wrong is a gap.
ClamdAnswer MatchWithClamd(const ClamdOptions& options, const ClamdProven& proven, std::uint64_t id,
                           int descriptor, const struct stat& opened);

// Threads that match one file each at a time.
class ClamdPool {
 public:
  ClamdPool(ClamdOptions options, ClamdProven proven);
  // Gives up what is in work.
  ~ClamdPool();
  ClamdPool(const ClamdPool&) = delete;
  ClamdPool& operator=(const ClamdPool&) = delete;

  const ClamdProven& proven() const { return proven_; }
  void Submit(std::uint64_t id, std::shared_ptr<const UniqueFd> file, const struct stat& opened);
  // Jobs that wait: what keeps descriptors open.
  std::size_t waiting() const;
  // What has been answered since the last call. Never waits.
  std::vector<ClamdAnswer> TakeAnswers();

 private:
  struct Job {
    std::uint64_t id = 0;
    std::shared_ptr<const UniqueFd> file;
    struct stat opened {};
  };
  void Work();

  std::atomic<bool> stop_ = false;
  const ClamdOptions options_;
  const ClamdProven proven_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::vector<ClamdAnswer> answers_;
  std::vector<std::thread> threads_;
};

}  // namespace counterscan
