#include "pickle/judge/tensor_bounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace counterscan::pickle {

std::uint32_t ElementBytes(std::string_view storage_class) {
  struct Row {
    std::string_view storage_class;
    std::uint32_t bytes;
  };
  // torch/storage.py, _dtype_to_storage_type_map.
  constexpr auto kRows = std::to_array<Row>({
      {"DoubleStorage", 8},   {"FloatStorage", 4},          {"HalfStorage", 2},
      {"BFloat16Storage", 2}, {"LongStorage", 8},           {"IntStorage", 4},
      {"ShortStorage", 2},    {"CharStorage", 1},           {"ByteStorage", 1},
      {"BoolStorage", 1},     {"ComplexDoubleStorage", 16}, {"ComplexFloatStorage", 8},
      {"QUInt8Storage", 1},   {"QInt8Storage", 1},          {"QInt32Storage", 4},
      {"QUInt4x2Storage", 1}, {"QUInt2x4Storage", 1},       {"UntypedStorage", 1},
      {"_UntypedStorage", 1},
  });
  const auto row = std::ranges::find(kRows, storage_class, &Row::storage_class);
  return row == kRows.end() ? 0 : row->bytes;
}

std::optional<std::string> TensorBounds::Problem(const Objects& objects, Value arguments) const {
  const auto contents = objects.Of(arguments);
  if (!contents || contents->first.size() < 4) return std::nullopt;
  const Value storage = contents->first[0];
  const Value offset = contents->first[1];
  const auto sizes = objects.Of(contents->first[2]);
  const auto strides = objects.Of(contents->first[3]);
  if (!storage.is(Kind::kPersistent) || !offset.is(Kind::kInt) || !sizes || !sizes->whole() ||
      !strides || sizes->count != strides->count || !strides->whole()) {
    return std::nullopt;
  }
  if (offset.number() < 0) return "a tensor begins before its storage";
  const auto known = storages_.find(storage.result_number());
  auto last = static_cast<std::uint64_t>(offset.number());
  bool overflow = false;
  bool empty = false;
  for (std::size_t i = 0; i < sizes->first.size(); ++i) {
    const Value size = sizes->first[i];
    const Value stride = strides->first[i];
    if (!size.is(Kind::kInt) || !stride.is(Kind::kInt)) return std::nullopt;
    if (size.number() < 0 || stride.number() < 0) return "a tensor has a negative size or stride";
    if (size.number() == 0) {
      empty = true;
      continue;
    }
    std::uint64_t reach = 0;
    overflow = overflow ||
               __builtin_mul_overflow(static_cast<std::uint64_t>(size.number() - 1),
                                      static_cast<std::uint64_t>(stride.number()), &reach) ||
               __builtin_add_overflow(last, reach, &last);
  }
  if (empty || known == storages_.end() || (!overflow && last < known->second)) {
    return std::nullopt;
  }
  return fmt::format("a tensor reaches beyond its storage of {} elements", known->second);
}

}  // namespace counterscan::pickle
