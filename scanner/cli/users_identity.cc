#include "scanner/cli/users_identity.h"

#include <fmt/format.h>

#include <utility>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

// A hostile tree may claim a different place for each file.
constexpr std::size_t kDisputes = 20;

bool IsAtOrAbove(const std::string& folder, const std::string& path) {
  return path == folder || folder == "/" || path.starts_with(folder + "/");
}

std::string Spell(const std::string& repo, const std::string& commit) {
  std::string text = repo.empty() ? "an unnamed repository" : repo;
  if (!commit.empty()) text += " @ " + commit.substr(0, 8);
  return text;
}

}  // namespace

bool UsersIdentity::Believes(const IdentityReader::Answer& place, const std::string& target) const {
  return options_.repo.empty() || target.empty() || place.root.empty() ||
         IsAtOrAbove(place.root, target);
}

Identity UsersIdentity::Apply(IdentityReader::Answer place, const std::string& inner,
                              const std::string& target, const std::string& shown) {
  Identity& said = place.identity;
  if (options_.repo.empty() && options_.revision.empty()) return std::move(said);
  // With --revision alone the place still names the repository.
  const bool names_repo = !options_.repo.empty();
  const bool believed = Believes(place, target);
  Identity identity = said;
  if (names_repo) {
    identity.repo = options_.repo;
    identity.repo_type = options_.repo_type;
  }
  if (!options_.revision.empty()) identity.commit = options_.revision;
  if (!believed) {
    identity.commit = options_.revision;
    identity.path = inner;
    identity.expected.clear();
    // What a file holds, not where it lies, made it one of these.
    identity.comparable = place.role != CacheRole::kToolFile;
  } else if (identity.path.empty()) {
    identity.path = inner;
  }

  const bool same_repo = said.repo.empty() || !names_repo ||
                         (said.repo == identity.repo && said.repo_type == identity.repo_type);
  const bool same_commit = said.commit.empty() || said.commit == identity.commit;
  if (!same_repo || !same_commit) {
    const std::string claim = Spell(said.repo, said.commit);
    if (disputes_.size() < kDisputes || disputes_.contains(claim)) {
      Dispute& dispute = disputes_[claim];
      if (dispute.files++ == 0) dispute.first_file = shown;
    }
  }
  return identity;
}

std::vector<std::string> UsersIdentity::Disputes() const {
  std::vector<std::string> notes;
  for (const auto& [claim, dispute] : disputes_) {
    notes.push_back(fmt::format("{} {} where {} is kept (first: {}): held against what {} says",
                                dispute.files, dispute.files == 1 ? "file lies" : "files lie",
                                Printable(claim), Printable(dispute.first_file),
                                options_.repo.empty() ? "--revision" : "--repo"));
  }
  return notes;
}

}  // namespace counterscan
