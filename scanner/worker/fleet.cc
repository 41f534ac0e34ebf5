#include "scanner/worker/fleet.h"

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "scanner/base/processors.h"
#include "scanner/base/text.h"
#include "scanner/worker/channel.h"
#include "scanner/worker/control.h"
#include "scanner/worker/scratch.h"
#include "scanner/worker/worker_link.h"
#include "scanner/worker/worker_pool.h"
#include "scanner/worker/zygote_process.h"

namespace counterscan {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Jobs that wait in one pool, each with an open descriptor.
constexpr std::size_t kWaitingJobs = 512;
// Workers that are started before there is a job for them. The analysis workers are forked before
// the signatures load, and so judge pickles meanwhile.
constexpr unsigned kEarlyAnalysisWorkers = 4;
constexpr unsigned kEarlyByteWorkers = 1;
constexpr unsigned kMaxWorkers = 256;

constexpr int kZygoteDeaths = 2;

// What libclamav takes in a worker that parses for each logical signature, and what all of these
// workers may take so: tens of MiB each, with a large database, that no two share. One there is.
constexpr std::uint64_t kBytesPerLogicalSignature = 800;
constexpr std::uint64_t kParsingBytes = 64 * kMiB;

// How often the parent looks at what is in work.
constexpr milliseconds kTick{100};
// How many ticks one look may charge to a job: a parent that was away, or stopped (Ctrl-Z, a frozen
// container), must not take that for its workers' time.
constexpr int kTicksPerLook = 2;

// How long the destructor waits for killed workers to be gone.
constexpr milliseconds kGoodbye{2000};

constexpr std::size_t kMessageCharacters = 500;

unsigned WorkerCount(unsigned wanted) {
  return std::min(wanted == 0 ? ProcessorCount() : wanted, kMaxWorkers);
}

// Raises this process's limit of descriptors as far as it may, and shares it out, with a share left
// over.
WorkerPool::Room RoomFor(unsigned wanted_workers) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  }
  return WorkerPool::Room{.workers = WorkerCount(wanted_workers),
                          .waiting_jobs = kWaitingJobs,
                          .open_jobs = std::max<std::size_t>(limit.rlim_cur / (kPoolCount + 1), 1)};
}

milliseconds Tick(const Limits& limits) {
  return std::clamp(milliseconds(limits.job_milliseconds / 4), milliseconds(1), kTick);
}

}  // namespace

class Fleet::Impl {
 public:
  explicit Impl(const Options& options);
  ~Impl();

  Result<void> Start();
  WorkerPool& At(Pool pool) { return pools_[static_cast<std::size_t>(pool)]; }
  Result<void> Pump(milliseconds timeout, AnswerSink& sink);

  std::optional<EngineInfo> engines;
  unsigned loading_percent = 0;
  std::vector<Gap> engine_gaps;
  std::optional<SandboxInfo> sandbox;

 private:
  bool LoadsEngine() const { return options_.byte_pass && options_.av != AvMode::kOff; }
  Result<void> StartZygote();
  Result<void> AddWorker(Pool pool);
  Result<void> SendJobs();
  // False when a signal came.
  bool WaitForEvents(milliseconds timeout);
  Result<bool> HandleEvents(AnswerSink& sink);
  Result<bool> ReadZygote(AnswerSink& sink);
  Result<void> HandleZygoteFrame(Frame& frame, AnswerSink& sink);
  void HandleEngine(EngineReport report);
  void NoteFirstWords();
  void ChargeTime();
  Result<void> BuryZygote(AnswerSink& sink);
  Result<void> GiveUp(const Failure& failure, AnswerSink& sink);

  Options options_;
  WorkerPool::Room room_;
  milliseconds tick_;
  std::optional<ScratchDirectory> scratch_;
  std::string scratch_problem_;
  std::array<WorkerPool, kPoolCount> pools_;
  std::unique_ptr<ZygoteProcess> zygote_;
  int zygote_deaths_ = 0;
  std::uint64_t next_worker_ = 0;
  std::vector<pollfd> events_;  // one a worker, pool by pool, and one for the zygote
  Clock::time_point last_charge_ = Clock::now();
  std::optional<Failure> failure_;  // a zygote's word that it cannot go on, or our own
};

Fleet::Impl::Impl(const Options& options)
    : options_(options),
      room_(RoomFor(options.workers)),
      tick_(Tick(options.limits)),
      pools_{WorkerPool(Pool::kBytePass, room_, options.limits),
             WorkerPool(Pool::kAnalysis, room_, options.limits),
             WorkerPool(Pool::kMembers, room_, options.limits),
             WorkerPool(Pool::kParse, room_, options.limits)} {}

Fleet::Impl::~Impl() {
  std::vector<pollfd> processes;
  for (WorkerPool& pool : pools_) {
    for (const auto& worker : pool.workers()) {
      worker->Kill();
      if (worker->process() >= 0) {
        processes.push_back({.fd = worker->process(), .events = POLLIN, .revents = 0});
      }
    }
  }
  zygote_.reset();
  // Nothing of this run may still be reading files, or the scratch directory, when it has ended.
  const auto deadline = Clock::now() + kGoodbye;
  for (pollfd& process : processes) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    poll(&process, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
  }
}

Result<void> Fleet::Impl::Start() {
  if (LoadsEngine()) {
    // Without it the engine cannot load, which EngineInfo and a gap will say; all else goes on.
    auto scratch = ScratchDirectory::Create(ScratchDirectory::DefaultParent());
    if (scratch) {
      scratch_.emplace(std::move(*scratch));
    } else {
      scratch_problem_ = scratch.error().message;
    }
  } else {
    engines.emplace().clamav_state = "off";
  }
  return StartZygote();
}

Result<void> Fleet::Impl::StartZygote() {
  const Configuration configuration{
      .version = COUNTERSCAN_VERSION,
      .av = LoadsEngine() ? options_.av : AvMode::kOff,
      .database = options_.database,
      .scratch = scratch_ ? scratch_->path() : std::string(),
      .scratch_problem = scratch_problem_,
      .sandbox = options_.sandbox,
      .limits = options_.limits,
      .policy = options_.policy,
  };
  zygote_ = TRY(ZygoteProcess::Start(options_.worker_program, configuration));
  for (unsigned i = 0; i < std::min(room_.workers, kEarlyAnalysisWorkers); ++i) {
    TRY(AddWorker(Pool::kAnalysis));
  }
  if (options_.byte_pass) {
    for (unsigned i = 0; i < std::min(room_.workers, kEarlyByteWorkers); ++i) {
      TRY(AddWorker(Pool::kBytePass));
    }
  }
  return {};
}

Result<void> Fleet::Impl::AddWorker(Pool pool) {
  WorkerLink::Made made = TRY(WorkerLink::Create(next_worker_++, pool));
  made.link->groups = At(pool).wanted_groups();
  zygote_->channel().Queue(
      FrameKind::kSpawn,
      Encode(
          SpawnRequest{.worker = made.link->number(), .pool = pool, .groups = made.link->groups}),
      {std::move(made.socket), std::move(made.slot)});
  At(pool).Add(std::move(made.link));
  return {};
}

Result<void> Fleet::Impl::SendJobs() {
  for (const Pool pool : {Pool::kAnalysis, Pool::kBytePass, Pool::kMembers, Pool::kParse}) {
    // How many workers may parse depends on the signatures.
    if (pool == Pool::kParse && !engines) continue;
    At(pool).Dispatch();
    while (At(pool).WantsWorker()) {
      TRY(AddWorker(pool));
      At(pool).Dispatch();
    }
    for (const auto& worker : At(pool).workers()) {
      // A worker that is gone is noticed where its answers are read.
      if (worker->channel().is_open()) (void)worker->channel().Flush();
    }
  }
  (void)zygote_->channel().Flush();
  return {};
}

bool Fleet::Impl::WaitForEvents(milliseconds timeout) {
  events_.clear();
  const auto add = [this](const Channel& channel) {
    // poll() passes over the descriptor -1 of a closed one.
    const int events = POLLIN | (channel.waits_to_write() ? POLLOUT : 0);
    events_.push_back(
        {.fd = channel.descriptor(), .events = static_cast<short>(events), .revents = 0});
  };
  for (const WorkerPool& pool : pools_) {
    for (const auto& worker : pool.workers()) add(worker->channel());
  }
  add(zygote_->channel());
  return poll(events_.data(), events_.size(), static_cast<int>(timeout.count())) >= 0;
}

Result<bool> Fleet::Impl::HandleEvents(AnswerSink& sink) {
  bool news = false;
  // The zygote tells of its engine before it starts the first worker that has it. That is heard
  // first, so that an answer never arrives before what it was made with is known; the workers' turn
  // comes with the next look, because the zygote's news may have buried some.
  if (!engines && events_.back().revents != 0) {
    news = TRY(ReadZygote(sink));
    NoteFirstWords();
    return news;
  }
  auto event = events_.begin();
  for (WorkerPool& pool : pools_) {
    for (const auto& worker : pool.workers()) {
      if (event->revents != 0) news |= pool.Read(*worker, sink);
      ++event;
    }
    pool.RetireWorn();
  }
  if (event->revents != 0) news |= TRY(ReadZygote(sink));
  NoteFirstWords();
  for (const WorkerPool& pool : pools_) {
    if (!failure_ && pool.failure()) failure_ = pool.failure();
  }
  return news;
}

Result<bool> Fleet::Impl::ReadZygote(AnswerSink& sink) {
  bool news = false;
  while (!failure_) {
    const auto received = zygote_->channel().Receive();
    if (received && *received == Channel::Received::kNothing) break;
    for (auto frame = zygote_->channel().Next(); frame && *frame;
         frame = zygote_->channel().Next()) {
      TRY(HandleZygoteFrame(**frame, sink));
      news = true;
    }
    if (!received || *received == Channel::Received::kEnd) {
      TRY(BuryZygote(sink));
      return true;
    }
  }
  return news;
}

Result<void> Fleet::Impl::HandleZygoteFrame(Frame& frame, AnswerSink& sink) {
  switch (frame.kind) {
    case FrameKind::kSpawned: {
      const Spawned spawned = TRY(DecodeSpawned(frame.payload));
      if (frame.descriptors.size() != 1)
        return Fail(ErrorCode::kMalformed, "a worker without pidfd");
      for (WorkerPool& pool : pools_) {
        WorkerLink* worker = pool.Find(spawned.worker);
        if (worker != nullptr) worker->SetProcess(std::move(frame.descriptors.front()));
      }
      return {};
    }
    case FrameKind::kDied: {
      const Died died = TRY(DecodeDied(frame.payload));
      for (WorkerPool& pool : pools_) {
        WorkerLink* worker = pool.Find(died.worker);
        if (worker != nullptr) pool.Bury(*worker, died.wait_status, sink);
      }
      return {};
    }
    case FrameKind::kLoading:
      loading_percent = TRY(DecodeLoading(frame.payload)).percent;
      return {};
    case FrameKind::kEngine:
      HandleEngine(TRY(DecodeEngineReport(frame.payload)));
      return {};
    case FrameKind::kFailure:
      failure_ = TRY(DecodeFailure(frame.payload));
      return {};
    default:
      return Fail(ErrorCode::kMalformed, "a message out of turn from the worker program");
  }
}

void Fleet::Impl::HandleEngine(EngineReport report) {
  engines = std::move(report.info);
  engine_gaps = std::move(report.gaps);
  At(Pool::kParse)
      .LimitWorkers(kParsingBytes /
                    (kBytesPerLogicalSignature * (engines->logical_signatures + 1)));
}

void Fleet::Impl::NoteFirstWords() {
  for (const WorkerPool& pool : pools_) {
    if (!pool.sandbox()) continue;
    if (!sandbox) sandbox = pool.sandbox();
    sandbox->seccomp &= pool.sandbox()->seccomp;
    sandbox->landlock &= pool.sandbox()->landlock;
    sandbox->unprivileged &= pool.sandbox()->unprivileged;
    if (sandbox->note.empty()) sandbox->note = pool.sandbox()->note;
  }
  const std::string& problem = At(Pool::kBytePass).engine_problem();
  if (engines && !problem.empty() && engines->message.empty()) {
    engines->clamav_state = "failed";
    engines->message = problem;
  }
}

void Fleet::Impl::ChargeTime() {
  const auto now = Clock::now();
  const auto passed = std::chrono::duration_cast<milliseconds>(now - last_charge_);
  if (passed < tick_ / 2) return;
  last_charge_ = now;
  for (WorkerPool& pool : pools_) pool.ChargeTime(std::min(passed, kTicksPerLook * tick_));
}

Result<void> Fleet::Impl::BuryZygote(AnswerSink& sink) {
  const std::string ending = zygote_->End();
  for (WorkerPool& pool : pools_) pool.PutBackAll(sink);
  if (++zygote_deaths_ >= kZygoteDeaths) {
    return Fail(ErrorCode::kIo, "the worker program died twice: it " + ending);
  }
  return StartZygote();
}

Result<void> Fleet::Impl::GiveUp(const Failure& failure, AnswerSink& sink) {
  failure_ = failure;
  const std::string message = Printable(failure.message, kMessageCharacters);
  for (WorkerPool& pool : pools_) pool.LoseAll(failure.reason, message, sink);
  if (engines && engines->clamav_state != "off") {
    engines->clamav_state = "failed";
    engines->message = message;
  }
  return Fail(ErrorCode::kIo, message);
}

Result<void> Fleet::Impl::Pump(milliseconds timeout, AnswerSink& sink) {
  const auto deadline = Clock::now() + timeout;
  bool news = false;
  do {
    if (failure_) return GiveUp(*failure_, sink);
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    auto step = SendJobs();
    if (step) {
      // A signal may be the caller's affair: it gets its turn.
      news = !WaitForEvents(std::clamp(left, milliseconds(0), tick_));
      if (news) continue;
      const auto handled = HandleEvents(sink);
      if (!handled) step = tl::make_unexpected(handled.error());
      news = handled && *handled;
    }
    if (!step) {
      return GiveUp({.reason = GapReason::kEngineFailed, .message = step.error().message}, sink);
    }
    ChargeTime();
  } while ((!news && Clock::now() < deadline) || failure_);
  // What the answers have made room for goes out before the caller turns to other things.
  (void)SendJobs();
  return {};
}

Result<std::unique_ptr<Fleet>> Fleet::Start(const Options& options) {
  auto impl = std::make_unique<Impl>(options);
  TRY(impl->Start());
  return std::unique_ptr<Fleet>(new Fleet(std::move(impl)));
}

Fleet::Fleet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Fleet::~Fleet() = default;

bool Fleet::HasRoom(Pool pool) const { return impl_->At(pool).HasRoom(); }

void Fleet::Submit(const ByteJob& job, std::shared_ptr<const UniqueFd> file) {
  impl_->At(Pool::kBytePass).Submit(job.id, job.size, Encode(job), std::move(file));
}

void Fleet::Submit(const AnalysisJob& job, std::shared_ptr<const UniqueFd> file) {
  impl_->At(Pool::kAnalysis).Submit(job.id, job.size, Encode(job), std::move(file));
}

void Fleet::SubmitMembers(const AnalysisJob& job, std::shared_ptr<const UniqueFd> file) {
  impl_->At(Pool::kMembers).Submit(job.id, job.size, Encode(job), std::move(file));
}

void Fleet::SubmitParse(const AnalysisJob& job, std::shared_ptr<const UniqueFd> file) {
  impl_->At(Pool::kParse).Submit(job.id, job.size, Encode(job), std::move(file));
}

Result<void> Fleet::Pump(milliseconds timeout, AnswerSink& sink) {
  return impl_->Pump(timeout, sink);
}

std::size_t Fleet::open_jobs() const {
  std::size_t jobs = 0;
  for (std::size_t pool = 0; pool < kPoolCount; ++pool) {
    jobs += impl_->At(static_cast<Pool>(pool)).open_jobs();
  }
  return jobs;
}

std::vector<JobProgress> Fleet::byte_jobs_in_work() const {
  std::vector<JobProgress> jobs;
  for (const auto& worker : impl_->At(Pool::kBytePass).workers()) {
    if (const auto job = worker->Progress()) jobs.push_back(*job);
  }
  return jobs;
}

const std::optional<EngineInfo>& Fleet::engines() const { return impl_->engines; }
unsigned Fleet::loading_percent() const { return impl_->loading_percent; }
const std::vector<Gap>& Fleet::engine_gaps() const { return impl_->engine_gaps; }
const std::optional<SandboxInfo>& Fleet::sandbox() const { return impl_->sandbox; }

}  // namespace counterscan
