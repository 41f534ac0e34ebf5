// .npy: a small header, then raw numbers, or a pickle.
//
// numpy/lib/format.py: magic, version, header length, and a Python dictionary with exactly the
// keys descr, fortran_order and shape. An array whose type holds objects is pickled.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan::format {

struct NumpyHeader {
  std::uint64_t data_offset = 0;
  bool has_objects = false;         // the data are a pickle
  std::uint64_t element_bytes = 0;  // when they are not
  std::vector<std::uint64_t> shape;

  // Bytes of the whole array; nothing when that does not fit in 64 bits.
  std::optional<std::uint64_t> DataBytes() const;
};

// Where the header ends, whatever is in it. kUnsupported for a version that is not known.
Result<std::uint64_t> NumpyDataOffset(const ByteSource& source);

// kMalformed when the header is not what numpy writes, kUnsupported for a version or type that is
// not known.
Result<NumpyHeader> ReadNumpyHeader(const ByteSource& source);

}  // namespace counterscan::format
