// What a constant may hide, told from its first bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace counterscan::pickle {

enum class Content : std::uint8_t {
  kData,  // nothing that is followed
  kPickle,
  kZlib,
  kGzip,
  kBzip2,
  kXz,
  kBase64,  // of one of the others
  kHex,     // of a pickle
  kCode,    // marshalled code
};

// What base64 makes of the first byte of a pickle, of what it is packed in, and of itself.
constexpr bool BeginsBase64(unsigned char lead) {
  switch (lead) {
    case 'g':
    case 'e':
    case 'H':
    case 'Q':
    case '/':
    case '_':
    case '4':
    case 'Y':
    case 'K':
    case 'Z':
      return true;
    default:
      return false;
  }
}

// False when no constant that begins with this byte hides anything: for loops that run over
// millions of strings. `lead` is the byte as it stands in the file, before escapes are resolved.
constexpr bool MayHide(unsigned char lead) {
  switch (lead) {
    case 0x80:  // pickle
    case 0x1f:  // gzip, in text too
    case 0xfd:  // xz
    case 0xe3:  // code
    case 0xc2:  // pickle and xz as the text of their Latin-1
    case 0xc3:
    case 'x':  // zlib, text or not
    case 'B':  // bzip2
    case 'c':  // pickle, code
    case '(':
    case '\\':  // an escape of one of them
      return true;
    case '8':  // hexadecimal
      return true;
    default:
      return BeginsBase64(lead);
  }
}

// So many bytes are looked at.
inline constexpr std::size_t kContentHead = 160;

// `head`: the first bytes of the constant, kContentHead of them if there are so many. A cheap test:
// it may be wrong about random bytes once in some 100,000 times, and whoever follows the content
// finds out.
Content ContentOf(std::string_view head);

}  // namespace counterscan::pickle
