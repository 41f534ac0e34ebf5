#include "scanner/cli/hub_status_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "hubclient/hub_json.h"
#include "hubclient/local_files.h"
#include "hubclient/status_words.h"
#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
#include "scanner/cli/hub_status_targets.h"
#include "scanner/crosscheck/kept_word.h"
#include "scanner/report/repository_json.h"

namespace counterscan {
namespace {

constexpr std::uint64_t kJournalBytes = 256 * kMiB;
constexpr std::uint64_t kLineBytes = 4 * kMiB;

std::string TextOf(const JsonValue& object, std::string_view name) {
  const std::string* text = object.Text(name);
  return text != nullptr ? *text : std::string();
}

std::vector<std::string> TextsOf(const JsonValue& object, std::string_view name) {
  std::vector<std::string> texts;
  if (const JsonValue* list = object.Array(name)) {
    for (const JsonValue& item : list->items) texts.push_back(item.text);
  }
  return texts;
}

std::optional<RepositoryWord> WordFrom(const JsonValue& line) {
  RepositoryWord word;
  word.repo = TextOf(line, "repo");
  word.repo_type = TextOf(line, "repo_type");
  word.revision = TextOf(line, "revision");
  word.commit = TextOf(line, "commit");
  const std::string state = TextOf(line, "state");
  word.no_issues = state == kNoIssuesState;
  const auto known = word.no_issues ? HubState::kMissing : HubStateFromName(state);
  if (!known) return std::nullopt;
  word.state = *known;
  word.reason = TextOf(line, "reason");
  word.cause = TextOf(line, "cause");
  word.next = TextOf(line, "next");
  if (const JsonValue* files = line.Object("files")) {
    word.counts = RepositoryWord::Counts{.files = files->Number("listed").value_or(0),
                                         .safe = files->Number("safe").value_or(0),
                                         .flagged = files->Number("flagged").value_or(0),
                                         .pending = files->Number("pending").value_or(0),
                                         .failed = files->Number("failed").value_or(0),
                                         .silent = files->Number("silent").value_or(0),
                                         .masked = files->Number("masked").value_or(0)};
  }
  if (const JsonValue* no_access = line.Object("no_access")) {
    word.no_access = RepositoryWord::NoAccess{
        TextOf(*no_access, "reason"), TextOf(*no_access, "cause"), TextOf(*no_access, "next")};
  }
  if (const JsonValue* flags = line.Array("flags")) {
    for (const JsonValue& item : flags->items) {
      const auto level = HubStateFromName(TextOf(item, "level"));
      if (!level) return std::nullopt;
      word.flags.push_back({TextOf(item, "path"), *level, TextsOf(item, "scanners"),
                            item.Bool("listed").value_or(true)});
    }
  }
  word.more_flags = line.Number("more_flags").value_or(0);
  word.unlisted_flags = line.Number("unlisted_flags").value_or(0);
  word.scans_done = line.Bool("scans_done");
  word.asked_at = TextOf(line, "asked_at");
  word.notes = TextsOf(line, "notes");
  return word;
}

// The word of a line that we could have written: it holds together, and writing it again gives the
// same bytes, so that nothing in the line was overlooked.
std::optional<RepositoryWord> OwnWord(std::string_view line, const JsonDocument& document,
                                      const RepositoryReport& run) {
  if (document.broken || document.repaired_utf8) return std::nullopt;
  auto word = WordFrom(document.root);
  if (!word || !HoldsTogether(*word, run.quick ? HubScope::kRepository : HubScope::kFiles)) {
    return std::nullopt;
  }
  std::string written = RepositoryJsonlWord(*word);
  written.pop_back();  // the newline
  if (written != line) return std::nullopt;
  return word;
}

Result<void> CheckHeader(std::string_view line, const RepositoryReport& run) {
  const auto document = ParseHubJson(line, kLineBytes, {});
  if (!document || document->broken || TextOf(document->root, "schema") != kHubStatusSchema) {
    return Fail(ErrorCode::kUnsupported, "is no file of answers to hub status");
  }
  const JsonValue& header = document->root;
  if (TextOf(header, "endpoint") != run.endpoint ||
      TextOf(header, "asked") != (run.quick ? "repositories" : "files")) {
    return Fail(ErrorCode::kUnsupported,
                "is of a run that asked another Hub, or otherwise (--quick)");
  }
  // By whose rules a "safe" was made is part of what it says.
  const JsonValue* tool = header.Object("tool");
  if (tool == nullptr || TextOf(*tool, "version") != run.tool_version) {
    return Fail(ErrorCode::kUnsupported, "is of another version of counterscan; name a new file");
  }
  return {};
}

}  // namespace

Result<JournalWords> ReadJournal(std::string_view text, const RepositoryReport& run) {
  std::map<std::string, RepositoryWord> words;
  JournalWords journal;
  for (bool is_header = true; !text.empty(); is_header = false) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.size() == text.size()) break;  // cut
    text.remove_prefix(line.size() + 1);
    if (is_header) {
      TRY(CheckHeader(line, run));
      continue;
    }
    const auto document = ParseHubJson(line, kLineBytes, {});
    auto word = document ? OwnWord(line, *document, run) : std::nullopt;
    if (word) {
      std::string key = KeyOf(word->repo_type, word->repo, word->revision);
      const auto [known, is_new] = words.try_emplace(std::move(key), *word);
      // Of two that came in the same second nothing tells which is the later: the worse counts.
      const bool as_old = !is_new && known->second.asked_at == word->asked_at;
      if (!as_old || Worse(known->second.state, word->state) == word->state) {
        known->second = std::move(*word);
      }
      continue;
    }
    // The end of what --format jsonl prints.
    if (document && document->root.Find("summary") != nullptr &&
        document->root.Find("repo") == nullptr) {
      continue;
    }
    ++journal.left_out;
    if (!document) continue;
    const JsonValue& root = document->root;
    // What it replaced is not known to hold any more; but a flag stays until a "safe" that can be
    // believed, and a withdrawal is no less than one.
    const auto known = words.find(
        KeyOf(TextOf(root, "repo_type"), TextOf(root, "repo"), TextOf(root, "revision")));
    if (known == words.end()) continue;
    const HubState state = known->second.state;
    if (!FlagLevel(state) && state != HubState::kDisabled) words.erase(known);
  }
  for (auto& [key, word] : words) journal.words.push_back(std::move(word));
  return journal;
}

Result<HubStatusJournal> HubStatusJournal::Open(const std::string& path,
                                                const RepositoryReport& run) {
  UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666));
  if (!file) return FailErrno(Printable(path), errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kIo, Printable(path) + " is not a regular file");
  }
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return Fail(ErrorCode::kIo, Printable(path) + " is written to by another run");
  }
  const auto wrong = [&](const Error& error) {
    return Fail(error.code, Printable(path) + " " + error.message);
  };
  std::string text = TRY(ReadNamedFile(path, kJournalBytes));
  // What follows the last newline was cut while it was written.
  const std::size_t end = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (end == 0 && !text.empty() && !text.starts_with("{\"schema\":\"counterscan.hub-status")) {
    return wrong(Error{ErrorCode::kUnsupported, "is no file of answers to hub status"});
  }
  text.resize(end);
  auto words = end > 0 ? ReadJournal(text, run) : JournalWords{};
  if (!words) return wrong(words.error());
  if (ftruncate(file.get(), static_cast<off_t>(end)) != 0) {
    return FailErrno(Printable(path), errno);
  }
  HubStatusJournal journal(std::move(file));
  journal.words_ = std::move(*words);
  if (end == 0) TRY(WriteAll(journal.file_.get(), RepositoryJsonlHeader(run)));
  return journal;
}

Result<void> HubStatusJournal::Append(const RepositoryWord& word) {
  return WriteAll(file_.get(), RepositoryJsonlWord(word));
}

Result<void> HubStatusJournal::Close() {
  if (fsync(file_.get()) != 0) return FailErrno("cannot flush to disk", errno);
  return {};
}

}  // namespace counterscan
