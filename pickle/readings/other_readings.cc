#include "pickle/readings/other_readings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "pickle/policy/names.h"
#include "pickle/readings/disassembly.h"
#include "pickle/rules.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

using Place = std::function<std::uint64_t(std::uint64_t)>;

std::uint64_t SamePlace(std::uint64_t offset) { return offset; }

// The answer of the first walk, to which the others add what it does not have yet.
class Answer {
 public:
  Answer(Analysis& analysis, const Limits& limits) : analysis_(analysis), limits_(limits) {
    for (std::size_t i = 0; i < analysis.imports.size(); ++i) {
      const Import& import = analysis.imports[i];
      imports_.emplace(KeyOf(import), i);
      if (import.level == Level::kClean && import.name) harmless_names_.insert(*import.name);
    }
    for (const Finding& finding : analysis.findings) {
      findings_.insert(KeyOf(finding));
      ++CountOf(finding);
    }
  }

  // Each returns where in `other` the names stand that are new.
  std::vector<std::uint64_t> Add(const Analysis& other, const Place& place) {
    std::vector<std::uint64_t> news;
    for (const Finding& finding : other.findings) AddFinding(finding, place);
    for (const Import& import : other.imports) {
      if (AddImport(import, import.level, place)) news.push_back(import.offset);
    }
    return news;
  }

  // Pickles written one by one seldom mean anything to a reader that keeps its memo: it takes some
  // text of an earlier pickle for the module of a name ("test.dtype"), and fails to import it. So
  // its names are listed, but only those are a reason to worry that are unsafe to import and are
  // no harmless name but for the module.
  std::vector<std::uint64_t> AddWithOneMemo(
      const Analysis& other, const Place& place,
      std::string_view how = "with one memo for all pickles") {
    std::vector<std::uint64_t> news;
    for (const Import& import : other.imports) {
      const bool known = import.module && import.name;
      const Judgement judgement = known ? JudgeWritten(*import.module, *import.name) : Judgement();
      const bool unsafe = known && judgement.standing == Standing::kDenied &&
                          import.level == Level::kUnsafe && !harmless_names_.contains(*import.name);
      const Level level = unsafe ? Level::kUnsafe : std::min(import.level, Level::kCaution);
      if (!AddImport(import, level, place)) continue;
      news.push_back(import.offset);
      if (!unsafe && told_of_memo_) continue;
      told_of_memo_ = true;
      const Rule& rule = *FindRule(unsafe ? judgement.rule : "PKL-216");
      AddFinding({std::string(rule.id), rule.level, import.offset,
                  fmt::format("{}, {}.{} is imported", how,
                              Printable(import.module.value_or("?"), kShownNameBytes),
                              Printable(import.name.value_or("?"), kShownNameBytes))},
                 place);
    }
    return news;
  }

  // The pickles of another reading in which names at `news` stand, to be read beside the first.
  void Tell(Analysis& other, std::span<const std::uint64_t> news, const Place& place,
            std::string_view reading) {
    if (news.empty() || readings_told_ >= kReadingsTold) return;
    ++readings_told_;
    for (Pickle& pickle : other.pickles) {
      const bool has_news = std::any_of(news.begin(), news.end(), [&](std::uint64_t at) {
        return at >= pickle.offset && at - pickle.offset < pickle.size;
      });
      if (!has_news || pickle.lines.empty()) continue;
      pickle.reading = reading;
      const std::uint64_t end = place(pickle.offset + pickle.size);
      pickle.offset = place(pickle.offset);
      pickle.size = end - pickle.offset;
      for (Line& line : pickle.lines) line.offset = place(line.offset);
      if (analysis_.other_readings.size() >= kPicklesTold) return;
      analysis_.other_readings.push_back(std::move(pickle));
    }
  }

  // The same for what each pickle of one Pickler would mean to an Unpickler of its own: besides,
  // what is built as no Pickler does it is odd in whichever way it is read.
  std::vector<std::uint64_t> AddAlone(const Analysis& other) {
    const auto news = AddWithOneMemo(other, &SamePlace, "with a memo for each pickle");
    for (const Finding& finding : other.findings) {
      if (finding.level == Level::kUnsafe && finding.rule.starts_with("PKL-2")) {
        AddFinding(finding, &SamePlace);
      }
    }
    return news;
  }

  // A name that was only seen, not resolved.
  void AddSeen(const SeenName& seen) {
    const Judgement judgement = JudgeWritten(*seen.module, *seen.name);
    const bool denied = judgement.standing == Standing::kDenied;
    const Rule* rule =
        denied && !harmless_names_.contains(*seen.name) ? FindRule(judgement.rule) : nullptr;
    const Level level = rule != nullptr                           ? rule->level
                        : judgement.standing == Standing::kListed ? Level::kClean
                                                                  : Level::kCaution;
    // What was resolved has been judged by its use, and by the user's policy.
    if (rule == nullptr && imports_.contains({seen.module, seen.name})) return;
    if (!AddImport({seen.module, seen.name, level, seen.offset}, level, &SamePlace)) return;
    if (rule == nullptr) return;
    AddFinding({std::string(rule->id), rule->level, seen.offset,
                fmt::format("names {}.{}, where no unpickler gets",
                            Printable(*seen.module, kShownNameBytes),
                            Printable(*seen.name, kShownNameBytes))},
               &SamePlace);
  }

  void Sort() {
    std::stable_sort(analysis_.findings.begin(), analysis_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
    std::stable_sort(analysis_.imports.begin(), analysis_.imports.end(),
                     [](const Import& a, const Import& b) { return a.offset < b.offset; });
  }

 private:
  static constexpr std::size_t kShownNameBytes = 160;
  // More would not be read by anybody.
  static constexpr int kReadingsTold = 4;
  static constexpr std::size_t kPicklesTold = 16;

  using ImportKey = std::pair<std::optional<std::string>, std::optional<std::string>>;
  using FindingKey = std::tuple<std::uint64_t, std::string, std::string>;
  static ImportKey KeyOf(const Import& import) { return {import.module, import.name}; }
  static FindingKey KeyOf(const Finding& finding) {
    return {finding.offset, finding.rule, finding.message};
  }

  // What the user's policy excuses cannot push out anything else.
  std::size_t& CountOf(const Finding& finding) {
    const Level bucket = finding.suppressed.empty() ? finding.level : Level::kClean;
    return counts_[static_cast<std::size_t>(bucket)];
  }

  void AddFinding(Finding finding, const Place& place) {
    finding.offset = place(finding.offset);
    std::size_t& count = CountOf(finding);
    if (count >= limits_.findings_per_file || !findings_.insert(KeyOf(finding)).second) return;
    ++count;
    analysis_.findings.push_back(std::move(finding));
  }

  // True when it is new.
  bool AddImport(Import import, Level level, const Place& place) {
    const auto [known, is_new] = imports_.emplace(KeyOf(import), analysis_.imports.size());
    if (!is_new) {
      Level& old = analysis_.imports[known->second].level;
      old = Worse(old, level);
      return false;
    }
    if (analysis_.imports.size() >= limits_.pickle_imports) {
      imports_.erase(known);
      return false;
    }
    import.level = level;
    import.offset = place(import.offset);
    analysis_.imports.push_back(std::move(import));
    return true;
  }

  Analysis& analysis_;
  const Limits& limits_;
  std::map<ImportKey, std::size_t> imports_;
  std::set<std::string> harmless_names_;  // of the first walk, whatever their module
  std::set<FindingKey> findings_;
  std::array<std::size_t, 4> counts_{};
  bool told_of_memo_ = false;
  int readings_told_ = 0;
};

class OtherReadings {
 public:
  OtherReadings(const ByteSource& source, const Limits& limits, const WalkAgain& walk,
                ReadingBudget& budget, WalkedFile& first)
      : source_(source), limits_(limits), walk_(walk), budget_(budget), first_(first) {}

  void Run() {
    auto apart = TakeAsOnePickler();
    answer_.emplace(first_.analysis, limits_);
    const Disagreements met = first_.disagreements;
    if (apart) {
      answer_->Tell(apart->alone, answer_->AddAlone(apart->alone), kSamePlace,
                    "by an Unpickler for each pickle");
      // And for an Unpickler that reads the last two, as far as the first walk followed that.
      answer_->AddWithOneMemo(apart->by_two, &SamePlace, "with a memo for some pickles");
    } else {
      TakeMemosAndFrames(true, met);
    }
    if (arrays_ || met.arrays) {
      auto walked = Walk(source_, {.joblib_arrays = false});
      if (walked) {
        const auto news = answer_->Add(walked->analysis, kSamePlace);
        answer_->Tell(walked->analysis, news, kSamePlace, "by pickle.load, which knows no arrays");
        TakeMemosAndFrames(false, walked->disagreements);
      }
    }
    if (met.framed_arrays) TakeFrames({}, true, met.frames);
    if (met.memo_lines) TakeMemoLines();
    for (const SeenName& seen : Disassemble(source_, limits_)) {
      if (seen.module && seen.name) answer_->AddSeen(seen);
    }
    answer_->Sort();
    if (left_out_ && first_.analysis.gaps.size() < limits_.gaps_per_file) {
      first_.analysis.gaps.push_back(
          {GapKind::kLimit, 0, source_.size(), "more ways to read it than are followed"});
    }
  }

 private:
  static inline const Place kSamePlace = &SamePlace;
  static constexpr std::string_view kByOneUnpickler = "by one Unpickler that loads all the pickles";

  std::optional<WalkedFile> Walk(const ByteSource& source, const Reading& reading) {
    if (budget_.readings <= 0 || budget_.instructions == 0) {
      left_out_ = true;
      return std::nullopt;
    }
    --budget_.readings;
    WalkedFile walked = walk_(source, reading, budget_.instructions);
    budget_.instructions -= std::min(budget_.instructions, walked.instructions);
    arrays_ = arrays_ || walked.disagreements.arrays;
    left_out_ = left_out_ || walked.analysis.cut_short();
    return walked;
  }

  // A Pickler that writes several objects into one file keeps its memo, and so must the Unpickler
  // that reads them. Where only that makes sense of the file, it is the first reading. Returns the
  // others then.
  struct Apart {
    Analysis alone;   // each pickle has an Unpickler of its own
    Analysis by_two;  // the same, but for slots that only the pickle before has
  };
  std::optional<Apart> TakeAsOnePickler() {
    const Disagreements met = first_.disagreements;
    if (!met.memos || met.frames || met.arrays || MakesSense(first_)) return std::nullopt;
    auto together = Walk(source_, {.one_memo = true, .listed = true});
    if (!together || together->disagreements.frames || together->disagreements.arrays ||
        !MakesSense(*together)) {
      return std::nullopt;
    }
    auto alone = Walk(source_, {.alone = true});
    if (!alone) return std::nullopt;
    std::swap(first_, *together);
    return Apart{std::move(alone->analysis), std::move(together->analysis)};
  }

  // Carried out to its last byte, and nothing in it is odd.
  bool MakesSense(const WalkedFile& walked) const {
    const Analysis& analysis = walked.analysis;
    return analysis.gaps.empty() && analysis.end == source_.size() &&
           std::all_of(analysis.findings.begin(), analysis.findings.end(),
                       [](const Finding& finding) { return finding.level < Level::kSuspicious; });
  }

  // `met`: with a memo for each pickle, and the frames as they are in memory.
  void TakeMemosAndFrames(bool joblib_arrays, const Disagreements& met) {
    bool frames = met.frames;
    bool memos = met.memos;
    if (frames) memos = TakeFrames({.joblib_arrays = joblib_arrays}, false, true) || memos;
    if (!memos) return;
    const Reading one_memo{.one_memo = true, .joblib_arrays = joblib_arrays};
    if (auto walked = Walk(source_, one_memo)) {
      const auto news = answer_->AddWithOneMemo(walked->analysis, kSamePlace);
      answer_->Tell(walked->analysis, news, kSamePlace, kByOneUnpickler);
      frames = frames || walked->disagreements.frames;
    }
    if (frames) TakeFrames(one_memo, false, true);
  }

  // Python 2 knows no frames.
  void TakeMemoLines() {
    for (const MemoLines lines : {MemoLines::kTexts, MemoLines::kTextsBeside}) {
      auto walked = Walk(source_, {.joblib_arrays = false, .memo_lines = lines});
      if (!walked) return;
      const auto news = answer_->Add(walked->analysis, kSamePlace);
      answer_->Tell(walked->analysis, news, kSamePlace,
                    lines == MemoLines::kTexts ? "by Python 2's pickle" : "by Python 2's cPickle");
      if (!walked->disagreements.memos) continue;
      const Reading one_memo{.one_memo = true, .joblib_arrays = false, .memo_lines = lines};
      if (auto again = Walk(source_, one_memo)) {
        answer_->AddWithOneMemo(again->analysis, kSamePlace);
      }
    }
  }

  // Every way through the frames, or only the one that forgets nothing; true when memos differ in
  // one. `arrays_behind`: with the arrays in frames read from behind them.
  bool TakeFrames(Reading reading, bool arrays_behind, bool all_ways) {
    bool memos = false;
    FrameWays ways;
    while (const auto choices = ways.Next()) {
      SplicedSource spliced(source_);
      FrameForks forks(spliced, *choices);
      reading.forks = all_ways ? &forks : nullptr;
      reading.arrays_behind_frames = arrays_behind ? &spliced : nullptr;
      auto walked = Walk(spliced, reading);
      if (!walked) break;
      ways.Taken(forks.taken(), choices->size());
      const Place place = [&spliced](std::uint64_t offset) { return spliced.InWhole(offset); };
      const auto news = reading.one_memo ? answer_->AddWithOneMemo(walked->analysis, place)
                                         : answer_->Add(walked->analysis, place);
      answer_->Tell(walked->analysis, news, place,
                    arrays_behind      ? "by joblib, which finds the arrays behind their frame"
                    : reading.one_memo ? kByOneUnpickler
                                       : "from a stream, which drops the rest of a frame");
      memos = memos || walked->disagreements.memos;
    }
    return memos;
  }

  const ByteSource& source_;
  const Limits& limits_;
  const WalkAgain& walk_;
  ReadingBudget& budget_;
  WalkedFile& first_;
  std::optional<Answer> answer_;
  bool arrays_ = false;    // some walk met arrays that others carry out
  bool left_out_ = false;  // of some way to read it, or of its end, nothing is known
};

}  // namespace

bool HasOtherReadings(const ByteSource& source, const WalkedFile& first) {
  const Analysis& analysis = first.analysis;
  return first.disagreements.any() || !analysis.gaps.empty() || analysis.end < source.size() ||
         std::any_of(analysis.findings.begin(), analysis.findings.end(),
                     [](const Finding& finding) { return finding.level >= Level::kSuspicious; });
}

void AddOtherReadings(const ByteSource& source, const Limits& limits, const WalkAgain& walk,
                      ReadingBudget& budget, WalkedFile& first) {
  OtherReadings(source, limits, walk, budget, first).Run();
}

}  // namespace counterscan::pickle
