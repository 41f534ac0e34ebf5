#include "hubclient/json_parser.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <charconv>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

// The whole numbers from 0 to 2^64-1, written as digits only.
std::optional<std::uint64_t> WholeNumber(std::string_view text) {
  std::uint64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

// RapidJSON's handler: the same events under its names. Numbers come as they are written.
class Handler {
 public:
  explicit Handler(JsonEvents& events) : events_(events) {}

  bool Null() { return events_.Null(); }
  bool Bool(bool value) { return events_.Bool(value); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    return events_.Number(WholeNumber({text, length}));
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return IsText({text, length}) && events_.String(std::string(text, length));
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    return IsText({text, length}) && events_.Key(std::string(text, length));
  }
  bool StartObject() { return events_.BeginObject(); }
  bool EndObject(rapidjson::SizeType) { return events_.EndObject(); }
  bool StartArray() { return events_.BeginArray(); }
  bool EndArray(rapidjson::SizeType) { return events_.EndArray(); }

  // Never called: every number is a raw one.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  // A lone low surrogate passes RapidJSON 1.1. In UTF-8 all surrogates begin with this byte.
  static bool IsText(std::string_view text) {
    return text.find('\xED') == text.npos || IsUtf8(text);
  }

  JsonEvents& events_;
};

}  // namespace

std::optional<std::size_t> ParseJson(std::string_view text, JsonEvents& events) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const std::size_t start = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  rapidjson::MemoryStream stream(text.data() + start, text.size() - start);
  rapidjson::Reader reader;
  Handler handler(events);
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |  // depth costs no stack
                              rapidjson::kParseNumbersAsStringsFlag;
  if (reader.Parse<kFlags>(stream, handler).IsError()) return start + reader.GetErrorOffset();
  // To RapidJSON a NUL is the end of the text.
  if (stream.Tell() != text.size() - start) return start + stream.Tell();
  return std::nullopt;
}

}  // namespace counterscan
