#include "scanner/detect/identify.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"
#include "scanner/detect/protobuf_shape.h"
#include "scanner/detect/stream_header.h"
#include "scanner/detect/tar_checksum.h"
#include "scanner/detect/text_checker.h"

namespace counterscan::detect {
namespace {

using namespace std::string_view_literals;
using enum FileType;

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  FileType type;
};

// Formats that something here judges, or that leave a gap. First match wins. Only magics that no
// text and no other format here begins with.
constexpr auto kMagics = std::to_array<Magic>({
    // torch._utils MAGIC_NUMBER 0x1950a86a20f9469cfc6c as a protocol 2 pickle of its own.
    {0, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"sv, kTorchLegacy},
    {0, "\x80\x02"sv, kPickle},
    {0, "\x80\x03"sv, kPickle},
    {0, "\x80\x04"sv, kPickle},
    {0, "\x80\x05"sv, kPickle},
    {0, "PK\3\4"sv, kZip},
    {0, "PK\5\6"sv, kZip},
    {0, "\x93NUMPY"sv, kNumpy},
    {0, "GGUF"sv, kGguf},
    // ggml's magics are 32-bit numbers: little-endian on disk, so spelled backwards.
    {0, "lmgg"sv, kGgml},
    {0, "fmgg"sv, kGgml},
    {0, "tjgg"sv, kGgml},
    {0, "\x89HDF\r\n\x1a\n"sv, kHdf5},
    {0, "PAR1"sv, kParquet},
    {0, "ARROW1\0\0"sv, kArrow},
    {0, "FEA1"sv, kArrow},
    {0, "SQLite format 3\0"sv, kSqlite},
    {0, "RDX2\n"sv, kRData},
    {0, "RDX3\n"sv, kRData},
    {0, "RDA2\n"sv, kRData},
    {0, "RDA3\n"sv, kRData},
    {0, "X\n\0\0\0"sv, kRData},
    {0, "%PDF-"sv, kPdf},
    {0, "\x1f\x8b\x08"sv, kGzip},
    {0, "\xfd\x37zXZ\0"sv, kXz},
    {0, "\x04\x22\x4d\x18"sv, kLz4},
    {0, "\x02\x21\x4c\x18"sv, kLz4},
    {0, "\x28\xb5\x2f\xfd"sv, kZstd},
    {0, "LZIP\1"sv, kLzip},
    {0, "7z\xbc\xaf\x27\x1c"sv, kSevenZip},
    {0, "Rar!\x1a\x07"sv, kRar},
    {0,
     "\x7f"
     "ELF"sv,
     kElf},
    {0, "\xfe\xed\xfa\xce"sv, kMachO},
    {0, "\xfe\xed\xfa\xcf"sv, kMachO},
    {0, "\xce\xfa\xed\xfe"sv, kMachO},
    {0, "\xcf\xfa\xed\xfe"sv, kMachO},
    {0, "\0asm"sv, kWasm},
});

// Behind the first bytes, which belong to another format as well: looked at after all that begins
// at byte 0. Flatbuffers begin with the offset of their root table.
constexpr auto kInnerMagics = std::to_array<Magic>({
    {4, "TFL3"sv, kTflite},
    {4, "ET12"sv, kExecutorch},
});

// Nothing in these is judged, so they come last: a type that can do harm may begin like them too.
constexpr auto kInertMagics = std::to_array<Magic>({
    {0, "\x89PNG\r\n\x1a\n"sv, kImage},
    {0, "\xff\xd8\xff"sv, kImage},
    {0, "GIF87a"sv, kImage},
    {0, "GIF89a"sv, kImage},
    {0, "II*\0"sv, kImage},
    {0, "MM\0*"sv, kImage},
    {0, "fLaC"sv, kMedia},
    {0, "OggS"sv, kMedia},
    {0, "ID3"sv, kMedia},
    {0, "\x1a\x45\xdf\xa3"sv, kMedia},
});

bool HasAt(std::string_view head, std::size_t offset, std::string_view bytes) {
  // Most magics differ in their first byte: no call for those.
  return head.size() > offset && head[offset] == bytes[0] && head.substr(offset).starts_with(bytes);
}

template <class T>
T NumberAt(std::span<const std::byte> head, std::size_t offset) {
  if (head.size() < sizeof(T) || offset > head.size() - sizeof(T)) return 0;
  ByteReader reader(head.subspan(offset));
  return *reader.LittleEndian<T>();
}

// safetensors: a 64-bit header length, then the header, which begins with '{'. A length that lies
// is still recognised by what the header must contain, so that the lie is reported as one.
bool IsSafetensors(std::span<const std::byte> head, std::uint64_t size) {
  const std::string_view text = AsText(head);
  if (size < 10 || text.size() < 10 || text[8] != '{') return false;
  const auto declared = NumberAt<std::uint64_t>(head, 0);
  const bool fits = declared >= 2 && declared <= size - 8 && declared <= 100'000'000;
  const char next = text[9];
  if (fits && (next == '"' || next == '}' || next == ' ')) return true;
  return next == '"' && (text.find("\"data_offsets\"") != std::string_view::npos ||
                         text.find("\"__metadata__\"") != std::string_view::npos);
}

bool IsTar(std::span<const std::byte> head) {
  return head.size() >= kTarBlockBytes && HasTarChecksum(head.first<kTarBlockBytes>());
}

// "MZ" alone also begins words and, one time in 65,536, random weights: the header it starts must
// lead to "PE\0\0", or to a plausible place behind the sample.
bool IsPe(std::span<const std::byte> head, std::uint64_t size) {
  constexpr std::uint32_t kFarthestHeader = 64 * 1024;
  const std::string_view text = AsText(head);
  if (!text.starts_with("MZ") || text.size() < 64) return false;
  const auto pe_header_at = NumberAt<std::uint32_t>(head, 0x3c);
  if (pe_header_at + 4ULL <= head.size()) return HasAt(text, pe_header_at, "PE\0\0"sv);
  return pe_header_at < kFarthestHeader && pe_header_at + 4ULL <= size;
}

// 0xcafebabe begins both; a fat Mach-O then counts its architectures, a class gives its version
// (minor, major), which is 45 or more. Both big-endian.
FileType CafeBabe(std::span<const std::byte> head) {
  const auto high = NumberAt<std::uint16_t>(head, 4);
  const auto last = head.size() > 7 ? static_cast<std::uint8_t>(head[7]) : std::uint8_t{0};
  return high == 0 && last < 45 ? kMachO : kJavaClass;
}

// Compiled Python: a version number, "\r\n", then flags of which only the low two are used (PEP
// 552).
bool IsPythonBytecode(std::span<const std::byte> head) {
  if (!HasAt(AsText(head), 2, "\r\n") || head.size() < 16) return false;
  const auto version = NumberAt<std::uint16_t>(head, 0);
  return version >= 3000 && version < 4000 && NumberAt<std::uint32_t>(head, 4) <= 3;
}

// RIFF: a size that counts what follows it, then the kind. ISO media: a box that says its length
// and then "ftyp" and a brand of four printable characters (ISO/IEC 14496-12, 4.3).
FileType BoxedMedia(std::span<const std::byte> head, std::uint64_t size) {
  constexpr std::uint32_t kLongestFirstBox = 4096;
  const std::string_view text = AsText(head);
  if (text.size() < 12) return kUnknown;
  if (text.starts_with("RIFF")) {
    const std::uint64_t declared = NumberAt<std::uint32_t>(head, 4) + 8ULL;
    if (declared > size) return kUnknown;
    const std::string_view kind = text.substr(8, 4);
    if (kind == "WEBP") return kImage;
    return kind == "WAVE" || kind == "AVI " ? kMedia : kUnknown;
  }
  if (text.substr(4, 4) != "ftyp") return kUnknown;
  const std::uint32_t length = __builtin_bswap32(NumberAt<std::uint32_t>(head, 0));
  const bool printable =
      std::ranges::all_of(text.substr(8, 4), [](char c) { return c >= ' ' && c <= '~'; });
  return length >= 16 && length <= kLongestFirstBox && length <= size && printable ? kMedia
                                                                                   : kUnknown;
}

const Magic* FindMagic(std::span<const Magic> magics, std::string_view text) {
  const auto match = std::ranges::find_if(
      magics, [&](const Magic& magic) { return HasAt(text, magic.offset, magic.bytes); });
  return match == magics.end() ? nullptr : &*match;
}

// The magics that are plain letters also begin sentences; text stays text.
bool OutweighsText(const Magic& magic) {
  const bool only_letters = std::ranges::all_of(
      magic.bytes, [](char c) { return static_cast<unsigned char>(c - 0x20) < 0x5f; });
  return !only_letters || magic.type == kPdf;
}

FileType TextType(std::string_view text, std::uint64_t size) {
  // A pointer is a short text file; a long one that begins so has something else to say.
  constexpr std::uint64_t kPointerBytes = 1024;
  if (size <= kPointerBytes && (text.starts_with("version https://git-lfs.github.com/spec/") ||
                                text.starts_with("version https://hawser.github.com/spec/") ||
                                text.starts_with("# xet version "))) {
    return kPointer;
  }
  if (text.starts_with("#!")) return kScript;
  // R's serialised objects in letters: a format, two versions of R, ... (R Internals, 1.8).
  if ((text.starts_with("A\n2\n") || text.starts_with("A\n3\n")) && text.size() > 4 &&
      text[4] >= '0' && text[4] <= '9') {
    return kRData;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (text[first] == '{' || text[first] == '[')) return kJson;
  return kText;
}

}  // namespace

FileType Identify(std::span<const std::byte> head, std::uint64_t size) {
  if (size == 0) return kEmpty;
  head = head.first(std::min(head.size(), kHeadBytes));
  const std::string_view text = AsText(head);

  TextChecker checker;
  const bool is_text = checker.Feed(head) && (head.size() < size || checker.Finish());
  const auto counts = [&](const Magic* magic) {
    return magic != nullptr && (!is_text || OutweighsText(*magic));
  };
  // What can do harm first: a few bytes of a harmless format in a place where another keeps a name
  // or a time must not hide it.
  if (const Magic* magic = FindMagic(kMagics, text); counts(magic)) return magic->type;
  if (IsBzip2Header(head)) return kBzip2;
  if (ZfileStream(head) != 0) return kJoblibZfile;
  // Also where header and content are text alone.
  if (IsTar(head)) return kTar;
  if (is_text) return TextType(text, size);
  if (text.starts_with("\xca\xfe\xba\xbe")) return CafeBabe(head);
  if (IsPe(head, size)) return kPe;
  if (IsSafetensors(head, size)) return kSafetensors;
  if (IsPythonBytecode(head)) return kPythonBytecode;
  if (IsSkippableFrame(head)) return kZstd;
  if (IsLzmaHeader(head)) return kLzma;
  // joblib asks for the first byte, so for the largest window.
  if (text.starts_with("x") && head.size() >= 6 && IsZlibHeader(head)) return kZlib;
  if (const Magic* magic = FindMagic(kInnerMagics, text); magic != nullptr) return magic->type;
  if (const Magic* magic = FindMagic(kInertMagics, text); magic != nullptr) return magic->type;
  if (const FileType media = BoxedMedia(head, size); media != kUnknown) return media;
  return ProtobufType(head, size);
}

}  // namespace counterscan::detect
