// PickleSearch: where in bytes that belong to no pickle another one may begin.
//
// A program can seek past junk and load what stands behind it, out of sight of a scanner that stops
// at the first error. Looked for are headers of protocols 2 to 5, and lines of a text protocol
// that name something denied. Bounded in bytes and in names for the whole file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "scanner/base/byte_source.h"

namespace counterscan::pickle {

class PickleSearch {
 public:
  // The source must outlive the search.
  explicit PickleSearch(const ByteSource& source) : source_(source) {}

  // The first place at or after `offset` where a pickle may begin; nullopt when there is none, or
  // the budget is spent.
  std::optional<std::uint64_t> Next(std::uint64_t offset);

 private:
  const ByteSource& source_;
  std::uint64_t searched_ = 0;
  // Junk of letters holds a name at every other place. Whoever searches leaves a gap for the junk.
  std::uint64_t names_left_ = 4'000'000;
};

}  // namespace counterscan::pickle
