#include "scanner/worker/sandbox.h"

#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>

#include "scanner/base/limits.h"
#include "scanner/worker/sandbox_filter.h"
#include "scanner/worker/sandbox_landlock.h"

namespace counterscan {
namespace {

// AddressSanitizer reserves terabytes, and its reports may go to a file.
#ifdef COUNTERSCAN_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Two batches of descriptors on their way, and the worker's own.
constexpr rlim_t kDescriptors = 512;
// Assumed size of the process where /proc is not mounted.
constexpr std::uint64_t kUnknownProcessBytes = 2 * kGiB;
// An engine with all of ClamAV's signatures takes less than one.
constexpr std::uint64_t kInspectionMemoryBytes = 4 * kGiB;

Result<void> Limit(__rlimit_resource resource, rlim_t value, const char* what) {
  const rlimit limit{.rlim_cur = value, .rlim_max = value};
  if (setrlimit(resource, &limit) != 0) return FailErrno(what, errno);
  return {};
}

std::uint64_t AddressSpaceNow() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0;
  if (!(file >> pages)) return kUnknownProcessBytes;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Result<void> SetLimits(std::uint64_t memory_bytes, std::uint64_t file_bytes) {
  if (!kSanitized) {
    TRY(Limit(RLIMIT_AS, AddressSpaceNow() + memory_bytes, "cannot limit memory"));
    TRY(Limit(RLIMIT_FSIZE, file_bytes, "cannot limit file sizes"));
  }
  TRY(Limit(RLIMIT_CORE, 0, "cannot forbid core dumps"));
  TRY(Limit(RLIMIT_NPROC, 0, "cannot limit processes"));
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return FailErrno("cannot limit descriptors", errno);
  return Limit(RLIMIT_NOFILE, std::min(files.rlim_max, kDescriptors), "cannot limit descriptors");
}

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

Capabilities GetCapabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  Capabilities capabilities{};
  syscall(SYS_capget, &header, capabilities.data());
  return capabilities;
}

bool HasCapability(const Capabilities& capabilities, int capability) {
  const auto bit = static_cast<unsigned>(capability);
  return (capabilities[CAP_TO_INDEX(bit)].effective & CAP_TO_MASK(bit)) != 0;
}

void ClearCapabilities() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const Capabilities none{};
  syscall(SYS_capset, &header, none.data());
}

bool HasNoCapabilities() {
  for (const auto& word : GetCapabilities()) {
    if (word.effective != 0 || word.permitted != 0) return false;
  }
  return true;
}

// Without CAP_KILL the parent could not stop a worker of another user: then it stays this user's.
void BecomeNobody(std::string& note) {
  if (geteuid() != 0) return;
  const Capabilities capabilities = GetCapabilities();
  for (const int needed : {CAP_SETUID, CAP_SETGID, CAP_KILL}) {
    if (!HasCapability(capabilities, needed)) {
      note = "root without the capabilities to become another user";
      return;
    }
  }
  if (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
      setresuid(kNobody, kNobody, kNobody) != 0) {
    note = FailErrno("could not become another user", errno).value().message;
  }
  // Becoming another user clears the signal that ends a worker with its zygote (prctl(2)): without
  // it, a worker that never returns from a file would outlive the program. A zygote that died in
  // between left it to init.
  const pid_t zygote = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (zygote == 1 || getppid() != zygote) _exit(0);
}

// A change of user makes the kernel forget that this process shall die with its parent (prctl(2)).
Result<void> DieWithParent(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return FailErrno("cannot die with the parent", errno);
  if (getppid() != parent) return Fail(ErrorCode::kIo, "the parent died meanwhile");
  return {};
}

// The layers that close last. `unbounded`: what remains of `files` where there is no Landlock.
Result<void> CloseLayers(const LandlockPaths& paths, FileCalls files, FileCalls unbounded,
                         SandboxInfo& info) {
  if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return FailErrno("cannot give up privileges", errno);
  }
  const auto landlock_abi = CloseLandlock(paths);
  if (landlock_abi) {
    info.landlock = true;
    info.landlock_abi = *landlock_abi;
  } else {
    info.note = landlock_abi.error().message;
  }
  TRY(CloseSystemCalls(info.landlock ? files : unbounded));
  info.seccomp = true;
  return {};
}

}  // namespace

Result<SandboxInfo> CloseSandbox(const SandboxOptions& options) {
  SandboxInfo info;
  const bool parses = options.pool == Pool::kParse;
  const std::uint64_t file_bytes = parses ? kLargestParsed : 0;
  if (!options.enabled) {
    TRY(SetLimits(options.memory_bytes, file_bytes));
    info.note = "switched off";
    return info;
  }
  const pid_t parent = getppid();
  BecomeNobody(info.note);
  TRY(DieWithParent(parent));
  ClearCapabilities();
  info.unprivileged = HasNoCapabilities();
  TRY(SetLimits(options.memory_bytes, file_bytes));
  LandlockPaths paths;
  if (parses) paths.write.push_back(options.temporary);
  const FileCalls files = parses                            ? FileCalls::kAllowed
                          : options.pool == Pool::kAnalysis ? FileCalls::kRefused
                                                            : FileCalls::kPretended;
  // Who parses, and could write wherever this user may, gets no files at all.
  const bool bounded_by_user = geteuid() == kNobody;
  TRY(CloseLayers(paths, files, parses && !bounded_by_user ? FileCalls::kRefused : files, info));
  return info;
}

Result<SandboxInfo> CloseInspectionSandbox(const InspectionOptions& options) {
  SandboxInfo info;
  TRY(SetLimits(kInspectionMemoryBytes, kSignatureFileBytes));
  if (!options.enabled) {
    info.note = "switched off";
    return info;
  }
  ClearCapabilities();
  info.unprivileged = HasNoCapabilities();
  LandlockPaths paths;
  if (!options.database.empty()) paths.read.push_back(options.database);
  if (!options.scratch.empty()) paths.write.push_back(options.scratch);
  TRY(CloseLayers(paths, FileCalls::kAllowed, FileCalls::kAllowed, info));
  return info;
}

}  // namespace counterscan
