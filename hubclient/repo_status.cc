#include "hubclient/repo_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "hubclient/flag_words.h"
#include "hubclient/scanner_word.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

class Reading {
 public:
  Reading(RepoStatus& status, const HubLimits& limits) : status_(status), limits_(limits) {}

  void Read(const JsonValue& object, std::string_view name) {
    status_.present = true;
    if (!object.IsObject()) {
      if (object.IsNull()) return Note(fmt::format("{} is null", name));
      return AddShapeless(name, object);
    }
    ReadMembers(object);
    const auto has = [&](std::string_view key) { return object.Find(key) != nullptr; };
    if (!has("filesWithIssues") && !has("hasUnsafeFile") && !has("containsInfected")) {
      Note(fmt::format("{} has no list of files with issues", name));
    }
    if (object.Find("scansDone") == nullptr && object.Find("containsInfected") == nullptr) {
      Note(fmt::format("{} does not say whether scans are done", name));
    }
  }

  // Members of a status, wherever they stand. In the information about a repository stands also
  // what people wrote: there only what has a name of the Hub's, or of a threat, counts.
  void ReadMembers(const JsonValue& object, bool of_information = false) {
    bool says_unsafe = false;
    const std::size_t named_before = status_.issues.size();
    for (const auto& [key, value] : object.members) {
      if (key == "scansDone") {
        ReadScansDone(value);
      } else if (key == "filesWithIssues") {
        ReadIssues(key, value, "");
      } else if (key == "clamAVInfectedFiles" || key == "dangerousPickles") {
        ReadIssues(key, value, "unsafe");
      } else if (key == "hasUnsafeFile" || key == "containsInfected") {
        says_unsafe |= value.boolean;
        if (value.kind != JsonValue::Kind::kBool && !value.IsNull()) AddShapeless(key, value);
      } else if (key == "infectionTypes") {
        says_unsafe |= !HoldsNothing(value);
      } else if (!of_information || NamesAThreat(key)) {
        ReadUnknown(key, value);
        if (!of_information) CheckWhetherItIsAll(key, value);
        if (!of_information) CheckWhatIsUnknown(key, value);
      } else if (SoundsOfTheHub(key)) {
        CheckWhatIsUnknown(key, value);
      }
    }
    if (says_unsafe && status_.issues.size() == named_before) Add("", "unsafe");
  }

  // A member whose name is none of the Hub's: only a flag in it says anything. Of "infectedFiles"
  // the list is one of files with issues, and an object may be the status of another dialect.
  void ReadUnknown(std::string_view name, const JsonValue& value) {
    if (value.IsArray() && NamesAThreat(name)) {
      const bool listed = status_.listed;
      ReadIssues(name, value, "unsafe");
      status_.listed = listed;
      return;
    }
    if (value.IsObject() && IsStatus(value)) return ReadMembers(value);
    const std::string word = FlagOfMember(name, value);
    if (word.empty()) return;
    Note(fmt::format("it says \"{}\" in \"{}\"", word, Printable(name, 60)));
    Add("", word);
  }

 private:
  // Of the information about a repository, which holds what people wrote, too.
  static bool SoundsOfTheHub(std::string_view name) {
    constexpr auto kParts = std::to_array<std::string_view>(
        {"banned", "flagged", "moderation", "quarantine", "risk", "secur", "suspended", "takedown",
         "verdict", "vulnerab", "warning"});
    if (name == "securityStatus" || name == "securityRepoStatus") return false;
    const std::string plain = AsciiLower(name);
    return std::any_of(kParts.begin(), kParts.end(), [&](std::string_view part) {
      return plain.find(part) != std::string::npos;
    });
  }

  // The Hub may learn to tell more of a repository. What sounds as if it were about safety may be
  // about any file of it; the rest is said.
  void CheckWhatIsUnknown(std::string_view key, const JsonValue& value) {
    if (key == "repositoryId" || key == "revision" || GoesWithSafe(key, value)) return;
    std::string note =
        fmt::format("the Hub says something in \"{}\" that is not known here", Printable(key, 60));
    if (SpeaksOfSafety(key, value)) status_.unreadable = true;
    Note(note);
    constexpr std::size_t kCaveats = 3;
    if (status_.caveats.size() < kCaveats) status_.caveats.push_back(std::move(note));
  }

  // A list that goes on elsewhere, or that was not made as it should have been, leaves files out.
  void CheckWhetherItIsAll(std::string_view key, const JsonValue& value) {
    constexpr auto kGoesOn =
        std::to_array<std::string_view>({"cursor", "errors", "failed", "hasmore", "incomplete",
                                         "next", "nextcursor", "nextpage", "partial", "truncated"});
    constexpr auto kDone = std::to_array<std::string_view>(
        {"complete", "completed", "done", "finished", "ok", "safe", "success"});
    const std::string plain = AsciiLower(key);
    const bool goes_on =
        std::find(kGoesOn.begin(), kGoesOn.end(), plain) != kGoesOn.end() && !HoldsNothing(value);
    const bool not_done =
        plain == "status" && value.kind == JsonValue::Kind::kString &&
        std::find(kDone.begin(), kDone.end(), AsciiLower(value.text)) == kDone.end();
    if (!goes_on && !not_done) return;
    Note(fmt::format("\"{}\" says that its list is not whole", key));
    status_.unreadable = true;
  }

  static bool IsStatus(const JsonValue& object) {
    constexpr auto kKeys =
        std::to_array<std::string_view>({"clamAVInfectedFiles", "containsInfected",
                                         "dangerousPickles", "filesWithIssues", "hasUnsafeFile"});
    return std::any_of(kKeys.begin(), kKeys.end(),
                       [&](std::string_view key) { return object.Find(key) != nullptr; });
  }

  void Note(std::string note) { status_.notes.push_back("the Hub's reply: " + std::move(note)); }

  // Several replies: "not done" wins. Anything but true and false is unknown.
  void ReadScansDone(const JsonValue& value) {
    if (value.kind != JsonValue::Kind::kBool) {
      Note("scansDone is neither true nor false");
      return;
    }
    status_.scans_done = value.boolean && status_.scans_done.value_or(true);
  }

  // Paths, or objects with a path and perhaps a level; as an object, the paths are its names. A
  // path without a level has `word`.
  void ReadIssues(std::string_view key, const JsonValue& list, std::string_view word) {
    if (list.IsArray()) {
      status_.listed = true;
      for (const JsonValue& item : list.items) {
        const std::string* path = item.Text("path");
        if (item.kind == JsonValue::Kind::kString) path = &item.text;
        Add(path != nullptr ? *path : std::string(), LevelOf(item).value_or(std::string(word)));
      }
    } else if (list.IsObject() && !list.members.empty()) {
      Note(fmt::format("{} is not a list", key));
      for (const auto& [path, value] : list.members) {
        Add(path, LevelOf(value).value_or(FlagWordIn(value)));
      }
    } else if (list.IsNull() || list.IsObject()) {
      if (word.empty()) Note(fmt::format("{} is not a list", key));
    } else {
      AddShapeless(key, list);
    }
  }

  // The worst of its levels, and of a flag under another name. A "safe" among the files with issues
  // that comes with more ("severity": "high") is none.
  static std::optional<std::string> LevelOf(const JsonValue& item) {
    std::optional<std::string> word;
    std::string more;
    for (const auto& [key, value] : item.members) {
      const bool is_level = key == "level";
      if (key == "path") continue;
      std::string level =
          is_level && value.kind == JsonValue::Kind::kString ? value.text : FlagWordIn(value);
      if (!is_level && level.empty()) {
        if (more.empty() && !GoesWithSafe(key, value)) {
          more = fmt::format("{}: {}", key, value.text.empty() ? "?" : value.text);
        }
        continue;
      }
      if (!word || Worse(StateOfIssue(*word), StateOfIssue(level)) != StateOfIssue(*word)) {
        word = std::move(level);
      }
    }
    if (!more.empty() && word && StateOfWord(*word) == HubState::kSafe) word = std::move(more);
    return word;
  }

  // Something where a status should be. A flag in it is about a file that it does not name.
  void AddShapeless(std::string_view name, const JsonValue& value) {
    Note(fmt::format("{} is malformed", name));
    status_.unreadable = true;
    const std::string word = FlagWordIn(value);
    if (!word.empty()) Add("", word);
  }

  // A file that is listed for having issues has one, even under a word we do not know.
  static HubState StateOfIssue(std::string_view word) {
    const HubState state = StateOfWord(word);
    return state == HubState::kMissing ? HubState::kSuspicious : state;
  }

  void Add(std::string path, std::string_view word) {
    const HubState state = StateOfIssue(word);
    if (state == HubState::kSafe) return;
    if (status_.issues.size() >= limits_.entries) {
      status_.unreadable = true;
      return;
    }
    status_.issues.push_back(
        {std::move(path), state, std::string(word.substr(0, limits_.kept_text_bytes)), ""});
  }

  RepoStatus& status_;
  const HubLimits& limits_;
};

}  // namespace

RepoStatus ReadRepoInfo(const JsonValue& info, const HubLimits& limits) {
  RepoStatus status;
  for (const auto& [name, value] : info.members) {
    if (name == "securityStatus" || name == "securityRepoStatus") {
      Reading(status, limits).Read(value, name);
    } else if (AsciiLower(name).find("security") != std::string::npos) {
      Reading(status, limits).ReadUnknown(name, value);
    }
  }
  Reading(status, limits).ReadMembers(info, true);
  return status;
}

RepoStatus ReadScanReply(const JsonValue& reply, const HubLimits& limits) {
  RepoStatus status;
  Reading(status, limits).Read(reply, "the scan reply");
  return status;
}

}  // namespace counterscan
