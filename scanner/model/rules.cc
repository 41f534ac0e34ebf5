#include "scanner/model/rules.h"

#include <array>

namespace counterscan {
namespace {

constexpr auto kRules = std::to_array<Rule>({
    {"CLAM-1", Level::kUnsafe, "a ClamAV signature matched",
     "The bytes match a signature of known malware. Signatures can match by chance in large "
     "weights: look the name up, and compare with the Hub's avScan."},
});

}  // namespace

std::span<const Rule> FileRules() { return kRules; }

const Rule* FindFileRule(std::string_view id) {
  for (const Rule& rule : kRules) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

}  // namespace counterscan
