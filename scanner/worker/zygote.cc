#include "scanner/worker/zygote.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "scanner/base/digest.h"
#include "scanner/worker/channel.h"
#include "scanner/worker/sandbox.h"
#include "scanner/worker/slot.h"
#include "scanner/worker/worker_loop.h"

namespace counterscan {
namespace {

constexpr int kWorkerSocket = 3;
constexpr int kOrderlyEnd = 0;
constexpr int kBrokenConnection = 70;  // EX_SOFTWARE

// The C library's own thresholds (mallopt(3)), for workers that match no signatures: they give
// memory back.
constexpr int kMmapThreshold = 4 * 1024 * 1024;
constexpr int kTrimThreshold = 16 * 1024 * 1024;

EngineReport FailedEngine(std::string message) {
  EngineReport report;
  report.info.clamav_state = "failed";
  report.info.message = message;
  report.gaps.push_back(Gap{.reason = GapReason::kEngineFailed,
                            .engine = EngineId::kClamav,
                            .where = {},
                            .first = 0,
                            .last = 0,
                            .detail = std::move(message)});
  return report;
}

class Zygote {
 public:
  Zygote(UniqueFd control, const WorkerProgram& program)
      : channel_(std::move(control), Channel::Wait::kAlways, Channel::Descriptors::kAccepted),
        program_(program) {}

  int Run() {
    const int status = Serve();
    EndChildren();
    for (const Child& child : children_) RemoveTemporary(child.worker);
    return status;
  }

 private:
  int Serve() {
    while (true) {
      WaitForEvents();
      if (!ReportDeaths()) return kBrokenConnection;
      if (events_.front().revents == 0) continue;
      const auto received = channel_.Receive();
      if (!received) return kBrokenConnection;
      if (*received == Channel::Received::kEnd) return kOrderlyEnd;
      while (true) {
        auto frame = channel_.Next();
        if (!frame) return kBrokenConnection;
        if (!*frame) break;
        if (!Handle(**frame)) return kBrokenConnection;
      }
    }
  }

  struct Child {
    std::uint64_t worker;
    pid_t pid;
    std::shared_ptr<const UniqueFd> pidfd;  // readable once the process is dead
  };

  void WaitForEvents() {
    events_.clear();
    events_.push_back({.fd = channel_.descriptor(), .events = POLLIN, .revents = 0});
    for (const Child& child : children_) {
      events_.push_back({.fd = child.pidfd->get(), .events = POLLIN, .revents = 0});
    }
    if (poll(events_.data(), events_.size(), -1) < 0) {
      for (pollfd& event : events_) event.revents = 0;
    }
  }

  Result<void> ReportDeaths() {
    std::size_t alive = 0;
    for (std::size_t i = 0; i < children_.size(); ++i) {
      int status = 0;
      const bool dead = events_[i + 1].revents != 0 &&
                        waitpid(children_[i].pid, &status, WNOHANG) == children_[i].pid;
      if (dead) {
        RemoveTemporary(children_[i].worker);
        channel_.Queue(FrameKind::kDied,
                       Encode(Died{.worker = children_[i].worker, .wait_status = status}));
      } else {
        if (alive != i) children_[alive] = std::move(children_[i]);
        ++alive;
      }
    }
    children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(alive), children_.end());
    return channel_.Flush();
  }

  // Not left to the kernel, so that no dead process waits for an init that may never reap it.
  void EndChildren() {
    for (const Child& child : children_) kill(child.pid, SIGKILL);
    for (const Child& child : children_) {
      while (waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }

  Result<void> Handle(Frame& frame) {
    if (!configuration_ && frame.kind == FrameKind::kConfigure) return Configure(frame);
    if (configuration_ && !configuration_->inspect && frame.kind == FrameKind::kSpawn) {
      return Spawn(frame);
    }
    return Fail(ErrorCode::kMalformed, "a message out of turn");
  }

  Result<void> Configure(const Frame& frame) {
    configuration_ = TRY(DecodeConfiguration(frame.payload));
    if (configuration_->version != COUNTERSCAN_VERSION) {
      return GiveUp("counterscan " + configuration_->version + " has started counterscan-worker " +
                    COUNTERSCAN_VERSION);
    }
    return configuration_->inspect ? Inspect() : Result<void>();
  }

  // Nothing in the directory has been verified yet: this process reads it alone, and can do nothing
  // else any more.
  Result<void> Inspect() {
    Digester::WarmUp();
    const auto sandbox = CloseInspectionSandbox({.database = configuration_->database,
                                                 .scratch = configuration_->scratch,
                                                 .enabled = configuration_->sandbox});
    if (!sandbox) return GiveUp(sandbox.error().message, GapReason::kSandbox);
    channel_.Queue(FrameKind::kReady, Encode(Ready{.sandbox = *sandbox, .engine_problem = {}}));
    channel_.Queue(FrameKind::kEngine, Encode(LoadEngine()));
    return channel_.Flush();
  }

  Result<void> Spawn(Frame& frame) {
    const SpawnRequest request = TRY(DecodeSpawnRequest(frame.payload));
    if (frame.descriptors.size() != 2) {
      return Fail(ErrorCode::kMalformed, "a worker without its descriptors");
    }
    if (request.pool != Pool::kAnalysis) TRY(Prepare());
    if (has_engine_ && !request.groups.empty()) program_.load_groups(request.groups);
    if (request.pool == Pool::kParse) PrepareParser(request.worker);
    Slot slot = TRY(Slot::Map(frame.descriptors[1], true));
    const pid_t zygote = getpid();
    const pid_t pid = fork();
    if (pid < 0) return GiveUp(FailErrno("cannot start a worker", errno).value().message);
    if (pid == 0) {
      BecomeWorker(request.pool, std::move(frame), std::move(slot), zygote,
                   Temporary(request.worker));
    }
    auto pidfd =
        std::make_shared<const UniqueFd>(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)));
    if (!*pidfd) return GiveUp(FailErrno("cannot watch a worker", errno).value().message);
    children_.push_back(Child{.worker = request.worker, .pid = pid, .pidfd = pidfd});
    channel_.Queue(FrameKind::kSpawned, Encode(Spawned{.worker = request.worker}), {pidfd});
    return channel_.Flush();
  }

  // In the new process.
  [[noreturn]] void BecomeWorker(Pool pool, Frame frame, Slot slot, pid_t zygote,
                                 const std::string& temporary) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != zygote) _exit(kOrderlyEnd);
    // Nothing of the zygote's or of other workers' stays open: a worker that held another's socket
    // could speak for it. What the engine holds stays.
    channel_.Close();
    children_.clear();
    if (dup3(frame.descriptors[0].get(), kWorkerSocket, O_CLOEXEC) < 0) _exit(kBrokenConnection);
    frame.descriptors.clear();
    if (pool == Pool::kAnalysis) {
      close_range(kWorkerSocket + 1, ~0U, 0);
      mallopt(M_MMAP_THRESHOLD, kMmapThreshold);
      mallopt(M_TRIM_THRESHOLD, kTrimThreshold);
    }
    std::string parser_problem = parser_problem_;
    // The user that the worker becomes may be kept from the directories above its own.
    if (pool == Pool::kParse && parser_problem.empty() && chdir(temporary.c_str()) != 0) {
      parser_problem = FailErrno("no temporary directory", errno).value().message;
    }
    RunWorker({.pool = pool,
               .socket = UniqueFd(kWorkerSocket),
               .has_engine = pool != Pool::kAnalysis && has_engine_,
               .temporary = ".",
               .parser_problem = std::move(parser_problem)},
              std::move(slot), *configuration_, program_);
  }

  // What byte-pass workers shall find in memory, as soon as the first is wanted: by then the first
  // analysis workers are at work.
  Result<void> Prepare() {
    if (prepared_) return {};
    prepared_ = true;
    Digester::WarmUp();
    if (configuration_->av == AvMode::kOff) return {};
    const EngineReport report = LoadEngine();
    has_engine_ = report.info.clamav_state != "failed";
    channel_.Queue(FrameKind::kEngine, Encode(report));
    return channel_.Flush();
  }

  // Where a worker that parses unpacks.
  std::string Temporary(std::uint64_t worker) const {
    return configuration_->scratch + "/parse-" + std::to_string(worker);
  }

  // The engine that parses is loaded when the first file wants it.
  void PrepareParser(std::uint64_t worker) {
    if (!parser_prepared_) {
      parser_prepared_ = true;
      if (!has_engine_) {
        parser_problem_ = "there are no signatures";
      } else {
        try {
          parser_problem_ = program_.load_parser(*configuration_);
        } catch (const std::bad_alloc&) {
          parser_problem_ = "not enough memory for the signatures";
        }
      }
    }
    if (!parser_problem_.empty()) return;
    // From now on there is something to tidy up when the parent is killed: the end of its socket
    // says so.
    prctl(PR_SET_PDEATHSIG, 0);
    const std::string temporary = Temporary(worker);
    if (mkdir(temporary.c_str(), 0700) != 0) {
      parser_problem_ = FailErrno("no temporary directory", errno).value().message;
      return;
    }
    if (geteuid() == 0 && chown(temporary.c_str(), kNobody, kNobody) != 0) {
      parser_problem_ = FailErrno("no temporary directory", errno).value().message;
    }
  }

  // What a dead worker has unpacked goes with it.
  void RemoveTemporary(std::uint64_t worker) const {
    if (!parser_prepared_) return;
    std::error_code ignored;
    std::filesystem::remove_all(Temporary(worker), ignored);
  }

  EngineReport LoadEngine() {
    if (configuration_->scratch.empty()) return FailedEngine(configuration_->scratch_problem);
    try {
      EngineReport report =
          program_.load_engine(*configuration_, [this](unsigned percent) { TellLoading(percent); });
      // One match now, so that what it sets up is shared by all workers.
      if (report.info.clamav_state != "failed" && !program_.self_test()) {
        return FailedEngine("the self-test of the signatures failed");
      }
      return report;
    } catch (const std::bad_alloc&) {
      return FailedEngine("not enough memory for the signatures");
    }
  }

  // A parent that is gone is noticed where its next word is waited for.
  void TellLoading(unsigned percent) {
    if (percent <= loading_percent_) return;
    loading_percent_ = std::min(percent, 100U);
    channel_.Queue(FrameKind::kLoading,
                   Encode(Loading{.percent = static_cast<std::uint8_t>(loading_percent_)}));
    (void)channel_.Flush();
  }

  Result<void> GiveUp(std::string message, GapReason reason = GapReason::kEngineFailed) {
    channel_.Queue(FrameKind::kFailure, Encode(Failure{.reason = reason, .message = message}));
    TRY(channel_.Flush());
    return Fail(ErrorCode::kIo, std::move(message));
  }

  Channel channel_;
  const WorkerProgram& program_;  // of RunZygote's caller
  std::optional<Configuration> configuration_;
  bool prepared_ = false;
  bool has_engine_ = false;
  bool parser_prepared_ = false;
  std::string parser_problem_;  // why no worker parses
  unsigned loading_percent_ = 0;
  std::vector<Child> children_;
  std::vector<pollfd> events_;  // the control socket, then one a child
};

}  // namespace

int RunZygote(UniqueFd control, const WorkerProgram& program) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);
  tzset();  // workers inherit the time zone: they cannot open its file
  // The parent decides when it is over; a write to a dead parent, or beyond `ulimit -f`, is an
  // error, not a signal.
  for (const int ignored : {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE, SIGXFSZ}) {
    signal(ignored, SIG_IGN);
  }
  return Zygote(std::move(control), program).Run();
}

}  // namespace counterscan
