// FollowMedia: where a picture or recording ends by its own structure.
//
// Its first bytes prove nothing: a few of them stand as well in front of a graph of TensorFlow, a
// Python program or a database, whose loaders do not mind. What is followed from its first part to
// its last is a picture, and what stands behind its end is something else.
#pragma once

#include <cstdint>

#include "scanner/base/byte_source.h"

namespace counterscan::format {

struct MediaWalk {
  enum class Outcome {
    kWhole,        // all of it is there
    kBroken,       // it breaks off, or is none
    kNotFollowed,  // a kind that has no parts one could follow without decoding: TIFF, MP3, Ogg,
                   // ...
  };
  Outcome outcome = Outcome::kNotFollowed;
  std::uint64_t end = 0;  // one past its last byte; where it breaks off
};

// PNG (ISO/IEC 15948, 5.3), JPEG (ITU-T T.81, B.1), GIF (GIF89a), RIFF (WebP, WAVE, AVI) and ISO
// base media (ISO/IEC 14496-12, 4.2). Never fails: a read error breaks off.
MediaWalk FollowMedia(const ByteSource& source);

}  // namespace counterscan::format
