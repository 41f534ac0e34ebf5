// A worker program that does what a file tells it to. Stands in for counterscan-worker in the tests
// of the fleet: a file whose content is "segv" makes its worker crash. Any other file is hashed in
// the byte pass, and in the analysis its content is its type.

#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/byte_source.h"
#include "scanner/base/digest.h"
#include "scanner/worker/zygote.h"

namespace counterscan {
namespace {

constexpr int kWorkerSocket = 3;
// Of no job.
constexpr std::uint64_t kForeignId = 999'999;

[[noreturn]] void Spin() {
  while (true) getpid();
}

// At least `milliseconds`, by the clock: the sandbox has no sleep.
void Dawdle(int milliseconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (std::chrono::steady_clock::now() < until) {
  }
}

void SendRaw(std::string_view bytes) {
  if (write(kWorkerSocket, bytes.data(), bytes.size()) < 0) Spin();
}

void SendFrame(FrameKind kind, std::string_view payload, std::uint32_t declared_size) {
  std::string frame(6, '\0');
  std::memcpy(frame.data(), &declared_size, sizeof(declared_size));
  frame[4] = static_cast<char>(kind);
  SendRaw(frame + std::string(payload));
}

void SendFrame(FrameKind kind, std::string_view payload) {
  SendFrame(kind, payload, static_cast<std::uint32_t>(payload.size()));
}

void EatMemory() {
  std::vector<std::vector<char>> eaten;
  while (true) eaten.emplace_back(64 * kMiB, 'x');
}

std::string ErrnoOf(long result) { return result < 0 ? strerrorname_np(errno) : "worked"; }

// What a file may tell its worker to do. The text that comes back is the answer's.
const std::map<std::string_view, std::function<std::string()>>& Misdeeds() {
  using Result = std::string;
  static const std::map<std::string_view, std::function<Result()>> kMisdeeds = {
      {"segv", [] { return raise(SIGSEGV), Result(); }},
      {"abort", []() -> Result { std::abort(); }},
      {"kill", [] { return raise(SIGKILL), Result(); }},
      {"exit", []() -> Result { _exit(0); }},
      {"spin", []() -> Result { Spin(); }},
      {"dawdle", [] { return Dawdle(60), Result("dawdled"); }},
      {"eat", [] { return EatMemory(), Result(); }},
      {"throw", []() -> Result { throw 1; }},
      // Calls that kill.
      {"socket", [] { return ErrnoOf(socket(AF_INET, SOCK_STREAM, 0)); }},
      {"execve", [] { return ErrnoOf(execl("/bin/true", "true", nullptr)); }},
      {"fork", [] { return ErrnoOf(fork()); }},
      {"ptrace", [] { return ErrnoOf(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
      {"kill-init", [] { return ErrnoOf(syscall(SYS_tgkill, 1, 1, SIGKILL)); }},
      {"kill-parent", [] { return ErrnoOf(kill(0, SIGKILL)); }},
      {"sendmsg", [] { return ErrnoOf(sendmsg(kWorkerSocket, nullptr, 0)); }},
      {"rename", [] { return ErrnoOf(rename("/tmp/a", "/tmp/b")); }},
      {"executable",
       [] {
         void* page =
             mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return ErrnoOf(page == MAP_FAILED ? -1 : 0);
       }},
      // Calls that are refused.
      {"open", [] { return ErrnoOf(open("/etc/passwd", O_RDONLY)); }},
      {"create", [] { return ErrnoOf(open("/tmp/counterscan-test", O_CREAT | O_WRONLY, 0600)); }},
      {"stat",
       [] {
         struct stat status = {};
         return ErrnoOf(stat("/etc/passwd", &status));
       }},
      {"mkdir", [] { return ErrnoOf(mkdir("/tmp/counterscan-test", 0700)); }},
      // Messages that no worker sends.
      {"garbage", [] { return SendRaw(std::string(4096, '\xff')), Spin(), Result(); }},
      {"too-large",
       [] { return SendFrame(FrameKind::kAnswers, "", kMessageBytes + 1), Spin(), Result(); }},
      {"half-message",
       [] { return SendFrame(FrameKind::kAnswers, "half", 1000), Spin(), Result(); }},
      {"empty-answers", [] { return SendFrame(FrameKind::kAnswers, ""), Spin(), Result(); }},
      {"ready-again",
       [] { return SendFrame(FrameKind::kReady, Encode(Ready{})), Spin(), Result(); }},
      {"failure",
       [] { return SendFrame(FrameKind::kFailure, Encode(Failure{})), Spin(), Result(); }},
      {"foreign-id",
       [] {
         ByteAnswer bytes;
         bytes.id = kForeignId;
         AnalysisAnswer analysis;
         analysis.id = kForeignId;
         const std::vector<std::string> both = {Encode(bytes), Encode(analysis)};
         for (const std::string& answer : both) {
           SendFrame(FrameKind::kAnswers,
                     EncodeBatch(std::array<std::string_view, 1>{answer}, false));
         }
         Spin();
         return Result();
       }},
      {"hang-up", [] { return close(kWorkerSocket), Spin(), Result(); }},
  };
  return kMisdeeds;
}

std::string Content(int descriptor) {
  std::array<std::byte, 64> bytes;
  struct stat status = {};
  if (fstat(descriptor, &status) != 0) return "unreadable";
  const auto got =
      FileSource(descriptor, static_cast<std::uint64_t>(status.st_size)).ReadAt(0, bytes);
  return got ? std::string(AsText(std::span(bytes).first(*got))) : "unreadable";
}

// "byte:segv" is only done in the byte pass, "segv" in both pools.
std::string Obey(std::string_view content, std::string_view pool) {
  if (content.starts_with(pool)) content.remove_prefix(pool.size());
  const auto misdeed = Misdeeds().find(content);
  return misdeed == Misdeeds().end() ? std::string(content) : misdeed->second();
}

// The groups of signatures that are wanted for a file, and those that have been loaded.
std::vector<std::uint32_t> Wanted(std::string_view content,
                                  const std::vector<std::uint32_t>& loaded) {
  constexpr std::uint32_t kGroup = 7;
  const bool has = std::find(loaded.begin(), loaded.end(), kGroup) != loaded.end();
  if (content == "wants for ever" || (content == "wants" && !has)) return {kGroup};
  return {};
}

ByteAnswer RunByteJob(const ByteJob& job, int descriptor, const OnBytesRead& on_bytes_read) {
  const std::string content = Content(descriptor);
  // What misbehaves here only boasts, too.
  on_bytes_read(content.starts_with("byte:") ? UINT64_MAX : content.size());
  ByteAnswer answer;
  answer.id = job.id;
  answer.bytes_read = content.size();
  answer.bytes_matched = job.match ? content.size() : 0;
  answer.signatures = {Obey(content, "byte:"), job.match ? "matched" : "not matched"};
  Digester digester(std::nullopt);
  digester.Update(AsBytes(content));
  answer.digests = digester.Finish();
  return answer;
}

AnalysisAnswer RunAnalysisJob(const AnalysisJob& job, int descriptor, const Limits&) {
  AnalysisAnswer answer;
  answer.id = job.id;
  answer.type = Obey(Content(descriptor), "analysis:");
  return answer;
}

// What the directory of signatures is called decides how loading them goes.
EngineReport LoadEngine(const Configuration& configuration) {
  EngineReport report;
  report.info.clamav_state = "lib";
  report.info.signatures = 7;
  report.info.database = configuration.database;
  if (configuration.database == "fails") {
    report.info.clamav_state = "failed";
    report.info.message = "no signatures in it";
    report.gaps.emplace_back().reason = GapReason::kEngineFailed;
  }
  if (configuration.database == "kills the zygote") raise(SIGKILL);
  if (configuration.database == "eats memory") throw std::bad_alloc();
  if (configuration.database == "no seccomp") {
    // As in a container that forbids the call.
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                     scmp_arg_cmp{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = 22, .datum_b = 0});
    seccomp_load(filter);
    seccomp_release(filter);
  }
  return report;
}

int Main() {
  const pid_t zygote = getpid();
  bool blind_in_workers = false;
  std::vector<std::uint32_t> loaded;
  const WorkerProgram program{
      .load_engine =
          [&](const Configuration& configuration, const OnLoadingPercent&) {
            blind_in_workers = configuration.database == "blind in workers";
            return LoadEngine(configuration);
          },
      .load_groups = [&](const std::vector<std::uint32_t>& groups) { loaded = groups; },
      .load_parser = [](const Configuration&) { return std::string("not here"); },
      .parser_self_test = [](const std::string&) { return false; },
      .run_parse_job = [](const AnalysisJob&, int) { return AnalysisAnswer(); },
      .self_test = [&] { return !blind_in_workers || getpid() == zygote; },
      .run_byte_job =
          [&](const ByteJob& job, int descriptor, const OnBytesRead& on_bytes_read) {
            ByteAnswer answer = RunByteJob(job, descriptor, on_bytes_read);
            answer.wanted_groups = Wanted(Content(descriptor), loaded);
            return answer;
          },
      .run_analysis_job =
          [](const AnalysisJob& job, int descriptor, const Configuration& configuration) {
            return RunAnalysisJob(job, descriptor, configuration.limits);
          },
      .run_members_job =
          [&](const AnalysisJob& job, int descriptor, const Limits& limits) {
            AnalysisAnswer answer = RunAnalysisJob(job, descriptor, limits);
            answer.wanted_groups = Wanted(Content(descriptor), loaded);
            return answer;
          },
  };
  return RunZygote(UniqueFd(kWorkerSocket), program);
}

}  // namespace
}  // namespace counterscan

// A crash shall look as it does without AddressSanitizer.
extern "C" const char* __asan_default_options() { return "handle_segv=0"; }

int main() { return counterscan::Main(); }
