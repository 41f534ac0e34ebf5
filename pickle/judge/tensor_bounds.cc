#include "pickle/judge/tensor_bounds.h"

#include <fmt/format.h>

namespace counterscan::pickle {

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
