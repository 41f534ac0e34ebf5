// Functions of Python that make text or bytes of constants, computed.
//
// Whoever hides a name in a pickle joins, decodes or decompresses constants to build it. Where the
// function is one of these and all of its arguments are constants, the result is known, and so is
// the name. Bounded: nothing here makes more than kBuiltBytes, but for decompression, whose limit
// its owner keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pickle/content/decompressor.h"

namespace counterscan::pickle {

inline constexpr std::size_t kBuiltBytes = 16 * 1024 * 1024;

// A constant: text as UTF-8, bytes, a number, or a list of them.
struct Constant {
  enum class Kind : std::uint8_t { kText, kBytes, kNumber, kList };
  Kind kind = Kind::kText;
  std::string bytes{};
  std::int64_t number = 0;
  std::vector<Constant> items{};

  bool IsText() const { return kind == Kind::kText; }
  bool IsBytes() const { return kind == Kind::kBytes; }
  static Constant Text(std::string text) { return {Kind::kText, std::move(text), 0, {}}; }
  static Constant Bytes(std::string bytes) { return {Kind::kBytes, std::move(bytes), 0, {}}; }
};

// True for a function that ComputeConstant may know. `name` may be dotted; of methods, the class
// does not matter ("str.join").
bool ComputesConstants(std::string_view module, std::string_view name);

// What module.name(*arguments) returns; nullopt when that is not known. A method takes its object
// as the first argument. `decompressor` may be null; `undone` is set when it could not help.
std::optional<Constant> ComputeConstant(std::string_view module, std::string_view name,
                                        std::span<const Constant> arguments,
                                        const Decompressor* decompressor, bool& undone);

// The bytes of UTF-8 text by the codec latin1; nullopt when it holds other characters. A cut
// sequence at the end is left out.
std::optional<std::string> EncodeLatin1(std::string_view text);
// The reverse.
std::string DecodeLatin1(std::string_view bytes);

// base64 with or without line breaks, in both alphabets, as far as it goes; hexadecimal.
std::string DecodeBase64(std::string_view text);
std::optional<std::string> DecodeHex(std::string_view text);

}  // namespace counterscan::pickle
