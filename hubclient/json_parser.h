// JsonParser: reads JSON (RFC 8259) with RapidJSON and tells what it sees, event by event.
//
// Strict: no comments, no trailing commas, no control characters in strings, no lone surrogates,
// nothing behind the value. Recursion-free, so that depth costs no stack. The text is taken as
// UTF-8 without looking.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace counterscan {

class JsonEvents {
 public:
  JsonEvents() = default;
  JsonEvents(const JsonEvents&) = delete;
  JsonEvents& operator=(const JsonEvents&) = delete;
  virtual ~JsonEvents() = default;

  // Each returns false to end the reading.
  virtual bool Null() = 0;
  virtual bool Bool(bool value) = 0;
  // Nothing for numbers other than the whole ones from 0 to 2^64-1.
  virtual bool Number(std::optional<std::uint64_t> value) = 0;
  virtual bool String(std::string value) = 0;
  virtual bool Key(std::string name) = 0;
  virtual bool BeginObject() = 0;
  virtual bool EndObject() = 0;
  virtual bool BeginArray() = 0;
  virtual bool EndArray() = 0;
};

// Nothing when the whole text is one JSON value. Else the byte at which it stopped to be JSON, or
// at which an event ended the reading; what was told until then stands.
std::optional<std::size_t> ParseJson(std::string_view text, JsonEvents& events);

}  // namespace counterscan
