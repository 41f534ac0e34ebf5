#include "pickle/narration/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

constexpr std::size_t kShownStringBytes = 120;
constexpr std::size_t kShownQuotedBytes = 200;
constexpr std::size_t kShownBinaryBytes = 24;
constexpr std::size_t kShownItems = 12;
constexpr std::size_t kShownIntegerBytes = 32;
constexpr std::size_t kShownBytes = 600;  // of a whole value

// Bytes of the argument of the instruction at `offset`. nullopt when it says so nowhere: the end of
// a line would have to be searched for, each time anew.
std::optional<std::uint64_t> DeclaredSize(const InstructionReader& reader, std::uint64_t offset) {
  std::array<unsigned char, 9> head{};
  const std::size_t got = reader.Copy(offset, reinterpret_cast<char*>(head.data()), head.size());
  const OpcodeLayout layout = kOpcodeLayouts[head[0]];
  switch (layout.argument) {
    case Argument::kLong1:
    case Argument::kLong4:
    case Argument::kText1:
    case Argument::kText4:
    case Argument::kText8:
      break;
    default:
      return std::nullopt;
  }
  if (got <= layout.fixed) return std::nullopt;
  std::uint64_t size = 0;
  for (std::size_t i = layout.fixed; i > 0; --i) size = size << 8 | head[i];
  return size;
}

std::string FloatText(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : Printable(text)) {
    if (c == '\'') out += '\\';
    out += c;
  }
  out += '\'';
  return out;
}

std::string Grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3;) {
    place -= 3;
    digits.insert(place, 1, ',');
  }
  return digits;
}

std::string Renderer::Show(Value value) const {
  std::string out;
  Append(out, value, 0);
  return out;
}

std::string Renderer::Arguments(Value arguments, Value keywords) const {
  std::string out;
  if (arguments.is(Kind::kTuple)) {
    AppendItems(out, arguments, 1);
  } else {
    out += '*';
    Append(out, arguments, 1);
  }
  if (!keywords.is(Kind::kNothing)) {
    out += out.empty() ? "**" : ", **";
    Append(out, keywords, 1);
  }
  return out;
}

void Renderer::AppendText(std::string& out, Value value) const {
  // How bytes are written for readers that have none.
  if (value.is(Kind::kLatin1)) out += "_codecs.encode(";
  if (value.is(Kind::kBytes)) out += 'b';
  ArgumentText text = reader_.StringAt(value.offset(), kShownStringBytes);
  std::string quoted = Quoted(text.text);
  if (quoted.size() > kShownQuotedBytes) {
    // Mostly escapes: no text, and a few bytes tell as much as many.
    text = reader_.StringAt(value.offset(), kShownBinaryBytes);
    quoted = Quoted(text.text);
  }
  out += quoted;
  if (!text.whole) {
    const auto size = DeclaredSize(reader_, value.offset());
    out += size ? fmt::format("...<{} bytes>", Grouped(*size)) : "...";
  }
  if (value.is(Kind::kLatin1)) out += ", 'latin1')";
}

void Renderer::AppendNumber(std::string& out, Value value) const {
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
    const auto size = DeclaredSize(reader_, value.offset());
    const std::size_t header = op == Op::kLong1 ? 2 : 5;
    if (size && *size > 0 && *size <= kShownIntegerBytes && header + *size <= got &&
        static_cast<signed char>(bytes[header + *size - 1]) >= 0) {
      out += "0x";
      for (std::size_t i = *size; i > 0; --i) {
        out += fmt::format("{:02x}", static_cast<unsigned char>(bytes[header + i - 1]));
      }
      return;
    }
    out += size ? fmt::format("<integer of {} bytes>", Grouped(*size)) : "<integer>";
  }
}

void Renderer::AppendItems(std::string& out, Value container, int depth) const {
  const auto contents = objects_.Of(container);
  if (!contents || (depth > kShownDepth && contents->count > 0)) {
    out += "...";
    return;
  }
  const bool pairs = container.is(Kind::kDict);
  const std::size_t most = std::min(contents->first.size(), pairs ? 2 * kShownItems : kShownItems);
  std::size_t shown = 0;
  for (; shown < most && out.size() <= kShownBytes; ++shown) {
    if (shown > 0) out += pairs && shown % 2 == 1 ? ": " : ", ";
    Append(out, contents->first[shown], depth + 1);
  }
  if (pairs && shown % 2 == 1 && shown < contents->count) {
    out += ": ...";
    ++shown;
  }
  if (shown < contents->count) {
    const std::uint64_t left = contents->count - shown;
    out += fmt::format("{}... {} more", shown == 0 ? "" : ", ", Grouped(pairs ? left / 2 : left));
  }
}

void Renderer::AppendLiteral(std::string& out, Value container, int depth) const {
  const bool brackets = container.is(Kind::kList);
  const bool set = container.is(Kind::kSet);
  out += brackets ? "[" : set ? "set([" : "{";
  AppendItems(out, container, depth);
  out += brackets ? "]" : set ? "])" : "}";
}

void Renderer::AppendContainer(std::string& out, Value container, int depth) const {
  AppendLiteral(out, container, depth);
}

void Renderer::AppendName(std::string& out, GlobalId id) const {
  out += id == kNoGlobal ? "?" : Shown(names_[id]);
}

void Renderer::AppendResult(std::string& out, Value made) const {
  if (made.is(Kind::kPersistent)) {
    out += "<persistent object>";
    return;
  }
  const GlobalId by = made.is(Kind::kDtype) ? kNoGlobal : made.global();
  out += by == kNoGlobal ? std::string("?") : Shown(names_[by]);
  out += "(...)";
}

void Renderer::Append(std::string& out, Value value, int depth) const {
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
    case Kind::kNumber:
      return AppendNumber(out, value);
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kLatin1:
      return AppendText(out, value);
    case Kind::kTuple: {
      out += '(';
      AppendItems(out, value, depth);
      const auto contents = objects_.Of(value);
      out += contents && contents->count == 1 ? ",)" : ")";
      return;
    }
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet:
      return AppendContainer(out, value, depth);
    case Kind::kGlobal:
      return AppendName(out, value.global());
    case Kind::kDtype:
    case Kind::kPersistent:
    case Kind::kCall:
    case Kind::kInstance:
      return AppendResult(out, value);
  }
}

}  // namespace counterscan::pickle
