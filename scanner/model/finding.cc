#include "scanner/model/finding.h"

#include <array>
#include <utility>

namespace counterscan {
namespace {

constexpr auto kEngines = std::to_array<std::pair<EngineId, std::string_view>>({
    {EngineId::kPickle, "pickle"},
    {EngineId::kClamav, "clamav"},
    {EngineId::kFormat, "format"},
    {EngineId::kArchive, "archive"},
    {EngineId::kScan, "scan"},
});

}  // namespace

std::string_view Name(EngineId engine) { return kEngines[static_cast<std::size_t>(engine)].second; }

std::optional<EngineId> EngineFromName(std::string_view name) {
  for (const auto& [engine, engine_name] : kEngines) {
    if (engine_name == name) return engine;
  }
  return std::nullopt;
}

}  // namespace counterscan
