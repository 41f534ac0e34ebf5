#include "scanner/worker/sandbox_landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "scanner/base/fd.h"

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

}  // namespace

Result<int> CloseLandlock() {
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
  // No rule is added: nothing is allowed.
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) != 0) {
    return FailErrno("cannot close Landlock", errno);
  }
  return static_cast<int>(abi);
}

}  // namespace counterscan
