// ConstantInflater: decompresses constants for the pickle analyser, with container's inflate.
//
// DEFLATE in its three wrappings; bzip2 and xz are not known here, and leave a gap there.
#pragma once

#include "pickle/content/decompressor.h"

namespace counterscan {

class ConstantInflater final : public pickle::Decompressor {
 public:
  std::optional<std::string> Decompress(pickle::Compression compression, std::string_view packed,
                                        std::size_t limit) const override;
};

}  // namespace counterscan
