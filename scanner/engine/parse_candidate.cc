#include "scanner/engine/parse_candidate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"

namespace counterscan {
namespace {

using detect::FileType;

// What begins a line of what libclamav decodes. Lower case.
constexpr auto kLineBeginnings = std::to_array<std::string_view>({
    // mails (RFC 5322) and their parts (RFC 2045)
    "from ",
    "from:",
    ">from",
    "to:",
    "date:",
    "subject:",
    "received:",
    "reply-to:",
    "return-path:",
    "delivered-to:",
    "envelope-to:",
    "message-id:",
    "mime-version:",
    "content-type:",
    "content-disposition:",
    "content-transfer-encoding:",
    "x-",
    // uuencode, BinHex, RTF, PDF, a batch file that carries another file
    "begin ",
    "(this file must be converted",
    "{\\rtf",
    "%pdf",
    "@echo",
});

// The elements of web pages that libclamav knows one by. Lower case.
constexpr auto kElements = std::to_array<std::string_view>({
    "!doctype", "html",   "head",  "body", "title", "meta",   "link", "script",
    "style",    "iframe", "frame", "img",  "table", "object", "form", "applet",
    "embed",    "a href", "font",  "br>",  "div",   "svg",    "?xml", "%",
});

// Enough for the longest of both, and a blank before it.
constexpr std::size_t kLongestMark = 32;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <std::size_t count>
bool BeginsWithOne(std::string_view text, const std::array<std::string_view, count>& marks) {
  return std::any_of(marks.begin(), marks.end(), [text](std::string_view mark) {
    return text.size() >= mark.size() &&
           std::equal(mark.begin(), mark.end(), text.begin(),
                      [](char wanted, char c) { return wanted == Lower(c); });
  });
}

// `text` begins where a line does, or `at_line_start` is false.
bool HasMark(std::string_view text, bool at_line_start) {
  for (std::size_t line = at_line_start ? 0 : text.find('\n'); line < text.size();
       line = text.find('\n', line)) {
    if (text[line] == '\n') ++line;
    if (BeginsWithOne(text.substr(line), kLineBeginnings)) return true;
  }
  for (std::size_t tag = text.find('<'); tag < text.size(); tag = text.find('<', tag + 1)) {
    if (BeginsWithOne(text.substr(tag + 1), kElements)) return true;
  }
  return false;
}

bool TextHasMark(const ByteSource& file) {
  std::vector<char> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(64 * kKiB, file.size())));
  for (std::uint64_t offset = 0; offset < file.size();) {
    const auto got = file.ReadAt(offset, std::as_writable_bytes(std::span(buffer)));
    // Who cannot be read is somebody else's gap; here, it is worth a look.
    if (!got || *got == 0) return true;
    const std::string_view text(buffer.data(), *got);
    // Each piece begins with the end of the one before, from the start of a line or not.
    const bool at_line_start = offset == 0;
    if (HasMark(offset == 0 && text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text,
                at_line_start)) {
      return true;
    }
    if (*got <= kLongestMark || offset + *got >= file.size()) return false;
    offset += *got - kLongestMark;
  }
  return false;
}

}  // namespace

bool WorthParsing(FileType type, const ByteSource& file) {
  using enum FileType;
  if (file.size() == 0 || file.size() > kLargestParsed) return false;
  switch (type) {
    case kEmpty:
    case kPointer:
    case kImage:
    case kMedia:
    // Weights, whose bytes are what they are.
    case kPickle:
    case kTorchLegacy:
    case kNumpy:
    case kSafetensors:
    case kNpz:
    case kJoblibZfile:
    case kGguf:
    case kGgml:
    case kHdf5:
    case kOnnx:
    case kSavedModel:
    case kTflite:
    case kExecutorch:
    case kParquet:
    case kArrow:
    // Torch's archives, which libclamav would unpack to match the same bytes again.
    case kTorchZip:
    case kTorchScript:
    case kTorchPackage:
    case kTorchExport:
    case kTorchTar:
      return false;
    case kText:
    case kJson:
      return TextHasMark(file);
    default:
      return true;
  }
}

}  // namespace counterscan
