#include "hubclient/listing.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "hubclient/file_status.h"
#include "hubclient/repo_id.h"

namespace counterscan {
namespace {

// The tree calls it "oid", information with blobs=true calls it "blobId" and "sha256".
const std::string* TextOf(const JsonValue& object, std::string_view name, std::string_view other) {
  const std::string* text = object.Text(name);
  return text != nullptr ? text : object.Text(other);
}

void ReadLfs(const JsonValue& lfs, HubEntry& entry) {
  if (lfs.IsNull()) return;
  entry.in_lfs = true;
  const std::string* sha256 = TextOf(lfs, "oid", "sha256");
  if (sha256 != nullptr && IsSha256(*sha256)) {
    entry.sha256 = *sha256;
  } else {
    entry.masked = true;
  }
  if (const auto size = lfs.Number("size")) entry.size = size;
  entry.pointer_size = lfs.Number("pointerSize");
}

HubEntry ReadEntry(const JsonValue& item, const ListingContext& context, const HubLimits& limits) {
  HubEntry entry;
  const std::string* path = TextOf(item, "path", "rfilename");
  if (path != nullptr && CheckRepoPath(*path)) entry.path = *path;
  const std::string* oid = TextOf(item, "oid", "blobId");
  if (oid != nullptr && IsCommit(*oid)) entry.oid = *oid;
  entry.size = item.Number("size");
  if (const JsonValue* lfs = item.Find("lfs")) ReadLfs(*lfs, entry);
  entry.pinned = context.pinned;
  entry.asked_at = context.asked_at;

  const bool has_status =
      item.Find("securityFileStatus") != nullptr || item.Find("security") != nullptr;
  entry.status_asked = context.status_asked || has_status;
  FileStatus status = ReadFileStatus(item, limits);
  entry.state = status.state;
  entry.reason = std::move(status.reason);
  entry.scanners = std::move(status.scanners);
  entry.notes = std::move(status.notes);
  if (!entry.status_asked) entry.reason = "the Hub was asked for this file without its status";
  if (entry.state == HubState::kSafe && !context.distrust.empty()) {
    entry.state = HubState::kUnreachable;
    entry.reason = context.distrust;
  }
  return entry;
}

// Directories have neither content nor a status; what has one is a file, whatever it is called.
bool IsDirectory(const JsonValue& item) {
  const std::string* type = item.Text("type");
  return type != nullptr && *type == "directory" && item.Find("securityFileStatus") == nullptr &&
         item.Find("security") == nullptr && item.Find("lfs") == nullptr &&
         item.Number("size").value_or(0) == 0;
}

}  // namespace

std::vector<HubEntry> ReadListing(const JsonValue& list, const ListingContext& context,
                                  const HubLimits& limits) {
  std::vector<HubEntry> entries;
  for (const JsonValue& item : list.items) {
    if (!item.IsObject() || entries.size() >= limits.entries) continue;
    if (IsDirectory(item)) continue;
    entries.push_back(ReadEntry(item, context, limits));
  }
  return entries;
}

std::string LfsPointer(std::string_view sha256, std::uint64_t size) {
  return fmt::format("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n", sha256,
                     size);
}

}  // namespace counterscan
