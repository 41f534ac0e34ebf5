#include "scanner/cli/hub_status_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "hubclient/hub_json.h"
#include "hubclient/local_files.h"
#include "hubclient/status_words.h"
#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
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
  word.no_issues = state == "no-issues";
  const auto known = word.no_issues ? HubState::kMissing : HubStateFromName(state);
  if (word.repo.empty() || !known) return std::nullopt;
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
                                         .silent = files->Number("silent").value_or(0)};
  }
  if (const JsonValue* flags = line.Array("flags")) {
    for (const JsonValue& item : flags->items) {
      const auto level = HubStateFromName(TextOf(item, "level"));
      if (!level || !FlagLevel(*level)) return std::nullopt;
      word.flags.push_back({TextOf(item, "path"), *level, TextsOf(item, "scanners")});
    }
  }
  word.more_flags = line.Number("more_flags").value_or(0);
  word.scans_done = line.Bool("scans_done");
  word.asked_at = TextOf(line, "asked_at");
  word.notes = TextsOf(line, "notes");
  // A "safe" beside a flag or a file that is not safe was not written by us.
  const bool whole =
      word.counts && word.counts->files > 0 && word.counts->safe == word.counts->files;
  if (word.state == HubState::kSafe && (!whole || !word.flags.empty())) return std::nullopt;
  return word;
}

bool IsOfRun(const JsonValue& header, const RepositoryReport& run) {
  return TextOf(header, "endpoint") == run.endpoint &&
         TextOf(header, "asked") == (run.quick ? "repositories" : "files");
}

// Reads the lines of `text`, which ends with a newline.
Result<std::vector<RepositoryWord>> ReadLines(std::string_view text, const RepositoryReport& run) {
  std::vector<RepositoryWord> words;
  const HubLimits limits;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    const auto document = ParseHubJson(line, kLineBytes, limits);
    const bool whole = document && !document->broken && document->root.IsObject();
    if (number == 1) {
      if (!whole || TextOf(document->root, "schema") != kHubStatusSchema) {
        return Fail(ErrorCode::kUnsupported, "is no file of answers to hub status");
      }
      if (!IsOfRun(document->root, run)) {
        return Fail(ErrorCode::kUnsupported,
                    "is of a run that asked another Hub, or otherwise (--quick)");
      }
      continue;
    }
    if (!whole) return Fail(ErrorCode::kMalformed, fmt::format("is damaged in line {}", number));
    if (document->root.Find("summary") != nullptr) continue;
    auto word = WordFrom(document->root);
    if (!word) return Fail(ErrorCode::kMalformed, fmt::format("is damaged in line {}", number));
    words.push_back(std::move(*word));
  }
  return words;
}

}  // namespace

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
  auto words = ReadLines(text, run);
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
