// The compression methods of zip (APPNOTE 4.4.5) that are unpacked here: all that Python's zipfile
// and libzip know. The others are gaps that name the method.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"
#include "scanner/container/member_inflate.h"
#include "scanner/container/memory_budget.h"
#include "scanner/container/packed_stream.h"

namespace counterscan::container {

bool UnpacksMethod(std::uint16_t method);

// What a member's packed bytes unpack to by `method`; `size` is what they are said to unpack to.
// kUnsupported for a method that is not unpacked. What is referred to must outlive the stream. Of
// checksums inside the stream nothing is asked: the archive has one of its own. Of a deflated
// member, `strict_end` hears where only torch's reader goes on.
Result<std::unique_ptr<PackedStream>> UnpackMember(const ByteSource& packed, std::uint16_t method,
                                                   std::uint64_t size, MemoryBudget& memory,
                                                   std::optional<StrictEnd>* strict_end = nullptr);

}  // namespace counterscan::container
