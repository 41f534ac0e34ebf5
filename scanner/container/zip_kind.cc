#include "scanner/container/zip_kind.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory_resource>
#include <unordered_set>
#include <utility>

#include "scanner/base/text.h"

namespace counterscan::container {
namespace {

using detect::FileType;

constexpr std::string_view kDataPickle = "data.pkl";
// In small letters: torch does not regard the case of its records.
const std::string kExternModules = ".data/extern_modules";
const std::string kMarManifest = "mar-inf/manifest.json";
const std::string kJarManifest = "meta-inf/manifest.mf";

// Names in a set that does not regard the case of their letters.
struct LowerHash {
  std::size_t operator()(std::string_view name) const {
    std::array<char, 256> lower;
    if (name.size() > lower.size()) return std::hash<std::string>()(AsciiLower(name));
    std::ranges::transform(name, lower.begin(), LowerOf);
    return std::hash<std::string_view>()({lower.data(), name.size()});
  }
};
struct LowerEqual {
  bool operator()(std::string_view a, std::string_view b) const {
    return std::ranges::equal(a, b, {}, LowerOf, LowerOf);
  }
};
using LowerNames = std::pmr::unordered_set<std::string_view, LowerHash, LowerEqual>;

// Room for the names of most archives; more comes from the heap.
struct NamePool {
  std::array<std::byte, 8192> room;
  std::pmr::monotonic_buffer_resource memory{room.data(), room.size()};
};

// What is left of `name` behind root and folder, whatever the case of its letters; "" when it does
// not begin so.
std::string_view Behind(std::string_view name, std::string_view root, std::string_view folder) {
  if (!StartsWithLower(name, root) || !StartsWithLower(name.substr(root.size()), folder)) return {};
  return name.substr(root.size() + folder.size());
}

}  // namespace

void ZipKind::Add(FileType kind, std::string root) {
  if (kinds_.none()) type_ = kind;
  kinds_.set(static_cast<std::size_t>(kind));
  if (kind == FileType::kTorchZip || kind == FileType::kTorchScript) {
    checkpoint_root_ = std::move(root);
  } else if (kind == FileType::kTorchPackage) {
    package_root_ = std::move(root);
  }
}

bool ZipKind::IsStorage(std::string_view name) const {
  const bool package = Is(FileType::kTorchPackage);
  if (IsCheckpoint() == package) return false;
  const auto is_key = [](std::string_view key) {
    return !key.empty() && key.find_first_of("/\\.") == std::string_view::npos;
  };
  if (package) {
    // torch/package/package_exporter.py: ".data/<key>.storage".
    constexpr std::string_view kSuffix = ".storage";
    const std::string_view record = Behind(name, package_root_, ".data/");
    return EndsWithLower(record, kSuffix) &&
           is_key(record.substr(0, record.size() - kSuffix.size()));
  }
  // torch/serialization.py: "data/<key>". torch/csrc/jit/serialization/export_module.cpp: the
  // tensors of constants.pkl stand in "constants/"; without that pickle nothing reads there.
  return is_key(Behind(name, checkpoint_root_, "data/")) ||
         (Is(FileType::kTorchScript) && is_key(Behind(name, checkpoint_root_, "constants/")));
}

std::optional<FileType> ZipKind::UnjudgedCode(std::string_view name) const {
  if (Is(FileType::kKeras) && name == "config.json") return FileType::kKeras;
  if (Is(FileType::kSkops) && name == "schema.json") return FileType::kSkops;
  if (Is(FileType::kTorchExport) && EndsWithLower(name, ".json")) return FileType::kTorchExport;
  return std::nullopt;
}

std::vector<std::string> ZipKind::CodeThatRuns(const std::vector<ZipMember>& members) {
  const auto is = [](std::string_view name, std::string_view lower) {
    return name.size() == lower.size() && StartsWithLower(name, lower);
  };
  const bool runs = std::ranges::any_of(members, [&](const ZipMember& member) {
    const std::string& name = member.name();
    return is(name, kMarManifest) || is(name, kExternModules) ||
           EndsWithLower(name, "/" + kExternModules);
  });
  std::vector<std::string> code;
  if (!runs) return code;
  for (const ZipMember& member : members) {
    const std::string& name = member.name();
    if (EndsWithLower(name, ".py") || EndsWithLower(name, ".pyc")) code.push_back(name);
  }
  return code;
}

std::vector<std::string> NamesTorchTakesForOne(const std::vector<ZipMember>& members) {
  NamePool pool;
  LowerNames first(members.size(), LowerHash{}, LowerEqual{}, &pool.memory);
  std::vector<std::string> names;
  for (const ZipMember& member : members) {
    const auto [other, is_new] = first.insert(member.name());
    if (!is_new && *other != member.name()) names.push_back(member.name());
  }
  return names;
}

ZipKind KindOf(const std::vector<ZipMember>& members) {
  NamePool pool;
  LowerNames names(members.size(), LowerHash{}, LowerEqual{}, &pool.memory);
  for (const ZipMember& member : members) names.insert(member.name());
  const auto has = [&](std::string_view name) { return names.contains(name); };

  ZipKind kind;
  for (const ZipMember& member : members) {
    if (!EndsWithLower(member.name(), kDataPickle)) continue;
    std::string root = AsciiLower(member.name());
    root.resize(root.size() - kDataPickle.size());
    if (!root.empty() && !root.ends_with('/')) continue;
    // Without its version a data.pkl is just a pickle in a zip, and torch refuses it.
    if (!has(root + "version") && !has(root + ".data/version")) continue;
    const bool script = has(root + "constants.pkl");
    kind.Add(script ? FileType::kTorchScript : FileType::kTorchZip, std::move(root));
    break;
  }
  for (const ZipMember& member : members) {
    const std::string& name = member.name();
    if (!kind.Is(FileType::kTorchPackage) && EndsWithLower(name, kExternModules)) {
      kind.Add(FileType::kTorchPackage,
               AsciiLower(name.substr(0, name.size() - kExternModules.size())));
    }
    // torch.export, from 2.7 on (pt2_archive_constants.py) and before.
    for (const std::string_view mark : {"archive_format", "serialized_exported_program.json"}) {
      if (!EndsWithLower(name, mark)) continue;
      const std::string_view root = std::string_view(name).substr(0, name.size() - mark.size());
      if (root.empty() || root.find('/') == root.size() - 1) kind.Add(FileType::kTorchExport);
    }
  }
  if (has(kMarManifest)) kind.Add(FileType::kTorchMar);
  if (has("config.json") && (has("metadata.json") || has("model.weights.h5"))) {
    kind.Add(FileType::kKeras);
  }
  if (has("schema.json")) kind.Add(FileType::kSkops);
  const auto is_array = [](const ZipMember& member) { return member.name().ends_with(".npy"); };
  if (!members.empty() && std::ranges::all_of(members, is_array)) kind.Add(FileType::kNpz);
  if (has(kJarManifest)) kind.Add(FileType::kJar);
  return kind;
}

}  // namespace counterscan::container
