#include "pickle/judge/joblib_arrays.h"

#include <string>

namespace counterscan::pickle {
namespace {

constexpr std::size_t kLongestKey = 64;
// NPY_ITEM_HASOBJECT of numpy/core/include/numpy/ndarraytypes.h.
constexpr std::int64_t kFlagHasObject = 1;

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
    dtype.has_object = true;  // StringDType, which keeps its texts elsewhere
  } else if (code.is(Kind::kString)) {
    const ArgumentText text = reader.StringAt(code.offset(), kLongestKey);
    if (text.whole) dtype.item_bytes = ItemBytes(text.text);
    // NumPy takes the size from the state only for text, bytes and records.
    dtype.flexible = dtype.item_bytes && text.text.find_first_of("USVa") != std::string::npos;
    dtype.has_object = text.text.find('O') != std::string::npos;
  } else if (code.is(Kind::kGlobal)) {
    const GlobalName& type = names[code.global()];
    dtype.flexible = type.module == "numpy" && (type.name == "record" || type.name == "void");
    if (type.module == "ml_dtypes" && type.name) dtype.item_bytes = MlDtypeBytes(*type.name);
  }
  if (dtypes_.size() >= kDtypes) return Value::Made(Kind::kCall, kNoGlobal, number);
  dtypes_.push_back(dtype);
  return Value::Made(Kind::kDtype, static_cast<GlobalId>(dtypes_.size() - 1), number);
}

void JoblibArrays::SetDtypeState(const Objects& objects, Value dtype, Value state) {
  Dtype& known = dtypes_[dtype.global()];
  const auto contents = objects.Of(state);
  if (!contents || contents->first.size() < 5) {
    known.item_bytes.reset();
    return;
  }
  // (version, byte order, subarray, names, fields, item size, alignment, flags[, metadata])
  const auto number = [&](std::size_t i) -> std::optional<std::int64_t> {
    if (i >= contents->first.size() || !contents->first[i].is(Kind::kInt)) return std::nullopt;
    return contents->first[i].number();
  };
  if (const auto size = number(5); known.flexible && size && *size >= 0) {
    known.item_bytes = static_cast<std::uint64_t>(*size);
  }
  const auto flags = number(7);
  if (!flags) return;
  const bool has_object = (*flags & kFlagHasObject) != 0;
  // Objects that the flags deny: NumPy would take the file's bytes for addresses of objects.
  known.contradictory = known.contradictory || (known.has_object && !has_object);
  known.has_object = has_object;
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

  if (item.contradictory) return std::nullopt;
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
