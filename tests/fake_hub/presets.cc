#include "tests/fake_hub/presets.h"

#include <array>
#include <cstdio>
#include <stdexcept>

#include "tests/fake_hub/preset_groups.h"
#include "tests/fake_hub/security.h"

namespace counterscan::fake {

std::vector<User> PresetUsers() {
  std::vector<User> users;
  for (const char* const name :
       {"good-org", "bad-org", "gated-org", "secret-org", "stranger", "pending", "accepted",
        "rejected", "reset", "OwnerOfTheGatedModel"}) {
    users.push_back({.name = name,
                     .token = std::string("hf_") + name,
                     .fullname = std::string(name) + " in full",
                     .email = std::string(name) + "@example.test"});
  }
  return users;
}

const std::vector<Preset>& Presets() {
  static const std::vector<Preset> all = [] {
    std::vector<Preset> presets;
    for (const auto& group :
         {OrdinaryPresets(), GatedPresets(), StatusPresets(), RecordedPresets()}) {
      presets.insert(presets.end(), group.begin(), group.end());
    }
    return presets;
  }();
  return all;
}

Repo MakePreset(std::string_view name) {
  for (const Preset& preset : Presets()) {
    if (preset.name == name) return preset.make();
  }
  throw std::runtime_error("no preset '" + std::string(name) + "'");
}

std::vector<Repo> BulkModels(std::size_t count) {
  std::vector<Repo> repos;
  repos.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::array<char, 32> id{};
    std::snprintf(id.data(), id.size(), "bulk/model-%05zu", i);
    Repo repo{.id = id.data()};
    const bool flagged = i % 10 == 9;
    repo.commits.push_back(
        {.name = {.id = MadeUpCommit(repo.id)},
         .files = {{.path = "config.json",
                    .content = "{}",
                    .security_file_status = SecurityFileStatus(Scans{})},
                   {.path = "model.bin",
                    .content = repo.id,
                    .lfs = true,
                    .security_file_status = SecurityFileStatus(
                        {.av = flagged ? "unsafe" : "safe", .pickle = "safe", .jfrog = "safe"})}}});
    repos.push_back(std::move(repo));
  }
  return repos;
}

Repo LargeModel(std::size_t files) {
  Repo repo{.id = "bulk/large"};
  Commit commit{.name = {.id = MadeUpCommit(repo.id)}, .files = {}};
  for (std::size_t i = 0; i < files; ++i) {
    std::array<char, 48> path{};
    std::snprintf(path.data(), path.size(), "part-%02zu/weights-%06zu.bin", i % 16, i);
    commit.files.push_back({.path = path.data(),
                            .content = std::string("content of ") + path.data(),
                            .lfs = true,
                            .security_file_status = SecurityFileStatus(
                                {.pickle = "safe", .virus_total = "safe", .jfrog = "safe"})});
  }
  repo.commits.push_back(std::move(commit));
  return repo;
}

}  // namespace counterscan::fake
