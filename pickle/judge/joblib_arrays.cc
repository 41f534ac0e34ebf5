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
                             Value arguments, std::uint32_t number) {
  Dtype dtype;
  const auto contents = objects.Of(arguments);
  if (contents && !contents->first.empty() && contents->first[0].is(Kind::kString)) {
    const ArgumentText code = reader.StringAt(contents->first[0].offset(), kLongestKey);
    if (code.whole) dtype.item_bytes = ItemBytes(code.text);
    // NumPy takes the size from the state only for text, bytes and records.
    dtype.flexible = !dtype.item_bytes || code.text.find_first_of("USVa") != std::string::npos;
    dtype.has_object = code.text.find('O') != std::string::npos;
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
  if (const auto flags = number(7)) known.has_object = (*flags & kFlagHasObject) != 0;
}

std::optional<ArrayPlan> JoblibArrays::Plan(const InstructionReader& reader, const Objects& objects,
                                            Value state) const {
  const auto dict = objects.Of(state);
  if (!state.is(Kind::kDict) || !dict || !dict->whole()) return std::nullopt;
  const auto shape = ItemOf(reader, *dict, "shape");
  const auto dtype = ItemOf(reader, *dict, "dtype");
  if (!shape || !dtype || !dtype->is(Kind::kDtype)) return std::nullopt;
  const Dtype& item = dtypes_[dtype->global()];

  ArrayPlan plan;
  if (item.has_object) {
    plan.nested_pickle = true;
    return plan;
  }
  const auto sizes = objects.Of(*shape);
  if (!shape->is(Kind::kTuple) || !sizes || !sizes->whole() || !item.item_bytes) {
    return std::nullopt;
  }
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
