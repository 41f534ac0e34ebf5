// The two members of an old torch tar that hold pickles with numbers between them.
//
// torch/serialization.py, `legacy_load`: "storages" is a pickled count, then for each storage a
// pickle (key, location, class), a 64-bit element count and the elements, then a pickled list of
// views. "tensors" is a pickled count, then for each tensor a pickle (key, storage key, class), a
// 32-bit number of dimensions, 4 bytes, that many 64-bit sizes and strides, and a 64-bit offset.
//
// Where numbers end and the next pickle begins depends on what a pickle returns. So only pickles
// that leave no doubt about that are followed: those that do nothing but build a number or a tuple
// of three, as every writer wrote them.
#pragma once

#include <cstdint>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/container/range_set.h"

namespace counterscan::container {

enum class TorchTarMember : std::uint8_t { kStorages, kTensors };

struct TorchTarLayout {
  std::vector<Range> pickles;  // the count and the records
  std::vector<Range> numbers;  // behind the records
  // Up to here the above say what torch reads.
  std::uint64_t end = 0;
  // Whatever stands behind the end is not numbers: all records are there, as many as were counted.
  bool complete = false;
};

// Reads the pickles and the counts; at most 100,000 records.
TorchTarLayout ReadTorchTarMember(const ByteSource& source, TorchTarMember member);

}  // namespace counterscan::container
