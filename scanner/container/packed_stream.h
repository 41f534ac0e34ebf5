// PackedStream: what compressed bytes unpack to, which also tells how many of them it has taken.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan::container {

class PackedStream : public ByteStream {
 public:
  // One past the last packed byte that belongs to what was unpacked so far.
  virtual std::uint64_t consumed() const = 0;
};

using PackedOpener = std::function<Result<std::unique_ptr<PackedStream>>()>;

}  // namespace counterscan::container
