// TextLayout: lines of a text report, wrapped and labelled.
//
// What goes in is one line each and already printable; what comes out holds no control byte but
// newlines and, with colour, the escape sequences around words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scanner/report/text_options.h"

namespace counterscan {

enum class Tint : std::uint8_t { kNone, kBold, kRed, kYellow };

class TextLayout {
 public:
  // Appends to `out`; both must outlive the layout.
  TextLayout(std::string& out, const TextOptions& options) : out_(out), options_(options) {}

  const TextOptions& options() const { return options_; }

  void Blank() { out_ += '\n'; }

  // `text` behind `indent` spaces. Lines that are too long are broken at spaces and go on behind
  // the same indentation; a word that is longer than a line stands whole.
  void Line(std::size_t indent, std::string_view text);

  // The same, never broken: names and commands, which people copy.
  void WholeLine(std::size_t indent, std::string_view text);

  // Line() with a short mark at the right edge of the last line: a rule's id.
  void MarkedLine(std::size_t indent, std::string_view text, std::string_view mark);

  // A label, then text in a column that begins `column` spaces from the left.
  void Labelled(std::size_t indent, Tint tint, std::string_view label, std::size_t column,
                std::string_view text);

  // A label, then a name that is never broken, and what belongs to it: beside it where there is
  // room, else below.
  void LabelledName(std::size_t indent, Tint tint, std::string_view label, std::size_t column,
                    std::string_view name, std::string_view details);

  std::string Tinted(Tint tint, std::string_view word) const;

 private:
  std::size_t width() const;

  std::string& out_;
  const TextOptions& options_;
};

// Columns that printable text fills: its characters. Wide and combining ones count as one, which
// at worst makes a line a little longer or shorter.
std::size_t ColumnsOf(std::string_view printable);

}  // namespace counterscan
