// ScanSession: from opened files to finished file reports.
//
// Each content is scanned once, however many paths lead to it (a blob and its snapshots). A file is
// finished when both pools have spoken for it, or have been lost; then it is folded into one
// FileReport and handed on.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "scanner/cli/tree.h"
#include "scanner/model/report.h"
#include "scanner/worker/clamd.h"
#include "scanner/worker/fleet.h"

namespace counterscan {

class ScanSession final : public AnswerSink {
 public:
  struct Options {
    bool byte_pass = true;          // false: --depth structure
    bool analyse = true;            // false: --depth bytes
    bool match = true;              // false: --av off
    bool parse = false;             // let libclamav take apart what it can
    bool coverage = false;          // draw a map of each file
    bool git_ids = true;            // false: only of files that promise one
    ClamdPool* clamd = nullptr;     // asked about each file too; outlives the session
    bool split_large_files = true;  // digest and match at the same time, by two workers
    // Gaps that every matched file has because of the signatures; asked when a file is finished.
    std::function<std::vector<Gap>()> signature_gaps;
  };
  // Called once for each file, when it is finished; not yet in order.
  using Finished = std::function<void(FileReport&&)>;
  // Called for each finding of an analysed file, before the rest of it is finished.
  using Threat = std::function<void(const FileReport&, const Finding&)>;

  ScanSession(Fleet& fleet, Options options, Finished finished, Threat threat);

  // True when another file may be added without piling up work or descriptors.
  bool HasRoom() const;

  // Starts on an opened file. `file` holds path, identity and what else is known of it.
  void Add(FileReport&& file, OpenedFile opened);
  // Finishes a file that was not opened.
  void AddUnopened(FileReport&& file, const OpenFailure& failure);
  // True when the same content has been added already.
  bool Knows(const OpenedFile& opened) const;

  // Waits for answers for up to `timeout`.
  Result<void> Pump(std::chrono::milliseconds timeout);

  // Files added and not finished.
  std::size_t open_files() const { return open_files_; }

  // How far the scan has come, for whoever watches: the workers' word is taken for what is in work.
  struct Progress {
    std::uint64_t bytes = 0;
    // The largest file in work, and how much of it was read. Nothing when all in work are small.
    const FileReport* large_file = nullptr;
    std::uint64_t large_file_bytes = 0;
  };
  Progress progress() const;

  // What the scan has cost so far: bytes of files that were begun and bytes unpacked from them, and
  // members of archives.
  struct Spent {
    std::uint64_t bytes = 0;
    std::uint64_t members = 0;
  };
  const Spent& spent() const { return spent_; }

  // Finishes everything that is open with a gap of this reason.
  void Abandon(GapReason reason, const std::string& detail);

  void OnClamdAnswer(ClamdAnswer answer);
  void OnByteAnswer(ByteAnswer answer) override;
  void OnAnalysisAnswer(AnalysisAnswer answer) override;
  void OnLost(Pool pool, std::uint64_t id, GapReason reason, std::string detail) override;

 private:
  // Device, inode, size and times of change: the same content. Besides, whether git's id of it is
  // wanted: one of its names may promise that of a file too large for one, another need not.
  using Key = std::tuple<dev_t, ino_t, off_t, std::int64_t, std::int64_t, bool>;
  static Key KeyOf(const struct stat& status, bool with_git_id);
  bool WantsGitId(const FileReport& file) const;

  struct Content {
    FileReport result;              // path and identity unused
    std::vector<FileReport> files;  // waiting for the result
    int open_jobs = 0;
    bool split = false;  // digest and match are two jobs
    bool done = false;
    bool counted = false;   // among the bytes that are done
    bool byte_gap = false;  // some gap already says why bytes are missing
    std::uint64_t matched_bytes = 0;
    std::uint64_t read_bytes = 0;
    bool analysed = false;
    // Until the analysis has said whether it is wanted again.
    std::shared_ptr<const UniqueFd> descriptor{};
  };

  void StartJobs(std::uint64_t number, Content& content,
                 const std::shared_ptr<const UniqueFd>& descriptor, const struct stat& status);
  bool MatchesMembers() const { return options_.byte_pass && options_.match; }
  Content* OpenContent(std::uint64_t job_id);
  void JobDone(Content& content);
  void CountBytes(Content& content);
  void Finish(Content& content);
  void Deliver(const Content& content, FileReport&& file);

  Fleet& fleet_;
  Options options_;
  Finished finished_;
  Threat threat_;
  std::deque<Content> contents_;  // large, and never moved: there may be many thousands
  std::map<Key, std::uint64_t> numbers_;
  std::size_t open_files_ = 0;
  std::uint64_t bytes_done_ = 0;
  Spent spent_;
};

}  // namespace counterscan
