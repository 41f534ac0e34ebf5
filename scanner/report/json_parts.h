// Parts that several JSON documents of ours share. Each writes one or more fields of the object
// that is open.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scanner/model/hub_quota.h"
#include "scanner/model/report.h"
#include "scanner/report/json_writer.h"

namespace counterscan {

// "path", and "path_b64" where it is not UTF-8.
void WritePath(JsonWriter& json, std::string_view path);
void WriteTexts(JsonWriter& json, std::string_view key, std::span<const std::string> texts);
// "clamav": the engine and its signatures.
void WriteClamav(JsonWriter& json, const EngineInfo& engine);
// "quota", null where the Hub did not say it.
void WriteQuota(JsonWriter& json, const std::optional<HubQuota>& quota);
void WriteCoverage(JsonWriter& json, const FileReport& file);
void WriteGaps(JsonWriter& json, std::span<const Gap> gaps);
void WriteFindings(JsonWriter& json, std::span<const Finding> findings);
void WriteImports(JsonWriter& json, std::span<const Import> imports);

}  // namespace counterscan
