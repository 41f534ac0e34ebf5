#include "scanner/report/explain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "scanner/base/text.h"
#include "scanner/report/explain_fold.h"
#include "scanner/report/json_parts.h"
#include "scanner/report/json_writer.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_layout.h"

namespace counterscan {
namespace {

constexpr std::size_t kTextCharacters = 1000;
constexpr std::size_t kCodeColumn = 12;
// Without --all.
constexpr std::size_t kPicklesShown = 20;
constexpr std::size_t kNamesShown = 60;
constexpr std::size_t kFindingsShown = 40;
constexpr std::size_t kGapsShown = 20;

// As in the reports of a scan.
std::string Offset(std::uint64_t offset) { return fmt::format("+{:#x}", offset); }

std::string Heading(const ExplainedPickle& pickle) {
  std::string text = Place("", pickle.where, std::nullopt);
  if (!text.empty()) text += ": ";
  text += fmt::format("pickle protocol {}, {}, {}", pickle.protocol, Count(pickle.size, "byte"),
                      Count(pickle.opcode_count, "opcode"));
  if (pickle.offset > 0) text += fmt::format(", from {} on", Offset(pickle.offset));
  if (!pickle.within.empty()) {
    text += ", inside " + PrintableAgain(pickle.within, kTextCharacters);
  }
  if (!pickle.reading.empty()) {
    text += ": read " + PrintableAgain(pickle.reading, kTextCharacters) + ", it is another program";
  }
  return text;
}

// "UNSAFE PKL-101 posix.system", or why a line that would be judged is not.
std::string Mark(const ExplainedLine& line) {
  const std::string rule = Printable(line.rule, 40);
  std::string mark = line.level == Level::kClean ? rule + ", allowed by the policy"
                                                 : fmt::format("{} {}", Shout(line.level), rule);
  const std::string subject = PrintableAgain(line.subject, 80);
  if (!subject.empty() && line.kind != LineKind::kImport) mark += " " + subject;
  return mark;
}

void AppendLines(TextLayout& layout, const ExplainedPickle& pickle, ExplainFold& fold) {
  for (const std::string& line : pickle.summary) {
    layout.Line(2, PrintableAgain(line, kTextCharacters));
  }
  for (const ExplainFold::Row& row : fold.Rows(pickle)) {
    if (row.line == nullptr) {
      layout.Line(kCodeColumn, row.folded);
      continue;
    }
    const ExplainedLine& line = *row.line;
    std::string text = PrintableAgain(line.text, kTextCharacters);
    if (line.level != Level::kClean || !line.rule.empty()) text += "   <- " + Mark(line);
    layout.Labelled(0, Tint::kNone, fmt::format("{:>10}", Offset(line.offset)), kCodeColumn, text);
  }
  if (pickle.lines_left_out > 0) {
    layout.Line(kCodeColumn, fmt::format("... {} that the list has no room for",
                                         Count(pickle.lines_left_out, "more line")));
  }
}

void AppendOpcodes(TextLayout& layout, const ExplainedPickle& pickle) {
  if (pickle.opcodes.empty()) return;
  layout.Line(2, "opcodes: byte, items on the stack before it, name, argument");
  for (const ExplainedOpcode& opcode : pickle.opcodes) {
    const std::string name = PrintableAgain(opcode.name, 40);
    const std::string argument = PrintableAgain(opcode.argument, kTextCharacters);
    layout.Labelled(0, Tint::kNone,
                    fmt::format("{:>10} {:>5}", Offset(opcode.offset), opcode.stack), 18,
                    argument.empty() ? name : fmt::format("{:<16} {}", name, argument));
  }
}

bool IsQuiet(const ExplainedPickle& pickle) {
  return pickle.error.empty() &&
         std::all_of(pickle.lines.begin(), pickle.lines.end(),
                     [](const ExplainedLine& line) { return line.level == Level::kClean; });
}

// The pickles, each with a heading. Of very many only those where something is wrong.
void AppendPickles(TextLayout& layout, std::span<const ExplainedPickle> pickles) {
  ExplainFold fold(layout.options().verbose);
  std::size_t shown = 0;
  std::size_t hidden = 0;
  for (const ExplainedPickle& pickle : pickles) {
    const bool room = shown < kPicklesShown || (shown < 3 * kPicklesShown && !IsQuiet(pickle));
    if (!room && !layout.options().verbose) {
      ++hidden;
      continue;
    }
    ++shown;
    layout.Blank();
    layout.Line(0, Heading(pickle));
    AppendLines(layout, pickle, fold);
    AppendOpcodes(layout, pickle);
    if (pickle.cut && pickle.lines_left_out == 0) {
      layout.Line(2, "there is more than is listed here");
    }
    if (!pickle.error.empty()) {
      layout.Labelled(0, Tint::kYellow, fmt::format("{:>10}", Offset(pickle.offset + pickle.size)),
                      kCodeColumn,
                      "breaks off here: " + PrintableAgain(pickle.error, kTextCharacters));
    }
  }
  if (hidden > 0) {
    layout.Blank();
    layout.Line(0, fmt::format("... {} (--all shows them)", Count(hidden, "more pickle")));
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
  const std::size_t most = layout.options().verbose ? ~std::size_t{0} : kNamesShown;
  std::size_t shown = 0;
  for (const auto& [level, name] : judged) {
    if (shown++ == most) break;
    const auto worst = static_cast<Level>(-level);
    layout.Labelled(2, TintOf(worst), Name(worst), 14, name);
  }
  if (judged.size() > most) {
    layout.Line(14, fmt::format("... {} more", Count(judged.size() - most, "name")));
  }
  if (harmless.empty()) return;
  std::vector<std::string_view> names(harmless.begin(), harmless.end());
  std::string list = fmt::format(
      "{}",
      fmt::join(names.begin(),
                names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size())), ", "));
  if (names.size() > most) list += fmt::format(", ... {} more", names.size() - most);
  layout.Labelled(2, Tint::kNone, "harmless", 14, list);
}

void AppendVerdict(TextLayout& layout, const FileReport& file) {
  const bool all = layout.options().verbose;
  std::size_t shown = 0;
  for (const Finding& finding : file.findings) {
    if (!all && shown++ == kFindingsShown) {
      layout.Line(
          12, fmt::format("... {}", Count(file.findings.size() - kFindingsShown, "more finding")));
      break;
    }
    const std::string place = Place("", finding.where, finding.offset);
    std::string text =
        fmt::format("{}{}{}  [{}]", place, place.empty() ? "" : ": ",
                    PrintableAgain(finding.message, kTextCharacters), Printable(finding.rule));
    if (finding.suppressed) {
      text += fmt::format(" (suppressed: {})", Printable(*finding.suppressed, 200));
    }
    layout.Labelled(0, finding.suppressed ? Tint::kNone : TintOf(finding.level),
                    Name(finding.level), 12, text);
  }
  shown = 0;
  for (const Gap& gap : file.gaps) {
    if (!all && shown++ == kGapsShown) {
      layout.Line(12, fmt::format("... {}", Count(file.gaps.size() - kGapsShown, "more gap")));
      break;
    }
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

// Which pickle an offset belongs to: the innermost, as they may lie inside each other.
std::size_t PickleAt(std::span<const ExplainedPickle> pickles, const std::string& where,
                     std::uint64_t offset) {
  std::size_t found = pickles.size();
  for (std::size_t i = 0; i < pickles.size(); ++i) {
    const ExplainedPickle& pickle = pickles[i];
    if (pickle.where != where || offset < pickle.offset || !pickle.reading.empty()) continue;
    if (offset - pickle.offset >= std::max<std::uint64_t>(pickle.size, 1)) continue;
    if (found == pickles.size() || pickle.size <= pickles[found].size) found = i;
  }
  return found;
}

// What of the file's report belongs to each pickle.
struct Share {
  std::vector<Import> imports;
  std::vector<Finding> findings;
  std::vector<Gap> gaps;
};

// Past this many, looking for each one's pickle costs more than anybody would look up.
constexpr std::size_t kSharedPickles = 2'000;

std::vector<Share> SharesOf(const FileReport& file, std::span<const ExplainedPickle> pickles) {
  std::vector<Share> shares(pickles.size());
  const auto looked_up = pickles.first(std::min(pickles.size(), kSharedPickles));
  const auto share = [&](auto member, const auto& item, std::uint64_t offset) {
    const std::size_t pickle = PickleAt(looked_up, item.where, offset);
    if (pickle < looked_up.size()) (shares[pickle].*member).push_back(item);
  };
  for (const Import& import : file.imports) share(&Share::imports, import, import.offset);
  for (const Finding& finding : file.findings) {
    if (finding.offset) share(&Share::findings, finding, *finding.offset);
  }
  for (const Gap& gap : file.gaps) {
    // A gap begins where its pickle ends.
    share(&Share::gaps, gap, gap.first > 0 ? gap.first - 1 : 0);
  }
  return shares;
}

void WritePickle(JsonWriter& json, const ExplainedPickle& pickle, const Share& share) {
  using enum JsonWriter::Layout;
  json.BeginObject();
  json.Field("where", pickle.where);
  json.Field("offset", pickle.offset);
  json.Field("size", pickle.size);
  json.FieldOrNull("within", pickle.within);
  json.FieldOrNull("reading", pickle.reading);
  json.Field("protocol", pickle.protocol);
  json.Field("opcode_count", pickle.opcode_count);
  WriteTexts(json, "summary", pickle.summary);
  json.Key("lines").BeginArray();
  for (const ExplainedLine& line : pickle.lines) {
    json.BeginObject(kOneLine);
    json.Field("offset", line.offset);
    json.Field("level", Name(line.level));
    json.FieldOrNull("rule", line.rule);
    json.Field("kind", Name(line.kind));
    json.FieldOrNull("subject", line.subject);
    json.Field("text", line.text);
    json.EndObject();
  }
  json.EndArray();
  json.Field("lines_left_out", pickle.lines_left_out);
  json.Key("opcodes").BeginArray();
  for (const ExplainedOpcode& opcode : pickle.opcodes) {
    json.BeginObject(kOneLine);
    json.Field("offset", opcode.offset);
    json.Field("name", opcode.name);
    json.FieldOrNull("argument", opcode.argument);
    json.Field("stack", opcode.stack);
    json.EndObject();
  }
  json.EndArray();
  json.Field("cut", pickle.cut);
  json.FieldOrNull("error", pickle.error);
  WriteFindings(json, share.findings);
  WriteImports(json, share.imports);
  WriteGaps(json, share.gaps);
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
  AppendPickles(layout, pickles);
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
  const std::vector<Share> shares = SharesOf(file, pickles);
  for (std::size_t i = 0; i < pickles.size(); ++i) WritePickle(json, pickles[i], shares[i]);
  json.EndArray();
  WriteFindings(json, file.findings);
  WriteImports(json, file.imports);
  json.EndObject();
  out += '\n';
  return out;
}

}  // namespace counterscan
