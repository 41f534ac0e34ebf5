#include "scanner/format/safetensors_header.h"

#include <array>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "scanner/base/text.h"

namespace counterscan::format {
namespace {

// Tensors have few dimensions; numpy allows 32, later 64.
constexpr std::size_t kMaxDimensions = 256;
constexpr std::size_t kShownName = 80;

struct DtypeRow {
  std::string_view name;
  std::uint64_t bits;
};
constexpr auto kDtypes = std::to_array<DtypeRow>({
    {"BOOL", 8},    {"U8", 8},   {"I8", 8},      {"F8_E4M3", 8}, {"F8_E5M2", 8},
    {"F8_E8M0", 8}, {"F4", 4},   {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U16", 16},
    {"I16", 16},    {"F16", 16}, {"BF16", 16},   {"U32", 32},    {"I32", 32},
    {"F32", 32},    {"U64", 64}, {"I64", 64},    {"F64", 64},    {"C64", 64},
});

// Follows the parser's events through the one shape a header may have. Every handler returns false
// to stop the parser, after saying why in error_.
class HeaderHandler final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<SafetensorsEntry> entries;
  std::string error;

  bool start_object(std::size_t) override {
    switch (place_) {
      case Place::kStart:
        place_ = Place::kTop;
        return true;
      case Place::kTensorValue:
        place_ = Place::kTensor;
        entries.push_back({.name = key_});
        seen_ = 0;
        return true;
      case Place::kMetadataValue:
        place_ = Place::kMetadata;
        metadata_keys_.clear();
        return true;
      default:
        return Stop("an object where none belongs");
    }
  }

  bool key(string_t& text) override {
    switch (place_) {
      case Place::kTop:
        if (!names_.insert(text).second) return Stop("key twice: " + Printable(text, kShownName));
        key_ = text;
        place_ = text == "__metadata__" ? Place::kMetadataValue : Place::kTensorValue;
        return true;
      case Place::kMetadata:
        if (!metadata_keys_.insert(text).second) {
          return Stop("metadata key twice: " + Printable(text, kShownName));
        }
        place_ = Place::kMetadataText;
        return true;
      case Place::kTensor:
        return TensorKey(text);
      default:
        return Stop("a key where none belongs");
    }
  }

  bool end_object() override {
    if (place_ == Place::kTensor) {
      if (seen_ != kAllFields) return Stop("a tensor without dtype, shape or data_offsets");
      place_ = Place::kTop;
      return true;
    }
    if (place_ == Place::kMetadata) {
      place_ = Place::kTop;
      return true;
    }
    place_ = Place::kEnd;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::kShapeValue) {
      place_ = Place::kShape;
    } else if (place_ == Place::kOffsetsValue) {
      place_ = Place::kOffsets;
      offset_count_ = 0;
    } else {
      return Stop("a list where none belongs");
    }
    return true;
  }

  bool end_array() override {
    if (place_ == Place::kOffsets && offset_count_ != 2) return Stop("data_offsets need 2 numbers");
    place_ = Place::kTensor;
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::kMetadataText) {
      place_ = Place::kMetadata;
      return true;
    }
    if (place_ == Place::kDtypeValue) {
      entries.back().dtype = text;
      place_ = Place::kTensor;
      return true;
    }
    return Stop("a string where none belongs");
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::kShape) {
      auto& shape = entries.back().shape;
      if (shape.size() >= kMaxDimensions) return Stop("too many dimensions");
      shape.push_back(value);
      return true;
    }
    if (place_ == Place::kOffsets) {
      if (offset_count_ > 1) return Stop("data_offsets need 2 numbers");
      (offset_count_ == 0 ? entries.back().begin : entries.back().end) = value;
      ++offset_count_;
      return true;
    }
    return Stop("a number where none belongs");
  }

  bool number_integer(number_integer_t) override { return Stop("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { return Stop("a fraction"); }
  bool null() override { return Stop("null where none belongs"); }
  bool boolean(bool) override { return Stop("a truth value where none belongs"); }
  bool binary(binary_t&) override { return Stop("binary where none belongs"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    if (error.empty()) error = "broken JSON at byte " + std::to_string(position) + " of the header";
    return false;
  }

 private:
  enum class Place : std::uint8_t {
    kStart,
    kTop,
    kTensorValue,
    kTensor,
    kDtypeValue,
    kShapeValue,
    kShape,
    kOffsetsValue,
    kOffsets,
    kMetadataValue,
    kMetadata,
    kMetadataText,
    kEnd,
  };
  struct Field {
    std::string_view key;
    unsigned bit;
    Place next;
  };
  static constexpr auto kFields = std::to_array<Field>({
      {"dtype", 1, Place::kDtypeValue},
      {"shape", 2, Place::kShapeValue},
      {"data_offsets", 4, Place::kOffsetsValue},
  });
  static constexpr unsigned kAllFields = 7;

  bool Stop(std::string why) {
    if (error.empty()) error = std::move(why);
    return false;
  }

  bool TensorKey(const std::string& text) {
    for (const Field& field : kFields) {
      if (text != field.key) continue;
      if ((seen_ & field.bit) != 0) return Stop("key twice: " + text);
      seen_ |= field.bit;
      place_ = field.next;
      return true;
    }
    return Stop("unknown key: " + Printable(text, kShownName));
  }

  Place place_ = Place::kStart;
  std::string key_;
  unsigned seen_ = 0;
  int offset_count_ = 0;
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> metadata_keys_;
};

}  // namespace

Result<std::vector<SafetensorsEntry>> ParseSafetensorsHeader(std::string_view json) {
  HeaderHandler handler;
  // Strict: nothing but blanks may follow the object.
  const bool good = nlohmann::json::sax_parse(json.begin(), json.end(), &handler,
                                              nlohmann::json::input_format_t::json, true);
  if (!good) return Fail(ErrorCode::kMalformed, handler.error);
  return std::move(handler.entries);
}

std::uint64_t SafetensorsDtypeBits(std::string_view dtype) {
  for (const DtypeRow& row : kDtypes) {
    if (row.name == dtype) return row.bits;
  }
  return 0;
}

}  // namespace counterscan::format
