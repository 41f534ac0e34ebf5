// TensorBounds: whether torch tensors lie inside their storages.
//
// A tensor that reaches past its storage reads and writes memory of whoever loads it
// (CVE-2026-24747 and its like). torch's own pickler never writes one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pickle/machine/objects.h"
#include "pickle/machine/value.h"

namespace counterscan::pickle {

// Bytes of one element of a torch storage class: "FloatStorage"; 0 for a class that is none.
std::uint32_t ElementBytes(std::string_view storage_class);

class TensorBounds {
 public:
  // persistent_load(('storage', class, key, device, elements)) made the value.
  void AddStorage(Value storage, std::uint64_t elements) {
    if (storages_.size() < kStorages) storages_.emplace(storage.result_number(), elements);
  }

  // What is wrong with _rebuild_tensor(storage, offset, sizes, strides, ...); nullopt when nothing
  // is, or it cannot be told.
  std::optional<std::string> Problem(const Objects& objects, Value arguments) const;

 private:
  static constexpr std::size_t kStorages = 1'000'000;

  std::unordered_map<std::uint32_t, std::uint64_t> storages_;
};

}  // namespace counterscan::pickle
