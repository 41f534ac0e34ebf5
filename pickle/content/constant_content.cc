#include "pickle/content/constant_content.h"

#include <algorithm>
#include <array>
#include <string>

#include "pickle/content/constant_functions.h"
#include "pickle/stream/opcode.h"

namespace counterscan::pickle {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

// "cposix\nsystem\n": a name of a text protocol, perhaps behind marks.
bool IsTextPickle(std::string_view head) {
  const std::size_t first = head.find_first_not_of('(');
  if (first == std::string_view::npos || head[first] != 'c') return false;
  head.remove_prefix(first + 1);
  for (int line = 0; line < 2; ++line) {
    const std::size_t newline = head.find('\n');
    if (newline == 0 || newline == std::string_view::npos) return false;
    if (!std::all_of(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(newline),
                     IsNameCharacter)) {
      return false;
    }
    head.remove_prefix(newline + 1);
  }
  return true;
}

Content BinaryContent(std::string_view head) {
  if (head.size() < 4) return Content::kData;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(head[at]); };
  switch (byte(0)) {
    case 0x80:
      return byte(1) >= 2 && byte(1) <= 5 && FindOpcode(byte(2)) != nullptr ? Content::kPickle
                                                                            : Content::kData;
    case 0x78:
      return (byte(0) * 256 + byte(1)) % 31 == 0 && (byte(1) & 0x20) == 0 ? Content::kZlib
                                                                          : Content::kData;
    case 0x1f:
      return byte(1) == 0x8b && byte(2) == 8 ? Content::kGzip : Content::kData;
    case 'B':
      return head.starts_with("BZh") && head.substr(4, 6) == "1AY&SY" ? Content::kBzip2
                                                                      : Content::kData;
    case 0xfd:
      return head.substr(1, 4) == "7zXZ" ? Content::kXz : Content::kData;
    case 0xe3:  // a code object that is referred to; the numbers after it are small
    case 'c':
      if (IsTextPickle(head)) return Content::kPickle;
      return head.size() >= 20 && byte(2) == 0 && byte(3) == 0 && byte(4) == 0 && byte(7) == 0 &&
                     byte(8) == 0
                 ? Content::kCode
                 : Content::kData;
    case '(':
      return IsTextPickle(head) ? Content::kPickle : Content::kData;
    default:
      return Content::kData;
  }
}

constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n";

// base64 of base64 is followed too; what is deeper, one layer after the other.
constexpr int kEncodings = 2;

Content ContentOf(std::string_view head, int encodings) {
  const Content binary = BinaryContent(head);
  if (binary != Content::kData || head.size() < 12 || encodings == 0) return binary;
  if (BeginsBase64(static_cast<unsigned char>(head[0]))) {
    if (head.find_first_not_of(kBase64Alphabet) != std::string_view::npos) return Content::kData;
    return ContentOf(DecodeBase64(head), encodings - 1) != Content::kData ? Content::kBase64
                                                                          : Content::kData;
  }
  if (head[0] != '8') return Content::kData;
  const auto bytes = DecodeHex(head.substr(0, head.size() / 2 * 2));
  return bytes && BinaryContent(*bytes) == Content::kPickle ? Content::kHex : Content::kData;
}

}  // namespace

Content ContentOf(std::string_view head) { return ContentOf(head, kEncodings); }

}  // namespace counterscan::pickle
