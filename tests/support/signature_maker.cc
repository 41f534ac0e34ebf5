#include "tests/support/signature_maker.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

using Random = std::mt19937_64;
using Piece = MadeSignature::Piece;

std::size_t Pick(Random& random, std::size_t low, std::size_t high) {
  return std::uniform_int_distribution<std::size_t>(low, high)(random);
}
bool Chance(Random& random, int percent) { return Pick(random, 0, 99) < std::size_t(percent); }

std::string RandomBytes(Random& random, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(Pick(random, 0, 255));
  return bytes;
}

// Text with letters in both cases, digits and marks.
std::string RandomText(Random& random, std::size_t count) {
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.-";
  std::string text(count, '\0');
  for (char& c : text) c = kCharacters[Pick(random, 0, kCharacters.size() - 1)];
  return text;
}

std::string HexOf(std::string_view bytes) { return Hex(AsBytes(bytes)); }

// A body being written: its text, and how to make bytes that match it.
class Body {
 public:
  void Add(std::string text, std::function<std::string(Random&)> bytes) {
    text_ += text;
    parts_.push_back(std::move(bytes));
  }
  void Literal(const std::string& bytes) {
    Add(HexOf(bytes), [bytes](Random&) { return bytes; });
  }
  const std::string& text() const { return text_; }
  std::string Instance(Random& random) const {
    std::string bytes;
    for (const auto& part : parts_) bytes += part(random);
    return bytes;
  }

 private:
  std::string text_;
  std::vector<std::function<std::string(Random&)>> parts_;
};

std::string Literal(Random& random, std::size_t low, std::size_t high) {
  const std::size_t count = Pick(random, low, high);
  // Now and then what is no good as an anchor.
  if (Chance(random, 4)) return std::string(count, '\0') + "\1\2";
  return Chance(random, 50) ? RandomBytes(random, count) : RandomText(random, count);
}

enum class Join {
  kNone,
  kAny,
  kNibble,
  kExact,
  kAtLeast,
  kAtMost,
  kBetween,
  kStar,
  kAlternatives,
  kLongAlternatives,
  kNotThese,
  kClass,
  kBracket,
  kCount
};

// What lies between two literals.
void AddJoin(Random& random, Join join, Body& body) {
  const auto any = [](std::size_t low, std::size_t high) {
    return [low, high](Random& r) { return RandomBytes(r, Pick(r, low, high)); };
  };
  switch (join) {
    case Join::kNone:
    case Join::kCount:
      return;
    case Join::kAny: {
      const std::size_t count = Pick(random, 1, 3);
      std::string text;
      for (std::size_t i = 0; i < count; ++i) text += std::string(2, '?');
      return body.Add(text, any(count, count));
    }
    case Join::kNibble: {
      const int nibble = static_cast<int>(Pick(random, 0, 15));
      const bool high = Chance(random, 50);
      const char digit = "0123456789abcdef"[nibble];
      return body.Add(high ? std::string({digit, '?'}) : std::string({'?', digit}), [nibble, high](
                                                                                        Random& r) {
        const int other = static_cast<int>(Pick(r, 0, 15));
        return std::string(1, static_cast<char>(high ? nibble * 16 + other : other * 16 + nibble));
      });
    }
    case Join::kExact: {
      const std::size_t count = Chance(random, 80) ? Pick(random, 1, 20) : Pick(random, 128, 140);
      return body.Add("{" + std::to_string(count) + "}", any(count, count));
    }
    case Join::kAtLeast: {
      const std::size_t count = Pick(random, 0, 20);
      return body.Add("{" + std::to_string(count) + "-}", any(count, count + 60));
    }
    case Join::kAtMost: {
      const std::size_t count = Pick(random, 1, 30);
      return body.Add("{-" + std::to_string(count) + "}", any(0, count));
    }
    case Join::kBetween: {
      const std::size_t low = Pick(random, 0, 10);
      const std::size_t high = low + Pick(random, 1, 20);
      return body.Add("{" + std::to_string(low) + "-" + std::to_string(high) + "}", any(low, high));
    }
    case Join::kStar:
      return body.Add("*", any(0, 80));
    case Join::kAlternatives:
    case Join::kLongAlternatives: {
      const std::size_t length = Pick(random, 1, 3);
      auto choices = std::make_shared<std::vector<std::string>>();
      std::string text = "(";
      for (std::size_t i = 0; i < Pick(random, 2, 4); ++i) {
        choices->push_back(RandomBytes(
            random, join == Join::kAlternatives ? length : length + Pick(random, 0, 4)));
        text += (i == 0 ? "" : "|") + HexOf(choices->back());
      }
      return body.Add(text + ")",
                      [choices](Random& r) { return (*choices)[Pick(r, 0, choices->size() - 1)]; });
    }
    case Join::kNotThese: {
      const std::string a = RandomBytes(random, 1);
      const std::string b = RandomBytes(random, 1);
      return body.Add("!(" + HexOf(a) + "|" + HexOf(b) + ")", any(1, 1));
    }
    case Join::kClass:
      return body.Add(Chance(random, 50) ? "(W)" : "(B)", [](Random&) { return std::string(" "); });
    case Join::kBracket:
      return;  // only at the ends: see MakeBody
  }
}

constexpr std::size_t kLiteralBytes = 2;  // what libclamav asks of each part

Body MakeBody(Random& random, bool text_only = false) {
  Body body;
  const auto literal = [&](std::size_t low, std::size_t high) {
    body.Literal(text_only ? RandomText(random, Pick(random, low, high))
                           : Literal(random, low, high));
  };
  // A single byte, some way before or after a pattern.
  if (!text_only && Chance(random, 8)) {
    const std::string byte = RandomBytes(random, 1);
    const std::size_t low = Pick(random, 1, 5);
    const std::size_t high = low + Pick(random, 0, 10);
    const std::string range = "[" + std::to_string(low) + "-" + std::to_string(high) + "]";
    const auto between = [low, high](Random& r) { return RandomBytes(r, Pick(r, low, high)); };
    if (Chance(random, 50)) {
      body.Literal(byte);
      body.Add(range, between);
      literal(4, 24);
    } else {
      literal(4, 24);
      body.Add(range, between);
      body.Literal(byte);
    }
    return body;
  }
  if (!text_only && Chance(random, 10)) {
    const std::array<std::pair<const char*, const char*>, 3> kEdges = {
        {{"(B)", "."}, {"(L)", "\r\n"}, {"(W)", " "}}};
    const auto& [edge, bytes] = kEdges[Pick(random, 0, 2)];
    const std::string around = bytes;
    body.Add(edge, [around](Random&) { return around; });
    literal(6, 24);
    body.Add(edge, [around](Random&) { return around; });
    return body;
  }
  const std::size_t literals = Chance(random, 40) ? 1 : Pick(random, 2, 4);
  for (std::size_t i = 0; i < literals; ++i) {
    if (i != 0) {
      AddJoin(random, static_cast<Join>(Pick(random, 1, static_cast<std::size_t>(Join::kClass))),
              body);
    }
    literal(std::max<std::size_t>(kLiteralBytes, Chance(random, 80) ? 4 : 2), 24);
  }
  return body;
}

std::string OtherCase(Random& random, std::string text) {
  for (char& c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter && Chance(random, 50)) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

std::string Wide(std::string_view text) {
  std::string wide;
  for (const char c : text) (wide += c) += '\0';
  return wide;
}

using Pieces = std::function<std::vector<Piece>(Random&)>;

Piece Anywhere(std::string bytes) { return {.bytes = std::move(bytes)}; }

// ---- One function a kind ----

MadeSignature Extended(Random& random, const std::string& name, bool offset) {
  auto body = std::make_shared<Body>(MakeBody(random));
  Piece place;
  std::string where = "*";
  if (offset) {
    const std::size_t number = Pick(random, 0, 60);
    const std::size_t shift = Pick(random, 0, 40);
    const bool shifts = Chance(random, 50);
    const bool from_end = Chance(random, 40);
    place.place = from_end ? Piece::Place::kFromEnd : Piece::Place::kAt;
    place.offset = from_end ? number + 200 : number;
    where = (from_end ? "EOF-" : "") + std::to_string(place.offset) +
            (shifts ? "," + std::to_string(shift) : "");
  }
  const std::string level = Chance(random, 20) ? ":51" : Chance(random, 10) ? ":51:255" : "";
  return {.name = name,
          .extension = Chance(random, 10) ? ".ndu" : ".ndb",
          .line = name + ":" + (Chance(random, 95) ? "0" : "*") + ":" + where + ":" + body->text() +
                  level,
          .pieces = [body, place](Random& r) {
            Piece piece = place;
            piece.bytes = body->Instance(r);
            return std::vector<Piece>{piece};
          }};
}

MadeSignature Plain(Random& random, const std::string& name) {
  auto body = std::make_shared<Body>(MakeBody(random));
  return {.name = name,
          .extension = ".db",
          .line = name + "=" + body->text(),
          .pieces = [body](Random& r) { return std::vector<Piece>{Anywhere(body->Instance(r))}; }};
}

// An expression over `count` subsignatures that uses each once.
std::string Expression(Random& random, std::size_t first, std::size_t count, bool top) {
  constexpr std::array kCounts = {">0", ">1", "=1", "=0", "<2", ">1,1", ">0,2", "=2"};
  const auto counted = [&](std::string text) {
    if (Chance(random, 20)) text += kCounts[Pick(random, 0, kCounts.size() - 1)];
    return text;
  };
  if (count == 1) return counted(std::to_string(first));
  const char join = Chance(random, 60) ? '&' : '|';
  std::string text;
  for (std::size_t done = 0; done < count;) {
    // Never all of them in one group: it would call itself for ever.
    const std::size_t most = done == 0 ? count - 1 : count - done;
    const std::size_t part = Chance(random, 60) ? 1 : Pick(random, 1, most);
    if (done != 0) text += join;
    text += Expression(random, first + done, part, false);
    done += part;
  }
  return top && Chance(random, 70) ? text : counted("(" + text + ")");
}

MadeSignature Logical(Random& random, const std::string& name, const std::string& expression,
                      const std::vector<std::string>& subsignatures, Pieces pieces) {
  std::string line = name + ";Engine:81-255,Target:0";
  if (Chance(random, 10)) line += ",FileSize:1-1000000";
  line += ";" + expression;
  for (const std::string& text : subsignatures) line += ";" + text;
  return {.name = name,
          .extension = Chance(random, 10) ? ".ldu" : ".ldb",
          .line = line,
          .pieces = std::move(pieces)};
}

// A content subsignature with modifiers, and how to match it.
struct Content {
  std::string text;
  std::function<std::string(Random&)> bytes;
};

Content MakeContent(Random& random, bool modified) {
  constexpr std::array kModifiers = {"i",   "w",  "a",  "f",   "iw",   "wa",
                                     "iwa", "fi", "fw", "fwa", "iwaf", "ia"};
  if (!modified) {
    auto body = std::make_shared<Body>(MakeBody(random));
    return {body->text(), [body](Random& r) { return body->Instance(r); }};
  }
  auto body = std::make_shared<Body>(MakeBody(random, true));
  const std::string modifiers = kModifiers[Pick(random, 0, kModifiers.size() - 1)];
  const auto has = [modifiers](char c) { return modifiers.find(c) != std::string::npos; };
  return {body->text() + "::" + modifiers, [body, has](Random& r) {
            std::string bytes = body->Instance(r);
            if (has('i')) bytes = OtherCase(r, bytes);
            if (has('f')) bytes = " " + bytes + " ";
            if (has('w') && !(has('a') && Chance(r, 50))) bytes = Wide(bytes);
            return bytes;
          }};
}

MadeSignature LogicalContents(Random& random, const std::string& name, bool modified) {
  const std::size_t count = Pick(random, 1, 6);
  auto contents = std::make_shared<std::vector<Content>>();
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    contents->push_back(MakeContent(random, modified && Chance(random, 80)));
    const bool offset = Chance(random, 10);
    texts.push_back((offset ? "0,2000:" : "") + contents->back().text);
  }
  return Logical(random, name, Expression(random, 0, count, true), texts, [contents](Random& r) {
    std::vector<Piece> pieces;
    for (const Content& content : *contents) {
      const std::size_t times = Chance(r, 12) ? 0 : Chance(r, 15) ? 2 : 1;
      for (std::size_t i = 0; i < times; ++i) pieces.push_back(Anywhere(content.bytes(r)));
    }
    return pieces;
  });
}

MadeSignature Regex(Random& random, const std::string& name) {
  auto trigger = std::make_shared<Content>(MakeContent(random, Chance(random, 30)));
  auto other = std::make_shared<Content>(MakeContent(random, false));
  const std::string word = RandomText(random, 3);
  const std::string flags = Chance(random, 50) ? "i" : "";
  const std::string regex = "evil[0-9]+;x:y\\/" + std::to_string(Pick(random, 10, 99));
  const std::string number = regex.substr(regex.size() - 2);
  const bool either = Chance(random, 50);
  const std::string condition = either ? "0|1" : "0";
  return Logical(random, name,
                 Chance(random, 50) ? "2"
                 : either           ? "(0|1)&2"
                                    : "1=0&(0&2)",
                 {trigger->text, other->text, condition + "/" + regex + "/" + flags},
                 [trigger, other, number, either](Random& r) {
                   std::vector<Piece> pieces;
                   if (!either || Chance(r, 60)) pieces.push_back(Anywhere(trigger->bytes(r)));
                   if (either && Chance(r, 60)) pieces.push_back(Anywhere(other->bytes(r)));
                   pieces.push_back(Anywhere("evil42;x:y/" + number));
                   return pieces;
                 });
}

MadeSignature ByteCompare(Random& random, const std::string& name) {
  auto content = std::make_shared<Content>(MakeContent(random, false));
  const std::string text = RandomText(random, Pick(random, 6, 16));
  return Logical(random, name, Chance(random, 50) ? "0&1" : "1",
                 {HexOf(text), "0(>>" + std::to_string(text.size()) + "#ib2#>512)"},
                 [text](Random& r) {
                   return std::vector<Piece>{Anywhere(text + "\x7f" + RandomBytes(r, 1))};
                 });
}

MadeSignature Fuzzy(Random& random, const std::string& name) {
  const std::string text = RandomText(random, 12);
  return Logical(random, name, Chance(random, 50) ? "0|1" : "0&1",
                 {"fuzzy_img#" + HexOf(RandomBytes(random, 8)), HexOf(text)},
                 [text](Random&) { return std::vector<Piece>{Anywhere(text)}; });
}

MadeSignature Yara(Random& random, const std::string& name) {
  const std::string text = "T" + RandomText(random, Pick(random, 6, 20));
  const std::string bytes = RandomBytes(random, Pick(random, 6, 12));
  constexpr std::array kModifiers = {"", "nocase", "wide", "wide ascii", "fullword", "nocase wide"};
  const std::string modifiers = kModifiers[Pick(random, 0, kModifiers.size() - 1)];
  constexpr std::array kConditions = {"any of them",
                                      "all of them",
                                      "$a or $b",
                                      "$a and $b",
                                      "not $a and $b",
                                      "#a > 1 or $b",
                                      "$a and $b and filesize > 10",
                                      "1 of them",
                                      "2 of them",
                                      "0 of them and filesize > 100",
                                      "($a or $b) and filesize > 10",
                                      "any of ($*) or #a > 3",
                                      "all of ($a, $b)",
                                      "$a in (0..100) and $b",
                                      "not ($a and $b)",
                                      "not $a or $b",
                                      "$b and (#a == 0 or $a)",
                                      "uint16(0) == 0 or $a",
                                      "for all of them : ($)",
                                      "for any of them : ($ at 0)"};
  const std::string condition = kConditions[Pick(random, 0, kConditions.size() - 1)];
  std::string hex;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hex += HexOf(bytes.substr(i, 1)) + " ";
    if (i == 3) hex += std::string(2, '?') + " ";
  }
  const bool wide = modifiers.find("wide") != std::string::npos;
  return {.name = name,
          .extension = ".yar",
          .line = "rule " + name + " {\n strings:\n  $a = \"" + text + "\" " + modifiers +
                  "\n  $b = { " + hex + "}\n condition:\n  " + condition + "\n}",
          .pieces = [text, bytes, wide](Random& r) {
            std::vector<Piece> pieces;
            const std::string shown = " " + text + " ";
            for (std::size_t i = 0; i < Pick(r, 0, 2); ++i) {
              pieces.push_back(Anywhere(wide ? Wide(shown) : shown));
            }
            if (Chance(r, 70)) {
              pieces.push_back(Anywhere(bytes.substr(0, 4) + RandomBytes(r, 1) + bytes.substr(4)));
            }
            return pieces;
          }};
}

// No macros ("${6-7}0$"): libclamav 1.4 reads beyond its tables where a file holds zeros.
using Maker = MadeSignature (*)(Random&, const std::string&);
constexpr auto kMakers = std::to_array<Maker>({
    [](Random& random, const std::string& name) { return Extended(random, name, false); },
    [](Random& random, const std::string& name) { return Extended(random, name, true); },
    [](Random& random, const std::string& name) { return LogicalContents(random, name, false); },
    [](Random& random, const std::string& name) { return LogicalContents(random, name, true); },
    [](Random& random, const std::string& name) { return Extended(random, name, false); },
    [](Random& random, const std::string& name) { return LogicalContents(random, name, true); },
    Plain,
    Regex,
    ByteCompare,
    Fuzzy,
    Yara,
});

}  // namespace

std::size_t SignatureMaker::kinds() { return kMakers.size(); }

MadeSignature SignatureMaker::Make(const std::string& name) {
  return kMakers[next_kind_++ % kMakers.size()](random_, name);
}

std::string SignatureMaker::FileFor(const std::vector<const MadeSignature*>& signatures) {
  // Pieces that may lie anywhere, in some order, with something between them.
  std::vector<Piece> pieces;
  for (const MadeSignature* signature : signatures) {
    for (Piece& piece : signature->pieces(random_)) pieces.push_back(std::move(piece));
  }
  std::shuffle(pieces.begin(), pieces.end(), random_);
  const auto filler = [this](std::size_t most) {
    const std::size_t count = Pick(random_, 0, most);
    return Chance(random_, 50) ? std::string(count, '\0') : RandomBytes(random_, count);
  };
  std::string file = filler(100);
  for (const Piece& piece : pieces) {
    if (piece.place == Piece::Place::kAnywhere) file += piece.bytes + filler(40);
  }
  file += filler(60);
  for (const Piece& piece : pieces) {
    if (piece.place == Piece::Place::kAnywhere) continue;
    if (piece.place == Piece::Place::kAt) {
      // In front of all that is there: what may lie anywhere still does.
      file = RandomBytes(random_, piece.offset) + piece.bytes + file;
    } else {
      const std::size_t after = piece.offset - std::min(piece.offset, piece.bytes.size());
      file += piece.bytes.substr(0, piece.offset) + RandomBytes(random_, after);
    }
  }
  return file;
}

}  // namespace counterscan
