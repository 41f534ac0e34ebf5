// What the walk of one zip shares between archive and members.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
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
  std::map<Bytes, std::vector<Name>> walked{};

  // Whether these bytes were not yet walked under this name.
  bool IsNew(const Bytes& bytes, const Name& name) {
    std::vector<Name>& names = walked[bytes];
    if (names.size() >= kNamesOfOne || std::ranges::find(names, name) != names.end()) return false;
    names.push_back(name);
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
