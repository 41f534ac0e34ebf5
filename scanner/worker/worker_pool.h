// WorkerPool: the workers of one pool and the jobs that wait for them.
//
// Jobs travel in batches to the worker with least to do. A worker that dies or overruns costs the
// one job it had in work; the others are put back in front of the queue, in their order.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/worker/control.h"
#include "scanner/worker/fleet.h"
#include "scanner/worker/worker_link.h"

namespace counterscan {

class WorkerPool {
 public:
  // How much of everything a pool may hold. Each open job holds a descriptor.
  struct Room {
    unsigned workers = 1;
    std::size_t waiting_jobs = 1;
    std::size_t open_jobs = 1;
  };
  WorkerPool(Pool pool, const Room& room, const Limits& limits);

  bool HasRoom() const {
    return waiting_.size() < room_.waiting_jobs && open_jobs_ < room_.open_jobs;
  }
  void Submit(std::uint64_t id, std::uint64_t size, std::string message,
              std::shared_ptr<const UniqueFd> file);
  // Jobs submitted and neither answered nor lost.
  std::size_t open_jobs() const { return open_jobs_; }

  // No more workers than these, at least one.
  void LimitWorkers(std::uint64_t most) {
    room_.workers = static_cast<unsigned>(std::clamp<std::uint64_t>(most, 1, room_.workers));
  }
  void Add(std::unique_ptr<WorkerLink> worker) { workers_.push_back(std::move(worker)); }
  const std::vector<std::unique_ptr<WorkerLink>>& workers() const { return workers_; }
  WorkerLink* Find(std::uint64_t number) const;

  // Hands waiting jobs to workers that take some.
  void Dispatch();
  // True when jobs wait that one more worker could take.
  bool WantsWorker() const;

  // Reads what a worker has sent. Returns true when that brought an answer or its first word.
  bool Read(WorkerLink& worker, AnswerSink& sink);
  // Counts `passed` against the job that each worker has in work, and kills those that overran.
  void ChargeTime(std::chrono::milliseconds passed);
  // Lets workers go that shall be replaced and have nothing left to do.
  void RetireWorn();
  // The worker's process is gone: decides which job it takes with it.
  void Bury(WorkerLink& worker, int wait_status, AnswerSink& sink);
  // All processes are gone, by no fault of any job.
  void PutBackAll(AnswerSink& sink);
  void LoseAll(GapReason reason, const std::string& detail, AnswerSink& sink);

  // Groups of signatures that its workers are to be started with, sorted: those that answers have
  // wanted so far.
  const std::vector<std::uint32_t>& wanted_groups() const { return wanted_groups_; }

  // What workers said first: the weakest sandbox, and what kept the engine from working in one.
  const std::optional<SandboxInfo>& sandbox() const { return sandbox_; }
  const std::string& engine_problem() const { return engine_problem_; }
  // Why the pool cannot work: its workers cannot start.
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  std::vector<OpenJob> NextBatch();
  WorkerLink* LeastBusy() const;
  std::chrono::milliseconds BudgetFor(std::uint64_t size) const;

  bool ReadFrames(WorkerLink& worker, AnswerSink& sink);
  Result<bool> HandleFrame(WorkerLink& worker, const Frame& frame, AnswerSink& sink);
  Result<void> HandleReady(WorkerLink& worker, std::span<const std::byte> payload);
  Result<void> HandleAnswers(WorkerLink& worker, std::span<const std::byte> payload,
                             AnswerSink& sink);
  Result<void> HandleAnswer(WorkerLink& worker, std::span<const std::byte> bytes, AnswerSink& sink);
  Result<void> CloseJob(WorkerLink& worker, std::uint64_t id);
  Result<void> DoAgain(WorkerLink& worker, std::uint64_t id,
                       const std::vector<std::uint32_t>& groups);
  void LoseOne(WorkerLink& worker, int wait_status, AnswerSink& sink);
  void PutBack(WorkerLink& worker);
  void Remove(WorkerLink& worker);

  Pool pool_;
  Room room_;
  Limits limits_;
  std::deque<OpenJob> waiting_;
  std::vector<std::unique_ptr<WorkerLink>> workers_;
  std::size_t open_jobs_ = 0;
  std::vector<std::uint32_t> wanted_groups_;
  int start_failures_ = 0;
  std::optional<SandboxInfo> sandbox_;
  std::string engine_problem_;
  std::optional<Failure> failure_;
};

}  // namespace counterscan
