// Decoders of what a worker may send. The first byte chooses one; what it takes must come out of
// the encoder as the same bytes.

#include <cstdint>
#include <cstdlib>

#include "scanner/base/byte_reader.h"
#include "scanner/worker/control.h"
#include "scanner/worker/messages.h"

namespace {

using namespace counterscan;

template <class T>
void Check(const Result<T>& decoded, std::span<const std::byte> bytes) {
  if (decoded && Encode(*decoded) != AsText(bytes)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  switch (data[0] % 8) {
    case 0:
      Check(DecodeByteAnswer(bytes), bytes);
      break;
    case 1:
      Check(DecodeAnalysisAnswer(bytes), bytes);
      break;
    case 2:
      Check(DecodeByteJob(bytes), bytes);
      break;
    case 3:
      Check(DecodeAnalysisJob(bytes), bytes);
      break;
    case 4:
      Check(DecodeReady(bytes), bytes);
      break;
    case 5:
      Check(DecodeFailure(bytes), bytes);
      break;
    case 6:
      Check(DecodeEngineReport(bytes), bytes);
      break;
    default:
      if (const auto batch = DecodeBatch(bytes)) {
        for (const auto item : batch->items) Check(DecodeAnalysisAnswer(item), item);
      }
  }
  return 0;
}
