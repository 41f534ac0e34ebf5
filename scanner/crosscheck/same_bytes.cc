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

SameBytesFinder::SameBytesFinder(const FileReport& file, const HubAnswers& answers) : file_(file) {
  if (file.sha256.empty() || !answers.has_masked()) return;
  pointer_oid_ = GitBlobSha1Hex(LfsPointer(file.sha256, file.size));
}

std::vector<SameBytes> SameBytesFinder::In(const HubBlobs& blobs) const {
  std::vector<SameBytes> found;
  const auto add = [&](const HubBlobs::List& list) {
    for (const HubBlobs::Alike& alike : list) {
      const Sameness sameness = Compare(file_, *alike.first.entry);
      if (sameness == Sameness::kSame || sameness == Sameness::kPointer) {
        found.push_back({alike.first, alike.count, sameness});
      }
    }
  };
  if (!file_.sha256.empty()) add(blobs.WithSha256(file_.sha256));
  if (!pointer_oid_.empty()) {
    // Entries with a known SHA-256 were found by it.
    for (const HubBlobs::Alike& alike : blobs.WithOid(pointer_oid_)) {
      const HubEntry& entry = *alike.first.entry;
      if (entry.masked && entry.in_lfs) found.push_back({alike.first, alike.count});
    }
  }
  if (file_.git_sha1) add(blobs.WithOid(*file_.git_sha1));
  return found;
}

}  // namespace counterscan
