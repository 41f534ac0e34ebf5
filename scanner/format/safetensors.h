// safetensors: a header that gives every byte of the file to exactly one tensor.
//
// A file that keeps the rules is inert. The rules are those of the reference reader (safetensors
// README, "Format", and SafeTensors::deserialize): a header of at most 100 MB, JSON without
// duplicate keys, shapes that fit their byte ranges, ranges that follow one another without hole
// or overlap and end at the end of the file. Only the header is read, however large the file.
#pragma once

#include "scanner/base/byte_source.h"
#include "scanner/container/memory_budget.h"
#include "scanner/format/format_report.h"

namespace counterscan::format {

// What the header lists is held in memory, as much as `memory` has.
FormatReport CheckSafetensors(const ByteSource& source, container::MemoryBudget& memory);

}  // namespace counterscan::format
