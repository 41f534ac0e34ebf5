// What the walk of one zip shares between archive and members.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
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
  std::unordered_map<std::string, std::vector<std::string>> walked{};

  // Whether `bytes`, which say where content lies and how it is packed, were not yet walked under
  // this name.
  bool IsNew(const std::string& bytes, std::string name) {
    std::vector<std::string>& names = walked[bytes];
    if (names.size() >= kNamesOfOne || std::ranges::find(names, name) != names.end()) return false;
    names.push_back(std::move(name));
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
