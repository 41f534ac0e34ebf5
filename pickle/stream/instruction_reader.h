// InstructionReader: one pickle instruction after another from a ByteSource.
//
// Accepts what CPython's C unpickler accepts (Modules/_pickle.c), which is more than pickletools
// does: numbers in base 0 that end at NUL, unsigned BINSTRING lengths, any bytes in a line.
//
// Text arguments are not stored: an instruction says where its text stands, and Text() reads it
// again when somebody wants to know. So a pickle of 20 GB takes one buffer, and no length from the
// file reaches an allocator. It has a window of its own rather than a StreamReader because it runs
// a hundred million times a file, and because a joblib file asks it to seek.
// The source must outlive the reader.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "pickle/stream/opcode.h"
#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan::pickle {

// A range of bytes in the source.
struct TextRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// How the text of a number looked.
enum class NumberForm : std::uint8_t {
  kPlain,    // digits, perhaps a minus sign
  kOdd,      // blanks, sign, underscore, base prefix, bytes after NUL: no pickler writes these
  kBool,     // INT's "00" and "01"
  kTooBig,   // a number that does not fit 64 bits
  kInvalid,  // no number for any reader
};

struct Instruction {
  std::uint64_t offset = 0;  // of the opcode byte
  std::uint64_t end = 0;     // of the instruction
  std::int64_t number = 0;   // integer argument, or the bits of a double
  TextRange text;            // text argument, without length, quotes kept, newline left out
  TextRange second;          // second line of kTwoLines
  Op op = Op::kStop;
  NumberForm form = NumberForm::kPlain;  // set for kDecimalLine, kFloatLine, kLong1, kLong4
  char lead = 0;                         // first byte of a text argument (after the quote), or 0
};

// Text of a string argument.
struct ArgumentText {
  std::string text;   // UTF-8 or raw bytes, escapes resolved
  bool whole = true;  // false: cut at the limit that was asked for
};

class InstructionReader {
 public:
  enum class Status : std::uint8_t {
    kOk,
    kEnd,        // no byte is left
    kTruncated,  // ends inside the instruction
    kBadOpcode,  // the next byte is no opcode
    kMalformed,  // CPython refuses the argument: negative LONG4 length, memo index that is no
                 // number
    kReadError,  // the source failed
  };
  static constexpr std::size_t kWindowBytes = 65536;
  static constexpr std::size_t kSmallestWindow = 64;

  // A source that has its bytes in memory is read where they are. Another window than the usual one
  // is a window always, which is for tests: the answer must not depend on it.
  explicit InstructionReader(const ByteSource& source, std::uint64_t begin = 0,
                             std::size_t window_bytes = kWindowBytes);

  // Reads one instruction. On anything but kOk the cursor stays on the opcode. On kTruncated the op
  // is known, and a GLOBAL or INST has the lines that pickle.py would make of what is there.
  Status Next(Instruction& instruction);

  // Offset of the next instruction.
  std::uint64_t offset() const { return base_ + cursor_; }
  void Seek(std::uint64_t offset);
  // The same, after the source has changed from `offset` on.
  void Reload(std::uint64_t offset);

  // What has been read from the cursor on, for a loop that decodes instructions by itself; it then
  // takes the bytes of those it carried out. Valid until anything else is asked of the reader.
  std::span<const unsigned char> Buffered() const { return {window_ + cursor_, end_ - cursor_}; }
  void Take(std::size_t bytes) {
    assert(bytes <= end_ - cursor_);
    cursor_ += bytes;
  }

  const ByteSource& source() const { return source_; }

  // Copies up to `size` bytes at `offset` and returns how many there were.
  std::size_t Copy(std::uint64_t offset, char* out, std::size_t size) const;
  // Up to `limit` bytes of a range, as they are.
  ArgumentText Raw(TextRange range, std::size_t limit) const;
  // The string that the instruction at `offset` pushes (any text opcode), escapes resolved.
  ArgumentText StringAt(std::uint64_t offset, std::size_t limit) const;

 private:
  static constexpr std::size_t kLookahead = 16;  // longest fixed part is 9 bytes

  // Brings the window to the cursor; false when the source failed.
  bool Refill();
  // The same where the source has all in memory; false when it has not.
  bool UseHeld();
  Status NextText(Instruction& instruction, std::uint64_t length, std::size_t header);
  Status NextLine(Instruction& instruction, Argument argument);
  Status NextLong(Instruction& instruction, std::uint64_t length, std::size_t header);
  // Finds the newline at or after `offset`; false when there is none.
  bool FindNewline(std::uint64_t offset, std::uint64_t& newline);
  void MoveTo(std::uint64_t offset);

  const ByteSource& source_;
  std::uint64_t size_;
  const std::size_t window_bytes_;
  std::unique_ptr<unsigned char[]> own_window_;  // made when it is needed
  const unsigned char* window_ = nullptr;        // the above, or the source's own bytes
  std::uint64_t base_;                           // offset of window_[0]
  std::size_t cursor_ = 0;  // of the next instruction in window_; may lie past end_ after a jump
  std::size_t end_ = 0;     // bytes in window_
  // No newline stands at or after this offset: asked once, so that a hostile file cannot have the
  // rest of it searched again and again.
  std::uint64_t no_newline_from_ = ~std::uint64_t{0};
};

// The argument kind of every byte, for the reader's inner loop.
struct OpcodeLayout {
  Argument argument = Argument::kInvalid;
  std::uint8_t fixed = 0;  // bytes after the opcode that are always there
};
extern const std::array<OpcodeLayout, 256> kOpcodeLayouts;

template <class T>
T LoadAfterOpcode(const unsigned char* bytes) {
  T value;
  std::memcpy(&value, bytes + 1, sizeof(T));
  return value;
}

inline InstructionReader::Status InstructionReader::Next(Instruction& instruction) {
  if (end_ - cursor_ < kLookahead) [[unlikely]] {
    if (!Refill()) return Status::kReadError;
    if (end_ == cursor_) return Status::kEnd;
  }
  const unsigned char* bytes = window_ + cursor_;
  const OpcodeLayout layout = kOpcodeLayouts[bytes[0]];
  if (end_ - cursor_ <= layout.fixed) [[unlikely]]
    return Status::kTruncated;
  instruction.op = static_cast<Op>(bytes[0]);
  const std::uint64_t offset = base_ + cursor_;
  instruction.offset = offset;

  switch (layout.argument) {
    case Argument::kNone:
      break;
    case Argument::kUint1:
      instruction.number = bytes[1];
      break;
    case Argument::kUint2:
      instruction.number = LoadAfterOpcode<std::uint16_t>(bytes);
      break;
    case Argument::kInt4:
      instruction.number = LoadAfterOpcode<std::int32_t>(bytes);
      break;
    case Argument::kUint4:
      instruction.number = LoadAfterOpcode<std::uint32_t>(bytes);
      break;
    case Argument::kUint8:
    case Argument::kFloat8:
      instruction.number = LoadAfterOpcode<std::int64_t>(bytes);
      break;
    case Argument::kText1:
      return NextText(instruction, bytes[1], 2);
    case Argument::kText4:
      return NextText(instruction, LoadAfterOpcode<std::uint32_t>(bytes), 5);
    case Argument::kText8:
      return NextText(instruction, LoadAfterOpcode<std::uint64_t>(bytes), 9);
    case Argument::kLong1:
      return NextLong(instruction, bytes[1], 2);
    case Argument::kLong4: {
      const auto declared = LoadAfterOpcode<std::int32_t>(bytes);
      if (declared < 0) return Status::kMalformed;
      return NextLong(instruction, static_cast<std::uint64_t>(declared), 5);
    }
    case Argument::kInvalid:
      return Status::kBadOpcode;
    default:
      return NextLine(instruction, layout.argument);
  }
  cursor_ += 1u + layout.fixed;
  instruction.end = base_ + cursor_;
  return Status::kOk;
}

inline InstructionReader::Status InstructionReader::NextText(Instruction& instruction,
                                                             std::uint64_t length,
                                                             std::size_t header) {
  const std::uint64_t begin = instruction.offset + header;
  if (length > size_ - begin) [[unlikely]]
    return Status::kTruncated;
  instruction.text = {begin, length};
  instruction.end = begin + length;
  // The lookahead covers the byte after the longest header, unless the text is empty.
  instruction.lead =
      length > 0 && header < end_ - cursor_ ? static_cast<char>(window_[cursor_ + header]) : '\0';
  MoveTo(instruction.end);
  return Status::kOk;
}

inline void InstructionReader::MoveTo(std::uint64_t offset) {
  if (offset - base_ <= end_) [[likely]] {
    cursor_ = static_cast<std::size_t>(offset - base_);
  } else {
    base_ = offset;
    cursor_ = end_ = 0;
  }
}

}  // namespace counterscan::pickle
