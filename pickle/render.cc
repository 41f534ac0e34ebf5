#include "pickle/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

constexpr std::size_t kShownStringBytes = 120;
constexpr std::size_t kShownItems = 12;
constexpr std::size_t kShownBytes = 600;  // of a whole value
constexpr int kShownDepth = 4;

std::string Quoted(const ArgumentText& text) {
  std::string out = "'";
  for (const char c : Printable(text.text)) {
    if (c == '\'') out += '\\';
    out += c;
  }
  out += text.whole ? "'" : "...'";
  return out;
}

std::string FloatText(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string Renderer::Show(Value value, bool number_results) const {
  std::string out;
  Append(out, value, number_results, 0);
  return out;
}

std::string Renderer::Arguments(Value arguments, Value keywords, bool number_results) const {
  std::string out;
  if (arguments.is(Kind::kTuple)) {
    AppendItems(out, arguments, number_results, 1);
  } else {
    out += '*';
    Append(out, arguments, number_results, 1);
  }
  if (!keywords.is(Kind::kNothing)) {
    out += out.empty() ? "**" : ", **";
    Append(out, keywords, number_results, 1);
  }
  return out;
}

void Renderer::AppendText(std::string& out, Value value) const {
  const ArgumentText text = reader_.StringAt(value.offset(), kShownStringBytes);
  if (!value.is(Kind::kString)) out += 'b';
  out += Quoted(text);
}

void Renderer::AppendItems(std::string& out, Value container, bool number_results,
                           int depth) const {
  const auto contents = objects_.Of(container);
  if (!contents || depth > kShownDepth) {
    out += "...";
    return;
  }
  const bool pairs = container.is(Kind::kDict);
  const std::size_t shown = std::min(contents->first.size(), pairs ? 2 * kShownItems : kShownItems);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += pairs && i % 2 == 1 ? ": " : ", ";
    if (out.size() > kShownBytes) {
      out += "...";
      return;
    }
    Append(out, contents->first[i], number_results, depth + 1);
  }
  if (shown < contents->count) out += shown == 0 ? "..." : ", ...";
}

void Renderer::Append(std::string& out, Value value, bool number_results, int depth) const {
  switch (value.kind()) {
    case Kind::kNothing:
    case Kind::kUnknown:
    case Kind::kForgotten:
      out += '?';
      return;
    case Kind::kNone:
      out += "None";
      return;
    case Kind::kBool:
      out += value.payload() != 0 ? "True" : "False";
      return;
    case Kind::kInt:
      out += std::to_string(value.number());
      return;
    case Kind::kNumber: {
      std::array<char, 48> bytes{};
      const std::size_t got = reader_.Copy(value.offset(), bytes.data(), bytes.size());
      const auto op = static_cast<Op>(static_cast<unsigned char>(bytes[0]));
      if (op == Op::kBinFloat && got >= 9) {
        std::uint64_t bits = 0;
        for (std::size_t i = 1; i <= 8; ++i) {
          bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
        }
        out += FloatText(std::bit_cast<double>(bits));
      } else if (op == Op::kFloat || op == Op::kInt || op == Op::kLong) {
        const std::string_view line(bytes.data() + 1, got > 0 ? got - 1 : 0);
        const std::size_t newline = line.find('\n');
        out += Printable(line.substr(0, newline));
        if (newline == std::string_view::npos) out += "...";
      } else {
        out += "<long>";
      }
      return;
    }
    case Kind::kString:
    case Kind::kBytes:
      AppendText(out, value);
      return;
    case Kind::kLatin1:
      AppendText(out, value);
      return;
    case Kind::kTuple: {
      out += '(';
      AppendItems(out, value, number_results, depth + 1);
      const auto contents = objects_.Of(value);
      out += contents && contents->count == 1 ? ",)" : ")";
      return;
    }
    case Kind::kList:
      out += '[';
      AppendItems(out, value, number_results, depth + 1);
      out += ']';
      return;
    case Kind::kDict:
      out += '{';
      AppendItems(out, value, number_results, depth + 1);
      out += '}';
      return;
    case Kind::kSet:
      out += "set([";
      AppendItems(out, value, number_results, depth + 1);
      out += "])";
      return;
    case Kind::kGlobal:
      out += value.global() == kNoGlobal ? "?" : Shown(names_[value.global()]);
      return;
    case Kind::kDtype:
    case Kind::kPersistent:
    case Kind::kCall:
    case Kind::kInstance:
      if (number_results) {
        out += 'r';
        out += std::to_string(value.result_number());
      } else if (value.is(Kind::kPersistent)) {
        out += "<persistent object>";
      } else {
        const GlobalId by = value.is(Kind::kDtype) ? kNoGlobal : value.global();
        out += by == kNoGlobal ? std::string("?") : Shown(names_[by]);
        out += "(...)";
      }
      return;
  }
}

}  // namespace counterscan::pickle
