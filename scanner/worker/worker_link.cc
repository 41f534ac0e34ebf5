#include "scanner/worker/worker_link.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "scanner/base/limits.h"

namespace counterscan {
namespace {

// A second batch waits in the worker's socket, so that it never idles for the parent.
constexpr std::size_t kBatchesInFlight = 2;
// But not behind a large file while other workers idle.
constexpr std::uint64_t kBytesInFlight = 8 * kMiB;

}  // namespace

Result<WorkerLink::Made> WorkerLink::Create(std::uint64_t number, Pool pool) {
  auto [ours, theirs] = TRY(Channel::Pair());
  UniqueFd memory = TRY(Slot::CreateMemory());
  Slot slot = TRY(Slot::Map(memory, false));
  Made made;
  made.link.reset(new WorkerLink(number, pool, std::move(ours), std::move(slot)));
  made.socket = std::make_shared<const UniqueFd>(std::move(theirs));
  made.slot = std::make_shared<const UniqueFd>(std::move(memory));
  return made;
}

WorkerLink::WorkerLink(std::uint64_t number, Pool pool, UniqueFd socket, Slot slot)
    : number_(number),
      pool_(pool),
      channel_(std::move(socket), Channel::Wait::kNever, Channel::Descriptors::kRefused),
      slot_(std::move(slot)) {}

void WorkerLink::SetProcess(UniqueFd pidfd) {
  pidfd_ = std::move(pidfd);
  if (killed_) Kill();
}

bool WorkerLink::TakesBatch() const {
  if (draining || sentence_ || !channel_.is_open()) return false;
  if (jobs_.empty()) return true;
  return batches_in_flight() < kBatchesInFlight && bytes_in_flight_ < kBytesInFlight &&
         !jobs_.front().job.TravelsAlone();
}

std::size_t WorkerLink::batches_in_flight() const {
  return jobs_.empty() ? 0 : static_cast<std::size_t>(batches_sent_ - jobs_.front().batch);
}

void WorkerLink::SendBatch(std::vector<OpenJob> batch) {
  assert(TakesBatch() && !batch.empty());
  std::vector<std::string_view> messages;
  Channel::SharedFds files;
  messages.reserve(batch.size());
  files.reserve(batch.size());
  for (OpenJob& job : batch) {
    files.push_back(job.file);
    job.spent = {};
    bytes_in_flight_ += job.size;
    jobs_.push_back(SentJob{.job = std::move(job), .batch = batches_sent_});
    messages.push_back(jobs_.back().job.message);
  }
  ++batches_sent_;
  jobs_sent_ += batch.size();
  channel_.Queue(FrameKind::kJobs, EncodeBatch(messages, false), std::move(files));
}

std::optional<OpenJob> WorkerLink::TakeAnswered(std::uint64_t id) {
  const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                  [id](const SentJob& sent) { return sent.job.id == id; });
  if (found == jobs_.end()) return std::nullopt;
  OpenJob job = std::move(found->job);
  bytes_in_flight_ -= job.size;
  jobs_.erase(found);
  return job;
}

OpenJob& WorkerLink::InWork() {
  assert(!jobs_.empty());
  const std::uint64_t id = slot_.Get();
  const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                  [id](const SentJob& sent) { return sent.job.id == id; });
  return found == jobs_.end() ? jobs_.front().job : found->job;
}

std::optional<JobProgress> WorkerLink::Progress() const {
  const std::uint64_t id = slot_.Get();
  for (const SentJob& sent : jobs_) {
    if (sent.job.id != id) continue;
    return JobProgress{.id = id, .bytes_read = std::min(slot_.bytes_read(), sent.job.size)};
  }
  return std::nullopt;
}

std::deque<OpenJob> WorkerLink::TakeAll() {
  std::deque<OpenJob> all;
  for (SentJob& sent : jobs_) all.push_back(std::move(sent.job));
  jobs_.clear();
  bytes_in_flight_ = 0;
  return all;
}

void WorkerLink::Condemn(Sentence sentence) {
  if (!sentence_) sentence_ = std::move(sentence);
  channel_.Close();
  Kill();
}

void WorkerLink::Kill() {
  killed_ = true;
  if (pidfd_) syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
}

}  // namespace counterscan
