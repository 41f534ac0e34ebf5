// What the walk of one zip shares between archive and members.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <string_view>
#include <tuple>
#include <vector>

#include "scanner/container/torch_storages.h"
#include "scanner/container/zip_archive.h"
#include "scanner/container/zip_kind.h"
#include "scanner/engine/walker.h"

namespace counterscan {

// Everything that is the same for all members of one zip.
struct Walker::ZipContext {
  const Part& part;
  const container::ZipArchive& archive;
  container::ZipKind kind;
  // Members that share their bytes are walked once for each of their first names: a directory may
  // list one of them 100,000 times.
  static constexpr std::size_t kNamesOfOne = 16;
  // Where content lies, how it is packed and where it is cut.
  using Bytes = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint16_t>;
  struct Name {
    std::string_view name;  // of one of the archive's members
    bool storage;
    bool operator==(const Name&) const = default;
  };
  struct Names {
    Name first;
    std::vector<Name> others{};
  };
  // Room for most archives; more comes from the heap.
  std::array<std::byte, 8192> room{};
  std::pmr::monotonic_buffer_resource memory{room.data(), room.size()};
  std::pmr::map<Bytes, Names> walked{&memory};

  // Whether these bytes were not yet walked under this name.
  bool IsNew(const Bytes& bytes, const Name& name) {
    const auto [known, is_new] = walked.try_emplace(bytes, Names{name});
    if (is_new) return true;
    auto& [first, others] = known->second;
    if (first == name || others.size() + 1 >= kNamesOfOne) return false;
    if (std::ranges::find(others, name) != others.end()) return false;
    others.push_back(name);
    return true;
  }

  // Put off until the other members are done.
  struct Deferred {
    std::size_t index;
    Reading reading;
  };
  std::vector<Deferred> containers{};
  // Claimed by the pickles walked so far; storages come after them.
  container::TorchStorages storages{};
};

}  // namespace counterscan
