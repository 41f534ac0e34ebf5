// Value: what the abstract machine knows of one Python object, in eight bytes.
//
// Small on purpose: a file of 200 MiB has ten million of them in its memo. A string is the offset
// of the instruction that pushed it (its text is read again when somebody asks), a list, dict or
// set is the offset of the opcode that made it, which serves as its identity: values that came from
// the same object compare equal. Contents of containers are kept beside, as far as they matter
// (objects.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace counterscan::pickle {

enum class Kind : std::uint8_t {
  kNothing,     // an empty memo slot; never on the stack
  kNone,        //
  kBool,        // payload: 0 or 1
  kInt,         // payload: the number, signed
  kNumber,      // an int too large for a payload, or a float; payload: offset of its instruction
  kString,      // payload: offset of its instruction, and whether it may be a special key
  kBytes,       // payload: offset of its instruction; bytes, bytearray, out-of-band buffer
  kLatin1,      // bytes made by _codecs.encode(string, 'latin1'); payload: offset of the string's
                // instruction
  kTuple,       // payload: handle in Objects
  kList,        // payload: offset of the opcode that made it
  kDict,        // payload: as kList
  kSet,         // payload: as kList; set and frozenset
  kGlobal,      // payload: GlobalId
  kCall,        // result of a call; payload: Made()
  kInstance,    // a new instance of a class (NEWOBJ, _reconstructor); payload: Made()
  kDtype,       // a numpy.dtype; payload: Made(), with JoblibArrays' index
  kPersistent,  // what the loader's persistent_load returned; payload: Made() without a global
  kUnknown,     // cannot be known: nobody honest writes this
  kForgotten,   // we ran into a limit of our own
};

using GlobalId = std::uint32_t;
inline constexpr GlobalId kNoGlobal = 0xffffff;

class Value {
 public:
  constexpr Value() = default;
  constexpr Value(Kind kind, std::uint64_t payload = 0)
      : bits_(payload << 8 | static_cast<std::uint64_t>(kind)) {}

  static constexpr bool FitsInt(std::int64_t number) {
    return number >= -(std::int64_t{1} << 55) && number < std::int64_t{1} << 55;
  }
  static constexpr Value Int(std::int64_t number) {
    return {Kind::kInt, static_cast<std::uint64_t>(number)};
  }
  // A string pushed by the instruction at `offset`. `special`: its first character is '_' or an
  // escape, so that it may be the name of a special method; nobody needs to read the others.
  static constexpr Value String(std::uint64_t offset, bool special) {
    return {Kind::kString, special ? offset | kSpecial : offset};
  }
  // A call, instance or persistent object: what made it, and its number among the results.
  static constexpr Value Made(Kind kind, GlobalId by, std::uint32_t number) {
    return {kind, std::uint64_t{by} << 32 | number};
  }

  constexpr Kind kind() const { return static_cast<Kind>(bits_ & 0xff); }
  constexpr bool is(Kind kind) const { return this->kind() == kind; }
  constexpr std::uint64_t payload() const { return bits_ >> 8; }

  constexpr std::int64_t number() const { return static_cast<std::int64_t>(bits_) >> 8; }
  constexpr GlobalId global() const {
    return is(Kind::kGlobal) ? static_cast<GlobalId>(payload())
                             : static_cast<GlobalId>(payload() >> 32);
  }
  constexpr std::uint32_t result_number() const { return static_cast<std::uint32_t>(payload()); }

  // Of the instruction that pushed a kString, kBytes or kNumber.
  constexpr std::uint64_t offset() const { return payload() & ~kSpecial; }

  // True for a dictionary key that may matter to whoever sets it as an object's state: a string
  // that may be a special name, or a value that is only known at run time.
  constexpr bool IsSpecialKey() const {
    if (is(Kind::kString)) return (payload() & kSpecial) != 0;
    switch (kind()) {
      case Kind::kCall:
      case Kind::kInstance:
      case Kind::kPersistent:
      case Kind::kUnknown:
      case Kind::kForgotten:
        return true;
      default:
        return false;
    }
  }

  constexpr bool operator==(const Value&) const = default;

 private:
  static constexpr std::uint64_t kSpecial = std::uint64_t{1} << 55;

  std::uint64_t bits_ = 0;
};
static_assert(sizeof(Value) == 8);

struct ValueHash {
  std::size_t operator()(Value value) const {
    return std::hash<std::uint64_t>()(value.payload() << 8 |
                                      static_cast<std::uint64_t>(value.kind()));
  }
};

// `items` are keys and values of a dict by turns: is there one among them that may matter to
// whoever sets it as an object's state, a special key or an imported value?
inline bool HasTellingItem(std::span<const Value> items) {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].IsSpecialKey() || items[i + 1].is(Kind::kGlobal)) return true;
  }
  return false;
}

}  // namespace counterscan::pickle
