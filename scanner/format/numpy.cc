#include "scanner/format/numpy.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/format/python_literal.h"

namespace counterscan::format {
namespace {

constexpr std::size_t kMagicBytes = 6;
// numpy.load itself refuses headers over 10,000 bytes unless told otherwise (max_header_size).
constexpr std::uint64_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kMaxDimensions = 64;

struct ElementType {
  std::uint64_t bytes = 0;
  bool has_objects = false;
};

// Bytes of one unit of each kind letter that is followed by a size (numpy "array interface").
std::uint64_t UnitBytes(char kind) {
  switch (kind) {
    case 'b':
    case 'i':
    case 'u':
    case 'f':
    case 'c':
    case 'm':
    case 'M':
    case 'S':
    case 'a':
    case 'V':
      return 1;
    case 'U':
      return 4;
    default:
      return 0;
  }
}

// "<f4", "|O", "<M8[ns]": byte order, kind, size, and for times a unit.
Result<ElementType> SimpleType(std::string_view text) {
  if (!text.empty() && std::string_view("<>|=").find(text[0]) != std::string_view::npos) {
    text.remove_prefix(1);
  }
  if (text.empty()) return Fail(ErrorCode::kMalformed, "empty element type");
  const char kind = text[0];
  if (kind == 'O') return ElementType{.bytes = 8, .has_objects = true};
  const std::uint64_t unit = UnitBytes(kind);
  std::string_view digits = text.substr(1);
  if (const std::size_t bracket = digits.find('['); bracket != std::string_view::npos) {
    if ((kind != 'm' && kind != 'M') || !digits.ends_with(']')) {
      return Fail(ErrorCode::kMalformed, "broken element type");
    }
    digits = digits.substr(0, bracket);
  }
  const bool good = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (unit == 0 || !good || digits.empty() || digits.size() > 10) {
    return Fail(ErrorCode::kUnsupported, "unknown element type");
  }
  std::uint64_t size = 0;
  for (const char c : digits) size = size * 10 + static_cast<std::uint64_t>(c - '0');
  return ElementType{.bytes = size * unit};
}

Result<std::uint64_t> Product(std::uint64_t start, const PythonLiteral& shape) {
  if (shape.IsNumber()) {
    std::uint64_t total = 0;
    if (__builtin_mul_overflow(start, shape.number, &total)) {
      return Fail(ErrorCode::kMalformed, "shape is too large");
    }
    return total;
  }
  if (!shape.IsSequence()) return Fail(ErrorCode::kMalformed, "shape is not a tuple");
  std::uint64_t total = start;
  for (const PythonLiteral& item : shape.items) {
    if (!item.IsNumber()) return Fail(ErrorCode::kMalformed, "shape is not made of numbers");
    if (__builtin_mul_overflow(total, item.number, &total)) {
      return Fail(ErrorCode::kMalformed, "shape is too large");
    }
  }
  return total;
}

// A type is a string, a list of fields (name, type[, shape]), or a pair (type, shape).
Result<ElementType> TypeOf(const PythonLiteral& descr) {
  if (descr.IsString()) return SimpleType(descr.text);
  if (!descr.IsSequence()) return Fail(ErrorCode::kMalformed, "descr is not a type");
  const bool is_pair =
      descr.items.size() == 2 && descr.items[0].IsString() && !descr.items[1].IsString();
  if (is_pair) {
    ElementType type = TRY(SimpleType(descr.items[0].text));
    type.bytes = TRY(Product(type.bytes, descr.items[1]));
    return type;
  }
  ElementType total;
  for (const PythonLiteral& field : descr.items) {
    if (!field.IsSequence() || field.items.size() < 2 || field.items.size() > 3) {
      return Fail(ErrorCode::kMalformed, "a field of descr is not (name, type)");
    }
    ElementType type = TRY(TypeOf(field.items[1]));
    if (field.items.size() == 3) type.bytes = TRY(Product(type.bytes, field.items[2]));
    if (__builtin_add_overflow(total.bytes, type.bytes, &total.bytes)) {
      return Fail(ErrorCode::kMalformed, "descr is too large");
    }
    total.has_objects = total.has_objects || type.has_objects;
  }
  return total;
}

// format.py `_read_array_header`: exactly these keys, once each.
Result<NumpyHeader> Interpret(const PythonLiteral& header) {
  const PythonLiteral* descr = nullptr;
  const PythonLiteral* fortran_order = nullptr;
  const PythonLiteral* shape = nullptr;
  if (header.kind != PythonLiteral::Kind::kDict) {
    return Fail(ErrorCode::kMalformed, "header is not a dictionary");
  }
  for (std::size_t i = 0; i + 1 < header.items.size(); i += 2) {
    const PythonLiteral& key = header.items[i];
    const PythonLiteral** slot = !key.IsString()               ? nullptr
                                 : key.text == "descr"         ? &descr
                                 : key.text == "fortran_order" ? &fortran_order
                                 : key.text == "shape"         ? &shape
                                                               : nullptr;
    if (slot == nullptr) return Fail(ErrorCode::kMalformed, "header has a key of its own");
    if (*slot != nullptr) return Fail(ErrorCode::kMalformed, "header has a key twice");
    *slot = &header.items[i + 1];
  }
  if (descr == nullptr || fortran_order == nullptr || shape == nullptr) {
    return Fail(ErrorCode::kMalformed, "header lacks descr, fortran_order or shape");
  }
  if (fortran_order->kind != PythonLiteral::Kind::kBool) {
    return Fail(ErrorCode::kMalformed, "fortran_order is not a truth value");
  }
  if (!shape->IsSequence() || shape->items.size() > kMaxDimensions) {
    return Fail(ErrorCode::kMalformed, "shape is not a tuple");
  }
  const ElementType type = TRY(TypeOf(*descr));
  NumpyHeader result;
  result.has_objects = type.has_objects;
  result.element_bytes = type.bytes;
  for (const PythonLiteral& item : shape->items) {
    if (!item.IsNumber()) return Fail(ErrorCode::kMalformed, "shape is not made of numbers");
    result.shape.push_back(item.number);
  }
  return result;
}

}  // namespace

std::optional<std::uint64_t> NumpyHeader::DataBytes() const {
  std::uint64_t total = element_bytes;
  for (const std::uint64_t dimension : shape) {
    if (__builtin_mul_overflow(total, dimension, &total)) return std::nullopt;
  }
  return total;
}

namespace {

struct TextRange {
  std::uint64_t first, last;
};

// The header's text: behind magic, version and its own length.
Result<TextRange> HeaderText(const ByteSource& source) {
  std::array<std::byte, 12> start{};
  const std::size_t got = TRY(source.ReadAt(0, start));
  ByteReader reader(std::span<const std::byte>(start).first(got));
  TRY(reader.Skip(kMagicBytes));
  const auto major = TRY(reader.LittleEndian<std::uint8_t>());
  const auto minor = TRY(reader.LittleEndian<std::uint8_t>());
  if (major < 1 || major > 3 || minor != 0) {
    return Fail(ErrorCode::kUnsupported, "unknown version of the NumPy format");
  }
  // Version 1 counts the header in 2 bytes, later ones in 4.
  const std::uint64_t length = major == 1 ? TRY(reader.LittleEndian<std::uint16_t>())
                                          : TRY(reader.LittleEndian<std::uint32_t>());
  return TextRange{reader.offset(), reader.offset() + length};
}

}  // namespace

Result<std::uint64_t> NumpyDataOffset(const ByteSource& source) {
  return TRY(HeaderText(source)).last;
}

Result<NumpyHeader> ReadNumpyHeader(const ByteSource& source) {
  const TextRange range = TRY(HeaderText(source));
  if (range.last - range.first > kMaxHeaderBytes) {
    return Fail(ErrorCode::kMalformed, "header is longer than numpy would read");
  }
  std::string text(static_cast<std::size_t>(range.last - range.first), '\0');
  TRY(ReadExactly(source, range.first, std::as_writable_bytes(std::span(text))));
  const PythonLiteral literal = TRY(ParsePythonLiteral(text));
  NumpyHeader header = TRY(Interpret(literal));
  header.data_offset = range.last;
  return header;
}

}  // namespace counterscan::format
