// TorchStorages: what the tensors of one torch archive claim of the storages beside them.
//
// A storage is inert because a tensor declares its bytes to be numbers. So every storage is held
// against the claims: torch writes none that nobody claims, and none that is longer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace counterscan::container {

class TorchStorages {
 public:
  // A pickle, a member of this name, claims a storage. `bytes` is absent when its class does not
  // tell how long an element is.
  void Claim(std::string_view pickle_name, const std::string& key,
             std::optional<std::uint64_t> bytes);
  // A pickle could not be followed: somebody may claim more.
  void MayHoldMore() { complete_ = false; }
  bool complete() const { return complete_; }
  bool any() const { return !claims_.empty(); }

  struct Claimed {
    bool by_anyone = false;
    std::optional<std::uint64_t> bytes{};  // of the longest claim, when all of them tell
  };
  // Of the storage with this name: "archive/data/0", "p/.data/0.storage".
  Claimed Of(std::string_view storage_name);

  // Keys that are claimed to have bytes, and that Of() was never asked for.
  std::vector<std::string> Unanswered() const;

 private:
  struct Entry {
    std::optional<std::uint64_t> bytes = 0;
    bool answered = false;
  };
  // "data/0": the folder that the pickle's loader looks into, and the key.
  std::unordered_map<std::string, Entry> claims_;
  bool complete_ = true;
};

}  // namespace counterscan::container
