// Gated repositories, and users at every stage of asking for access.
#include "tests/fake_hub/preset_groups.h"
#include "tests/fake_hub/security.h"

namespace counterscan::fake {
namespace {

Repo Gated(RepoKind kind, std::string id, std::string how) {
  Repo repo{.kind = kind, .id = std::move(id), .gated = std::move(how)};
  const std::string weights = "weights behind a gate";
  repo.commits.push_back(
      {.name = {.id = MadeUpCommit(repo.id)},
       .files = {{.path = "README.md",
                  .content = "# Ask first\n",
                  .security_file_status = SecurityFileStatus(Scans{})},
                 {.path = "config.json",
                  .content = "{}\n",
                  .security_file_status = SecurityFileStatus(Scans{})},
                 {.path = "model.safetensors",
                  .content = weights,
                  .lfs = true,
                  .xet_hash = std::string(64, 'b'),
                  .security_file_status = SecurityFileStatus({.virus_total = "safe"})}}});
  repo.requests["pending"] = {.status = "pending"};
  repo.requests["accepted"] = {
      .status = "accepted", .reviewed_at = "2026-10-06T13:50:05.677Z", .granted_by = "gated-org"};
  repo.requests["rejected"] = {.status = "rejected", .reviewed_at = "2026-10-06T13:50:05.677Z"};
  repo.requests["reset"] = {.status = "reset", .reviewed_at = "2026-10-06T13:50:05.677Z"};
  return repo;
}

Repo ManualModel() { return Gated(RepoKind::kModel, "gated-org/manual-model", "manual"); }
Repo AutoModel() { return Gated(RepoKind::kModel, "gated-org/auto-model", "auto"); }
Repo ManualDataset() { return Gated(RepoKind::kDataset, "gated-org/manual-dataset", "manual"); }

}  // namespace

std::vector<Preset> GatedPresets() {
  return {{"gated-model", "its owner decides who may download it", ManualModel},
          {"auto-gated-model", "everybody who asks may download it", AutoModel},
          {"gated-dataset", "a dataset behind a gate", ManualDataset}};
}

}  // namespace counterscan::fake
