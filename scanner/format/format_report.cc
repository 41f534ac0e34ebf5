#include "scanner/format/format_report.h"

#include <cassert>
#include <utility>

#include "scanner/model/rules.h"

namespace counterscan::format {

void FormatReport::Find(std::string_view rule, std::uint64_t offset, std::string message) {
  const Rule* row = FindFileRule(rule);
  assert(row != nullptr);
  Finding finding;
  finding.rule = std::string(rule);
  finding.level = row->level;
  finding.engine = EngineId::kFormat;
  finding.offset = offset;
  finding.message = std::move(message);
  findings.push_back(std::move(finding));
}

void FormatReport::Leave(GapReason reason, std::uint64_t first, std::uint64_t last,
                         std::string detail) {
  Gap gap;
  gap.reason = reason;
  gap.engine = EngineId::kFormat;
  gap.first = first;
  gap.last = last;
  gap.detail = std::move(detail);
  gaps.push_back(std::move(gap));
}

}  // namespace counterscan::format
