#include "scanner/cli/name_gap.h"

#include <string>

#include "scanner/detect/file_type.h"
#include "scanner/detect/name_promise.h"
#include "scanner/detect/script_name.h"

namespace counterscan {

std::optional<Gap> NameGap(FileReport& file) {
  const std::string_view name = std::string_view(file.path).substr(file.path.rfind('/') + 1);
  const detect::FileType type = detect::FileTypeFromName(file.type);
  std::string why = detect::UnjudgedByName(name, type);
  if (why.empty()) return std::nullopt;
  if (detect::NamesScript(name) && detect::Row(type).carries == detect::Carries::kText) {
    file.type = detect::Name(detect::FileType::kScript);
  }
  return Gap{.reason = GapReason::kNoAnalyser,
             .engine = EngineId::kFormat,
             .first = 0,
             .last = file.size,
             .detail = std::move(why)};
}

}  // namespace counterscan
