#include "scanner/container/torch_storages.h"

#include <algorithm>
#include <utility>

#include "scanner/base/text.h"

namespace counterscan::container {
namespace {

constexpr std::string_view kPackageSuffix = ".storage";
// Of pickles that have no folder of their own: TorchScript's bytecode takes from both.
constexpr std::string_view kAnyFolder = "*";

std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

// caffe2/serialize and torch/csrc/jit: the tensors of "X.pkl" lie in "X/"; torch.package keeps
// those of all its pickles in ".data/".
void TorchStorages::Claim(std::string_view pickle_name, const std::string& key,
                          std::optional<std::uint64_t> bytes) {
  const std::string name = AsciiLower(LastPart(pickle_name));
  std::string folder(kAnyFolder);
  if (name == "data.pkl") folder = "data";
  if (name == "constants.pkl") folder = "constants";
  Entry& entry = claims_[folder + "/" + AsciiLower(key)];
  if (!bytes || !entry.bytes) {
    entry.bytes.reset();
  } else {
    entry.bytes = std::max(*entry.bytes, *bytes);
  }
}

TorchStorages::Claimed TorchStorages::Of(std::string_view as_written) {
  const std::string lower = AsciiLower(as_written);
  const std::string_view storage_name = lower;
  std::string_view key = LastPart(storage_name);
  const std::string_view path = storage_name.substr(0, storage_name.size() - key.size());
  const std::string_view folder = path.empty() ? path : LastPart(path.substr(0, path.size() - 1));
  if (key.ends_with(kPackageSuffix)) key.remove_suffix(kPackageSuffix.size());
  Claimed claimed{.bytes = 0};
  for (const std::string_view place : {folder, kAnyFolder}) {
    const auto entry = claims_.find(std::string(place) + "/" + std::string(key));
    if (entry == claims_.end()) continue;
    entry->second.answered = true;
    claimed.by_anyone = true;
    if (!entry->second.bytes || !claimed.bytes) {
      claimed.bytes.reset();
    } else {
      claimed.bytes = std::max(*claimed.bytes, *entry->second.bytes);
    }
  }
  return claimed;
}

std::vector<std::string> TorchStorages::Unanswered() const {
  std::vector<std::string> keys;
  for (const auto& [key, entry] : claims_) {
    if (!entry.answered && entry.bytes != 0) keys.push_back(key);
  }
  std::ranges::sort(keys);
  return keys;
}

}  // namespace counterscan::container
