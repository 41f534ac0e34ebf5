// What a reader that takes any bytes for a pickle would import: a plain unpickler that meets the
// bytes of a joblib array, a program that calls pickle.load once more.
#pragma once

#include <cstdint>
#include <string>

#include "pickle/machine.h"
#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"

namespace counterscan::pickle {

// The first name that carrying out the bytes at `offset` as instructions would import, escaped;
// "" when they break off before they name anything that could be a name, as array bytes do.
// kProbe: the bytes stand in the middle of a pickle, whose stack and memo are not known.
std::string FirstNameReadPlainly(const ByteSource& source, std::uint64_t offset,
                                 const Limits& limits, Machine::Mode mode);

}  // namespace counterscan::pickle
