// JsonWriter: JSON written front to back into a string.
//
// Whatever bytes come in, what comes out is valid JSON in valid UTF-8 that is safe to show and to
// embed: text that is not UTF-8 is escaped as Printable() does it (which cannot be undone: carry
// Base64 beside it where the bytes matter), hidden characters, quotes and < > & become \uNNNN, and
// no byte is below 0x20 but the newlines of the pretty form.
//
// Calling it in an order that JSON does not allow is our own mistake, and asserted.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace counterscan {

class JsonWriter {
 public:
  enum class Style : std::uint8_t {
    kCompact,  // one line, no spaces
    kPretty,   // two spaces a level; what was begun with kOneLine stays on its line
  };
  enum class Layout : std::uint8_t { kManyLines, kOneLine };

  // Appends to `out`, which must outlive the writer.
  JsonWriter(std::string& out, Style style) : out_(out), style_(style) {}

  JsonWriter& BeginObject(Layout layout = Layout::kManyLines) { return Begin('{', layout); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& BeginArray(Layout layout = Layout::kManyLines) { return Begin('[', layout); }
  JsonWriter& EndArray() { return End(']'); }

  // The name of the next value; inside an object only.
  JsonWriter& Key(std::string_view name);

  JsonWriter& Null();
  JsonWriter& Value(std::string_view text);
  JsonWriter& Value(const char* text) { return Value(std::string_view(text)); }
  JsonWriter& Value(std::same_as<bool> auto value) { return Literal(value ? "true" : "false"); }
  template <class T>
  requires(std::integral<T> && !std::same_as<T, bool>) JsonWriter& Value(T value) {
    return Literal(std::to_string(value));
  }
  template <class T>
  JsonWriter& Value(const std::optional<T>& value) {
    return value ? Value(*value) : Null();
  }

  template <class T>
  JsonWriter& Field(std::string_view name, const T& value) {
    return Key(name).Value(value);
  }
  // Null where the text is empty: "not known".
  JsonWriter& FieldOrNull(std::string_view name, std::string_view text);

 private:
  struct Open {
    char end;
    bool one_line;
    bool empty = true;
  };

  JsonWriter& Begin(char bracket, Layout layout);
  JsonWriter& End(char bracket);
  JsonWriter& Literal(std::string_view literal);
  // Comma, newline and indentation before a value or a key.
  void Separate();
  void BreakLine();
  void AppendString(std::string_view text);

  std::string& out_;
  Style style_;
  std::vector<Open> open_;
  bool after_key_ = false;
};

}  // namespace counterscan
