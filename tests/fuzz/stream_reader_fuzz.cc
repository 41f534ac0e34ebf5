// StreamReader over bytes that come one at a time, in odd pieces and all at once: the same answers.
//
// The input is first a program of reads, three bytes each, then the bytes that are read.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "scanner/base/byte_reader.h"
#include "scanner/base/stream_reader.h"

namespace {

using namespace counterscan;

class Dripping final : public ByteStream {
 public:
  Dripping(std::span<const std::byte> bytes, std::size_t step) : bytes_(bytes), step_(step) {}
  Result<std::size_t> Read(std::span<std::byte> out) override {
    const std::size_t count = std::min({out.size(), step_, bytes_.size()});
    std::copy_n(bytes_.begin(), count, out.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t step_;
};

std::string Walk(ByteStream& stream, std::span<const std::byte> program) {
  StreamReader reader(stream, 1000);
  ByteReader steps(program);
  std::string story;
  const auto tell = [&](const auto& result, auto show) {
    story += result ? show(*result) : std::string(Name(result.error().code));
    if (!result && result.error().offset) story += std::to_string(*result.error().offset);
  };
  const auto as_text = [](std::string_view text) { return std::string(text); };
  while (steps.remaining() >= 3) {
    const auto verb = steps.LittleEndian<std::uint8_t>();
    const auto length = steps.LittleEndian<std::uint16_t>();
    switch (*verb % 6) {
      case 0:
        tell(reader.LittleEndian<std::uint32_t>(), [](auto n) { return std::to_string(n); });
        break;
      case 1:
        tell(reader.Bytes(*length), [](auto bytes) { return std::string(AsText(bytes)); });
        break;
      case 2:
        // Lengths beyond any input too.
        tell(reader.Text(*verb > 250 ? UINT64_MAX - *length : *length, *length / 2u), as_text);
        break;
      case 3:
        tell(reader.Line(*length % 60'000u), as_text);
        break;
      case 4:
        story += reader.Skip(*verb > 250 ? UINT64_MAX - *length : *length) ? "skipped" : "ended";
        break;
      default:
        tell(reader.Peek(), [](auto byte) { return std::to_string(byte); });
        break;
    }
    story += '@' + std::to_string(reader.offset()) + (reader.AtEnd() ? "." : ",");
  }
  return story;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  // At most 100 steps: a story holds what each has read.
  const auto program = bytes.first(std::min<std::size_t>(size, 300));
  const auto content = bytes.subspan(program.size());
  const MemorySource source(content);
  SourceStream whole(source);
  const std::string story = Walk(whole, program);
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}, std::size_t{4096}}) {
    Dripping stream(content, step);
    if (Walk(stream, program) != story) std::abort();
  }
  return 0;
}
