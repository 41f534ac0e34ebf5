#include "scanner/report/explain_fold.h"

#include <fmt/format.h>

#include <algorithm>

#include "scanner/base/text.h"
#include "scanner/report/phrases.h"

namespace counterscan {
namespace {

// Of one kind and subject, in one file.
constexpr std::size_t kHarmlessAlike = 3;
constexpr std::size_t kJudgedAlike = 10;
// Of one file: a screen or three.
constexpr std::size_t kHarmlessShown = 80;
constexpr std::size_t kJudgedShown = 200;
// Of each pickle, whatever was shown of others.
constexpr std::size_t kShownOfEach = 3;
constexpr std::size_t kKindsNamed = 3;
constexpr std::size_t kSubjectCharacters = 100;

bool IsJudged(const ExplainedLine& line) {
  return line.level != Level::kClean || !line.rule.empty();
}

std::string Phrase(const ExplainedLine& like, std::size_t count) {
  const std::string subject = PrintableAgain(like.subject, kSubjectCharacters);
  switch (like.kind) {
    case LineKind::kImport:
      return Count(count, "import");
    case LineKind::kCall:
      return Count(count, "call") + (subject.empty() ? "" : " of " + subject);
    case LineKind::kCreate:
      return Count(count, "object") + " of " + subject;
    case LineKind::kState:
      return Count(count, "state") + (subject.empty() ? "" : " of " + subject);
    case LineKind::kStore:
      return Count(count, "item") + " into " + (subject.empty() ? "objects" : subject);
    case LineKind::kPersistent:
      return Count(count, "persistent object");
    case LineKind::kValue:
      return Count(count, subject.empty() ? "value" : subject);
    case LineKind::kArray:
      return Count(count, "array");
    case LineKind::kReturn:
    case LineKind::kNote:
      break;
  }
  return Count(count, "line");
}

// Lines that are not shown, one after another.
class Run {
 public:
  void Add(const ExplainedLine& line) {
    ++count_;
    last_ = &line;
    // All imports are one kind here: what they import is listed below the lines.
    const std::string subject = line.kind == LineKind::kImport ? "" : line.subject;
    auto& group = groups_[{line.kind, subject}];
    group.first = &line;
    ++group.second;
  }

  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  const ExplainedLine* last() const { return last_; }

  std::string Text() const {
    std::vector<std::pair<std::size_t, const ExplainedLine*>> sorted;
    for (const auto& [key, group] : groups_) sorted.push_back({group.second, group.first});
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::string text = fmt::format("... {}: ", Count(count_, "more line"));
    std::size_t named = 0;
    for (std::size_t i = 0; i < std::min(sorted.size(), kKindsNamed); ++i) {
      text += (i == 0 ? "" : ", ") + Phrase(*sorted[i].second, sorted[i].first);
      named += sorted[i].first;
    }
    if (named < count_) text += fmt::format(", {}", Count(count_ - named, "other"));
    return text;
  }

 private:
  std::size_t count_ = 0;
  const ExplainedLine* last_ = nullptr;
  std::map<std::pair<LineKind, std::string>, std::pair<const ExplainedLine*, std::size_t>> groups_;
};

}  // namespace

bool ExplainFold::Shows(const ExplainedLine& line, std::size_t shown_here) {
  if (all_ || line.kind == LineKind::kReturn) return true;
  const bool judged = IsJudged(line);
  std::size_t& shown = judged ? judged_shown_ : harmless_shown_;
  std::size_t& alike = alike_[{line.kind, line.subject, line.rule}];
  const bool room = shown < (judged ? kJudgedShown : kHarmlessShown) &&
                    alike < (judged ? kJudgedAlike : kHarmlessAlike);
  if (!room && shown_here >= kShownOfEach) return false;
  ++shown;
  ++alike;
  return true;
}

std::vector<ExplainFold::Row> ExplainFold::Rows(const ExplainedPickle& pickle) {
  std::vector<Row> rows;
  Run run;
  const auto end_run = [&] {
    if (run.empty()) return;
    // To count a single line takes as much room as to show it.
    rows.push_back(run.count() == 1 ? Row{run.last(), {}} : Row{nullptr, run.Text()});
    run = Run();
  };
  std::size_t shown_here = 0;
  for (std::size_t i = 0; i < pickle.lines.size(); ++i) {
    const ExplainedLine& line = pickle.lines[i];
    if (!Shows(line, shown_here)) {
      run.Add(line);
      continue;
    }
    end_run();
    ++shown_here;
    rows.push_back({&line, {}});
  }
  end_run();
  return rows;
}

}  // namespace counterscan
