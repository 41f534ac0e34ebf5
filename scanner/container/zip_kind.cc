#include "scanner/container/zip_kind.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "scanner/base/text.h"

namespace counterscan::container {
namespace {

using detect::FileType;

constexpr std::string_view kDataPickle = "data.pkl";
// In small letters: torch does not regard the case of its records.
const std::string kExternModules = ".data/extern_modules";
const std::string kMarManifest = "mar-inf/manifest.json";
const std::string kJarManifest = "meta-inf/manifest.mf";

// What is left of `name` behind root and folder, whatever the case of its letters; "" when it does
// not begin so.
std::string_view Behind(std::string_view name, std::string_view root, std::string_view folder) {
  if (!StartsWithLower(name, root) || !StartsWithLower(name.substr(root.size()), folder)) return {};
  return name.substr(root.size() + folder.size());
}

}  // namespace

bool ZipKind::IsTorch() const {
  return type == FileType::kTorchZip || type == FileType::kTorchScript ||
         type == FileType::kTorchPackage;
}

bool ZipKind::IsStorage(std::string_view name) const {
  if (!IsTorch()) return false;
  // torch/serialization.py: "data/<key>"; caffe2/serialize and jit: "constants/<n>";
  // torch.package: ".data/<key>.storage".
  for (const std::string_view folder : {"data/", "constants/"}) {
    const std::string_view key = Behind(name, root, folder);
    if (!key.empty() && key.find_first_of("/\\") == std::string_view::npos) return true;
  }
  const std::string_view key = Behind(name, root, ".data/");
  return EndsWithLower(key, ".storage") && key.find_first_of("/\\") == std::string_view::npos;
}

bool ZipKind::IsUnjudgedCode(std::string_view name) const {
  switch (type) {
    case FileType::kKeras:
      return name == "config.json";
    case FileType::kSkops:
      return name == "schema.json";
    case FileType::kTorchExport:
      return AsciiLower(name).ends_with(".json");
    default:
      return false;
  }
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
  std::unordered_map<std::string, std::string_view> first;
  std::vector<std::string> names;
  for (const ZipMember& member : members) {
    const auto [other, is_new] = first.emplace(AsciiLower(member.name()), member.name());
    if (!is_new && other->second != member.name()) names.push_back(member.name());
  }
  return names;
}

ZipKind KindOf(const std::vector<ZipMember>& members) {
  std::unordered_set<std::string> names;
  names.reserve(members.size());
  for (const ZipMember& member : members) names.insert(AsciiLower(member.name()));
  const auto has = [&](const std::string& name) { return names.contains(name); };

  for (const ZipMember& member : members) {
    const std::string name = AsciiLower(member.name());
    if (!name.ends_with(kDataPickle)) continue;
    const std::string root = name.substr(0, name.size() - kDataPickle.size());
    if (!root.empty() && !root.ends_with('/')) continue;
    // Without its version a data.pkl is just a pickle in a zip, and torch refuses it.
    if (!has(root + "version") && !has(root + ".data/version")) continue;
    const bool script = has(root + "constants.pkl");
    return {script ? FileType::kTorchScript : FileType::kTorchZip, root};
  }
  for (const ZipMember& member : members) {
    const std::string name = AsciiLower(member.name());
    if (name.ends_with(kExternModules)) {
      return {FileType::kTorchPackage, name.substr(0, name.size() - kExternModules.size())};
    }
    // torch.export, from 2.7 on (pt2_archive_constants.py) and before.
    for (const std::string_view mark : {"archive_format", "serialized_exported_program.json"}) {
      if (!name.ends_with(mark)) continue;
      const std::string root = name.substr(0, name.size() - mark.size());
      if (root.empty() || root.find('/') == root.size() - 1) return {FileType::kTorchExport, root};
    }
  }
  if (has(kMarManifest)) return {FileType::kTorchMar, ""};
  if (has("config.json") && (has("metadata.json") || has("model.weights.h5"))) {
    return {FileType::kKeras, ""};
  }
  if (has("schema.json")) return {FileType::kSkops, ""};
  const auto is_array = [](const ZipMember& member) { return member.name().ends_with(".npy"); };
  if (!members.empty() && std::ranges::all_of(members, is_array)) return {FileType::kNpz, ""};
  if (has(kJarManifest)) return {FileType::kJar, ""};
  return {};
}

}  // namespace counterscan::container
