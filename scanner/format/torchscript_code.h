// TorchScript source (code/*.py of an archive): the operators and classes in it that reach out of
// the network.
//
// torch.jit.load compiles it and the model runs it. It is no Python: what it can do is what torch's
// operators can, and some read or write files. Nothing else of the code is judged.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan::format {

struct TorchScriptUse {
  std::string name;  // "torch.save", as it is written but for blanks
  std::uint64_t offset = 0;
};

// The first place of each name that reaches files, or a class of a native library. An Error only
// where the source cannot be read.
Result<std::vector<TorchScriptUse>> FindTorchScriptUses(const ByteSource& source);

}  // namespace counterscan::format
