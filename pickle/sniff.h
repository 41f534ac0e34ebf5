// Whether bytes look like a pickle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "scanner/base/byte_source.h"

namespace counterscan::pickle {

// "No" is said for an instruction that no reader takes, or for the end of the bytes: never for what
// was not looked at.
enum class Guess : std::uint8_t {
  kNo,
  kYes,     // or a limit of ours ended the trial: the analysis goes further
  kNotYet,  // nothing but instructions without effect so far: only more bytes can tell
};

// How likely `head` (the first bytes of something of `size` bytes) is the start of a pickle: cheap,
// for identification. Protocol 2+ headers are certain; text protocols are recognised by trial.
Guess GuessPickle(std::span<const std::byte> head, std::uint64_t size);

// The same, but where the head alone cannot tell it reads on until it can. `head` is the beginning
// of `source`.
bool LooksLikePickle(std::span<const std::byte> head, const ByteSource& source);

}  // namespace counterscan::pickle
