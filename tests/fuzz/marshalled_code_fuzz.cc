// Compiled code of any version is read in bounded time, and what is kept of it is bounded.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pickle/content/constant_content.h"
#include "pickle/content/constant_functions.h"
#include "pickle/content/marshalled_code.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto code = pickle::ReadMarshalledCode(bytes)) {
    if (code->names.size() > 64 || pickle::Described(*code).size() > 20'000) std::abort();
  }
  pickle::ContentOf(bytes.substr(0, pickle::kContentHead));
  const std::string decoded = pickle::DecodeBase64(bytes);
  if (decoded.size() > size) std::abort();
  pickle::DecodeHex(bytes);
  const auto latin1 = pickle::EncodeLatin1(pickle::DecodeLatin1(bytes));
  if (!latin1 || *latin1 != bytes) std::abort();
  return 0;
}
