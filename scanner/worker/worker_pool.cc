#include "scanner/worker/worker_pool.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "scanner/base/text.h"
#include "scanner/worker/zygote_process.h"

namespace counterscan {
namespace {

using std::chrono::milliseconds;

// A batch is closed at so many jobs or bytes; a file above the latter travels alone. 64 jobs bring
// the cost of messages to 2 microseconds a file.
constexpr std::size_t kBatchJobs = 64;
constexpr std::uint64_t kBatchBytes = 4 * kMiB;
static_assert(kBatchJobs <= kFrameDescriptors && kBatchJobs <= kBatchItems);

// A worker that parses has held many hostile files in one memory: it is replaced now and then.
constexpr std::size_t kJobsPerParsingWorker = 10'000;
constexpr std::size_t kJobsPerByteWorker = 100'000;
// libclamav's parsers are decades of code in C.
constexpr std::size_t kJobsPerUnpackingWorker = 100;

// Workers that may die in a row before their first word.
constexpr int kStartFailures = 3;

// Longest text of a worker that is passed on as a message.
constexpr std::size_t kMessageCharacters = 500;

// A worker that died of its own accord, as a reason.
GapReason ReasonOf(int wait_status) {
  return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGSYS ? GapReason::kForbiddenCall
                                                                     : GapReason::kWorkerCrashed;
}

std::string_view NameOf(Pool pool) {
  switch (pool) {
    case Pool::kBytePass:
      return "byte-pass";
    case Pool::kAnalysis:
      return "analysis";
    case Pool::kMembers:
      return "members";
    case Pool::kParse:
      return "parsing";
  }
  return "";
}

std::size_t Life(Pool pool) {
  if (pool == Pool::kParse) return kJobsPerUnpackingWorker;
  return pool == Pool::kBytePass ? kJobsPerByteWorker : kJobsPerParsingWorker;
}

// The weaker of the two in every layer.
SandboxInfo Weaker(const SandboxInfo& a, const SandboxInfo& b) {
  return SandboxInfo{.seccomp = a.seccomp && b.seccomp,
                     .landlock = a.landlock && b.landlock,
                     .landlock_abi = std::min(a.landlock_abi, b.landlock_abi),
                     .unprivileged = a.unprivileged && b.unprivileged,
                     .note = a.note.empty() ? b.note : a.note};
}

}  // namespace

WorkerPool::WorkerPool(Pool pool, const Room& room, const Limits& limits)
    : pool_(pool), room_(room), limits_(limits) {}

milliseconds WorkerPool::BudgetFor(std::uint64_t size) const {
  const std::uint64_t mebibytes = size / kMiB + 1;
  return milliseconds(limits_.job_milliseconds + mebibytes * limits_.job_milliseconds_per_mib);
}

void WorkerPool::Submit(std::uint64_t id, std::uint64_t size, std::string message,
                        std::shared_ptr<const UniqueFd> file) {
  OpenJob job;
  job.id = id;
  job.size = size;
  job.message = std::move(message);
  job.file = std::move(file);
  job.budget = BudgetFor(size);
  waiting_.push_back(std::move(job));
  ++open_jobs_;
}

WorkerLink* WorkerPool::Find(std::uint64_t number) const {
  for (const auto& worker : workers_) {
    if (worker->number() == number) return worker.get();
  }
  return nullptr;
}

// Sending.

WorkerLink* WorkerPool::LeastBusy() const {
  WorkerLink* best = nullptr;
  for (const auto& worker : workers_) {
    if (!worker->TakesBatch()) continue;
    if (best == nullptr || worker->jobs_in_flight() < best->jobs_in_flight()) best = worker.get();
  }
  return best;
}

std::vector<OpenJob> WorkerPool::NextBatch() {
  // A fair part of what waits, so that a short queue keeps every worker busy to its end.
  const std::size_t part = (waiting_.size() + 2 * room_.workers - 1) / (2 * room_.workers);
  const std::size_t most = std::min(part, kBatchJobs);
  std::vector<OpenJob> batch;
  std::uint64_t bytes = 0;
  while (!waiting_.empty() && batch.size() < most) {
    const OpenJob& next = waiting_.front();
    const bool alone = next.TravelsAlone();
    if (!batch.empty() && (alone || next.size > kBatchBytes - std::min(bytes, kBatchBytes))) break;
    bytes += next.size;
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    if (alone) break;
  }
  return batch;
}

void WorkerPool::Dispatch() {
  while (!waiting_.empty()) {
    WorkerLink* worker = LeastBusy();
    if (worker == nullptr) return;
    if (waiting_.front().TravelsAlone() && worker->jobs_in_flight() != 0) return;
    worker->SendBatch(NextBatch());
    if (worker->jobs_sent() >= Life(pool_)) worker->draining = true;
  }
}

bool WorkerPool::WantsWorker() const {
  return !waiting_.empty() && workers_.size() < room_.workers && !failure_;
}

// Receiving.

bool WorkerPool::Read(WorkerLink& worker, AnswerSink& sink) {
  bool news = false;
  while (worker.channel().is_open()) {
    const auto received = worker.channel().Receive();
    if (!received) {
      worker.Condemn({.reason = GapReason::kWorkerCrashed,
                      .detail = received.error().message,
                      .job = std::nullopt});
      break;
    }
    if (*received == Channel::Received::kNothing) break;
    news |= ReadFrames(worker, sink);
    if (*received == Channel::Received::kEnd) {
      // It is dying, and what of is about to be known; or it only pretends to be.
      worker.channel().Close();
      worker.Kill();
    }
  }
  return news;
}

bool WorkerPool::ReadFrames(WorkerLink& worker, AnswerSink& sink) {
  bool news = false;
  while (worker.channel().is_open()) {
    auto frame = worker.channel().Next();
    if (frame && !*frame) break;
    auto handled = frame ? HandleFrame(worker, **frame, sink) : tl::make_unexpected(frame.error());
    if (!handled) {
      worker.Condemn({.reason = GapReason::kWorkerCrashed,
                      .detail = "the worker sent what no worker sends: " + handled.error().message,
                      .job = std::nullopt});
      break;
    }
    news |= *handled;
  }
  return news;
}

Result<bool> WorkerPool::HandleFrame(WorkerLink& worker, const Frame& frame, AnswerSink& sink) {
  if (!worker.ready) {
    // Nothing hostile has been read yet: the worker's word about itself is taken.
    if (frame.kind == FrameKind::kReady) {
      TRY(HandleReady(worker, frame.payload));
      return true;
    }
    if (frame.kind == FrameKind::kFailure) {
      failure_ = TRY(DecodeFailure(frame.payload));
      return true;
    }
  } else if (frame.kind == FrameKind::kAnswers) {
    TRY(HandleAnswers(worker, frame.payload, sink));
    return true;
  }
  return Fail(ErrorCode::kMalformed, "a message out of turn");
}

Result<void> WorkerPool::HandleReady(WorkerLink& worker, std::span<const std::byte> payload) {
  Ready ready = TRY(DecodeReady(payload));
  worker.ready = true;
  start_failures_ = 0;
  sandbox_ = sandbox_ ? Weaker(*sandbox_, ready.sandbox) : std::move(ready.sandbox);
  if (engine_problem_.empty()) engine_problem_ = std::move(ready.engine_problem);
  return {};
}

Result<void> WorkerPool::HandleAnswers(WorkerLink& worker, std::span<const std::byte> payload,
                                       AnswerSink& sink) {
  const BatchView batch = TRY(DecodeBatch(payload));
  for (const auto item : batch.items) TRY(HandleAnswer(worker, item, sink));
  if (batch.worn) worker.draining = true;
  return {};
}

Result<void> WorkerPool::HandleAnswer(WorkerLink& worker, std::span<const std::byte> bytes,
                                      AnswerSink& sink) {
  if (pool_ == Pool::kBytePass) {
    ByteAnswer answer = TRY(DecodeByteAnswer(bytes));
    if (!answer.wanted_groups.empty()) return DoAgain(worker, answer.id, answer.wanted_groups);
    TRY(CloseJob(worker, answer.id));
    sink.OnByteAnswer(std::move(answer));
  } else {
    AnalysisAnswer answer = TRY(DecodeAnalysisAnswer(bytes));
    if (!answer.wanted_groups.empty()) return DoAgain(worker, answer.id, answer.wanted_groups);
    TRY(CloseJob(worker, answer.id));
    sink.OnAnalysisAnswer(std::move(answer));
  }
  return {};
}

Result<void> WorkerPool::CloseJob(WorkerLink& worker, std::uint64_t id) {
  if (!worker.TakeAnswered(id)) {
    return Fail(ErrorCode::kMalformed, "an answer to a job that it does not have");
  }
  --open_jobs_;
  return {};
}

// The job waits for a worker that has these groups. That cannot go on for ever: each worker has all
// that were wanted before it was started, and wanting one that it has is no answer.
Result<void> WorkerPool::DoAgain(WorkerLink& worker, std::uint64_t id,
                                 const std::vector<std::uint32_t>& groups) {
  for (const std::uint32_t group : groups) {
    if (std::binary_search(worker.groups.begin(), worker.groups.end(), group)) {
      worker.Condemn({.reason = GapReason::kWorkerCrashed,
                      .detail = "the worker sent what no worker sends: it wants what it has",
                      .job = id});
      return Fail(ErrorCode::kMalformed, worker.sentence()->detail);
    }
    const auto place = std::lower_bound(wanted_groups_.begin(), wanted_groups_.end(), group);
    if (place == wanted_groups_.end() || *place != group) wanted_groups_.insert(place, group);
  }
  std::optional<OpenJob> job = worker.TakeAnswered(id);
  if (!job) return Fail(ErrorCode::kMalformed, "an answer to a job that it does not have");
  waiting_.push_front(std::move(*job));
  // Nor is one of the others to take it.
  for (const auto& other : workers_) {
    const std::vector<std::uint32_t>& has = other->groups;
    if (!std::includes(has.begin(), has.end(), wanted_groups_.begin(), wanted_groups_.end())) {
      other->draining = true;
    }
  }
  return {};
}

// Endings.

void WorkerPool::ChargeTime(milliseconds passed) {
  for (const auto& worker : workers_) {
    if (!worker->ready || worker->sentence() || worker->jobs_in_flight() == 0) continue;
    OpenJob& job = worker->InWork();
    job.spent += passed;
    if (job.spent <= job.budget) continue;
    const auto seconds = std::chrono::duration<double>(job.budget).count();
    worker->Condemn({.reason = GapReason::kTimedOut,
                     .detail = "stopped after " + std::to_string(static_cast<int>(seconds)) + " s",
                     .job = job.id});
  }
}

void WorkerPool::RetireWorn() {
  for (const auto& worker : workers_) {
    // It exits at the end of its socket.
    if (worker->draining && worker->jobs_in_flight() == 0) worker->channel().Close();
  }
}

void WorkerPool::Bury(WorkerLink& worker, int wait_status, AnswerSink& sink) {
  // What it had answered before it died counts, unless it was killed for what it answered.
  Read(worker, sink);
  const bool was_let_go = worker.draining && worker.jobs_in_flight() == 0;
  if (!worker.ready && !was_let_go && !worker.sentence() && !failure_) {
    if (++start_failures_ >= kStartFailures) {
      failure_ = Failure{.reason = GapReason::kEngineFailed,
                         .message = "the " + std::string(NameOf(pool_)) +
                                    " workers do not start: " + DescribeWaitStatus(wait_status)};
    }
  } else if (worker.ready && worker.jobs_in_flight() != 0) {
    LoseOne(worker, wait_status, sink);
  }
  PutBack(worker);
  Remove(worker);
}

void WorkerPool::LoseOne(WorkerLink& worker, int wait_status, AnswerSink& sink) {
  WorkerLink::Sentence sentence = worker.sentence().value_or(
      WorkerLink::Sentence{.reason = ReasonOf(wait_status),
                           .detail = "worker process " + DescribeWaitStatus(wait_status),
                           .job = std::nullopt});
  const std::uint64_t blamed = sentence.job.value_or(worker.InWork().id);
  // A worker may still have answered the very job that it was condemned for: then it owes nothing.
  if (!worker.TakeAnswered(blamed)) return;
  --open_jobs_;
  sink.OnLost(pool_, blamed, sentence.reason, Printable(sentence.detail, kMessageCharacters));
}

void WorkerPool::PutBack(WorkerLink& worker) {
  std::deque<OpenJob> jobs = worker.TakeAll();
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
    if (worker.ready) ++job->deaths;
    waiting_.push_front(std::move(*job));
  }
}

void WorkerPool::Remove(WorkerLink& worker) {
  std::erase_if(workers_, [&worker](const auto& other) { return other.get() == &worker; });
}

void WorkerPool::PutBackAll(AnswerSink& sink) {
  while (!workers_.empty()) {
    WorkerLink& worker = *workers_.back();
    Read(worker, sink);
    worker.Kill();
    worker.ready = false;  // it was not the death of this worker that mattered
    PutBack(worker);
    workers_.pop_back();
  }
}

void WorkerPool::LoseAll(GapReason reason, const std::string& detail, AnswerSink& sink) {
  PutBackAll(sink);
  while (!waiting_.empty()) {
    const std::uint64_t id = waiting_.front().id;
    waiting_.pop_front();
    --open_jobs_;
    sink.OnLost(pool_, id, reason, detail);
  }
}

}  // namespace counterscan
