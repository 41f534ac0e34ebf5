#include "scanner/worker/analysis.h"

#include <sys/stat.h>

#include <new>
#include <set>
#include <string>
#include <utility>

#include "scanner/base/byte_source.h"
#include "scanner/engine/file_analysis.h"
#include "scanner/engine/parse_candidate.h"
#include "scanner/model/rules.h"
#include "scanner/worker/opened_state.h"

namespace counterscan {
namespace {

Gap WholeFile(GapReason reason, std::uint64_t size, std::string detail) {
  return Gap{.reason = reason,
             .engine = EngineId::kScan,
             .where = {},
             .first = 0,
             .last = size,
             .detail = std::move(detail)};
}

// Gives `work` the open file as a source, and says when it did not keep still meanwhile.
template <class Work>
AnalysisAnswer RunOnFile(const AnalysisJob& job, int descriptor, const Work& work) {
  AnalysisAnswer answer;
  answer.id = job.id;
  auto opened = OpenedStateOf(job.size, job.times, descriptor);
  if (!opened) {
    answer.gaps.push_back(std::move(opened.error()));
    return answer;
  }
  const std::uint64_t size = opened->size;
  const FileSource source(descriptor, size);
  try {
    work(source, answer);
  } catch (const std::bad_alloc&) {
    answer.gaps.push_back(WholeFile(GapReason::kOutOfMemory, size,
                                    "the analysis reached the worker's limit of memory"));
  }

  struct stat after = {};
  if (size != job.size) {
    answer.gaps.push_back(
        WholeFile(GapReason::kChanged, size, "the file changed its size after it was opened"));
  } else if (fstat(descriptor, &after) != 0 || static_cast<std::uint64_t>(after.st_size) != size ||
             FileTimes::Of(after).modified != opened->times.modified) {
    answer.gaps.push_back(
        WholeFile(GapReason::kChanged, size, "the file changed while it was analysed"));
  }
  return answer;
}

// Collects what matches in unpacked content, as findings of their places.
class SignatureCollector final : public ContentMatcher {
 public:
  SignatureCollector(ClamavEngine& engine, std::size_t limit) : engine_(engine), limit_(limit) {}

  std::vector<Gap> Match(const ByteSource& content, const std::string& where) override {
    ClamavEngine::Matches matches = engine_.Match(content, {});
    wanted_groups_.insert(matches.wanted_groups.begin(), matches.wanted_groups.end());
    const Rule* rule = FindFileRule("CLAM-1");
    for (const std::string& name : matches.names) {
      // As many of one kind say as much as all: each is unsafe.
      if (findings_.size() >= limit_) break;
      findings_.push_back({.rule = std::string(rule->id),
                           .level = rule->level,
                           .engine = EngineId::kClamav,
                           .where = where,
                           .message = "ClamAV: " + name});
    }
    return std::move(matches.gaps);
  }

  std::vector<Finding> Take() { return std::move(findings_); }
  std::vector<std::uint32_t> WantedGroups() const {
    return {wanted_groups_.begin(), wanted_groups_.end()};
  }

 private:
  ClamavEngine& engine_;
  std::size_t limit_;
  std::vector<Finding> findings_;
  std::set<std::uint32_t> wanted_groups_;
};

}  // namespace

AnalysisAnswer RunAnalysisJob(const AnalysisJob& job, int descriptor, const Limits& limits,
                              const pickle::UserPolicy* policy) {
  return RunOnFile(job, descriptor, [&](const ByteSource& source, AnalysisAnswer& answer) {
    const AnalysisOptions options{.limits = limits,
                                  .policy = policy,
                                  .explain = job.explain,
                                  .explain_opcodes = job.explain_opcodes,
                                  .coverage = job.coverage};
    FileAnalysis analysis = AnalyseFile(source, options);
    answer.type = std::move(analysis.type);
    answer.findings = std::move(analysis.findings);
    answer.imports = std::move(analysis.imports);
    answer.gaps = std::move(analysis.gaps);
    answer.pickles = std::move(analysis.pickles);
    answer.coverage = std::move(analysis.coverage);
    answer.unpacked = analysis.unpacked;
    answer.worth_parsing = job.parse && WorthParsing(detect::FileTypeFromName(answer.type), source);
    answer.unpacked_bytes = analysis.unpacked_bytes;
    answer.members = analysis.members;
  });
}

AnalysisAnswer RunMembersJob(const AnalysisJob& job, int descriptor, const Limits& limits,
                             ClamavEngine& engine) {
  return RunOnFile(job, descriptor, [&](const ByteSource& source, AnalysisAnswer& answer) {
    SignatureCollector collector(engine, limits.findings_per_file);
    answer.gaps = MatchUnpacked(source, limits, collector);
    answer.findings = collector.Take();
    answer.wanted_groups = collector.WantedGroups();
  });
}

AnalysisAnswer RunParseJob(const AnalysisJob& job, int descriptor, ParseEngine& parser) {
  return RunOnFile(job, descriptor, [&](const ByteSource& source, AnalysisAnswer& answer) {
    SignatureMatches matches = parser.Match(descriptor, source.size());
    const Rule* rule = FindFileRule("CLAM-1");
    for (const std::string& name : matches.names) {
      answer.findings.push_back({.rule = std::string(rule->id),
                                 .level = rule->level,
                                 .engine = EngineId::kClamav,
                                 .where = "",
                                 .message = "ClamAV: " + name});
    }
    answer.gaps = std::move(matches.gaps);
    answer.gaps.insert(answer.gaps.end(), parser.load_gaps().begin(), parser.load_gaps().end());
  });
}

}  // namespace counterscan
