#include "scanner/report/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace counterscan {
namespace {

// Pieces of at most `width` columns, broken at spaces. At least one, perhaps empty. Runs of spaces
// inside a piece stay: they may be part of a name.
std::vector<std::string_view> Wrap(std::string_view text, std::size_t width) {
  std::vector<std::string_view> pieces;
  for (;;) {
    std::size_t columns = 0;
    std::size_t break_at = std::string_view::npos;
    std::size_t i = 0;
    for (; i < text.size(); ++i) {
      const bool starts_character = (static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80;
      if (starts_character) ++columns;
      if (text[i] != ' ') {
        if (columns > width && break_at != std::string_view::npos) break;
      } else if (i > 0 && (columns <= width + 1 || break_at == std::string_view::npos)) {
        // Never at the front: that would make an empty line and no progress.
        break_at = i;
      }
    }
    if (i == text.size() || break_at == std::string_view::npos) break;
    pieces.push_back(text.substr(0, break_at));
    text.remove_prefix(break_at + 1);
  }
  pieces.push_back(text);
  return pieces;
}

}  // namespace

std::size_t ColumnsOf(std::string_view printable) {
  return static_cast<std::size_t>(std::count_if(printable.begin(), printable.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) != 0x80;
  }));
}

std::size_t TextLayout::width() const {
  constexpr int kNarrowest = 40;
  return static_cast<std::size_t>(std::max(options_.columns, kNarrowest));
}

void TextLayout::Line(std::size_t indent, std::string_view text) {
  const std::size_t room = width() > indent + 20 ? width() - indent : 20;
  for (const std::string_view piece : Wrap(text, room)) {
    out_.append(indent, ' ');
    out_ += piece;
    out_ += '\n';
  }
}

void TextLayout::WholeLine(std::size_t indent, std::string_view text) {
  out_.append(indent, ' ');
  out_ += text;
  out_ += '\n';
}

void TextLayout::MarkedLine(std::size_t indent, std::string_view text, std::string_view mark) {
  if (mark.empty()) return Line(indent, text);
  const std::size_t taken = indent + ColumnsOf(mark) + 2;
  const std::size_t room = width() > taken + 20 ? width() - taken : 20;
  const auto pieces = Wrap(text, room);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    out_.append(indent, ' ');
    out_ += pieces[i];
    if (i + 1 == pieces.size()) {
      const std::size_t used = ColumnsOf(pieces[i]);
      out_.append(2 + (used < room ? room - used : 0), ' ');
      out_ += mark;
    }
    out_ += '\n';
  }
}

void TextLayout::Labelled(std::size_t indent, Tint tint, std::string_view label, std::size_t column,
                          std::string_view text) {
  const std::size_t used = indent + ColumnsOf(label);
  const std::size_t room = width() > column + 20 ? width() - column : 20;
  std::size_t padding = used + 2 <= column ? column - used : 2;
  out_.append(indent, ' ');
  out_ += Tinted(tint, label);
  for (const std::string_view piece : Wrap(text, room)) {
    // A label without text leaves no spaces behind it.
    if (!piece.empty()) out_.append(padding, ' ');
    padding = column;
    out_ += piece;
    out_ += '\n';
  }
}

void TextLayout::LabelledName(std::size_t indent, Tint tint, std::string_view label,
                              std::size_t column, std::string_view name, std::string_view details) {
  const std::size_t used = indent + ColumnsOf(label);
  out_.append(indent, ' ');
  out_ += Tinted(tint, label);
  const std::size_t padding = used + 2 <= column ? column - used : 2;
  constexpr std::size_t kGap = 3;
  if (used + padding + ColumnsOf(name) + kGap + ColumnsOf(details) <= width()) {
    WholeLine(padding, fmt::format("{}{:{}}{}", name, "", kGap, details));
  } else {
    WholeLine(padding, name);
    Line(column, details);
  }
}

std::string TextLayout::Tinted(Tint tint, std::string_view word) const {
  if (!options_.color || tint == Tint::kNone) return std::string(word);
  std::string out;
  switch (tint) {
    case Tint::kNone:
      break;
    case Tint::kBold:
      out = "\x1b[1m";
      break;
    case Tint::kRed:
      out = "\x1b[1;31m";
      break;
    case Tint::kYellow:
      out = "\x1b[1;33m";
      break;
  }
  out += word;
  out += "\x1b[0m";
  return out;
}

}  // namespace counterscan
