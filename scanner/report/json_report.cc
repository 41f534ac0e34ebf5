#include "scanner/report/json_report.h"

#include <fmt/format.h>

#include <set>

#include "scanner/base/text.h"
#include "scanner/report/json_parts.h"
#include "scanner/report/json_writer.h"

namespace counterscan {
namespace {

using enum JsonWriter::Layout;

void WriteTool(JsonWriter& json, const Report& report) {
  const Header& header = report.header;
  json.Key("tool").BeginObject();
  json.Field("name", "counterscan");
  json.FieldOrNull("version", header.tool_version);
  json.FieldOrNull("created", header.created);
  WriteTexts(json, "targets", header.targets);
  json.FieldOrNull("depth", header.depth);
  WriteTexts(json, "switched_off", header.switched_off);
  json.Field("fail_on", Name(report.fail_on));
  json.EndObject();
}

void WriteLimits(JsonWriter& json, const Header& header) {
  const Limits& file = header.file_limits;
  const ScanBudget& scan = header.scan_budget;
  json.Key("limits").BeginObject();
  json.Field("depth", file.container_depth);
  json.Field("members", file.members);
  json.Field("ratio", file.inflate_ratio);
  json.Field("unpacked_bytes", file.inflated_bytes);
  json.Field("memory_bytes", file.analysis_worker_memory_bytes);
  json.Field("file_milliseconds", file.job_milliseconds);
  json.Field("file_milliseconds_per_mib", file.job_milliseconds_per_mib);
  json.Key("scan_milliseconds");
  scan.time ? json.Value(scan.time->count()) : json.Null();
  json.Field("total_bytes", scan.bytes);
  json.Field("total_members", scan.members);
  json.EndObject();
}

void WriteEngines(JsonWriter& json, const Report& report) {
  json.Key("engines").BeginObject();
  json.Key("pickle").BeginObject(kOneLine);
  json.FieldOrNull("version", report.header.tool_version);
  json.EndObject();
  WriteClamav(json, report.engines);
  json.EndObject();
}

void WriteSandbox(JsonWriter& json, const SandboxInfo& sandbox) {
  json.Key("sandbox").BeginObject();
  json.Field("seccomp", sandbox.seccomp);
  json.Field("landlock", sandbox.landlock);
  json.Field("landlock_abi", sandbox.landlock_abi);
  json.Field("unprivileged", sandbox.unprivileged);
  json.FieldOrNull("note", sandbox.note);
  json.EndObject();
}

void WritePolicy(JsonWriter& json, const Report& report) {
  json.Key("policy").BeginArray();
  for (const PolicySource& source : report.policy) {
    json.BeginObject(kOneLine);
    json.Field("source", source.name);
    json.Field("allows", source.allows);
    json.Field("denies", source.denies);
    json.EndObject();
  }
  json.EndArray();
}

void WriteHubInfo(JsonWriter& json, const HubInfo& hub) {
  json.Key("hub").BeginObject();
  json.FieldOrNull("mode", hub.mode);
  json.FieldOrNull("source", hub.source);
  json.FieldOrNull("endpoint", hub.endpoint);
  json.FieldOrNull("asked_at", hub.asked_at);
  json.FieldOrNull("digest", hub.digest);
  json.Field("authenticated", hub.authenticated);
  WriteQuota(json, hub.quota);
  json.FieldOrNull("note", hub.note);
  json.EndObject();
}

void WriteSummary(JsonWriter& json, const Summary& summary) {
  json.Key("summary").BeginObject();
  json.Field("files", summary.files);
  json.Field("bytes", summary.bytes);
  json.Key("verdicts").BeginObject();
  for (std::size_t i = 0; i < summary.verdicts.size(); ++i) {
    json.Field(Name(static_cast<Verdict>(i)), summary.verdicts[i]);
  }
  json.EndObject();
  json.Key("classes").BeginObject();
  for (std::size_t i = 0; i < summary.classes.size(); ++i) {
    json.Field(Name(static_cast<Agreement>(i)), summary.classes[i]);
  }
  json.EndObject();
  json.Key("findings").BeginObject();
  for (const Level level : {Level::kCaution, Level::kSuspicious, Level::kUnsafe}) {
    json.Field(Name(level), summary[level]);
  }
  json.Field("suppressed", summary.suppressed);
  json.EndObject();
  // Only the reasons that occur: "no row" and "a row of zero" mean the same here.
  json.Key("gaps").BeginObject();
  for (const auto& [reason, count] : summary.gaps) json.Field(Name(reason), count);
  json.EndObject();
  json.EndObject();
}

void WriteIdentity(JsonWriter& json, const Identity& identity) {
  json.Key("identity").BeginObject();
  json.FieldOrNull("repo", identity.repo);
  json.FieldOrNull("repo_type", identity.repo_type);
  json.FieldOrNull("commit", identity.commit);
  json.FieldOrNull("path", identity.path);
  json.FieldOrNull("expected", identity.expected);
  json.Field("comparable", identity.comparable);
  json.EndObject();
}

void WriteScanner(JsonWriter& json, const HubScanner& scanner) {
  json.BeginObject();
  json.FieldOrNull("status", scanner.status);
  json.FieldOrNull("message", scanner.message);
  json.FieldOrNull("version", scanner.version);
  json.FieldOrNull("report_link", scanner.report_link);
  json.Key("imports").BeginArray();
  for (const HubImport& import : scanner.imports) {
    json.BeginObject(kOneLine);
    json.Field("module", import.module);
    json.Field("name", import.name);
    json.Field("safety", import.safety);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void WriteHubView(JsonWriter& json, const HubView& hub) {
  json.Key("hub").BeginObject();
  json.Field("state", Name(hub.state));
  json.FieldOrNull("reason", hub.reason);
  json.FieldOrNull("cause", hub.cause);
  json.FieldOrNull("next_step", hub.next_step);
  json.FieldOrNull("asked_at", hub.asked_at);
  json.Key("scanners").BeginObject();
  // Names come from a server. Of two members of one name most parsers keep only one, and it may be
  // the harmless one.
  std::set<std::string> used;
  for (const HubScanner& scanner : hub.scanners) {
    std::string name = Printable(scanner.name);
    for (int copy = 2; !used.insert(name).second; ++copy) {
      name = fmt::format("{} ({})", Printable(scanner.name), copy);
    }
    json.Key(name);
    WriteScanner(json, scanner);
  }
  json.EndObject();
  json.Key("disagreements").BeginArray();
  for (const Disagreement& disagreement : hub.disagreements) {
    json.BeginObject();
    json.FieldOrNull("scanner", disagreement.scanner);
    json.Field("here", disagreement.here);
    json.Field("hub", disagreement.hub);
    json.Field("next", disagreement.next);
    json.EndObject();
  }
  json.EndArray();
  WriteTexts(json, "notes", hub.notes);
  json.EndObject();
}

void WriteFile(JsonWriter& json, const FileReport& file) {
  json.BeginObject();
  WritePath(json, file.path);
  json.Field("size", file.size);
  json.FieldOrNull("sha256", file.sha256);
  json.Field("git_sha1", file.git_sha1);
  json.FieldOrNull("type", file.type);
  WriteIdentity(json, file.identity);
  json.Field("verdict", Name(VerdictOf(file)));
  WriteCoverage(json, file);
  WriteFindings(json, file.findings);
  WriteImports(json, file.imports);
  WriteHubView(json, file.hub);
  json.Field("class", Name(file.agreement));
  json.Field("meaning", Sentence(file.agreement));
  json.EndObject();
}

}  // namespace

std::string JsonReport(const Report& report) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.BeginObject();
  json.Field("schema", kReportSchema);
  json.Field("complete", report.complete);
  json.Field("exit", report.exit_status);
  WriteTool(json, report);
  WriteLimits(json, report.header);
  WriteEngines(json, report);
  WriteSandbox(json, report.sandbox);
  WriteTexts(json, "accepted", report.accepted);
  WritePolicy(json, report);
  WriteHubInfo(json, report.hub);
  WriteSummary(json, Summarise(report));
  WriteTexts(json, "errors", report.errors);
  WriteTexts(json, "notes", report.notes);
  json.Key("files").BeginArray();
  for (const FileReport& file : report.files) WriteFile(json, file);
  json.EndArray();
  json.EndObject();
  out += '\n';
  return out;
}

std::string JsonlHeader(const Report& report) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kCompact);
  json.BeginObject();
  json.Field("schema", kReportSchema);
  WriteTool(json, report);
  WriteLimits(json, report.header);
  WriteEngines(json, report);
  WriteSandbox(json, report.sandbox);
  WriteTexts(json, "accepted", report.accepted);
  WritePolicy(json, report);
  WriteHubInfo(json, report.hub);
  json.EndObject();
  out += '\n';
  return out;
}

std::string JsonlFile(const FileReport& file) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kCompact);
  WriteFile(json, file);
  out += '\n';
  return out;
}

std::string JsonlEnd(const Report& report, const Summary& summary) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kCompact);
  json.BeginObject();
  WriteSummary(json, summary);
  WriteTexts(json, "errors", report.errors);
  WriteTexts(json, "notes", report.notes);
  json.Field("complete", report.complete);
  json.Field("exit", report.exit_status);
  json.EndObject();
  out += '\n';
  return out;
}

}  // namespace counterscan
