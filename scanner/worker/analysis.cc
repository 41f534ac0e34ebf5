#include "scanner/worker/analysis.h"

#include <sys/stat.h>

#include <cerrno>
#include <new>
#include <string>
#include <utility>

#include "scanner/base/byte_source.h"
#include "scanner/engine/file_analysis.h"

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

bool SameContent(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

AnalysisAnswer RunAnalysisJob(const AnalysisJob& job, int descriptor, const Limits& limits) {
  AnalysisAnswer answer;
  answer.id = job.id;
  struct stat before = {};
  if (fstat(descriptor, &before) != 0) {
    answer.gaps.push_back(
        WholeFile(GapReason::kUnreadable, job.size, FailErrno("fstat", errno).value().message));
    return answer;
  }
  if (!S_ISREG(before.st_mode)) {
    answer.gaps.push_back(WholeFile(GapReason::kNotRegular, job.size, "not a regular file"));
    return answer;
  }

  const auto size = static_cast<std::uint64_t>(before.st_size);
  const FileSource source(descriptor, size);
  const AnalysisOptions options{
      .limits = limits, .explain = job.explain, .explain_opcodes = job.explain_opcodes};
  try {
    FileAnalysis analysis = AnalyseFile(source, job.name, options);
    answer.type = std::move(analysis.type);
    answer.findings = std::move(analysis.findings);
    answer.imports = std::move(analysis.imports);
    answer.gaps = std::move(analysis.gaps);
    answer.pickles = std::move(analysis.pickles);
  } catch (const std::bad_alloc&) {
    answer.gaps.push_back(WholeFile(GapReason::kOutOfMemory, size,
                                    "the analysis reached the worker's limit of memory"));
  }

  struct stat after = {};
  if (size != job.size) {
    answer.gaps.push_back(
        WholeFile(GapReason::kChanged, size, "the file changed its size after it was opened"));
  } else if (fstat(descriptor, &after) != 0 || !SameContent(before, after)) {
    answer.gaps.push_back(
        WholeFile(GapReason::kChanged, size, "the file changed while it was analysed"));
  }
  return answer;
}

}  // namespace counterscan
