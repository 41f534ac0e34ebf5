// Lines of signature files: whatever they hold, the answer keeps its promises.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "scanner/engine/clamav_anchor.h"
#include "scanner/engine/clamav_signature.h"
#include "scanner/engine/hashed_files.h"
#include "scanner/engine/yara_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  for (const SignatureLine& signature :
       {ParseExtendedSignature(line), ParseLogicalSignature(line), ParsePlainSignature(line)}) {
    const bool windows = signature.needs != SignatureNeeds::kWholeFile &&
                         signature.needs != SignatureNeeds::kNothing;
    if (windows && signature.reach > kLongestReach) std::abort();
    if (signature.name.size() > line.size()) std::abort();
  }
  std::vector<Anchors> all = {AnchorsOfExtended(line), AnchorsOfLogical(line),
                              AnchorsOfPlain(line)};
  // One for each subsignature and form of it, at most.
  for (const Anchors& anchors : all) {
    if (anchors.size() > 2 * 64) std::abort();
  }
  for (const YaraRule& rule : ParseYaraRules(line).value_or(std::vector<YaraRule>())) {
    if (!rule.text.starts_with("rule") || !rule.text.ends_with("}")) std::abort();
    all.push_back(rule.anchors);
  }
  for (const Anchors& anchors : all) {
    for (const Anchor& anchor : anchors) {
      if (anchor.bytes.size() < kShortestAnchor || anchor.bytes.size() > kLongestAnchor) {
        std::abort();
      }
    }
  }
  (void)LongestMatch(line);
  HashedFiles hashes;
  hashes.Add(line);
  hashes.Finish();
  return 0;
}
