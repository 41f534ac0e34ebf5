// WorkerLink: one worker as the parent sees it: its socket, its slot, and the jobs it was sent.
//
// The worker may be hostile. It is believed in nothing but an answer to a job that it was sent and
// has not answered; how long a job takes is counted here, by the parent's clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scanner/base/fd.h"
#include "scanner/base/result.h"
#include "scanner/model/gap_reason.h"
#include "scanner/worker/channel.h"
#include "scanner/worker/fleet.h"
#include "scanner/worker/messages.h"
#include "scanner/worker/slot.h"

namespace counterscan {

// A job from Submit() to its answer. The parent keeps the descriptor, to send it again.
struct OpenJob {
  std::uint64_t id = 0;
  std::uint64_t size = 0;
  std::string message;  // encoded
  std::shared_ptr<const UniqueFd> file;
  std::chrono::milliseconds budget{};
  std::chrono::milliseconds spent{};
  // Deaths of workers that had been sent this job. After two it travels alone, so that the next
  // death has one suspect: a taken-over worker can blame at most two others.
  int deaths = 0;
  bool TravelsAlone() const { return deaths >= 2; }
};

class WorkerLink {
 public:
  // A link, and the descriptors that the zygote gives to its process.
  struct Made {
    std::unique_ptr<WorkerLink> link;
    std::shared_ptr<const UniqueFd> socket;
    std::shared_ptr<const UniqueFd> slot;
  };
  static Result<Made> Create(std::uint64_t number, Pool pool);

  std::uint64_t number() const { return number_; }
  Pool pool() const { return pool_; }
  Channel& channel() { return channel_; }

  // Set by the zygote's word that the process exists.
  void SetProcess(UniqueFd pidfd);
  int process() const { return pidfd_.get(); }

  bool ready = false;                 // it has said that its sandbox is closed
  bool draining = false;              // gets no more jobs; ends when it has answered what it has
  std::vector<std::uint32_t> groups;  // of signatures that it was started with, beside the first

  // Jobs.
  bool TakesBatch() const;
  std::size_t jobs_sent() const { return jobs_sent_; }
  std::size_t jobs_in_flight() const { return jobs_.size(); }
  // Never empty, and only while TakesBatch().
  void SendBatch(std::vector<OpenJob> batch);
  // Takes the job `id` out; nothing when it was not sent here or is answered.
  std::optional<OpenJob> TakeAnswered(std::uint64_t id);
  // The job to blame for what the worker does now. Not with jobs_in_flight() == 0.
  OpenJob& InWork();
  // How much of which job the worker says to have read: for show. Nothing when it has none.
  std::optional<JobProgress> Progress() const;
  // Takes all that are left, in the order in which they were sent.
  std::deque<OpenJob> TakeAll();

  // Why the parent ended this worker. The worker is killed (once it exists) and not read any more.
  struct Sentence {
    GapReason reason = GapReason::kWorkerCrashed;
    std::string detail;
    std::optional<std::uint64_t> job;  // to blame; else what the slot says
  };
  void Condemn(Sentence sentence);
  const std::optional<Sentence>& sentence() const { return sentence_; }
  // Kills without a reason of its own: what the process died of is still to be learnt.
  void Kill();

 private:
  WorkerLink(std::uint64_t number, Pool pool, UniqueFd socket, Slot slot);
  std::size_t batches_in_flight() const;

  std::uint64_t number_;
  Pool pool_;
  Channel channel_;
  Slot slot_;
  UniqueFd pidfd_;
  bool killed_ = false;
  std::optional<Sentence> sentence_;

  struct SentJob {
    OpenJob job;
    std::uint64_t batch = 0;
  };
  std::deque<SentJob> jobs_;
  std::uint64_t bytes_in_flight_ = 0;
  std::uint64_t batches_sent_ = 0;
  std::size_t jobs_sent_ = 0;
};

}  // namespace counterscan
