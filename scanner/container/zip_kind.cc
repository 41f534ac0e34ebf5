#include "scanner/container/zip_kind.h"

#include <algorithm>
#include <unordered_set>

namespace counterscan::container {
namespace {

using detect::FileType;

constexpr std::string_view kDataPickle = "data.pkl";

// What is left of `name` behind `prefix`, or "" when it does not begin so.
std::string_view Behind(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
}

}  // namespace

bool ZipKind::IsStorage(std::string_view name) const {
  const bool torch = type == FileType::kTorchZip || type == FileType::kTorchScript ||
                     type == FileType::kTorchPackage;
  if (!torch) return false;
  // torch/serialization.py: "data/<key>"; caffe2/serialize and jit: "constants/<n>";
  // torch.package: ".data/<key>.storage".
  for (const std::string_view folder : {"data/", "constants/"}) {
    const std::string_view key = Behind(name, root + std::string(folder));
    if (!key.empty() && key.find_first_of("/\\") == std::string_view::npos) return true;
  }
  const std::string_view key = Behind(name, root + ".data/");
  return key.ends_with(".storage") && key.find_first_of("/\\") == std::string_view::npos;
}

bool ZipKind::IsUnjudgedCode(std::string_view name) const {
  switch (type) {
    case FileType::kKeras:
      return name == "config.json";
    case FileType::kSkops:
      return name == "schema.json";
    default:
      return false;
  }
}

ZipKind KindOf(const std::vector<ZipMember>& members) {
  std::unordered_set<std::string_view> names;
  names.reserve(members.size());
  for (const ZipMember& member : members) names.insert(member.name());
  const auto has = [&](const std::string& name) { return names.contains(name); };

  for (const ZipMember& member : members) {
    const std::string& name = member.name();
    if (!name.ends_with(kDataPickle)) continue;
    const std::string root = name.substr(0, name.size() - kDataPickle.size());
    if (!root.empty() && !root.ends_with('/')) continue;
    // Without its version a data.pkl is just a pickle in a zip, and torch refuses it.
    if (!has(root + "version") && !has(root + ".data/version")) continue;
    const bool script = has(root + "constants.pkl");
    return {script ? FileType::kTorchScript : FileType::kTorchZip, root};
  }
  for (const ZipMember& member : members) {
    constexpr std::string_view kExtern = ".data/extern_modules";
    const std::string& name = member.name();
    if (name.ends_with(kExtern)) {
      return {FileType::kTorchPackage, name.substr(0, name.size() - kExtern.size())};
    }
  }
  if (has("config.json") && (has("metadata.json") || has("model.weights.h5"))) {
    return {FileType::kKeras, ""};
  }
  if (has("schema.json")) return {FileType::kSkops, ""};
  const auto is_array = [](const ZipMember& member) { return member.name().ends_with(".npy"); };
  if (!members.empty() && std::ranges::all_of(members, is_array)) return {FileType::kNpz, ""};
  return {};
}

}  // namespace counterscan::container
