// JSON from outside: the Hub's replies, and files that claim to hold them.
//
// Bounded in size, depth and number of values while it is read. Keeps what was read before the text
// breaks off, and every copy of a repeated key, so that a flag cannot be hidden by damage; but such
// a document is `broken`, and what it calls safe counts for nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/base/result.h"

namespace counterscan {

struct JsonValue {
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  struct Member;

  Kind kind = Kind::kNull;
  bool boolean = false;
  // A number that is a whole one from 0 to 2^64-1; every other number has none.
  std::optional<std::uint64_t> number{};
  std::string text;
  std::vector<JsonValue> items;
  std::vector<Member> members;  // in the order of the text, repeated keys kept

  bool IsNull() const { return kind == Kind::kNull; }
  bool IsArray() const { return kind == Kind::kArray; }
  bool IsObject() const { return kind == Kind::kObject; }

  // The first member of this name; nullptr when there is none or this is no object.
  const JsonValue* Find(std::string_view name) const;
  // The member when it has the kind asked for.
  const std::string* Text(std::string_view name) const;
  std::optional<bool> Bool(std::string_view name) const;
  std::optional<std::uint64_t> Number(std::string_view name) const;
  const JsonValue* Array(std::string_view name) const;
  const JsonValue* Object(std::string_view name) const;
};

struct JsonValue::Member {
  std::string name;
  JsonValue value;
};

struct JsonDocument {
  JsonValue root;
  // Why nothing in `root` may confirm anything: the text breaks off or repeats a key, ...
  std::optional<Error> broken{};
  // Bytes that are not UTF-8 were replaced by U+FFFD.
  bool repaired_utf8 = false;
};

// Fails only when there is nothing to keep: too large, or no JSON from the first byte.
Result<JsonDocument> ParseHubJson(std::string_view text, std::uint64_t max_bytes,
                                  const HubLimits& limits);

}  // namespace counterscan
