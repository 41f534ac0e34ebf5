#include "scanner/worker/inspection.h"

#include <poll.h>

#include <optional>
#include <utility>

#include "scanner/base/text.h"
#include "scanner/worker/channel.h"
#include "scanner/worker/control.h"
#include "scanner/worker/fleet.h"
#include "scanner/worker/scratch.h"
#include "scanner/worker/zygote_process.h"

namespace counterscan {
namespace {

constexpr int kTickMilliseconds = 100;
constexpr std::size_t kMessageCharacters = 500;

// What the process has said so far.
struct Heard {
  Inspection inspection;
  unsigned percent = 0;
  bool done = false;
};

Result<void> Hear(const Frame& frame, Heard& heard) {
  switch (frame.kind) {
    case FrameKind::kReady:
      heard.inspection.sandbox = TRY(DecodeReady(frame.payload)).sandbox;
      return {};
    case FrameKind::kLoading:
      heard.percent = TRY(DecodeLoading(frame.payload)).percent;
      return {};
    case FrameKind::kEngine: {
      EngineReport report = TRY(DecodeEngineReport(frame.payload));
      heard.inspection.engine = std::move(report.info);
      heard.inspection.gaps = std::move(report.gaps);
      heard.done = true;
      return {};
    }
    case FrameKind::kFailure:
      return Fail(ErrorCode::kIo,
                  Printable(TRY(DecodeFailure(frame.payload)).message, kMessageCharacters));
    default:
      return Fail(ErrorCode::kMalformed, "a message out of turn from the worker program");
  }
}

}  // namespace

Result<Inspection> InspectDatabase(const InspectionRequest& request, const KeepInspecting& keep) {
  const ScratchDirectory scratch = TRY(ScratchDirectory::Create(ScratchDirectory::DefaultParent()));
  const Configuration configuration{
      .version = COUNTERSCAN_VERSION,
      .av = AvMode::kLibrary,
      .database = request.database,
      .scratch = scratch.path(),
      .scratch_problem = {},
      .sandbox = request.sandbox,
      .inspect = true,
      .limits = {},
      .policy = {},
  };
  const auto process = TRY(ZygoteProcess::Start(request.worker_program, configuration));
  Channel& channel = process->channel();
  Heard heard;
  while (!heard.done) {
    TRY(channel.Flush());
    const int events = POLLIN | (channel.waits_to_write() ? POLLOUT : 0);
    pollfd event{.fd = channel.descriptor(), .events = static_cast<short>(events), .revents = 0};
    (void)poll(&event, 1, kTickMilliseconds);
    if (keep && !keep(heard.percent)) return Fail(ErrorCode::kIo, "interrupted");
    const auto received = TRY(channel.Receive());
    while (!heard.done) {
      auto frame = TRY(channel.Next());
      if (!frame) break;
      TRY(Hear(*frame, heard));
    }
    if (!heard.done && received == Channel::Received::kEnd) {
      return Fail(ErrorCode::kIo, "the process that reads the signatures " + process->End());
    }
  }
  return std::move(heard.inspection);
}

}  // namespace counterscan
