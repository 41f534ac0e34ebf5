#include "scanner/worker/worker_loop.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/worker/channel.h"
#include "scanner/worker/sandbox.h"

namespace counterscan {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFlushInterval{20};
constexpr std::size_t kPendingBytes = kMiB;

// What a worker exits with when the parent, which is trusted, has ended or broken the connection.
constexpr int kOrderlyEnd = 0;
constexpr int kBrokenConnection = 70;  // EX_SOFTWARE
constexpr int kNoSandbox = 71;         // EX_OSERR

Gap OutOfMemory(std::uint64_t size) {
  return Gap{.reason = GapReason::kOutOfMemory,
             .engine = EngineId::kScan,
             .where = {},
             .first = 0,
             .last = size,
             .detail = "the worker reached its limit of memory"};
}

Gap UnprovenEngine(std::uint64_t size) {
  return Gap{.reason = GapReason::kEngineFailed,
             .engine = EngineId::kClamav,
             .where = {},
             .first = 0,
             .last = size,
             .detail = "the self-test of the signatures failed in the sandbox"};
}

bool RanOutOfMemory(const std::vector<Gap>& gaps) {
  return std::any_of(gaps.begin(), gaps.end(),
                     [](const Gap& gap) { return gap.reason == GapReason::kOutOfMemory; });
}

// True when a parser stopped before its end, in who knows what state.
bool GaveUp(const std::vector<Gap>& gaps) {
  return std::any_of(gaps.begin(), gaps.end(), [](const Gap& gap) {
    return gap.reason == GapReason::kEngineFailed || gap.reason == GapReason::kLimitUnpacked;
  });
}

class Worker {
 public:
  Worker(WorkerSetup setup, Slot slot, const Configuration& configuration,
         const WorkerProgram& program)
      : pool_(setup.pool),
        channel_(std::move(setup.socket), Channel::Wait::kAlways, Channel::Descriptors::kAccepted),
        slot_(std::move(slot)),
        configuration_(configuration),
        program_(program),
        has_engine_(setup.has_engine),
        temporary_(std::move(setup.temporary)),
        parser_problem_(std::move(setup.parser_problem)) {}

  int Run() {
    const Limits& limits = configuration_.limits;
    const auto sandbox = CloseSandbox({
        .pool = pool_,
        .enabled = configuration_.sandbox,
        .memory_bytes = pool_ == Pool::kAnalysis ? limits.analysis_worker_memory_bytes
                                                 : limits.byte_worker_memory_bytes,
        .temporary = temporary_,
    });
    if (!sandbox) {
      channel_.Queue(FrameKind::kFailure, Encode(Failure{.reason = GapReason::kSandbox,
                                                         .message = sandbox.error().message}));
      (void)channel_.Flush();
      return kNoSandbox;
    }
    Ready ready{.sandbox = *sandbox, .engine_problem = {}};
    if (pool_ == Pool::kParse) {
      if (parser_problem_.empty() && !program_.parser_self_test(temporary_)) {
        parser_problem_ = ParserProblem(*sandbox);
      }
    } else if (has_engine_ && !program_.self_test()) {
      engine_unproven_ = true;
      ready.engine_problem = UnprovenEngine(0).detail;
    }
    channel_.Queue(FrameKind::kReady, Encode(ready));
    if (!channel_.Flush()) return kBrokenConnection;
    return AnswerJobs();
  }

 private:
  std::string ParserProblem(const SandboxInfo& sandbox) const {
    if (access(temporary_.c_str(), W_OK | X_OK) == 0) return "its self-test failed in the sandbox";
    return sandbox.landlock || !configuration_.sandbox
               ? "the sandbox does not reach its temporary directory"
               : "without Landlock, nothing keeps it to its temporary directory";
  }

  int AnswerJobs() {
    while (true) {
      const auto received = channel_.Receive();
      if (!received) return kBrokenConnection;
      if (*received == Channel::Received::kEnd) return kOrderlyEnd;
      while (true) {
        auto frame = channel_.Next();
        if (!frame) return kBrokenConnection;
        if (!*frame) break;
        if (!RunBatch(**frame)) return kBrokenConnection;
      }
    }
  }

  Result<void> RunBatch(Frame& frame) {
    const BatchView batch = TRY(DecodeBatch(frame.payload));
    if (frame.kind != FrameKind::kJobs || batch.items.size() != frame.descriptors.size()) {
      return Fail(ErrorCode::kMalformed, "not a batch of jobs");
    }
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
      const int descriptor = frame.descriptors[i].get();
      std::string answer = pool_ == Pool::kBytePass
                               ? TRY(RunByteJob(batch.items[i], descriptor))
                               : TRY(RunAnalysisJob(batch.items[i], descriptor));
      frame.descriptors[i].Close();
      // A message holds one answer of any size, or many small ones.
      if (pending_bytes_ + answer.size() > kPendingBytes) TRY(SendPending());
      pending_bytes_ += answer.size();
      pending_.push_back(std::move(answer));
      if (Clock::now() - last_flush_ >= kFlushInterval) TRY(SendPending());
    }
    TRY(SendPending());
    slot_.Set(Slot::kIdle);
    return {};
  }

  Result<std::string> RunByteJob(std::span<const std::byte> message, int descriptor) {
    ByteJob job = TRY(DecodeByteJob(message));
    slot_.Set(job.id);
    const bool unmatched = engine_unproven_ && job.match;
    if (engine_unproven_) job.match = false;
    ByteAnswer answer;
    try {
      answer = program_.run_byte_job(job, descriptor,
                                     [this](std::uint64_t bytes) { slot_.SetBytesRead(bytes); });
    } catch (const std::bad_alloc&) {
      answer = ByteAnswer{};
      answer.id = job.id;
      answer.gaps.push_back(OutOfMemory(job.size));
    }
    if (unmatched) answer.gaps.push_back(UnprovenEngine(job.size));
    return Finish(answer);
  }

  Result<std::string> RunAnalysisJob(std::span<const std::byte> message, int descriptor) {
    const AnalysisJob job = TRY(DecodeAnalysisJob(message));
    slot_.Set(job.id);
    AnalysisAnswer answer;
    try {
      if (pool_ == Pool::kAnalysis) {
        answer = program_.run_analysis_job(job, descriptor, configuration_);
      } else if (pool_ == Pool::kParse && parser_problem_.empty()) {
        answer = program_.run_parse_job(job, descriptor);
      } else if (pool_ == Pool::kParse) {
        answer.id = job.id;
        answer.gaps.push_back(UnprovenEngine(job.size));
        answer.gaps.back().detail = "files are not taken apart: " + parser_problem_;
      } else if (has_engine_ && !engine_unproven_) {
        answer = program_.run_members_job(job, descriptor, configuration_.limits);
      } else {
        answer.id = job.id;
        answer.gaps.push_back(UnprovenEngine(job.size));
      }
    } catch (const std::bad_alloc&) {
      answer = AnalysisAnswer{};
      answer.id = job.id;
      answer.gaps.push_back(OutOfMemory(job.size));
    }
    return Finish(answer);
  }

  template <class Answer>
  std::string Finish(Answer& answer) {
    // What is left in a memory that was full, or by a parser that complained, is nothing to build
    // on.
    if (RanOutOfMemory(answer.gaps)) worn_ = true;
    // Another is started with what this one lacks.
    if (!answer.wanted_groups.empty()) worn_ = true;
    if (pool_ == Pool::kParse && parser_problem_.empty() && GaveUp(answer.gaps)) worn_ = true;
    Fit(answer);
    return Encode(answer);
  }

  Result<void> SendPending() {
    if (pending_.empty()) return {};
    const std::vector<std::string_view> answers(pending_.begin(), pending_.end());
    channel_.Queue(FrameKind::kAnswers, EncodeBatch(answers, worn_));
    pending_.clear();
    pending_bytes_ = 0;
    last_flush_ = Clock::now();
    return channel_.Flush();
  }

  Pool pool_;
  Channel channel_;
  Slot slot_;
  const Configuration& configuration_;  // of RunWorker's caller, which never returns
  const WorkerProgram& program_;
  bool has_engine_;
  std::string temporary_;
  std::string parser_problem_;
  bool engine_unproven_ = false;
  bool worn_ = false;
  std::vector<std::string> pending_;
  std::size_t pending_bytes_ = 0;
  Clock::time_point last_flush_ = Clock::now();
};

}  // namespace

void RunWorker(WorkerSetup setup, Slot slot, const Configuration& configuration,
               const WorkerProgram& program) {
  Worker worker(std::move(setup), std::move(slot), configuration, program);
  // No destructors, no exit handlers: they are the zygote's.
  _exit(worker.Run());
}

}  // namespace counterscan
