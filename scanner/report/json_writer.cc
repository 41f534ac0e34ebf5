#include "scanner/report/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <iterator>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

void AppendEscape(std::uint32_t unit, std::string& out) {
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
}

// Escaped although JSON would take it: < > & for pages that embed the report, hidden characters
// for terminals that show it.
bool MustEscape(char32_t c) {
  return c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || IsHidden(c);
}

// Shown ASCII that stands for itself. Says by itself what MustEscape() would say: this is asked of
// every byte of a report.
bool IsPlain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void AppendCharacter(std::string_view text, const CodePoint& point, std::string& out) {
  const auto value = static_cast<std::uint32_t>(point.value);
  if (!MustEscape(point.value)) {
    out.append(text.substr(0, point.length));
  } else if (value == '"' || value == '\\') {
    out += '\\';
    out += static_cast<char>(value);
  } else if (value == '\n') {
    out += "\\n";
  } else if (value == '\t') {
    out += "\\t";
  } else if (value == '\r') {
    out += "\\r";
  } else if (value < 0x10000) {
    AppendEscape(value, out);
  } else {
    // RFC 8259 section 7: a character outside the basic plane is a pair of surrogates.
    AppendEscape(0xD800 + ((value - 0x10000) >> 10), out);
    AppendEscape(0xDC00 + ((value - 0x10000) & 0x3FF), out);
  }
}

}  // namespace

void JsonWriter::BreakLine() {
  if (style_ == Style::kCompact) return;
  if (!open_.empty() && open_.back().one_line) return;
  out_ += '\n';
  out_.append(2 * open_.size(), ' ');
}

void JsonWriter::Separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (open_.empty()) return;
  Open& innermost = open_.back();
  if (!innermost.empty) {
    out_ += ',';
    if (innermost.one_line && style_ == Style::kPretty) out_ += ' ';
  }
  innermost.empty = false;
  BreakLine();
}

JsonWriter& JsonWriter::Begin(char bracket, Layout layout) {
  assert(open_.empty() || after_key_ || open_.back().end == ']');
  Separate();
  // What lies inside one line cannot have lines of its own.
  const bool one_line = layout == Layout::kOneLine || (!open_.empty() && open_.back().one_line);
  out_ += bracket;
  open_.push_back({.end = bracket == '{' ? '}' : ']', .one_line = one_line});
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  assert(!open_.empty() && open_.back().end == bracket && !after_key_);
  const Open closed = open_.back();
  open_.pop_back();
  if (!closed.empty && !closed.one_line && style_ == Style::kPretty) {
    out_ += '\n';
    out_.append(2 * open_.size(), ' ');
  }
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view name) {
  assert(!open_.empty() && open_.back().end == '}' && !after_key_);
  Separate();
  AppendString(name);
  out_ += style_ == Style::kPretty ? ": " : ":";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::Literal(std::string_view literal) {
  assert(open_.empty() || after_key_ || open_.back().end == ']');
  Separate();
  out_ += literal;
  return *this;
}

JsonWriter& JsonWriter::Null() { return Literal("null"); }

JsonWriter& JsonWriter::Value(std::string_view text) {
  assert(open_.empty() || after_key_ || open_.back().end == ']');
  Separate();
  AppendString(text);
  return *this;
}

JsonWriter& JsonWriter::FieldOrNull(std::string_view name, std::string_view text) {
  Key(name);
  return text.empty() ? Null() : Value(text);
}

void JsonWriter::AppendString(std::string_view text) {
  std::string readable;
  if (!IsUtf8(text)) {
    readable = Printable(text);
    text = readable;
  }
  out_ += '"';
  while (!text.empty()) {
    // Nearly all text is runs of plain ASCII.
    const auto plain = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), IsPlain) - text.begin());
    out_.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const CodePoint point = *FirstCodePoint(text);
    AppendCharacter(text, point, out_);
    text.remove_prefix(point.length);
  }
  out_ += '"';
}

}  // namespace counterscan
