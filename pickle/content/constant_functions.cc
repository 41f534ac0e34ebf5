#include "pickle/content/constant_functions.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace counterscan::pickle {
namespace {

std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('.') + 1); }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

std::string Rot13(std::string_view text) {
  std::string turned(text);
  for (char& c : turned) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>('a' + (c - 'a' + 13) % 26);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>('A' + (c - 'A' + 13) % 26);
  }
  return turned;
}

std::string Replaced(std::string_view text, std::string_view old, std::string_view by) {
  if (old.empty()) return std::string(text);
  std::string out;
  for (;;) {
    const std::size_t found = text.find(old);
    out += text.substr(0, found);
    if (found == std::string_view::npos || out.size() > kBuiltBytes) return out;
    out += by;
    text.remove_prefix(found + old.size());
  }
}

std::string Stripped(std::string_view text, std::string_view of) {
  const std::size_t first = text.find_first_not_of(of);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(of) - first + 1));
}

// "{}.{}".format(...): plain fields and numbered ones, nothing else.
std::optional<std::string> Formatted(std::string_view format, std::span<const Constant> values) {
  std::string out;
  std::size_t next = 0;
  while (!format.empty()) {
    const std::size_t brace = format.find_first_of("{}");
    out += format.substr(0, brace);
    if (brace == std::string_view::npos) break;
    format.remove_prefix(brace);
    if (format.starts_with("{}")) {
      if (next >= values.size() || !values[next].IsText()) return std::nullopt;
      out += values[next++].bytes;
      format.remove_prefix(2);
    } else if (format.size() >= 3 && format[0] == '{' && format[1] >= '0' && format[1] <= '9' &&
               format[2] == '}') {
      const auto index = static_cast<std::size_t>(format[1] - '0');
      if (index >= values.size() || !values[index].IsText()) return std::nullopt;
      out += values[index].bytes;
      format.remove_prefix(3);
    } else {
      return std::nullopt;
    }
    if (out.size() > kBuiltBytes) return std::nullopt;
  }
  return out;
}

std::string Utf8Of(std::uint32_t point) {
  std::string out;
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
  return out;
}

// The codec's name as Python compares it: lower case, "-" and "_" the same.
std::string CodecName(std::string_view name) {
  std::string codec = Lower(name);
  std::replace(codec.begin(), codec.end(), '_', '-');
  if (codec == "utf8" || codec == "u8" || codec == "ascii" || codec == "us-ascii") return "utf-8";
  if (codec == "latin1" || codec == "iso-8859-1" || codec == "iso8859-1" || codec == "l1") {
    return "latin-1";
  }
  return codec;
}

class Computation {
 public:
  Computation(std::span<const Constant> arguments, const Decompressor* decompressor, bool& undone)
      : arguments_(arguments), decompressor_(decompressor), undone_(undone) {}

  std::optional<Constant> Method(std::string_view name) const;
  std::optional<Constant> Codec(std::string_view codec, bool decodes) const;
  std::optional<Constant> Decompressed(Compression compression) const;
  // Text or bytes of all arguments, one after another.
  std::optional<Constant> Concatenated() const;
  std::optional<Constant> Joined() const;
  std::optional<Constant> BytesOf() const;
  std::optional<Constant> Decoded64() const {
    if (!IsString(0)) return std::nullopt;
    return Constant::Bytes(DecodeBase64(arguments_[0].bytes));
  }
  std::optional<Constant> DecodedHex() const {
    if (!IsString(0)) return std::nullopt;
    auto bytes = DecodeHex(arguments_[0].bytes);
    if (!bytes) return std::nullopt;
    return Constant::Bytes(std::move(*bytes));
  }
  std::optional<Constant> Character() const {
    if (arguments_.size() != 1 || arguments_[0].kind != Constant::Kind::kNumber) {
      return std::nullopt;
    }
    const std::int64_t point = arguments_[0].number;
    if (point < 0 || point > 0x10ffff) return std::nullopt;
    return Constant::Text(Utf8Of(static_cast<std::uint32_t>(point)));
  }
  // The codec in argument `at`, or the default.
  std::string_view CodecArgument(std::size_t at, std::string_view otherwise) const {
    return at < arguments_.size() && arguments_[at].IsText() ? arguments_[at].bytes : otherwise;
  }

 private:
  bool IsString(std::size_t at) const {
    return at < arguments_.size() && (arguments_[at].IsText() || arguments_[at].IsBytes());
  }
  std::optional<Constant> Same(std::string bytes) const {
    return Constant{arguments_[0].kind, std::move(bytes), 0, {}};
  }

  std::span<const Constant> arguments_;
  const Decompressor* decompressor_;
  bool& undone_;
};

std::optional<Constant> Computation::Decompressed(Compression compression) const {
  if (arguments_.empty() || !arguments_[0].IsBytes()) return std::nullopt;
  if (decompressor_ != nullptr) {
    auto bytes = decompressor_->Decompress(compression, arguments_[0].bytes, kBuiltBytes);
    if (bytes) return Constant::Bytes(std::move(*bytes));
  }
  undone_ = true;
  return std::nullopt;
}

std::optional<Constant> Computation::Codec(std::string_view name, bool decodes) const {
  if (!IsString(0)) return std::nullopt;
  const std::string codec = CodecName(name);
  const Constant& from = arguments_[0];
  if (codec == "rot13" || codec == "rot-13") return Constant::Text(Rot13(from.bytes));
  if (decodes) {
    if (codec == "utf-8") return Constant::Text(from.bytes);
    if (codec == "latin-1" && from.IsBytes()) return Constant::Text(DecodeLatin1(from.bytes));
    if (codec.starts_with("base64")) return Decoded64();
    if (codec.starts_with("hex")) return DecodedHex();
    if (codec.starts_with("zlib") || codec.starts_with("zip")) {
      return Decompressed(Compression::kZlib);
    }
    if (codec.starts_with("bz2")) return Decompressed(Compression::kBzip2);
    return std::nullopt;
  }
  if (codec == "utf-8") return Constant::Bytes(from.bytes);
  if (codec == "latin-1" && from.IsText()) {
    auto bytes = EncodeLatin1(from.bytes);
    if (bytes) return Constant::Bytes(std::move(*bytes));
  }
  return std::nullopt;
}

std::optional<Constant> Computation::Concatenated() const {
  if (!IsString(0)) return std::nullopt;
  std::string out;
  for (const Constant& argument : arguments_) {
    if (argument.kind != arguments_[0].kind || out.size() > kBuiltBytes) return std::nullopt;
    out += argument.bytes;
  }
  return Same(std::move(out));
}

std::optional<Constant> Computation::Joined() const {
  if (arguments_.size() != 2 || !IsString(0)) return std::nullopt;
  std::string out;
  bool first = true;
  if (arguments_[1].kind == Constant::Kind::kText) {
    // Letter by letter; letters outside of ASCII are no part of any name that can be imported.
    for (const char c : arguments_[1].bytes) {
      if (!first) out += arguments_[0].bytes;
      first = false;
      out += c;
      if (out.size() > kBuiltBytes) return std::nullopt;
    }
    return Same(std::move(out));
  }
  if (arguments_[1].kind != Constant::Kind::kList) return std::nullopt;
  for (const Constant& item : arguments_[1].items) {
    if (item.kind != arguments_[0].kind || out.size() > kBuiltBytes) return std::nullopt;
    if (!first) out += arguments_[0].bytes;
    first = false;
    out += item.bytes;
  }
  return Same(std::move(out));
}

std::optional<Constant> Computation::BytesOf() const {
  if (arguments_.empty()) return Constant::Bytes({});
  const Constant& from = arguments_[0];
  if (from.IsBytes()) return from;
  if (from.IsText()) return Codec(CodecArgument(1, "utf-8"), false);
  if (from.kind != Constant::Kind::kList) return std::nullopt;
  std::string out;
  for (const Constant& item : from.items) {
    if (item.kind != Constant::Kind::kNumber || item.number < 0 || item.number > 255) {
      return std::nullopt;
    }
    out += static_cast<char>(item.number);
  }
  return Constant::Bytes(std::move(out));
}

std::optional<Constant> Computation::Method(std::string_view name) const {
  if (!IsString(0)) return std::nullopt;
  const std::string& text = arguments_[0].bytes;
  if (name == "join") return Joined();
  if (name == "decode") return Codec(CodecArgument(1, "utf-8"), true);
  if (name == "encode") return Codec(CodecArgument(1, "utf-8"), false);
  if (name == "fromhex") return DecodedHex();
  if (name == "lower" || name == "casefold") return Same(Lower(text));
  if (name == "upper") return Same(Upper(text));
  if (name == "strip" || name == "lstrip" || name == "rstrip") {
    return Same(Stripped(text, IsString(1) ? std::string_view(arguments_[1].bytes) : " \t\r\n"));
  }
  if (name == "replace" && IsString(1) && IsString(2)) {
    return Same(Replaced(text, arguments_[1].bytes, arguments_[2].bytes));
  }
  if (name == "removeprefix" && IsString(1)) {
    return Same(text.starts_with(arguments_[1].bytes) ? text.substr(arguments_[1].bytes.size())
                                                      : text);
  }
  if (name == "removesuffix" && IsString(1)) {
    return Same(text.ends_with(arguments_[1].bytes)
                    ? text.substr(0, text.size() - arguments_[1].bytes.size())
                    : text);
  }
  if (name == "format") {
    auto formatted = Formatted(text, arguments_.subspan(1));
    if (formatted) return Constant::Text(std::move(*formatted));
    return std::nullopt;
  }
  if (name == "__add__" || name == "__iadd__") return Concatenated();
  if (name == "__str__" || name == "__format__") return arguments_[0];
  return std::nullopt;
}

constexpr auto kTextClasses = std::to_array<std::string_view>({"str", "bytes", "bytearray"});

struct CompressionModule {
  std::string_view module;
  Compression compression;
};
constexpr auto kCompressionModules =
    std::to_array<CompressionModule>({{"zlib", Compression::kZlib},
                                      {"gzip", Compression::kGzip},
                                      {"bz2", Compression::kBzip2},
                                      {"_bz2", Compression::kBzip2},
                                      {"lzma", Compression::kXz},
                                      {"_lzma", Compression::kXz}});

}  // namespace

bool ComputesConstants(std::string_view module, std::string_view name) {
  const std::string_view last = LastPart(name);
  for (const std::string_view type : kTextClasses) {
    if (name.size() > last.size() &&
        LastPart(name.substr(0, name.size() - last.size() - 1)) == type)
      return true;
    if (module == "builtins" && name == type) return true;
  }
  for (const CompressionModule& row : kCompressionModules) {
    if (row.module == module) return name == "decompress";
  }
  if (module == "builtins") return name == "chr" || name == "format";
  if (module == "operator" || module == "_operator") {
    return last == "add" || last == "concat" || last == "iadd" || last == "iconcat" ||
           last == "__add__" || last == "__concat__";
  }
  if (module == "codecs" || module == "_codecs") return last.ends_with("code");
  return module == "base64" || module == "binascii";
}

std::optional<Constant> ComputeConstant(std::string_view module, std::string_view name,
                                        std::span<const Constant> arguments,
                                        const Decompressor* decompressor, bool& undone) {
  const Computation computation(arguments, decompressor, undone);
  const std::string_view last = LastPart(name);
  if (name.size() > last.size()) {
    const std::string_view type = LastPart(name.substr(0, name.size() - last.size() - 1));
    for (const std::string_view text_class : kTextClasses) {
      if (type == text_class) return computation.Method(last);
    }
  }
  for (const CompressionModule& row : kCompressionModules) {
    if (row.module == module && name == "decompress") {
      return computation.Decompressed(row.compression);
    }
  }
  if (module == "builtins") {
    if (name == "chr") return computation.Character();
    if (name == "bytes" || name == "bytearray") return computation.BytesOf();
    if ((name == "str" || name == "format") && !arguments.empty()) {
      if (arguments[0].IsText()) return arguments[0];
      // str(b"os") is "b'os'", which is no name; with a codec it decodes.
      if (arguments[0].IsBytes() && arguments.size() > 1) {
        return computation.Codec(computation.CodecArgument(1, "utf-8"), true);
      }
    }
    return std::nullopt;
  }
  if (module == "operator" || module == "_operator") return computation.Concatenated();
  if (module == "codecs" || module == "_codecs") {
    if (last == "decode") return computation.Codec(computation.CodecArgument(1, "utf-8"), true);
    if (last == "encode") return computation.Codec(computation.CodecArgument(1, "utf-8"), false);
    // utf_8_decode and its like return a pair.
    return std::nullopt;
  }
  if (module == "base64") {
    if (last == "b16decode") return computation.DecodedHex();
    return last.find("decode") == std::string_view::npos || last.starts_with("b32") ||
                   last.starts_with("a85") || last.starts_with("b85")
               ? std::nullopt
               : computation.Decoded64();
  }
  if (module == "binascii") {
    if (last == "a2b_base64") return computation.Decoded64();
    if (last == "unhexlify" || last == "a2b_hex") return computation.DecodedHex();
  }
  return std::nullopt;
}

std::optional<std::string> EncodeLatin1(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes += text[i];
      continue;
    }
    if (lead != 0xc2 && lead != 0xc3) return std::nullopt;
    if (i + 1 == text.size()) break;
    const auto trail = static_cast<unsigned char>(text[++i]);
    bytes += static_cast<char>((lead & 0x03) << 6 | (trail & 0x3f));
  }
  return bytes;
}

std::string DecodeLatin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += Utf8Of(static_cast<unsigned char>(c));
  return text;
}

std::string DecodeBase64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z') {
      value = static_cast<std::uint32_t>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      value = static_cast<std::uint32_t>(c - 'a' + 26);
    } else if (c >= '0' && c <= '9') {
      value = static_cast<std::uint32_t>(c - '0' + 52);
    } else if (c == '+' || c == '-') {
      value = 62;
    } else if (c == '/' || c == '_') {
      value = 63;
    } else if (c == '=') {
      break;
    } else {
      continue;  // Python skips what is not in the alphabet
    }
    bits = bits << 6 | value;
    if (++count % 4 == 0) {
      out += static_cast<char>(bits >> 16 & 0xff);
      out += static_cast<char>(bits >> 8 & 0xff);
      out += static_cast<char>(bits & 0xff);
    }
  }
  if (count % 4 == 2) out += static_cast<char>(bits >> 4 & 0xff);
  if (count % 4 == 3) {
    out += static_cast<char>(bits >> 10 & 0xff);
    out += static_cast<char>(bits >> 2 & 0xff);
  }
  return out;
}

std::optional<std::string> DecodeHex(std::string_view text) {
  std::string out;
  int high = -1;
  for (const char c : text) {
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else if (c == ' ' || c == '\n' || c == '\t') {
      continue;
    } else {
      return std::nullopt;
    }
    if (high < 0) {
      high = digit;
    } else {
      out += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  if (high >= 0) return std::nullopt;
  return out;
}

}  // namespace counterscan::pickle
