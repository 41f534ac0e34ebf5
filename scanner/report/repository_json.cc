#include "scanner/report/repository_json.h"

#include "scanner/report/json_parts.h"
#include "scanner/report/json_writer.h"
#include "scanner/report/repository_table.h"

namespace counterscan {
namespace {

using enum JsonWriter::Layout;

void WriteHeader(JsonWriter& json, const RepositoryReport& report) {
  json.Field("schema", kHubStatusSchema);
  json.Key("tool").BeginObject(kOneLine);
  json.Field("name", "counterscan");
  json.FieldOrNull("version", report.tool_version);
  json.FieldOrNull("created", report.created);
  json.EndObject();
  json.FieldOrNull("endpoint", report.endpoint);
  json.FieldOrNull("source", report.source);
  json.Field("asked", report.quick ? "repositories" : "files");
}

void WriteEnd(JsonWriter& json, const RepositoryReport& report) {
  const RepositorySummary summary = Summarise(report);
  json.Key("summary").BeginObject(kOneLine);
  json.Field("repositories", summary.repositories);
  json.Field("safe", summary.safe);
  json.Field("flagged", summary.flagged);
  json.Field("withdrawn", summary.withdrawn);
  json.Field("unknown", summary.unknown);
  json.Field("left", report.left);
  json.EndObject();
  WriteQuota(json, report.quota);
  WriteTexts(json, "errors", report.errors);
  json.Field("complete", report.complete);
  json.Field("exit", report.exit_status);
}

void WriteWord(JsonWriter& json, const RepositoryWord& word) {
  json.BeginObject();
  json.Field("repo", word.repo);
  json.Field("repo_type", word.repo_type);
  json.Field("revision", word.revision);
  json.FieldOrNull("commit", word.commit);
  json.Field("state", StateName(word));
  json.FieldOrNull("reason", word.reason);
  json.FieldOrNull("cause", word.cause);
  json.FieldOrNull("next", word.next);
  json.Key("files");
  if (const auto& counts = word.counts) {
    json.BeginObject(kOneLine);
    json.Field("listed", counts->files);
    json.Field("safe", counts->safe);
    json.Field("flagged", counts->flagged);
    json.Field("pending", counts->pending);
    json.Field("failed", counts->failed);
    json.Field("silent", counts->silent);
    json.Field("masked", counts->masked);
    json.EndObject();
  } else {
    json.Null();
  }
  json.Key("no_access");
  if (const auto& no_access = word.no_access) {
    json.BeginObject();
    json.Field("cause", no_access->cause);
    json.Field("reason", no_access->reason);
    json.FieldOrNull("next", no_access->next);
    json.EndObject();
  } else {
    json.Null();
  }
  json.Key("flags").BeginArray();
  for (const RepositoryWord::Flag& flag : word.flags) {
    json.BeginObject();
    if (flag.path.empty()) {
      json.Key("path").Null();
    } else {
      WritePath(json, flag.path);
    }
    json.Field("level", Name(flag.state));
    json.Field("listed", flag.listed);
    WriteTexts(json, "scanners", flag.scanners);
    json.EndObject();
  }
  json.EndArray();
  json.Field("more_flags", word.more_flags);
  json.Field("unlisted_flags", word.unlisted_flags);
  json.Field("scans_done", word.scans_done);
  json.FieldOrNull("asked_at", word.asked_at);
  json.Field("kept", word.kept);
  WriteTexts(json, "notes", word.notes);
  json.EndObject();
}

}  // namespace

std::string RepositoryJson(const RepositoryReport& report) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.BeginObject();
  WriteHeader(json, report);
  WriteEnd(json, report);
  json.Key("repositories").BeginArray();
  for (const RepositoryWord& word : report.words) WriteWord(json, word);
  json.EndArray();
  json.EndObject();
  out += '\n';
  return out;
}

std::string RepositoryJsonlHeader(const RepositoryReport& report) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kCompact);
  json.BeginObject();
  WriteHeader(json, report);
  json.EndObject();
  out += '\n';
  return out;
}

std::string RepositoryJsonlWord(const RepositoryWord& word) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kCompact);
  WriteWord(json, word);
  out += '\n';
  return out;
}

std::string RepositoryJsonlEnd(const RepositoryReport& report) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kCompact);
  json.BeginObject();
  WriteEnd(json, report);
  json.EndObject();
  out += '\n';
  return out;
}

}  // namespace counterscan
