#include "pickle/content/marshalled_code.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

constexpr int kDepth = 24;
constexpr std::size_t kObjects = 20'000;
constexpr std::size_t kNames = 64;
constexpr std::size_t kNameBytes = 100;
constexpr std::size_t kShownNames = 24;
constexpr std::uint8_t kReferenceFlag = 0x80;

// Python/marshal.c writes a code object's numbers first, and there are more of them in each
// version: 2.7 has 4 (arguments, locals, stack, flags), 3.0 to 3.7 and 3.11 on have 5, 3.8 to 3.10
// have 6. Then, in all of them: code, constants, names.
constexpr auto kNumberCounts = std::to_array<int>({5, 6, 4});

class Reader {
 public:
  Reader(std::string_view bytes, int number_count)
      : reader_(AsBytes(bytes)), number_count_(number_count) {}

  // The code object that the bytes begin with.
  bool ReadCode(CodeNames& out) {
    out_ = &out;
    const auto type = Byte();
    if (!type || (*type & ~kReferenceFlag) != 'c') return false;
    if ((*type & kReferenceFlag) != 0) references_.emplace_back();
    std::string name;
    if (!Code(0, name)) return false;
    out.name = std::move(name);
    return true;
  }

 private:
  struct Object {
    bool is_text = false;
    bool is_bytes = false;
    bool is_tuple = false;
    std::string text{};                // of text, cut
    std::vector<std::string> texts{};  // of a tuple of text
  };

  std::optional<std::uint8_t> Byte() {
    const auto byte = reader_.LittleEndian<std::uint8_t>();
    if (!byte) return std::nullopt;
    return *byte;
  }
  std::optional<std::uint32_t> Long() {
    const auto value = reader_.LittleEndian<std::uint32_t>();
    if (!value) return std::nullopt;
    return *value;
  }
  bool Text(std::uint64_t size, std::string& text) {
    const auto bytes = reader_.Bytes(size);
    if (!bytes) return false;
    const std::size_t kept = std::min(bytes->size(), kNameBytes);
    text.resize(kept);
    std::transform(bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(kept), text.begin(),
                   [](std::byte byte) { return static_cast<char>(byte); });
    return true;
  }

  void AddName(const std::string& name) {
    if (std::find(out_->names.begin(), out_->names.end(), name) != out_->names.end()) return;
    if (out_->names.size() >= kNames) {
      out_->whole = false;
      return;
    }
    out_->names.push_back(name);
  }

  // What follows the type of a code object.
  bool Code(int depth, std::string& name) {
    for (int i = 0; i < number_count_; ++i) {
      if (!Long()) return false;
    }
    Object code;
    Object constants;
    Object names;
    if (!Read(depth + 1, code) || !code.is_bytes) return false;
    if (!Read(depth + 1, constants) || !constants.is_tuple) return false;
    if (!Read(depth + 1, names) || !names.is_tuple) return false;
    for (const std::string& used : names.texts) AddName(used);
    // 2.7 to 3.10: three tuples of variables; since 3.11 one, and the kinds of them as bytes.
    Object variables;
    Object kinds;
    if (!Read(depth + 1, variables) || !variables.is_tuple || !Read(depth + 1, kinds)) return false;
    const bool since_311 = kinds.is_bytes;
    Object skipped;
    if (!since_311 && (!kinds.is_tuple || !Read(depth + 1, skipped))) return false;
    Object file;
    Object own_name;
    if (!Read(depth + 1, file) || !file.is_text) return false;
    if (!Read(depth + 1, own_name) || !own_name.is_text) return false;
    name = std::move(own_name.text);
    // Of code inside of code the rest must be read too, to get at what comes after it.
    if (depth == 0) return true;
    if (since_311 && !Read(depth + 1, skipped)) return false;  // qualified name
    if (!Long() || !Read(depth + 1, skipped)) return false;    // first line, table of lines
    return !since_311 || Read(depth + 1, skipped);             // table of exceptions
  }

  std::uint8_t Peek() {
    auto copy = reader_;
    const auto byte = copy.LittleEndian<std::uint8_t>();
    return byte ? static_cast<std::uint8_t>(*byte & ~kReferenceFlag) : std::uint8_t{0};
  }
  // One object of any type; false when it is none, or too much.
  bool Read(int depth, Object& object) {
    if (depth > kDepth || ++objects_ > kObjects) return false;
    const auto tag = Byte();
    if (!tag) return false;
    const bool referenced = (*tag & kReferenceFlag) != 0;
    const std::size_t slot = references_.size();
    if (referenced) references_.emplace_back();
    const char type = static_cast<char>(*tag & ~kReferenceFlag);
    if (!ReadOf(type, depth, object)) return false;
    // A reference to a reference is nothing that marshal writes.
    if (referenced && type != 'r') references_[slot] = object;
    return true;
  }

  bool ReadOf(char type, int depth, Object& object) {
    switch (type) {
      case '0':  // NULL, ends a dict
      case 'N':
      case 'F':
      case 'T':
      case 'S':
      case '.':
        return true;
      case 'i':
        return Long().has_value();
      case 'I':
      case 'g':
        return reader_.Skip(8).has_value();
      case 'y':
        return reader_.Skip(16).has_value();
      case 'f': {
        const auto size = Byte();
        return size && reader_.Skip(*size).has_value();
      }
      case 'l': {
        const auto digits = Long();
        if (!digits) return false;
        const auto count = static_cast<std::int32_t>(*digits);
        const std::int64_t size = count < 0 ? -std::int64_t{count} : count;
        return reader_.Skip(static_cast<std::uint64_t>(size) * 2).has_value();
      }
      case 's': {
        object.is_bytes = true;
        // Python 2 writes names as plain strings too.
        object.is_text = number_count_ == 4;
        const auto size = Long();
        return size && Text(*size, object.text);
      }
      case 't':  // interned
      case 'u':
      case 'a':
      case 'A': {
        object.is_text = true;
        const auto size = Long();
        if (!size || !Text(*size, object.text)) return false;
        if (type == 't' && number_count_ == 4) interned_.push_back(object);
        return true;
      }
      case 'z':
      case 'Z': {
        object.is_text = true;
        const auto size = Byte();
        return size && Text(*size, object.text);
      }
      case 'R': {  // Python 2: an interned string again
        const auto index = Long();
        if (!index || *index >= interned_.size()) return false;
        object = interned_[*index];
        return true;
      }
      case 'r': {
        const auto index = Long();
        if (!index || *index >= references_.size()) return false;
        object = references_[*index];
        return true;
      }
      case ')': {
        const auto count = Byte();
        return count && Items(*count, depth, object);
      }
      case '(':
      case '[':
      case '<':
      case '>': {
        const auto count = Long();
        return count && Items(*count, depth, object);
      }
      case '{':
        for (;;) {
          if (Peek() == '0') return Byte().has_value();
          Object item;
          if (!Read(depth + 1, item)) return false;
        }
      case ':': {  // slice, since 3.14
        Object item;
        return Read(depth + 1, item) && Read(depth + 1, item) && Read(depth + 1, item);
      }
      case 'c': {
        std::string name;
        return Code(depth, name);
      }
      default:
        return false;
    }
  }

  bool Items(std::uint32_t count, int depth, Object& object) {
    object.is_tuple = true;
    // Each item takes a byte at least.
    if (count > reader_.remaining()) return false;
    for (std::uint32_t i = 0; i < count; ++i) {
      Object item;
      if (!Read(depth + 1, item)) return false;
      if (item.is_text && object.texts.size() <= kNames) {
        object.texts.push_back(std::move(item.text));
      }
    }
    return true;
  }

  ByteReader reader_;
  int number_count_;
  CodeNames* out_ = nullptr;
  std::size_t objects_ = 0;
  std::vector<Object> references_;
  std::vector<Object> interned_;
};

}  // namespace

std::optional<CodeNames> ReadMarshalledCode(std::string_view bytes) {
  for (const int count : kNumberCounts) {
    CodeNames code;
    if (Reader(bytes, count).ReadCode(code)) return code;
  }
  return std::nullopt;
}

std::string Described(const CodeNames& code) {
  std::string text = "carries code of '" + Printable(code.name, kNameBytes) + "'";
  std::size_t shown = 0;
  for (const std::string& name : code.names) {
    if (shown == kShownNames) break;
    text += shown++ == 0 ? ", which uses " : ", ";
    text += Printable(name, kNameBytes);
  }
  if (shown < code.names.size() || !code.whole) text += ", ...";
  return text;
}

}  // namespace counterscan::pickle
