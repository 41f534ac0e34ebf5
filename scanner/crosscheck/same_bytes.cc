#include "scanner/crosscheck/same_bytes.h"

#include <algorithm>

#include "hubclient/listing.h"
#include "scanner/base/digest.h"

namespace counterscan {
namespace {

// True for what may be the pointer to this entry's content, when no hash tells.
bool MayBePointer(const FileReport& file, const HubEntry& entry) {
  if (!entry.in_lfs || file.git_sha1) return false;
  return entry.pointer_size ? *entry.pointer_size == file.size : IsPointer(file);
}

Sameness CompareSizes(const FileReport& file, const HubEntry& entry) {
  if (!entry.size || *entry.size == file.size || MayBePointer(file, entry)) {
    return Sameness::kUnknown;
  }
  return Sameness::kDifferent;
}

Sameness CompareMasked(const FileReport& file, const HubEntry& entry) {
  if (file.sha256.empty() || entry.oid.empty()) return CompareSizes(file, entry);
  const std::string pointer = LfsPointer(file.sha256, file.size);
  if (GitBlobSha1Hex(pointer) == entry.oid) return Sameness::kSame;
  if (CompareSizes(file, entry) == Sameness::kDifferent) return Sameness::kDifferent;
  // Pointers may hold more lines than these three. One of just this length holds another hash.
  return entry.pointer_size == pointer.size() ? Sameness::kDifferent : Sameness::kUnknown;
}

}  // namespace

bool IsPointer(const FileReport& file) {
  return std::any_of(file.gaps.begin(), file.gaps.end(), [](const Gap& gap) {
    return gap.reason == GapReason::kPointer && gap.where.empty();
  });
}

Sameness Compare(const FileReport& file, const HubEntry& entry) {
  if (entry.in_lfs) {
    if (!entry.oid.empty() && file.git_sha1 == entry.oid) return Sameness::kPointer;
    if (entry.sha256.empty()) return CompareMasked(file, entry);
    if (file.sha256.empty()) return CompareSizes(file, entry);
    return file.sha256 == entry.sha256 ? Sameness::kSame : Sameness::kDifferent;
  }
  if (entry.oid.empty() || !file.git_sha1) return CompareSizes(file, entry);
  return *file.git_sha1 == entry.oid ? Sameness::kSame : Sameness::kDifferent;
}

std::vector<SameBytes> FindSameBytes(const FileReport& file, const HubAnswers& answers) {
  std::vector<SameBytes> found;
  const auto add = [&](const HubAnswers::Hits& hits) {
    for (const HubAnswers::Hit& hit : hits) {
      const Sameness sameness = Compare(file, *hit.entry);
      if (sameness == Sameness::kSame || sameness == Sameness::kPointer) {
        found.push_back({hit, sameness});
      }
    }
  };
  if (!file.sha256.empty()) {
    add(answers.WithSha256(file.sha256));
    if (answers.has_masked()) {
      // Entries with a known SHA-256 were found by it.
      for (const HubAnswers::Hit& hit :
           answers.WithOid(GitBlobSha1Hex(LfsPointer(file.sha256, file.size)))) {
        if (hit.entry->masked && hit.entry->in_lfs) found.push_back({hit, Sameness::kSame});
      }
    }
  }
  if (file.git_sha1) add(answers.WithOid(*file.git_sha1));
  return found;
}

}  // namespace counterscan
