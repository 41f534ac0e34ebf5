#include "pickle/judge/joblib_arrays.h"

#include <algorithm>
#include <string>

namespace counterscan::pickle {
namespace {

constexpr std::size_t kLongestKey = 64;
// NPY_ITEM_HASOBJECT of numpy/core/include/numpy/ndarraytypes.h.
constexpr std::int64_t kFlagHasObject = 1;
// Besides, NPY_LIST_PICKLE, NPY_NEEDS_INIT and NPY_NEEDS_PYAPI: every type with objects in it has
// them (NPY_FROM_FIELDS).
constexpr std::int64_t kFlagsOfObjects = 0x1b;

// Places of a dtype's state.
constexpr std::size_t kByteOrder = 1;
constexpr std::size_t kSubarray = 2;
constexpr std::size_t kNames = 3;
constexpr std::size_t kFields = 4;
constexpr std::size_t kItemSize = 5;
constexpr std::size_t kFlags = 7;
constexpr std::size_t kMetadata = 8;

bool IsFlag(Value value, bool set) {
  return (value.is(Kind::kInt) && value.number() == (set ? 1 : 0)) ||
         value == Value(Kind::kBool, set ? 1 : 0);
}

std::optional<Value> ItemOf(const InstructionReader& reader, const Contents& dict,
                            std::string_view key) {
  std::optional<Value> found;
  for (std::size_t i = 0; i + 1 < dict.first.size(); i += 2) {
    if (!dict.first[i].is(Kind::kString)) continue;
    // The last of equal keys wins.
    if (reader.StringAt(dict.first[i].offset(), kLongestKey).text == key) found = dict.first[i + 1];
  }
  return found;
}

// True when every key is known, and none takes the place of one of the wrapper's methods: those
// that read the array are called on the object.
bool HasPlainKeys(const InstructionReader& reader, const Contents& dict) {
  for (std::size_t i = 0; i + 1 < dict.first.size(); i += 2) {
    if (!dict.first[i].is(Kind::kString)) return false;
    const std::string key = reader.StringAt(dict.first[i].offset(), kLongestKey).text;
    if (key.starts_with("read") || key.starts_with("safe_get") || key.starts_with("__"))
      return false;
  }
  return true;
}

// Bytes of an item of a type of the package ml_dtypes: "bfloat16", "float8_e4m3fn", "int4".
std::optional<std::uint64_t> MlDtypeBytes(std::string_view name) {
  if (name == "bfloat16") return 2;
  // Those of less than a byte take one each.
  constexpr std::string_view kOneByte[] = {"float8_", "float6_", "float4_", "int4",
                                           "uint4",   "int2",    "uint2"};
  for (const std::string_view prefix : kOneByte) {
    if (name.starts_with(prefix)) return 1;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

}  // namespace

std::optional<std::uint64_t> ItemBytes(std::string_view code) {
  if (!code.empty() && std::string_view("<>|=").find(code.front()) != std::string_view::npos) {
    code.remove_prefix(1);
  }
  if (code == "?") return 1;
  if (code.size() < 2 || code.size() > 10) return std::nullopt;
  if (std::string_view("biufcmMOSUVa").find(code.front()) == std::string_view::npos) {
    return std::nullopt;
  }
  std::uint64_t size = 0;
  for (const char c : code.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    size = size * 10 + static_cast<std::uint64_t>(c - '0');
  }
  // Text is counted in characters of four bytes.
  return code.front() == 'U' ? size * 4 : size;
}

Value JoblibArrays::NewDtype(const InstructionReader& reader, const Objects& objects,
                             const GlobalTable& names, const GlobalName& maker, Value arguments,
                             std::uint32_t number) {
  Dtype dtype;
  const auto contents = objects.Of(arguments);
  const Value code = contents && !contents->first.empty() ? contents->first[0] : Value();
  if (maker.name != "dtype") {
    // StringDType, which keeps its texts elsewhere.
    dtype.has_object = true;
    dtype.holds_objects = true;
  } else {
    // Without copy=True, NumPy's own object of this type would be it, which takes no state.
    dtype.contradictory = !contents || !contents->whole() || contents->count != 3 ||
                          !IsFlag(contents->first[1], false) || !IsFlag(contents->first[2], true);
  }
  if (maker.name == "dtype" && code.is(Kind::kString)) {
    const ArgumentText text = reader.StringAt(code.offset(), kLongestKey);
    if (text.whole) dtype.item_bytes = ItemBytes(text.text);
    // NumPy takes the size from the state only for text, bytes and records.
    dtype.flexible = dtype.item_bytes && text.text.find_first_of("USVa") != std::string::npos;
    dtype.record = dtype.item_bytes && text.text.find('V') != std::string::npos;
    // Spelled otherwise, it may be a record of anything.
    dtype.has_object = text.text.find('O') != std::string::npos;
    dtype.holds_objects = dtype.has_object;
    dtype.contradictory = dtype.contradictory || (!dtype.item_bytes && text.text != "O");
  } else if (maker.name == "dtype" && code.is(Kind::kGlobal)) {
    const GlobalName& type = names[code.global()];
    dtype.flexible = type.module == "numpy" && (type.name == "record" || type.name == "void");
    dtype.record = dtype.flexible;
    if (type.module == "ml_dtypes" && type.name) dtype.item_bytes = MlDtypeBytes(*type.name);
    dtype.own_size = dtype.item_bytes.has_value();
    dtype.holds_objects = type.name == "object_" || type.name == "object";
  }
  any_objects_ = any_objects_ || dtype.holds_objects;
  if (full()) return Value::Made(Kind::kCall, kNoGlobal, number);
  dtypes_.push_back(dtype);
  return Value::Made(Kind::kDtype, static_cast<GlobalId>(dtypes_.size() - 1), number);
}

// (type, offset[, title]) of a field, (type, shape) of a subarray.
void JoblibArrays::AddPart(const Objects& objects, Value field, Parts& parts) const {
  const auto tuple = objects.Of(field);
  if (!field.is(Kind::kTuple) || !tuple || tuple->first.empty()) {
    (tuple || !field.is(Kind::kTuple) ? parts.strange : parts.unknown) = true;
    return;
  }
  const Value type = tuple->first[0];
  if (!type.is(Kind::kDtype)) {
    (full() || type.is(Kind::kForgotten) ? parts.unknown : parts.strange) = true;
    return;
  }
  const Dtype& known = dtypes_[type.global()];
  parts.objects = parts.objects || known.holds_objects;
  parts.unknown = parts.unknown || known.fields_unknown;
}

JoblibArrays::Parts JoblibArrays::PartsOf(const Objects& objects, Value fields) const {
  Parts parts;
  const auto dict = objects.Of(fields);
  if (!dict) {
    parts.unknown = true;
    return parts;
  }
  parts.unknown = !dict->whole();
  for (std::size_t i = 1; i < dict->first.size(); i += 2) AddPart(objects, dict->first[i], parts);
  return parts;
}

// arraydescr_setstate of numpy/core/src/multiarray/descriptor.c takes tuples of 5 to 9 items, where
// the size and the fields have other places each; NumPy has long written those of 8, and of 9 for
// types with metadata:
// (version, byte order, subarray, names, fields, item size, alignment, flags[, metadata])
JoblibArrays::StateFault JoblibArrays::SetDtypeState(const InstructionReader& reader,
                                                     const Objects& objects, Value dtype,
                                                     Value state) {
  Dtype& known = dtypes_[dtype.global()];
  known.contradictory = known.contradictory || known.built;
  known.built = true;
  const auto contents = objects.Of(state);
  if (!contents) {
    known.contradictory = true;
    known.fields_unknown = true;
    return StateFault::kForgotten;
  }
  const std::span<const Value> items = contents->first;
  Parts parts;
  // The metadata, which stand last, are the writer's own.
  for (const Value item : items.first(std::min(items.size(), kMetadata))) {
    if (!item.is(Kind::kDict)) continue;
    const Parts fields = PartsOf(objects, item);
    parts.objects = parts.objects || fields.objects;
    parts.unknown = parts.unknown || fields.unknown;
    parts.strange = parts.strange || fields.strange;
  }
  if (items.size() > kSubarray && items[kSubarray].is(Kind::kTuple)) {
    AddPart(objects, items[kSubarray], parts);
    known.subarray = true;
  }
  known.holds_objects = known.holds_objects || parts.objects;
  known.fields_unknown = known.fields_unknown || parts.unknown;
  any_objects_ = any_objects_ || known.holds_objects;
  const bool exact =
      state.is(Kind::kTuple) && contents->whole() && SetKnownState(reader, known, items, parts);
  known.contradictory = known.contradictory || !exact;
  const bool admits = exact && (items[kFlags].number() & kFlagsOfObjects) == kFlagsOfObjects;
  if (admits) return StateFault::kNone;
  if (known.holds_objects || parts.strange) return StateFault::kDeniesObjects;
  return known.fields_unknown && any_objects_ ? StateFault::kCannotTell : StateFault::kNone;
}

// False when it is none that NumPy writes for such a type.
bool JoblibArrays::SetKnownState(const InstructionReader& reader, Dtype& dtype,
                                 std::span<const Value> state, const Parts& parts) {
  constexpr std::int64_t kVersion = 3;
  constexpr std::int64_t kVersionWithMetadata = 4;
  if (state.size() != kFlags + 1 && state.size() != kMetadata + 1) return false;
  for (const std::size_t number : {std::size_t{0}, kItemSize, kFlags}) {
    if (!state[number].is(Kind::kInt)) return false;
  }
  if (state[0].number() != (state.size() > kMetadata ? kVersionWithMetadata : kVersion)) {
    return false;
  }
  const Value order = state[kByteOrder];
  if (!order.is(Kind::kString)) return false;
  const std::string text = reader.StringAt(order.offset(), kLongestKey).text;
  if (text.size() != 1 || std::string_view("<>|=").find(text[0]) == std::string_view::npos) {
    return false;
  }
  const bool has_fields = state[kFields].is(Kind::kDict);
  const bool plain = state[kFields].is(Kind::kNone) && state[kNames].is(Kind::kNone);
  if (!plain && !(has_fields && state[kNames].is(Kind::kTuple) && dtype.record)) return false;
  if (!state[kSubarray].is(Kind::kNone) && !(dtype.subarray && dtype.record)) return false;

  const std::int64_t size = state[kItemSize].number();
  if (dtype.flexible || dtype.own_size) {
    if (size < 0) return false;
    const auto bytes = static_cast<std::uint64_t>(size);
    if (dtype.item_bytes && *dtype.item_bytes != bytes) return false;
    dtype.item_bytes = bytes;
  } else if (size != -1) {
    return false;
  }
  dtype.has_object = (state[kFlags].number() & kFlagHasObject) != 0;
  return !parts.strange && (parts.unknown || dtype.has_object == dtype.holds_objects);
}

std::optional<ArrayPlan> JoblibArrays::Plan(const InstructionReader& reader, const Objects& objects,
                                            Value state) const {
  const auto dict = objects.Of(state);
  if (!state.is(Kind::kDict) || !dict || !dict->whole()) return std::nullopt;
  if (!HasPlainKeys(reader, *dict)) return std::nullopt;
  const auto shape = ItemOf(reader, *dict, "shape");
  const auto dtype = ItemOf(reader, *dict, "dtype");
  if (!shape || !dtype || !dtype->is(Kind::kDtype)) return std::nullopt;
  const Dtype& item = dtypes_[dtype->global()];

  if (item.contradictory || item.subarray) return std::nullopt;
  ArrayPlan plan;
  if (item.has_object) {
    plan.nested_pickle = true;
    return plan;
  }
  const auto sizes = objects.Of(*shape);
  const bool row = shape->is(Kind::kTuple) || shape->is(Kind::kList);
  if (!row || !sizes || !sizes->whole() || !item.item_bytes) return std::nullopt;
  plan.bytes = *item.item_bytes;
  for (const Value size : sizes->first) {
    if (!size.is(Kind::kInt) || size.number() < 0) return std::nullopt;
    const auto product = Multiply(plan.bytes, static_cast<std::uint64_t>(size.number()));
    if (!product) return std::nullopt;
    plan.bytes = *product;
  }
  const auto alignment = ItemOf(reader, *dict, "numpy_array_alignment_bytes");
  plan.aligned = alignment && !alignment->is(Kind::kNone);
  return plan;
}

}  // namespace counterscan::pickle
