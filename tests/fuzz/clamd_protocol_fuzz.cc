// Whatever clamd says, it is read in bounded time, and "OK" only where it says so to the letter.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scanner/worker/clamd_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reply = ParseClamdReply(text);
  if (reply && reply->kind == ClamdReply::Kind::kOk && !text.ends_with(": OK")) std::abort();
  if (reply && reply->text.size() > text.size()) std::abort();
  const auto version = ParseClamdVersion(text);
  if (version && version->engine.size() > text.size()) std::abort();
  (void)MeaningOf(text);
  return 0;
}
