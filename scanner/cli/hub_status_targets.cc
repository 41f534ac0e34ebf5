#include "scanner/cli/hub_status_targets.h"

#include <fmt/format.h>

#include <cstddef>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "hubclient/local_files.h"
#include "hubclient/no_answer.h"
#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"
#include "scanner/base/text.h"
#include "scanner/cli/standard_input.h"

namespace counterscan {
namespace {

constexpr std::uint64_t kListBytes = 64 * kMiB;
// Of a line that names no repository, what is shown in its place.
constexpr std::size_t kNameBytes = 120;

Result<std::string> ReadListFile(const std::string& source) {
  if (source != "-") return ReadNamedFile(source, kListBytes);
  const auto copy = OpenStandardInput();
  if (!copy) return Fail(ErrorCode::kIo, copy.error().detail);
  const auto size = static_cast<std::uint64_t>(copy->status.st_size);
  if (size > kListBytes) {
    return Fail(ErrorCode::kLimit, "longer than " + HumanBytes(kListBytes));
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  const FileSource file(copy->descriptor.get(), text.size());
  TRY(ReadExactly(file, 0, std::as_writable_bytes(std::span(text))));
  return text;
}

std::string_view Trimmed(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  const std::size_t first = line.find_first_not_of(kBlanks);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

class Collector {
 public:
  explicit Collector(const HubStatusOptions& options) : options_(options) {}
  explicit Collector(const HubStatusOptions& options, std::vector<WantedRepository> wanted)
      : options_(options), wanted_(std::move(wanted)) {
    for (const WantedRepository& one : wanted_) keys_.insert(KeyOf(one));
  }

  Result<void> Add(std::string_view text) {
    RepoRef ref = TRY(RepoRef::Parse(text));
    if (!ref.path.empty()) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("'{}' names a file: hub status is about whole repositories",
                              Printable(text, 200)));
    }
    const bool says_type =
        text.find("models/") != text.npos || text.find("huggingface.co/") != text.npos;
    if (ref.repo.type == RepoType::kModel && !says_type) {
      ref.repo.type = options_.type;
    }
    Add(WantedRepository{{std::move(ref.repo), std::move(ref.revision), scope()}});
    return {};
  }
  void AddProblem(std::string_view text, std::string problem) {
    WantedRepository one;
    // As it was written: whoever prints it escapes it.
    one.query.repo = {options_.type, std::string(text.substr(0, kNameBytes))};
    one.query.revision = "main";
    one.problem = std::move(problem);
    Add(std::move(one));
  }
  void Add(RepoId repo) { Add(WantedRepository{{std::move(repo), "main", scope()}}); }

  std::vector<WantedRepository> Take() { return std::move(wanted_); }

 private:
  static std::string KeyOf(const WantedRepository& one) {
    return counterscan::KeyOf(Name(one.query.repo.type), one.query.repo.id, one.query.revision);
  }
  void Add(WantedRepository one) {
    if (keys_.insert(KeyOf(one)).second) wanted_.push_back(std::move(one));
  }
  HubScope scope() const { return options_.quick ? HubScope::kRepository : HubScope::kFiles; }

  const HubStatusOptions& options_;
  std::vector<WantedRepository> wanted_;
  std::set<std::string> keys_;
};

}  // namespace

std::string KeyOf(std::string_view repo_type, std::string_view repo, std::string_view revision) {
  return fmt::format("{}/{}@{}", repo_type, repo, revision);
}

Result<std::vector<WantedRepository>> NamedRepositories(const HubStatusOptions& options) {
  Collector collector(options);
  for (const std::string& text : options.repositories) TRY(collector.Add(text));
  if (options.list.empty()) return collector.Take();
  const auto read = ReadListFile(options.list);
  if (!read) {
    return Fail(ErrorCode::kIo, "--list " + Printable(options.list) + ": " + read.error().message);
  }
  std::string_view text = *read;
  // Some editors begin a text with it.
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + (line.size() < text.size() ? 1 : 0));
    line = Trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const auto added = collector.Add(line);
    if (!added) {
      collector.AddProblem(line, fmt::format("line {} of {}: {}", number,
                                             Printable(options.list, 200), added.error().message));
    }
  }
  return collector.Take();
}

namespace {

std::string NothingListed(const HubStatusOptions& options) {
  std::string what;
  if (!options.author.empty()) what += " by the author " + Printable(options.author, 100);
  if (!options.search.empty()) what += " with " + Printable(options.search, 100) + " in its name";
  const std::string_view type = Name(options.type);
  std::string others;
  for (const RepoType other : {RepoType::kModel, RepoType::kDataset, RepoType::kSpace}) {
    if (other == options.type) continue;
    others += fmt::format("{}{}", others.empty() ? "" : " or ", Name(other));
  }
  return fmt::format(
      "the Hub lists no {}{}; next: check the spelling, look with --repo-type {}, or log in (hf "
      "auth "
      "login) where they are private",
      type, what, others);
}

}  // namespace

std::string AddListed(const HubStatusOptions& options, HubSource& source,
                      std::vector<WantedRepository>& wanted) {
  if (options.author.empty() && options.search.empty()) return "";
  Collector collector(options, std::move(wanted));
  std::size_t count = 0;
  const auto refusal = source.ListRepositories({.type = options.type,
                                                .author = options.author,
                                                .search = options.search,
                                                .limit = options.limit},
                                               [&](RepoId repo) {
                                                 ++count;
                                                 collector.Add(std::move(repo));
                                                 return true;
                                               });
  wanted = collector.Take();
  if (refusal) {
    std::string why = "the list of repositories broke off: " + refusal->reason;
    const std::string_view next = RowOf(refusal->cause).next_step;
    if (!next.empty()) why += fmt::format("; next: {}", next);
    return why;
  }
  return count == 0 ? NothingListed(options) : "";
}

}  // namespace counterscan
