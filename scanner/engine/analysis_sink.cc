#include "scanner/engine/analysis_sink.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "scanner/model/rules.h"

namespace counterscan {
namespace {

// Listings of opcodes are for people. Past this they no longer fit a message to the parent.
constexpr std::size_t kExplainedBytes = 24 * kMiB;

std::size_t BytesOf(const ExplainedPickle& pickle) {
  constexpr std::size_t kOverhead = 64;
  std::size_t bytes = kOverhead + pickle.where.size() + pickle.error.size();
  for (const ExplainedLine& line : pickle.lines)
    bytes += kOverhead + line.text.size() + line.subject.size();
  for (const ExplainedOpcode& op : pickle.opcodes) bytes += kOverhead + op.argument.size();
  return bytes;
}

// Moves the buckets into one list, worst first, and says whether all of it fitted.
template <class T, std::size_t N>
bool Drain(std::array<std::vector<T>, N>& buckets, std::size_t limit, std::vector<T>& out) {
  for (std::size_t i = N; i-- > 0;) {
    for (T& item : buckets[i]) {
      if (out.size() >= limit) return false;
      out.push_back(std::move(item));
    }
  }
  return true;
}

}  // namespace

void AnalysisSink::Add(Finding finding) {
  // No finding is clean: that is the bucket of those that do not count, which so push out none.
  auto& bucket =
      findings_[static_cast<std::size_t>(finding.suppressed ? Level::kClean : finding.level)];
  if (bucket.size() >= limits_.findings_per_file) {
    more_findings_ = true;
  } else {
    bucket.push_back(std::move(finding));
  }
}

void AnalysisSink::Add(Import import) {
  auto& bucket = imports_[static_cast<std::size_t>(import.level)];
  if (bucket.size() >= limits_.imports_per_file) {
    more_imports_ = true;
  } else {
    bucket.push_back(std::move(import));
  }
}

void AnalysisSink::Add(Gap gap) {
  if (recorder_ != nullptr) recorder_->Add(gap);
  // The last places are kept for the gaps that say what was left out.
  constexpr std::size_t kReserved = 4;
  if (gaps_.size() + kReserved >= limits_.gaps_per_file) {
    more_gaps_ = true;
  } else {
    gaps_.push_back(std::move(gap));
  }
}

void AnalysisSink::Add(ExplainedPickle pickle) {
  const std::size_t bytes = BytesOf(pickle);
  if (explained_bytes_ + bytes > kExplainedBytes) {
    pickle.lines_left_out += pickle.lines.size();
    pickle.lines.clear();
    pickle.opcodes.clear();
    pickle.cut = true;
    if (explained_bytes_ > 2 * kExplainedBytes) {
      more_pickles_ = true;
      return;
    }
  }
  explained_bytes_ += bytes;
  pickles_.push_back(std::move(pickle));
}

void AnalysisSink::Find(std::string_view rule, EngineId engine, std::string where,
                        std::optional<std::uint64_t> offset, std::string message) {
  const Rule* row = FindFileRule(rule);
  assert(row != nullptr);
  Finding finding;
  finding.rule = std::string(rule);
  finding.level = row->level;
  finding.engine = engine;
  finding.where = std::move(where);
  finding.offset = offset;
  finding.message = std::move(message);
  Add(std::move(finding));
}

void AnalysisSink::MoveTo(FileAnalysis& analysis) {
  more_findings_ |= !Drain(findings_, limits_.findings_per_file, analysis.findings);
  more_imports_ |= !Drain(imports_, limits_.imports_per_file, analysis.imports);
  analysis.gaps = std::move(gaps_);
  analysis.pickles = std::move(pickles_);
  const auto say = [&](bool cut, std::string_view what) {
    if (!cut) return;
    Gap gap;
    gap.reason = GapReason::kLimitReport;
    gap.detail = "more " + std::string(what) + " than a report holds";
    analysis.gaps.push_back(std::move(gap));
  };
  say(more_findings_, "findings");
  say(more_imports_, "imports");
  say(more_gaps_, "gaps");
  say(more_pickles_, "pickles to explain");
}

}  // namespace counterscan
