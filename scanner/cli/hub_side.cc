#include "scanner/cli/hub_side.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "hubclient/export_file.h"
#include "hubclient/hub_answers.h"
#include "hubclient/local_files.h"
#include "hubclient/no_answer.h"
#include "scanner/base/text.h"
#include "scanner/crosscheck/cross_check.h"
#include "scanner/detect/file_type.h"

namespace counterscan {
namespace {

Result<HubAnswers> LoadAnswers(const ScanOptions& options) {
  switch (options.hub) {
    case HubMode::kFile: {
      ExportOptions from;
      from.source = options.hub_file;
      from.expected_digest = options.hub_digest;
      const auto bytes = ReadNamedFile(options.hub_file, from.limits.export_bytes);
      if (!bytes) {
        return Fail(ErrorCode::kIo,
                    "--hub file:" + Printable(options.hub_file) + ": " + bytes.error().message);
      }
      auto answers = LoadHubExport(*bytes, from);
      if (!answers) {
        return Fail(ErrorCode::kMalformed,
                    "--hub file:" + Printable(options.hub_file) + ": " + answers.error().message);
      }
      return answers;
    }
    case HubMode::kRequire:
      // Nobody is known to ask about: an answer without repositories.
      return HubAnswers();
    case HubMode::kAuto:
    case HubMode::kOff:
      break;
  }
  return HubAnswers::NotAsked();
}

// "it is about a/b and c/d, and says nothing about e/f", or "" where --repo is among them.
std::string AboutOthers(const HubAnswers& answers, const ScanOptions& options) {
  constexpr std::size_t kNamed = 3;
  if (options.repo.empty() || options.hub != HubMode::kFile) return "";
  if (!answers.About(options.repo_type, options.repo).empty()) return "";
  std::set<std::string> others;
  for (const RepoAnswer& answer : answers.repositories()) others.insert(answer.repo.id);
  std::string named;
  std::size_t count = 0;
  for (const std::string& other : others) {
    if (count++ == kNamed) break;
    named += (named.empty() ? "" : ", ") + other;
  }
  if (others.size() > kNamed) named += fmt::format(" and {} more", others.size() - kNamed);
  return fmt::format("it is about {}, and says nothing about {}",
                     named.empty() ? std::string("no repository") : named, options.repo);
}

// " (the repository is gated, and ...; ask for access on the page of the repository)", or "".
std::string WithoutAccess(const RepoAnswer& answer) {
  if (answer.access_reason.empty()) return "";
  const std::string_view next =
      answer.access_cause ? RowOf(*answer.access_cause).next_step : std::string_view();
  return fmt::format(" ({}{}{})", answer.access_reason, next.empty() ? "" : "; ", next);
}

// "the Hub masks the SHA-256 of 1 of 3 files of a/b (the repository is gated, and ...)", or "".
std::string MaskedHashes(const HubAnswers& answers) {
  std::string text;
  if (!answers.has_masked()) return text;
  constexpr int kNamed = 3;
  int count = 0;
  for (const RepoAnswer& answer : answers.repositories()) {
    std::set<std::string_view> paths, masked;
    for (const HubEntry& entry : answer.entries) {
      paths.insert(entry.path);
      if (entry.masked) masked.insert(entry.path);
    }
    if (masked.empty() || ++count > kNamed) continue;
    text += fmt::format("{}the Hub masks the SHA-256 of {} of {} files of {}{}",
                        text.empty() ? "" : "; ", masked.size(), paths.size(), answer.repo.id,
                        WithoutAccess(answer));
  }
  if (count > kNamed) text += fmt::format("; and of {} more repositories", count - kNamed);
  return text + ": files are compared by the Git-LFS pointers made from them";
}

// ".git/objects/<2>/<38 hex digits>": git packs each object as zlib does.
bool IsLooseObject(std::string_view path) {
  constexpr std::size_t kLength = 41;
  if (path.size() < kLength) return false;
  std::string id(path.substr(path.size() - kLength));
  if (id[2] != '/') return false;
  id.erase(2, 1);
  return CommitFrom(id).has_value();
}

}  // namespace

// They keep text, lists, and parts of downloads, which leave a gap. A whole model among them was
// put there by somebody else.
bool IsNoToolsFile(const FileReport& file) {
  using detect::FileType;
  switch (detect::FileTypeFromName(file.type)) {
    case FileType::kEmpty:
    case FileType::kText:
    case FileType::kJson:
    case FileType::kScript:
    case FileType::kPointer:
    case FileType::kImage:
    case FileType::kMedia:
    case FileType::kUnknown:
      return false;
    case FileType::kZlib:
      return !IsLooseObject(file.disk_path.empty() ? file.path : file.disk_path);
    default:
      return true;
  }
}

std::vector<HubQuery> QueriesFor(const std::vector<PlannedFile>& files) {
  struct Wanted {
    std::set<std::string> paths;
    bool all = false;  // some file's path is not known: it is found by its hash alone
  };
  std::map<std::tuple<std::string, std::string, std::string>, Wanted> repositories;
  for (const PlannedFile& planned : files) {
    const Identity& identity = planned.file.identity;
    if (identity.repo.empty() || !identity.comparable) continue;
    Wanted& wanted = repositories[{identity.repo_type, identity.repo, identity.commit}];
    wanted.all |= identity.path.empty();
    if (!identity.path.empty()) wanted.paths.insert(identity.path);
  }
  std::vector<HubQuery> queries;
  for (auto& [key, wanted] : repositories) {
    const auto& [type, repo, commit] = key;
    HubQuery query;
    query.repo = {RepoTypeFromName(type).value_or(RepoType::kModel), repo};
    query.revision = commit;
    if (!wanted.all) query.paths.assign(wanted.paths.begin(), wanted.paths.end());
    queries.push_back(std::move(query));
  }
  return queries;
}

struct HubSide::Answers {
  HubAnswers answers;
  CrossCheckOptions options;
};

HubSide::HubSide() = default;
HubSide::HubSide(HubSide&&) noexcept = default;
HubSide::~HubSide() = default;

Result<HubSide> HubSide::Begin(const ScanOptions& options, const Plan& plan,
                               const Environment& environment, std::chrono::sys_seconds now,
                               std::function<bool()> stop) {
  HubSide side;
  side.answers_ = std::make_unique<Answers>();
  side.info_.mode = Name(options.hub);
  CrossCheckOptions& check = side.answers_->options;
  check.max_age = options.max_hub_age;
  check.now = now;
  check.fail_on = options.fail_on;
  check.comparison_demanded = options.hub == HubMode::kFile || options.hub == HubMode::kRequire;

  const bool live = options.hub == HubMode::kAuto || options.hub == HubMode::kRequire;
  LiveAnswers::Options asking;
  if (live && !options.offline) asking.queries = QueriesFor(plan.files);
  if (asking.queries.empty()) {
    side.Take(TRY(LoadAnswers(options)));
    if (std::string about = AboutOthers(side.answers_->answers, options); !about.empty()) {
      std::string& note = side.info_.note;
      note += (note.empty() ? "" : "; ") + about;
    }
    if (options.hub == HubMode::kRequire) {
      side.info_.note =
          "no repository is known for these files, so there is nothing to ask: name it with --repo "
          "ORG/NAME";
    }
    return side;
  }
  asking.pause = options.hub_pause;
  asking.timeout = options.hub_timeout;
  asking.stop = std::move(stop);
  side.live_ = std::make_unique<LiveAnswers>(std::move(asking), environment);
  return side;
}

void HubSide::Take(HubAnswers answers) {
  std::string mode = std::move(info_.mode);
  info_ = answers.info;
  info_.mode = std::move(mode);
  if (const std::string masked = MaskedHashes(answers); !masked.empty()) {
    info_.note += (info_.note.empty() ? "" : "; ") + masked;
  }
  answers_->answers = std::move(answers);
}

bool HubSide::Ready() {
  if (live_ == nullptr) return true;
  if (!live_->done()) return false;
  Wait();
  return true;
}

void HubSide::Wait() {
  if (live_ == nullptr) return;
  Take(live_->Take());
  live_.reset();
}

void HubSide::Judge(FileReport& file) const {
  file.identity.comparable |= IsNoToolsFile(file);
  CrossCheckFile(file, answers_->answers, answers_->options);
}

}  // namespace counterscan
