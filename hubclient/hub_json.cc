#include "hubclient/hub_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

// Builds a JsonValue from the parser's events and keeps it when they stop early.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(JsonDocument& document, const HubLimits& limits) : document_(document), limits_(limits) {}

  bool null() override { return Add(JsonValue{}); }
  bool boolean(bool value) override {
    JsonValue json;
    json.kind = JsonValue::Kind::kBool;
    json.boolean = value;
    return Add(std::move(json));
  }
  bool number_integer(number_integer_t) override { return AddNumber(std::nullopt); }
  bool number_unsigned(number_unsigned_t value) override { return AddNumber(value); }
  bool number_float(number_float_t, const string_t&) override { return AddNumber(std::nullopt); }
  bool string(string_t& value) override {
    JsonValue json;
    json.kind = JsonValue::Kind::kString;
    json.text = value;  // a copy has the size it needs, the parser's buffer twice that
    return Add(std::move(json));
  }
  bool binary(binary_t&) override { return false; }  // not in JSON text

  bool start_object(std::size_t) override { return Open(JsonValue::Kind::kObject); }
  bool start_array(std::size_t) override { return Open(JsonValue::Kind::kArray); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }

  // The parser's own message quotes the input, so it is not used.
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    Break(Error{ErrorCode::kMalformed, "not JSON, or it breaks off", position});
    return false;
  }

  bool started() const { return value_count_ > 0; }

 private:
  bool AddNumber(std::optional<std::uint64_t> value) {
    JsonValue json;
    json.kind = JsonValue::Kind::kNumber;
    json.number = value;
    return Add(std::move(json));
  }

  bool Add(JsonValue value) {
    if (++value_count_ > limits_.json_values) {
      Break(Error{ErrorCode::kLimit, "holds too many values", std::nullopt});
      return false;
    }
    if (open_.empty()) {
      document_.root = std::move(value);
    } else if (open_.back()->IsArray()) {
      open_.back()->items.push_back(std::move(value));
    } else {
      open_.back()->members.push_back({std::move(key_), std::move(value)});
      key_.clear();
    }
    return true;
  }

  bool Open(JsonValue::Kind kind) {
    if (open_.size() >= limits_.json_depth) {
      Break(Error{ErrorCode::kLimit, "is nested too deeply", std::nullopt});
      return false;
    }
    JsonValue value;
    value.kind = kind;
    if (!Add(std::move(value))) return false;
    // Pointers stay valid: only the innermost open value grows.
    if (open_.empty()) {
      open_.push_back(&document_.root);
    } else if (open_.back()->IsArray()) {
      open_.push_back(&open_.back()->items.back());
    } else {
      open_.push_back(&open_.back()->members.back().value);
    }
    return true;
  }

  bool Close() {
    if (open_.back()->IsObject()) CheckKeys(open_.back()->members);
    open_.pop_back();
    return true;
  }

  // RFC 8259 section 4: names within an object should be unique; readers disagree on which counts.
  void CheckKeys(const std::vector<JsonValue::Member>& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const JsonValue::Member& member : members) names.push_back(member.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice == names.end()) return;
    Break(Error{ErrorCode::kMalformed, fmt::format("repeats the key \"{}\"", Printable(*twice, 40)),
                std::nullopt});
  }

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
  const bool whole = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  if (!whole && !document.broken) {
    document.broken = Error{ErrorCode::kMalformed, "not JSON", std::nullopt};
  }
  if (!builder.started()) {
    return tl::make_unexpected(
        document.broken.value_or(Error{ErrorCode::kMalformed, "not JSON", std::nullopt}));
  }
  return document;
}

}  // namespace counterscan
