#include "hubclient/hub_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hubclient/json_parser.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// Builds a JsonValue from the parser's events and keeps it when they stop early.
class Builder final : public JsonEvents {
 public:
  Builder(JsonDocument& document, const HubLimits& limits) : document_(document), limits_(limits) {}

  bool Null() override { return Add(JsonValue::Kind::kNull) != nullptr; }
  bool Bool(bool value) override {
    JsonValue* const json = Add(JsonValue::Kind::kBool);
    if (json != nullptr) json->boolean = value;
    return json != nullptr;
  }
  bool Number(std::optional<std::uint64_t> value) override {
    JsonValue* const json = Add(JsonValue::Kind::kNumber);
    if (json != nullptr) json->number = value;
    return json != nullptr;
  }
  bool String(std::string value) override {
    JsonValue* const json = Add(JsonValue::Kind::kString);
    if (json != nullptr) json->text = std::move(value);
    return json != nullptr;
  }
  bool Key(std::string name) override {
    key_ = std::move(name);
    return true;
  }
  bool BeginObject() override { return Open(JsonValue::Kind::kObject); }
  bool BeginArray() override { return Open(JsonValue::Kind::kArray); }
  bool EndObject() override {
    CheckKeys(open_.back()->members);
    open_.pop_back();
    return true;
  }
  bool EndArray() override {
    open_.pop_back();
    return true;
  }

  bool started() const { return value_count_ > 0; }

 private:
  // The new value in its place; nullptr when there are too many.
  JsonValue* Add(JsonValue::Kind kind) {
    if (++value_count_ > limits_.json_values) {
      Break(Error{ErrorCode::kLimit, "holds too many values", std::nullopt});
      return nullptr;
    }
    JsonValue* value = &document_.root;
    if (!open_.empty() && open_.back()->IsArray()) {
      value = &open_.back()->items.emplace_back();
    } else if (!open_.empty()) {
      JsonValue::Member& member = open_.back()->members.emplace_back();
      member.name = std::move(key_);
      value = &member.value;
    }
    value->kind = kind;
    return value;
  }

  bool Open(JsonValue::Kind kind) {
    if (open_.size() >= limits_.json_depth) {
      Break(Error{ErrorCode::kLimit, "is nested too deeply", std::nullopt});
      return false;
    }
    JsonValue* const value = Add(kind);
    // Pointers stay valid: only the innermost open value grows.
    if (value != nullptr) open_.push_back(value);
    return value != nullptr;
  }

  // RFC 8259 section 4: names within an object should be unique; readers disagree on which counts.
  void CheckKeys(const std::vector<JsonValue::Member>& members) {
    const std::optional<std::string_view> twice = RepeatedName(members);
    if (!twice) return;
    Break(Error{ErrorCode::kMalformed, fmt::format("repeats the key \"{}\"", Printable(*twice, 40)),
                std::nullopt});
  }

  static std::optional<std::string_view> RepeatedName(
      const std::vector<JsonValue::Member>& members) {
    constexpr std::size_t kFew = 16;  // comparing each with each is faster than sorting
    if (members.size() <= kFew) {
      for (std::size_t i = 1; i < members.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (members[i].name == members[j].name) return members[i].name;
        }
      }
      return std::nullopt;
    }
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const JsonValue::Member& member : members) names.push_back(member.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() ? std::nullopt : std::optional(*twice);
  }

  // The first reason stands.
  void Break(Error error) {
    if (!document_.broken) document_.broken = std::move(error);
  }

  JsonDocument& document_;
  const HubLimits& limits_;
  std::vector<JsonValue*> open_;
  std::string key_;
  std::size_t value_count_ = 0;
};

// Structure is ASCII, so replacing bytes inside strings cannot change it.
std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto point = FirstCodePoint(text);
    if (point) {
      out.append(text.substr(0, point->length));
    } else {
      out += "\xEF\xBF\xBD";
    }
    text.remove_prefix(point ? point->length : 1);
  }
  return out;
}

}  // namespace

const JsonValue* JsonValue::Find(std::string_view name) const {
  for (const Member& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

const std::string* JsonValue::Text(std::string_view name) const {
  const JsonValue* value = Find(name);
  return value != nullptr && value->kind == Kind::kString ? &value->text : nullptr;
}

std::optional<bool> JsonValue::Bool(std::string_view name) const {
  const JsonValue* value = Find(name);
  if (value == nullptr || value->kind != Kind::kBool) return std::nullopt;
  return value->boolean;
}

std::optional<std::uint64_t> JsonValue::Number(std::string_view name) const {
  const JsonValue* value = Find(name);
  return value != nullptr ? value->number : std::nullopt;
}

const JsonValue* JsonValue::Array(std::string_view name) const {
  const JsonValue* value = Find(name);
  return value != nullptr && value->IsArray() ? value : nullptr;
}

const JsonValue* JsonValue::Object(std::string_view name) const {
  const JsonValue* value = Find(name);
  return value != nullptr && value->IsObject() ? value : nullptr;
}

Result<JsonDocument> ParseHubJson(std::string_view text, std::uint64_t max_bytes,
                                  const HubLimits& limits) {
  if (text.size() > max_bytes) {
    return Fail(ErrorCode::kLimit, fmt::format("longer than {}", HumanBytes(max_bytes)));
  }
  JsonDocument document;
  std::string repaired;
  if (!IsUtf8(text)) {
    repaired = ReplaceInvalidUtf8(text);
    text = repaired;
    document.repaired_utf8 = true;
  }
  Builder builder(document, limits);
  const auto stopped_at = ParseJson(text, builder);
  if (stopped_at && !document.broken) {
    document.broken = Error{ErrorCode::kMalformed, "not JSON, or it breaks off", *stopped_at};
  }
  if (!builder.started()) {
    return tl::make_unexpected(
        document.broken.value_or(Error{ErrorCode::kMalformed, "not JSON", std::nullopt}));
  }
  return document;
}

}  // namespace counterscan
