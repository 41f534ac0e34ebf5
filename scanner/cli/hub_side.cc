#include "scanner/cli/hub_side.h"

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "hubclient/export_file.h"
#include "hubclient/hub_answers.h"
#include "hubclient/local_files.h"
#include "scanner/base/text.h"
#include "scanner/crosscheck/cross_check.h"

namespace counterscan {
namespace {

constexpr std::string_view kNoLiveClient =
    "this version cannot ask the live Hub; give it the Hub's answers with --hub file:PATH";

std::string_view ModeName(HubMode mode) {
  switch (mode) {
    case HubMode::kAuto:
      return "auto";
    case HubMode::kRequire:
      return "require";
    case HubMode::kOff:
      return "off";
    case HubMode::kFile:
      return "file";
  }
  return "auto";
}

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
      return HubAnswers::Unreachable(std::string(kNoLiveClient));
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

}  // namespace

struct HubSide::Answers {
  HubAnswers answers;
  CrossCheckOptions options;
};

HubSide::HubSide() = default;
HubSide::HubSide(HubSide&&) noexcept = default;
HubSide::~HubSide() = default;

Result<HubSide> HubSide::Load(const ScanOptions& options, std::chrono::sys_seconds now) {
  HubSide side;
  side.answers_ = std::make_unique<Answers>(Answers{TRY(LoadAnswers(options)), {}});
  side.info_ = side.answers_->answers.info;
  side.info_.mode = ModeName(options.hub);
  if (options.hub == HubMode::kRequire || (options.hub == HubMode::kAuto && !options.offline)) {
    side.info_.note = kNoLiveClient;
  }
  if (std::string about = AboutOthers(side.answers_->answers, options); !about.empty()) {
    std::string& note = side.info_.note;
    note += (note.empty() ? "" : "; ") + about;
  }
  CrossCheckOptions& check = side.answers_->options;
  check.max_age = options.max_hub_age;
  check.now = now;
  check.fail_on = options.fail_on;
  check.comparison_demanded = options.hub == HubMode::kFile || options.hub == HubMode::kRequire;
  return side;
}

void HubSide::Judge(FileReport& file) const {
  CrossCheckFile(file, answers_->answers, answers_->options);
}

}  // namespace counterscan
