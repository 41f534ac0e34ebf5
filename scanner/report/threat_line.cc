#include "scanner/report/threat_line.h"

#include <fmt/format.h>

#include "scanner/base/text.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_layout.h"

namespace counterscan {

std::string ThreatLine(std::string_view path, const Finding& finding, const TextOptions& options) {
  // One line on the screen, whatever the file puts into its message.
  constexpr std::size_t kMessageCharacters = 300;
  std::string out;
  const TextLayout layout(out, options);
  return fmt::format("{}  {}: {}  [{}]", layout.Tinted(TintOf(finding.level), Name(finding.level)),
                     Place(path, finding.where, finding.offset),
                     PrintableAgain(finding.message, kMessageCharacters), Printable(finding.rule));
}

}  // namespace counterscan
