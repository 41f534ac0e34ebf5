#include "scanner/report/explain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scanner/base/text.h"
#include "scanner/report/json_parts.h"
#include "scanner/report/json_writer.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_layout.h"

namespace counterscan {
namespace {

// Without -v: a checkpoint has thousands of harmless imports and lines of the same few kinds.
constexpr std::size_t kLinesShown = 400;
constexpr std::size_t kTextCharacters = 2000;
constexpr std::size_t kCodeColumn = 8;

std::string ImportName(const Import& import) {
  return fmt::format("{}.{}", import.module ? Printable(*import.module, 200) : "(unknown)",
                     import.name ? Printable(*import.name, 200) : "(unknown)");
}

std::string Heading(const ExplainedPickle& pickle) {
  std::string text = Place("", pickle.where, std::nullopt);
  if (!text.empty()) text += ": ";
  text += fmt::format("pickle protocol {}, {}, {}", pickle.protocol, Count(pickle.size, "byte"),
                      Count(pickle.opcode_count, "opcode"));
  if (pickle.offset > 0) text += fmt::format(", from byte {} on", pickle.offset);
  return text;
}

void AppendLines(TextLayout& layout, const ExplainedPickle& pickle) {
  if (pickle.lines.empty()) return;
  layout.Line(2, "would run on load:");
  const bool verbose = layout.options().verbose;
  std::size_t shown = 0;
  std::size_t number = 0;
  for (const ExplainedLine& line : pickle.lines) {
    ++number;
    // However long the list, what was judged is shown.
    if (!verbose && number > kLinesShown && line.level == Level::kClean) continue;
    ++shown;
    std::string text = PrintableAgain(line.text, kTextCharacters);
    if (line.level != Level::kClean || !line.rule.empty()) {
      text += fmt::format("   <- {} {} at byte {}", Shout(line.level), Printable(line.rule, 40),
                          line.offset);
    }
    layout.Labelled(2, Tint::kNone, fmt::format("{:>4}", number), kCodeColumn, text);
  }
  if (shown < pickle.lines.size()) {
    layout.Line(kCodeColumn, fmt::format("and {} (-v shows all)",
                                         Count(pickle.lines.size() - shown, "more harmless line")));
  }
}

void AppendOpcodes(TextLayout& layout, const ExplainedPickle& pickle) {
  if (pickle.opcodes.empty()) return;
  layout.Line(2, "opcodes:");
  for (const ExplainedOpcode& opcode : pickle.opcodes) {
    const std::string name = PrintableAgain(opcode.name, 40);
    const std::string argument = PrintableAgain(opcode.argument, kTextCharacters);
    layout.Labelled(2, Tint::kNone, fmt::format("{:>8}", opcode.offset), 12,
                    argument.empty() ? name : fmt::format("{:<16} {}", name, argument));
  }
}

// Each name once, worst first; harmless ones in one paragraph.
void AppendImports(TextLayout& layout, const FileReport& file) {
  if (file.imports.empty()) {
    layout.Line(0, "imports: none");
    return;
  }
  std::set<std::string> harmless;
  std::set<std::pair<int, std::string>> judged;
  for (const Import& import : file.imports) {
    if (import.level == Level::kClean) {
      harmless.insert(ImportName(import));
    } else {
      judged.insert({-static_cast<int>(import.level), ImportName(import)});
    }
  }
  layout.Line(0, fmt::format("imports: {}", Count(harmless.size() + judged.size(), "name")));
  for (const auto& [level, name] : judged) {
    const auto worst = static_cast<Level>(-level);
    layout.Labelled(2, TintOf(worst), Name(worst), 14, name);
  }
  if (harmless.empty()) return;
  layout.Labelled(2, Tint::kNone, "harmless", 14, fmt::format("{}", fmt::join(harmless, ", ")));
}

void AppendVerdict(TextLayout& layout, const FileReport& file) {
  for (const Finding& finding : file.findings) {
    const std::string place = Place("", finding.where, finding.offset);
    layout.Labelled(
        0, TintOf(finding.level), Name(finding.level), 12,
        fmt::format("{}{}{}  [{}]", place, place.empty() ? "" : ": ",
                    PrintableAgain(finding.message, kTextCharacters), Printable(finding.rule)));
  }
  for (const Gap& gap : file.gaps) {
    const std::string place = Place("", gap.where, std::nullopt);
    layout.Labelled(
        0, Tint::kYellow, "not read", 12,
        fmt::format("{}{}{}: {}{}{}", place, place.empty() ? "" : ": ", Name(gap.reason),
                    Sentence(gap.reason), gap.detail.empty() ? "" : ": ",
                    PrintableAgain(gap.detail, kTextCharacters)));
  }
  if (file.nothing_read && file.gaps.empty()) {
    layout.Labelled(0, Tint::kYellow, "not read", 12, "the file was not read");
  }
}

void WritePickle(JsonWriter& json, const ExplainedPickle& pickle) {
  using enum JsonWriter::Layout;
  json.BeginObject();
  json.Field("where", pickle.where);
  json.Field("offset", pickle.offset);
  json.Field("size", pickle.size);
  json.Field("protocol", pickle.protocol);
  json.Field("opcode_count", pickle.opcode_count);
  json.Key("lines").BeginArray();
  for (const ExplainedLine& line : pickle.lines) {
    json.BeginObject(kOneLine);
    json.Field("offset", line.offset);
    json.Field("level", Name(line.level));
    json.FieldOrNull("rule", line.rule);
    json.Field("text", line.text);
    json.EndObject();
  }
  json.EndArray();
  json.Key("opcodes").BeginArray();
  for (const ExplainedOpcode& opcode : pickle.opcodes) {
    json.BeginObject(kOneLine);
    json.Field("offset", opcode.offset);
    json.Field("name", opcode.name);
    json.FieldOrNull("argument", opcode.argument);
    json.EndObject();
  }
  json.EndArray();
  json.Field("cut", pickle.cut);
  json.FieldOrNull("error", pickle.error);
  json.EndObject();
}

}  // namespace

std::string ExplainText(const FileReport& file, std::span<const ExplainedPickle> pickles,
                        const TextOptions& options) {
  std::string out;
  TextLayout layout(out, options);
  std::string head = fmt::format("{}   {}", Printable(file.path), HumanBytes(file.size));
  if (!file.type.empty()) head += "   " + Printable(file.type, 40);
  if (!file.sha256.empty()) head += "   sha256 " + Printable(file.sha256);
  layout.WholeLine(0, head);
  if (pickles.empty()) layout.Line(0, "no pickle in it was explained");
  for (const ExplainedPickle& pickle : pickles) {
    layout.Blank();
    layout.Line(0, Heading(pickle));
    AppendLines(layout, pickle);
    AppendOpcodes(layout, pickle);
    if (pickle.cut) layout.Line(2, "there is more than is listed here");
    if (!pickle.error.empty()) {
      layout.Line(2, "breaks off: " + PrintableAgain(pickle.error, kTextCharacters));
    }
  }
  layout.Blank();
  AppendImports(layout, file);
  if (!file.findings.empty() || CoverageOf(file) != CoverageState::kFull) layout.Blank();
  AppendVerdict(layout, file);
  return out;
}

std::string ExplainJson(const FileReport& file, std::span<const ExplainedPickle> pickles) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.BeginObject();
  json.Field("schema", "counterscan.explain/1");
  WritePath(json, file.path);
  json.Field("size", file.size);
  json.FieldOrNull("sha256", file.sha256);
  json.FieldOrNull("type", file.type);
  json.Field("verdict", Name(VerdictOf(file)));
  WriteCoverage(json, file);
  json.Key("pickles").BeginArray();
  for (const ExplainedPickle& pickle : pickles) WritePickle(json, pickle);
  json.EndArray();
  WriteFindings(json, file.findings);
  WriteImports(json, file.imports);
  json.EndObject();
  out += '\n';
  return out;
}

}  // namespace counterscan
