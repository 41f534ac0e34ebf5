#include "scanner/report/database_report.h"

#include <fmt/format.h>

#include "scanner/base/text.h"
#include "scanner/report/age.h"
#include "scanner/report/json_parts.h"
#include "scanner/report/json_writer.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_layout.h"

namespace counterscan {
namespace {

constexpr std::size_t kNameColumn = 20;
constexpr std::size_t kMostCharacters = 300;

std::string AgeOf(std::string_view built, std::string_view now) {
  const auto age = AgeBetween(built, now);
  return age ? *age + " old" : "of an unknown age";
}

// Whose word there is for all of it together.
std::string Together(const DatabaseReport& report) {
  const EngineInfo& engine = report.engine;
  const std::uint64_t theirs =
      engine.signatures - std::min(engine.builtin_signatures, engine.signatures);
  return fmt::format(
      "{} that can match raw bytes, {}", Count(theirs, "signature"),
      engine.database_time.empty()
          ? "none signed by ClamAV: of an unknown age"
          : fmt::format("the newest signed ones of {}, {}", Printable(engine.database_time, 40),
                        AgeOf(engine.database_time, report.now)));
}

}  // namespace

std::string DatabaseFileWords(const DatabaseFile& file, std::string_view now) {
  using enum DatabaseFile::State;
  if (file.state == kLeftOut) {
    return "left out: " + PrintableAgain(file.problem, kMostCharacters);
  }
  if (file.state == kSuperseded) return "not used: there is a newer one of this name";
  std::string words;
  if (file.version != 0) {
    words = fmt::format("version {}, {}, {}, {} of all kinds, ", file.version,
                        Printable(file.built, 40), AgeOf(file.built, now),
                        Count(file.declared_signatures, "signature"));
  }
  words += fmt::format("{} loaded, {}", file.signatures,
                       file.state == kSigned ? "signed by ClamAV" : "not signed");
  if (!file.problem.empty()) words += "; " + PrintableAgain(file.problem, kMostCharacters);
  return words;
}

std::string SignatureAdvice(const TextOptions& options) {
  std::string out;
  TextLayout layout(out, options);
  layout.Line(2, "what you can do:");
  layout.WholeLine(
      4, "sudo freshclam                        with a network (Debian package clamav-freshclam)");
  layout.WholeLine(
      4, "freshclam --datadir=DIR               on a machine that has one; carry DIR here, then:");
  layout.WholeLine(
      4, "counterscan db import DIR             verifies the files and puts them in place");
  return out;
}

std::string DatabaseText(const DatabaseReport& report, const TextOptions& options) {
  std::string out;
  TextLayout layout(out, options);
  const EngineInfo& engine = report.engine;
  layout.WholeLine(
      0, fmt::format("{}   ClamAV {}", Printable(report.directory),
                     engine.clamav_version.empty() ? "did not load it"
                                                   : Printable(engine.clamav_version, 40)));
  for (const DatabaseFile& file : engine.database_files) {
    layout.Labelled(2, file.state == DatabaseFile::State::kLeftOut ? Tint::kYellow : Tint::kNone,
                    Printable(file.name), kNameColumn, DatabaseFileWords(file, report.now));
  }
  if (engine.clamav_state == "lib") {
    layout.Labelled(2, Tint::kNone, "together", kNameColumn, Together(report));
    layout.Labelled(2, Tint::kNone, "built in", kNameColumn,
                    Count(engine.builtin_signatures, "signature"));
    layout.Labelled(2, Tint::kNone, "digest", kNameColumn, "sha256 " + engine.database_digest);
  }
  if (!report.sandbox.note.empty()) {
    layout.Labelled(2, Tint::kYellow, "sandbox", kNameColumn,
                    PrintableAgain(report.sandbox.note, kMostCharacters));
  }
  for (const Gap& gap : report.gaps) {
    layout.Labelled(2, Tint::kYellow, Name(gap.reason), kNameColumn,
                    PrintableAgain(gap.detail, kMostCharacters));
  }
  return out;
}

std::string DatabaseJson(const DatabaseReport& report) {
  const EngineInfo& engine = report.engine;
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.BeginObject();
  json.Field("schema", kDatabaseSchema);
  json.Field("directory", report.directory);
  json.Field("fresh", report.fresh);
  json.FieldOrNull("now", report.now);
  WriteClamav(json, engine);
  WriteGaps(json, report.gaps);
  json.EndObject();
  out += '\n';
  return out;
}

}  // namespace counterscan
