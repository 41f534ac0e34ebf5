#include "scanner/worker/sandbox_landlock.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "scanner/base/fd.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// As Documentation/userspace-api/landlock.rst has it. Debian 12's header ends at version 2, so
// neither its structure nor its names are used.
struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;
  std::uint64_t scoped = 0;
};
constexpr unsigned kCreateRulesetVersion = 1U << 0;

struct PathBeneath {
  std::uint64_t allowed_access = 0;
  std::int32_t parent_fd = -1;
} __attribute__((packed));
constexpr unsigned kRulePathBeneath = 1;

// Bits of handled_access_fs.
constexpr std::uint64_t kWriteFile = 1ULL << 1;
constexpr std::uint64_t kReadFile = 1ULL << 2;
constexpr std::uint64_t kReadDirectory = 1ULL << 3;
constexpr std::uint64_t kRemoveDirectory = 1ULL << 4;
constexpr std::uint64_t kRemoveFile = 1ULL << 5;
constexpr std::uint64_t kMakeDirectory = 1ULL << 7;
constexpr std::uint64_t kMakeFile = 1ULL << 8;
constexpr std::uint64_t kTruncate = 1ULL << 14;
constexpr std::uint64_t kReading = kReadFile | kReadDirectory;
constexpr std::uint64_t kWriting =
    kReading | kWriteFile | kRemoveDirectory | kRemoveFile | kMakeDirectory | kMakeFile | kTruncate;

// What each version of Landlock can take away, on top of those before.
struct VersionRow {
  int abi;
  RulesetAttributes adds;
};
constexpr auto kVersions = std::to_array<VersionRow>({
    // execute, read and write files, read directories, remove and make all kinds of entries
    {1, {.handled_access_fs = (1ULL << 13) - 1, .handled_access_net = 0, .scoped = 0}},
    // link and rename between directories
    {2, {.handled_access_fs = 1ULL << 13, .handled_access_net = 0, .scoped = 0}},
    // truncate
    {3, {.handled_access_fs = 1ULL << 14, .handled_access_net = 0, .scoped = 0}},
    // bind and connect TCP
    {4, {.handled_access_fs = 0, .handled_access_net = 3, .scoped = 0}},
    // ioctl of devices
    {5, {.handled_access_fs = 1ULL << 15, .handled_access_net = 0, .scoped = 0}},
    // abstract Unix sockets and signals
    {6, {.handled_access_fs = 0, .handled_access_net = 0, .scoped = 3}},
});

Result<void> Allow(const UniqueFd& ruleset, const std::string& directory, std::uint64_t access) {
  const UniqueFd parent(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!parent) return FailErrno("cannot open " + Printable(directory), errno);
  const PathBeneath rule{.allowed_access = access, .parent_fd = parent.get()};
  if (syscall(SYS_landlock_add_rule, ruleset.get(), kRulePathBeneath, &rule, 0U) != 0) {
    return FailErrno("no Landlock rule", errno);
  }
  return {};
}

}  // namespace

Result<int> CloseLandlock(const LandlockPaths& stay) {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, kCreateRulesetVersion);
  if (abi < 1) return FailErrno("no Landlock", errno);
  RulesetAttributes attributes;
  for (const VersionRow& row : kVersions) {
    if (row.abi > abi) break;
    attributes.handled_access_fs |= row.adds.handled_access_fs;
    attributes.handled_access_net |= row.adds.handled_access_net;
    attributes.scoped |= row.adds.scoped;
  }
  // A kernel that knows a shorter structure takes a longer one whose rest is zero.
  const UniqueFd ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0U)));
  if (!ruleset) return FailErrno("no Landlock rule set", errno);
  // What no rule allows is refused.
  for (const std::string& directory : stay.read) {
    TRY(Allow(ruleset, directory, kReading & attributes.handled_access_fs));
  }
  for (const std::string& directory : stay.write) {
    TRY(Allow(ruleset, directory, kWriting & attributes.handled_access_fs));
  }
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) != 0) {
    return FailErrno("cannot close Landlock", errno);
  }
  return static_cast<int>(abi);
}

}  // namespace counterscan
