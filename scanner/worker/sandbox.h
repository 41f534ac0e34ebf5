// The sandbox of a worker, closed before it reads the first byte of a file.
//
// Layers, each of which holds when another fails:
// - limits on memory, files, processes and core dumps;
// - another user without groups or capabilities, when started as root;
// - Landlock: no path, no TCP, no signal or abstract socket outside;
// - seccomp: the list of system calls in sandbox_filter.cc; any other kills the process.
// Only seccomp is required. A worker uses the descriptors that it was handed and opens nothing, but
// for those that parse: they have a directory, for what libclamav unpacks, as long as Landlock (or
// another user) keeps them to it.
#pragma once

#include <cstdint>
#include <string>

#include "scanner/base/result.h"
#include "scanner/model/report.h"
#include "scanner/worker/messages.h"

namespace counterscan {

// Whom a worker becomes that was started as root: "nobody" on Debian, who owns no file.
inline constexpr unsigned kNobody = 65534;

struct SandboxOptions {
  Pool pool = Pool::kBytePass;
  bool enabled = true;             // false: only the limits
  std::uint64_t memory_bytes = 0;  // address space on top of what the process has now
  std::string temporary{};         // with Pool::kParse: the one directory that it keeps, to write
};

// For good: there is no way back. Fails when a required layer does not hold.
Result<SandboxInfo> CloseSandbox(const SandboxOptions& options);

// The same for the process that reads a directory of signatures which nobody trusts yet: it stays
// the user it is, and keeps two directories.
struct InspectionOptions {
  std::string database;  // to read
  std::string scratch;   // to write
  bool enabled = true;
};
Result<SandboxInfo> CloseInspectionSandbox(const InspectionOptions& options);

}  // namespace counterscan
