// Repositories ready to use: one for each thing that the Hub is known to say or to do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fake_hub/repository.h"

namespace counterscan::fake {

struct Preset {
  std::string_view name;   // "clean-model": what a scenario calls it
  std::string_view about;  // for people
  Repo (*make)();
};

// Users own the repositories whose ids begin with their name. The token of a user is "hf_" and its
// name: "hf_gated-org". Those who asked for access are named by what came of it: "pending",
// "accepted", "rejected", "reset"; "stranger" never asked.
std::vector<User> PresetUsers();

const std::vector<Preset>& Presets();
// Throws std::runtime_error when there is none of that name.
Repo MakePreset(std::string_view name);

// "bulk/model-00000" and on: clean, every tenth one flagged.
std::vector<Repo> BulkModels(std::size_t count);
// "bulk/large": so many files, safe all of them.
Repo LargeModel(std::size_t files);

}  // namespace counterscan::fake
