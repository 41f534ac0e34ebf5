#include "scanner/cli/script_gap.h"

#include <fmt/format.h>

#include "scanner/detect/file_type.h"
#include "scanner/detect/script_name.h"

namespace counterscan {

std::optional<Gap> ScriptGap(FileReport& file) {
  const std::string_view name = std::string_view(file.path).substr(file.path.rfind('/') + 1);
  const detect::FileType type = detect::FileTypeFromName(file.type);
  if (type == detect::FileType::kScript || !detect::NamesScript(name) ||
      detect::Row(type).carries != detect::Carries::kText) {
    return std::nullopt;
  }
  const detect::FileTypeRow& script = detect::Row(detect::FileType::kScript);
  file.type = script.name;
  return Gap{.reason = GapReason::kNoAnalyser,
             .engine = EngineId::kFormat,
             .first = 0,
             .last = file.size,
             .detail = fmt::format("{}: {}", script.name, script.what)};
}

}  // namespace counterscan
