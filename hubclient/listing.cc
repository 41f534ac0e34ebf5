#include "hubclient/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "hubclient/file_status.h"
#include "hubclient/repo_id.h"
#include "scanner/base/digest.h"
#include "scanner/base/text.h"

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
  if (sha256 != nullptr) entry.sha256 = Sha256From(*sha256).value_or("");
  entry.masked = entry.sha256.empty();
  if (const auto size = lfs.Number("size")) entry.size = size;
  entry.pointer_size = lfs.Number("pointerSize");
}

bool Differ(const JsonValue& object, std::string_view name, std::string_view other) {
  const std::string* one = object.Text(name);
  const std::string* two = object.Text(other);
  return one != nullptr && two != nullptr && *one != *two;
}

bool IsWholeNumber(const JsonValue* value) { return value != nullptr && value->number; }

// The dialect until 2024 says whose status it is. That of another blob is none of this one.
std::string OwnerFlaw(const JsonValue& item, const HubEntry& entry, const ListingContext& context) {
  for (const std::string_view key : {"security", "securityFileStatus"}) {
    const JsonValue* status = item.Object(key);
    if (status == nullptr) continue;
    for (const std::string_view owner : {"blobId", "name", "repositoryId"}) {
      const JsonValue* whose = status->Find(owner);
      if (whose != nullptr && !whose->IsNull() && whose->kind != JsonValue::Kind::kString) {
        return "it is not said whose its status is";
      }
    }
    const std::string* blob = status->Text("blobId");
    if (blob != nullptr && AsciiLower(*blob) != entry.oid) return "its status is of another blob";
    for (const auto& [scanner, word] : status->members) {
      const std::string* scanned = word.Text("blobId");
      if (scanned != nullptr && AsciiLower(*scanned) != entry.oid) {
        return "the word of one of its scanners is of another blob";
      }
    }
    const std::string* name = status->Text("name");
    if (name != nullptr && *name != entry.path) return "its status is of another path";
    const std::string* repo = status->Text("repositoryId");
    if (repo == nullptr || context.names.empty()) continue;
    const bool known =
        std::any_of(context.names.begin(), context.names.end(), [&](const RepoId& id) {
          return AsciiLower(*repo) == AsciiLower(fmt::format("{}/{}", PluralName(id.type), id.id));
        });
    if (!known) return "its status is of another repository";
  }
  return "";
}

// See HubEntry::flaw.
std::string FlawOf(const JsonValue& item, const HubEntry& entry, const ListingContext& context) {
  if (context.is_file_list) {
    if (entry.path.empty()) return "it has no path that a file can have";
    if (entry.oid.empty()) return "it names no blob";
  }
  if (Differ(item, "path", "rfilename")) return "it has two paths";
  if (Differ(item, "oid", "blobId")) return "it has two blobs";
  const std::string* type = item.Text("type");
  if (type != nullptr && *type != "file") return "it is not called a file";
  const JsonValue* size = item.Find("size");
  if (size != nullptr && !IsWholeNumber(size)) return "its size is none";
  if (const JsonValue* lfs = item.Object("lfs")) {
    const JsonValue* inner = lfs->Find("size");
    if (inner != nullptr && !IsWholeNumber(inner)) return "its size is none";
    if (IsWholeNumber(size) && IsWholeNumber(inner) && *size->number != *inner->number) {
      return "it has two sizes";
    }
  }
  // The Hub's results belong to the blob; of a file in LFS that is the pointer, which holds the
  // SHA-256. Only a pointer of the usual three lines can be made again.
  if (entry.in_lfs && !entry.sha256.empty() && !entry.oid.empty() && entry.size) {
    const std::string pointer = LfsPointer(entry.sha256, *entry.size);
    if (entry.pointer_size == pointer.size() && GitBlobSha1Hex(pointer) != entry.oid) {
      return "its blob is not the pointer to its SHA-256";
    }
  }
  return OwnerFlaw(item, entry, context);
}

HubEntry ReadEntry(const JsonValue& item, const ListingContext& context, const HubLimits& limits) {
  HubEntry entry;
  const std::string* path = TextOf(item, "path", "rfilename");
  if (path != nullptr) (IsGitPath(*path) ? entry.path : entry.written_path) = *path;
  const std::string* oid = TextOf(item, "oid", "blobId");
  if (oid != nullptr) entry.oid = CommitFrom(*oid).value_or("");
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
    entry.state = HubState::kMissing;
    entry.reason = context.distrust;
  }
  entry.flaw = FlawOf(item, entry, context);
  if (!entry.flaw.empty() && entry.state == HubState::kSafe) {
    entry.state = HubState::kMissing;
    entry.reason = "the Hub's entry for it is malformed: " + entry.flaw;
  }
  return entry;
}

// Directories have neither content nor a status; what has one is a file, whatever it is called.
bool IsDirectory(const JsonValue& item) {
  const std::string* type = item.Text("type");
  return type != nullptr && *type == "directory" && item.Find("securityFileStatus") == nullptr &&
         item.Find("security") == nullptr && item.Find("lfs") == nullptr &&
         item.Number("size").value_or(0) == 0 && FlagBesideStatus(item).empty();
}

}  // namespace

Listing ReadListing(const JsonValue& list, const ListingContext& context, const HubLimits& limits) {
  Listing listing;
  for (const JsonValue& item : list.items) {
    if (!item.IsObject()) continue;
    if (IsDirectory(item)) {
      if (listing.folders.size() >= limits.entries) continue;
      const std::string* path = item.Text("path");
      listing.folders.push_back(path != nullptr && IsGitPath(*path) ? *path : std::string());
    } else if (listing.files.size() < limits.entries) {
      listing.files.push_back(ReadEntry(item, context, limits));
    }
  }
  return listing;
}

std::string LfsPointer(std::string_view sha256, std::uint64_t size) {
  return fmt::format("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n", sha256,
                     size);
}

}  // namespace counterscan
