#include "scanner/format/safetensors_header.h"

#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
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

// The names of one object, each of which may stand there once. They are compared when all are
// known, so that each takes no more than its hash and a view.
class Keys {
 public:
  explicit Keys(container::MemoryLease& memory) : memory_(memory) {}
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  // False when there is no memory for it.
  bool Add(std::string_view name) {
    if (keys_.size() == keys_.capacity() && !Grow(keys_, memory_)) return false;
    keys_.push_back({std::hash<std::string_view>{}(name), name});
    return true;
  }

  // One that was added twice.
  std::optional<std::string_view> Twice() {
    std::ranges::sort(keys_);
    const auto twice = std::ranges::adjacent_find(keys_);
    return twice == keys_.end() ? std::nullopt : std::optional(twice->name);
  }

  // Makes room for twice as many; false when there is no memory for that.
  template <class T>
  static bool Grow(std::vector<T>& items, container::MemoryLease& memory) {
    constexpr std::size_t kFirst = 16;
    const std::size_t more = std::max(items.capacity(), kFirst);
    if (!memory.Resize(memory.bytes() + more * sizeof(T))) return false;
    items.reserve(items.capacity() + more);
    return true;
  }

 private:
  struct Key {
    std::size_t hash = 0;
    std::string_view name;

    auto operator<=>(const Key&) const = default;
  };

  container::MemoryLease& memory_;
  std::vector<Key> keys_;
};

// Follows the parser's events, which are called as RapidJSON calls them, through the one shape a
// header may have. Every handler returns false to stop the parser, after saying why.
class HeaderHandler {
 public:
  explicit HeaderHandler(container::MemoryLease& memory)
      : memory_(memory), names_(memory), metadata_keys_(memory) {}

  std::vector<SafetensorsEntry> entries;
  std::optional<Error> error;

  // Asked when all of it was parsed.
  bool EveryKeyOnce() {
    for (Keys* keys : {&names_, &metadata_keys_}) {
      if (const auto twice = keys->Twice()) {
        return Stop("key twice: " + Printable(*twice, kShownName));
      }
    }
    return true;
  }

  bool StartObject() {
    switch (place_) {
      case Place::kStart:
        place_ = Place::kTop;
        return true;
      case Place::kTensorValue:
        place_ = Place::kTensor;
        if (entries.size() == entries.capacity() && !Keys::Grow(entries, memory_)) return Full();
        entries.push_back({.name = key_});
        seen_ = 0;
        return true;
      case Place::kMetadataValue:
        place_ = Place::kMetadata;
        return true;
      default:
        return Stop("an object where none belongs");
    }
  }

  bool Key(const char* characters, rapidjson::SizeType length, bool) {
    const std::string_view text(characters, length);
    if (!IsText(text)) return Stop("a key that is no text");
    switch (place_) {
      case Place::kTop:
        if (!names_.Add(text)) return Full();
        key_ = text;
        place_ = text == "__metadata__" ? Place::kMetadataValue : Place::kTensorValue;
        return true;
      case Place::kMetadata:
        if (!metadata_keys_.Add(text)) return Full();
        place_ = Place::kMetadataText;
        return true;
      case Place::kTensor:
        return TensorKey(text);
      default:
        return Stop("a key where none belongs");
    }
  }

  bool EndObject(rapidjson::SizeType) {
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

  bool StartArray() {
    count_ = 0;
    if (place_ == Place::kShapeValue) {
      place_ = Place::kShape;
    } else if (place_ == Place::kOffsetsValue) {
      place_ = Place::kOffsets;
    } else {
      return Stop("a list where none belongs");
    }
    return true;
  }

  bool EndArray(rapidjson::SizeType) {
    if (place_ == Place::kOffsets && count_ != 2) return Stop("data_offsets need 2 numbers");
    place_ = Place::kTensor;
    return true;
  }

  bool String(const char* characters, rapidjson::SizeType length, bool) {
    const std::string_view text(characters, length);
    if (!IsText(text)) return Stop("a string that is no text");
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

  bool Uint64(std::uint64_t value) {
    if (place_ == Place::kShape) {
      if (++count_ > kMaxDimensions) return Stop("too many dimensions");
      auto& elements = entries.back().elements;
      std::uint64_t product = 0;
      const bool fits = elements && !__builtin_mul_overflow(*elements, value, &product);
      elements = fits ? std::optional(product) : std::nullopt;
      return true;
    }
    if (place_ == Place::kOffsets) {
      if (++count_ > 2) return Stop("data_offsets need 2 numbers");
      (count_ == 1 ? entries.back().begin : entries.back().end) = value;
      return true;
    }
    return Stop("a number where none belongs");
  }

  bool Uint(unsigned value) { return Uint64(value); }
  // These are called for what has a minus sign.
  bool Int(int) { return Stop("a negative number"); }
  bool Int64(std::int64_t) { return Stop("a negative number"); }
  bool Double(double) { return Stop("a fraction"); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return Stop("a fraction"); }
  bool Null() { return Stop("null where none belongs"); }
  bool Bool(bool) { return Stop("a truth value where none belongs"); }

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
    error = Error{ErrorCode::kMalformed, std::move(why), std::nullopt};
    return false;
  }
  bool Full() {
    error =
        Error{ErrorCode::kLimit, "a header of more tensors than there is memory for", std::nullopt};
    return false;
  }

  // A lone low surrogate passes RapidJSON 1.1. In UTF-8 all surrogates begin with this byte.
  static bool IsText(std::string_view text) {
    return text.find('\xED') == text.npos || IsUtf8(text);
  }

  bool TensorKey(std::string_view text) {
    for (const Field& field : kFields) {
      if (text != field.key) continue;
      if ((seen_ & field.bit) != 0) return Stop("key twice: " + std::string(text));
      seen_ |= field.bit;
      place_ = field.next;
      return true;
    }
    return Stop("unknown key: " + Printable(text, kShownName));
  }

  container::MemoryLease& memory_;
  Place place_ = Place::kStart;
  std::string_view key_;
  unsigned seen_ = 0;
  std::size_t count_ = 0;  // numbers of the list in work
  Keys names_;
  Keys metadata_keys_;
};

}  // namespace

Result<std::vector<SafetensorsEntry>> ParseSafetensorsHeader(std::string& json,
                                                             container::MemoryLease& memory) {
  // RapidJSON's own check reads on behind the text where that ends inside a character.
  if (!IsUtf8(json)) return Fail(ErrorCode::kMalformed, "the header is no UTF-8");
  HeaderHandler handler(memory);
  rapidjson::InsituStringStream stream(json.data());
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag;
  const std::size_t size = json.size();
  const bool good = !reader.Parse<kFlags>(stream, handler).IsError();
  if (handler.error) return tl::make_unexpected(*std::move(handler.error));
  // To RapidJSON a NUL is the end of the text.
  if (!good || stream.Tell() != size) {
    const std::size_t position = good ? stream.Tell() : reader.GetErrorOffset();
    return Fail(ErrorCode::kMalformed,
                "broken JSON at byte " + std::to_string(position) + " of the header");
  }
  if (!handler.EveryKeyOnce()) return tl::make_unexpected(*std::move(handler.error));
  return std::move(handler.entries);
}

std::uint64_t SafetensorsDtypeBits(std::string_view dtype) {
  for (const DtypeRow& row : kDtypes) {
    if (row.name == dtype) return row.bits;
  }
  return 0;
}

}  // namespace counterscan::format
