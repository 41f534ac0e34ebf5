// Printable() and JsonWriter over any bytes: nothing hidden comes out, and what is already
// printable stays as it is.

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "scanner/base/text.h"
#include "scanner/report/json_writer.h"
#include "scanner/report/phrases.h"

namespace {

using namespace counterscan;

void Require(bool promise) {
  if (!promise) std::abort();
}

void RequireShowable(std::string_view text) {
  while (!text.empty()) {
    const auto point = FirstCodePoint(text);
    Require(point.has_value() && !IsHidden(point->value));
    text.remove_prefix(point->length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const std::string printable = Printable(text);
  RequireShowable(printable);
  RequireShowable(PrintableAgain(text));
  Require(PrintableAgain(printable) == printable);
  RequireShowable(Printable(text, size / 2));
  RequireShowable(ShellWord(text));
  RequireShowable(Quoted(text, size));

  std::string json;
  JsonWriter(json, JsonWriter::Style::kCompact).Value(text);
  RequireShowable(json);
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  Require(parsed.is_string());
  Require(parsed.get<std::string>() == (IsUtf8(text) ? text : printable));
  return 0;
}
