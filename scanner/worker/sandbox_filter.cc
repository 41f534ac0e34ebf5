#include "scanner/worker/sandbox_filter.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <initializer_list>
#include <memory>
#include <span>

namespace counterscan {
namespace {

// Work on memory, on descriptors that were handed over, and the process's own end. There is no
// sendmsg, so that descriptors only ever come in.
constexpr auto kAllowed = std::to_array<int>({
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(recvmsg),
    SCMP_SYS(write),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(sysinfo),  // qsort of the C library asks how much memory there is
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
#ifdef COUNTERSCAN_SANITIZED  // which look at themselves
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getuid),
    SCMP_SYS(prctl),
    SCMP_SYS(writev),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(ioctl),
#endif
});

// Libraries ask and live with a "no": time zones, temporary files, settings.
constexpr auto kRefused = std::to_array<int>({
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
});

// libclamav 1.4 makes a temporary directory for each match, even of memory, and answers "clean"
// unread when it cannot. Nothing is ever put there by a match that parses nothing, so it is told
// that it was made. In a worker that unpacks this would turn unpacking into silence: there it is
// refused.
constexpr auto kPretended = std::to_array<int>({
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
});

// Landlock bounds no change of a file's mode. What unpacks makes its files with the mode they need,
// and is told that it got what it asked for.
constexpr auto kModes = std::to_array<int>({
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
});

// What unpacking and loading do besides, where there is a directory for it.
constexpr auto kWithFiles = std::to_array<int>({
    SCMP_SYS(getdents64),
    SCMP_SYS(ftruncate),
    SCMP_SYS(pwrite64),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(dup),
    SCMP_SYS(umask),
    SCMP_SYS(memfd_create),
    SCMP_SYS(fadvise64),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
});

class Filter {
 public:
  static Result<Filter> Create() {
    Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
    if (filter.context_ == nullptr) return Fail(ErrorCode::kIo, "no seccomp filter");
    // System calls of another architecture (32-bit, x32) have other numbers.
    if (const int error =
            seccomp_attr_set(filter.context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
        error != 0) {
      return FailErrno("seccomp attribute", -error);
    }
    return filter;
  }

  void Add(std::span<const int> calls, std::uint32_t action) {
    for (const int call : calls) Add(call, action, {});
  }
  void Add(int call, std::uint32_t action, std::initializer_list<scmp_arg_cmp> conditions) {
    // Calls that this architecture does not have are passed over by the library.
    const int error = seccomp_rule_add_array(
        context_.get(), action, call, static_cast<unsigned>(conditions.size()), conditions.begin());
    if (error != 0 && error_ == 0) error_ = error;
  }

  Result<void> Load() {
    if (error_ != 0) return FailErrno("seccomp rule", -error_);
    if (const int error = seccomp_load(context_.get()); error != 0) {
      return FailErrno("seccomp is not to be had", -error);
    }
    return {};
  }

 private:
  struct Release {
    void operator()(void* context) const { seccomp_release(context); }
  };
  explicit Filter(scmp_filter_ctx context) : context_(context) {}

  std::unique_ptr<void, Release> context_;
  int error_ = 0;
};

scmp_arg_cmp MaskedEqual(unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}
scmp_arg_cmp Equal(unsigned argument, scmp_datum_t value) {
  return {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

}  // namespace

Result<void> CloseSystemCalls(FileCalls files) {
  Filter filter = TRY(Filter::Create());
  const std::uint32_t refuse = SCMP_ACT_ERRNO(EACCES);
  const bool with_files = files == FileCalls::kAllowed;
  filter.Add(kAllowed, SCMP_ACT_ALLOW);
  filter.Add(kRefused, with_files ? SCMP_ACT_ALLOW : refuse);
  filter.Add(kPretended, with_files                       ? SCMP_ACT_ALLOW
                         : files == FileCalls::kPretended ? SCMP_ACT_ERRNO(0)
                                                          : refuse);
  filter.Add(kModes, files == FileCalls::kRefused ? refuse : SCMP_ACT_ERRNO(0));
  if (with_files) {
    filter.Add(kWithFiles, SCMP_ACT_ALLOW);
    // Whether what it opened is a terminal is asked by libclamav's reader of YARA rules.
    filter.Add(SCMP_SYS(ioctl), SCMP_ACT_ERRNO(ENOTTY), {Equal(1, TCGETS)});
    // Times of what is open; a path would be out of Landlock's reach.
    filter.Add(SCMP_SYS(utimensat), SCMP_ACT_ALLOW, {Equal(1, 0)});
    // Flags of descriptors and copies of them; no signals, leases or notices of changes.
    for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL}) {
      filter.Add(SCMP_SYS(fcntl), SCMP_ACT_ALLOW, {Equal(1, static_cast<scmp_datum_t>(command))});
    }
  }
  // Memory is never made executable.
  filter.Add(SCMP_SYS(mmap), SCMP_ACT_ALLOW, {MaskedEqual(2, PROT_EXEC, 0)});
  filter.Add(SCMP_SYS(mprotect), SCMP_ACT_ALLOW, {MaskedEqual(2, PROT_EXEC, 0)});
  // fstat() of this C library is newfstatat() with an empty path.
  if (with_files) {
    filter.Add(SCMP_SYS(newfstatat), SCMP_ACT_ALLOW, {});
  } else {
    filter.Add(SCMP_SYS(newfstatat), SCMP_ACT_ALLOW,
               {MaskedEqual(3, AT_EMPTY_PATH, AT_EMPTY_PATH)});
    filter.Add(SCMP_SYS(newfstatat), refuse, {MaskedEqual(3, AT_EMPTY_PATH, 0)});
  }
  // abort() signals itself, and nobody else.
  filter.Add(SCMP_SYS(tgkill), SCMP_ACT_ALLOW, {Equal(0, static_cast<scmp_datum_t>(getpid()))});
  return filter.Load();
}

}  // namespace counterscan
