// What an unpickler that knows nothing of joblib's arrays does when it meets the bytes of one.
#pragma once

#include <cstdint>
#include <string>

#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"

namespace counterscan::pickle {

// The first name that carrying out the bytes at `offset` as instructions would import, escaped;
// "" when they break off before they name anything that could be a name, as array bytes do.
std::string FirstNameReadPlainly(const ByteSource& source, std::uint64_t offset,
                                 const Limits& limits);

}  // namespace counterscan::pickle
