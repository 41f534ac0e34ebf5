#include "scanner/report/json_parts.h"

#include "scanner/base/text.h"

namespace counterscan {

using enum JsonWriter::Layout;

void WritePath(JsonWriter& json, std::string_view path) {
  json.Field("path", path);
  if (!IsUtf8(path)) json.Field("path_b64", Base64(path));
}

void WriteTexts(JsonWriter& json, std::string_view key, std::span<const std::string> texts) {
  json.Key(key).BeginArray();
  for (const std::string& text : texts) json.Value(text);
  json.EndArray();
}

namespace {

void WriteMap(JsonWriter& json, const CoverageMap& map) {
  json.Key("map").BeginArray();
  for (const CoveredPart& part : map.parts) {
    json.BeginObject();
    json.Field("where", part.where);
    json.FieldOrNull("type", part.type);
    json.Field("size", part.size);
    json.Key("ranges").BeginArray();
    for (const CoveredRange& range : part.ranges) {
      json.BeginObject(kOneLine);
      json.Key("bytes").BeginArray().Value(range.first).Value(range.last).EndArray();
      json.Field("handling", Name(range.handling));
      json.Field("by", range.by);
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
  json.Field("map_left_out", map.parts_left_out);
}

void WriteDatabaseFile(JsonWriter& json, const DatabaseFile& file) {
  json.BeginObject(JsonWriter::Layout::kOneLine);
  json.Field("name", file.name);
  json.Field("state", Name(file.state));
  json.Field("size", file.size);
  json.FieldOrNull("sha256", file.sha256);
  json.Key("version");
  if (file.version == 0) {
    json.Null();
  } else {
    json.Value(file.version);
  }
  json.FieldOrNull("built", file.built);
  json.Field("declared_signatures", file.declared_signatures);
  json.Field("signatures", file.signatures);
  json.FieldOrNull("problem", file.problem);
  json.EndObject();
}

}  // namespace

void WriteClamav(JsonWriter& json, const EngineInfo& engine) {
  json.Key("clamav").BeginObject();
  json.FieldOrNull("state", engine.clamav_state);
  json.FieldOrNull("version", engine.clamav_version);
  json.Field("signatures", engine.signatures);
  json.Field("builtin_signatures", engine.builtin_signatures);
  json.Field("anchored_signatures", engine.anchored_signatures);
  json.Field("residual_signatures", engine.residual_signatures);
  json.Field("text_signatures", engine.text_signatures);
  json.FieldOrNull("database", engine.database);
  json.FieldOrNull("database_digest", engine.database_digest);
  json.FieldOrNull("database_time", engine.database_time);
  json.FieldOrNull("message", engine.message);
  json.Key("databases").BeginArray();
  for (const DatabaseFile& file : engine.database_files) WriteDatabaseFile(json, file);
  json.EndArray();
  json.EndObject();
}

void WriteQuota(JsonWriter& json, const std::optional<HubQuota>& quota) {
  json.Key("quota");
  if (!quota) {
    json.Null();
    return;
  }
  json.BeginObject(JsonWriter::Layout::kOneLine);
  json.Field("remaining", quota->remaining);
  json.Field("limit", quota->limit);
  json.Field("reset_seconds", quota->reset_seconds);
  json.Field("window_seconds", quota->window_seconds);
  json.EndObject();
}

void WriteCoverage(JsonWriter& json, const FileReport& file) {
  json.Key("coverage").BeginObject();
  json.Field("state", Name(CoverageOf(file)));
  WriteGaps(json, file.gaps);
  if (!file.coverage.parts.empty()) WriteMap(json, file.coverage);
  json.EndObject();
}

void WriteGaps(JsonWriter& json, std::span<const Gap> gaps) {
  json.Key("gaps").BeginArray();
  for (const Gap& gap : gaps) {
    json.BeginObject(kOneLine);
    json.Field("reason", Name(gap.reason));
    json.Field("engine", Name(gap.engine));
    json.Field("where", gap.where);
    json.Key("bytes").BeginArray().Value(gap.first).Value(gap.last).EndArray();
    json.FieldOrNull("detail", gap.detail);
    json.EndObject();
  }
  json.EndArray();
}

void WriteFindings(JsonWriter& json, std::span<const Finding> findings) {
  json.Key("findings").BeginArray();
  for (const Finding& finding : findings) {
    json.BeginObject(kOneLine);
    json.Field("rule", finding.rule);
    json.Field("level", Name(finding.level));
    json.Field("engine", Name(finding.engine));
    json.Field("where", finding.where);
    json.Field("offset", finding.offset);
    json.Field("message", finding.message);
    json.Field("suppressed", finding.suppressed);
    json.EndObject();
  }
  json.EndArray();
}

void WriteImports(JsonWriter& json, std::span<const Import> imports) {
  json.Key("imports").BeginArray();
  for (const Import& import : imports) {
    json.BeginObject(kOneLine);
    json.Field("module", import.module);
    json.Field("name", import.name);
    json.Field("level", Name(import.level));
    json.Field("where", import.where);
    json.Field("offset", import.offset);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace counterscan
