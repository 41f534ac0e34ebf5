#include "pickle/stream/instruction_reader.h"

#include <algorithm>
#include <array>
#include <bit>

#include "pickle/stream/number_text.h"
#include "pickle/stream/string_text.h"
#include "scanner/base/byte_reader.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_view_literals;

static_assert(std::endian::native == std::endian::little);

// A number as text is looked at up to here; a longer one is a number nobody needs to know.
constexpr std::size_t kNumberTextBytes = 512;

constexpr std::uint8_t FixedBytes(Argument argument) {
  switch (argument) {
    case Argument::kUint1:
    case Argument::kLong1:
    case Argument::kText1:
      return 1;
    case Argument::kUint2:
      return 2;
    case Argument::kInt4:
    case Argument::kUint4:
    case Argument::kLong4:
    case Argument::kText4:
      return 4;
    case Argument::kUint8:
    case Argument::kFloat8:
    case Argument::kText8:
      return 8;
    default:
      return 0;
  }
}

}  // namespace

// One row a byte, from the opcode table.
static constexpr std::array<OpcodeLayout, 256> Layouts() {
  std::array<OpcodeLayout, 256> layouts{};
#define OPCODE(enumerator, name, byte, protocol, argument, before, after) \
  layouts[byte] = {Argument::argument, FixedBytes(Argument::argument)};
#include "pickle/stream/opcodes.def"
#undef OPCODE
  return layouts;
}

constinit const std::array<OpcodeLayout, 256> kOpcodeLayouts = Layouts();

InstructionReader::InstructionReader(const ByteSource& source, std::uint64_t begin,
                                     std::size_t window_bytes)
    : source_(source),
      size_(source.size()),
      window_bytes_(std::max(window_bytes, kSmallestWindow)),
      base_(begin) {}

void InstructionReader::Seek(std::uint64_t offset) {
  if (offset >= base_) {
    MoveTo(offset);
  } else {
    base_ = offset;
    cursor_ = end_ = 0;
  }
}

void InstructionReader::Reload(std::uint64_t offset) {
  size_ = source_.size();
  base_ = offset;
  cursor_ = end_ = 0;
  no_newline_from_ = ~std::uint64_t{0};
}

bool InstructionReader::UseHeld() {
  if (window_bytes_ != kWindowBytes) return false;
  const std::uint64_t at = std::min(base_ + cursor_, size_);
  const auto held = source_.Held(at, size_ - at);
  if (!held) return false;
  window_ = reinterpret_cast<const unsigned char*>(held->data());
  base_ += cursor_;
  cursor_ = 0;
  end_ = held->size();
  return true;
}

bool InstructionReader::Refill() {
  if (own_window_ == nullptr) {
    if (UseHeld()) return true;
    own_window_ = std::make_unique_for_overwrite<unsigned char[]>(window_bytes_);
    window_ = own_window_.get();
  }
  unsigned char* const window = own_window_.get();
  std::memmove(window, window + cursor_, end_ - cursor_);
  base_ += cursor_;
  end_ -= cursor_;
  cursor_ = 0;
  while (end_ < kLookahead && base_ + end_ < size_) {
    const std::size_t room = window_bytes_ - end_;
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(room, size_ - base_ - end_));
    const auto got =
        source_.ReadAt(base_ + end_, std::as_writable_bytes(std::span(window + end_, wanted)));
    if (!got) return false;
    if (*got == 0) break;  // shrunk since it was opened
    end_ += *got;
  }
  return true;
}

bool InstructionReader::FindNewline(std::uint64_t offset, std::uint64_t& newline) {
  if (offset >= no_newline_from_) return false;
  const std::uint64_t first = offset;
  if (offset - base_ < end_) {
    const auto in_window = static_cast<std::size_t>(offset - base_);
    const void* found = std::memchr(window_ + in_window, '\n', end_ - in_window);
    if (found != nullptr) {
      newline =
          base_ + static_cast<std::size_t>(static_cast<const unsigned char*>(found) - window_);
      return true;
    }
    offset = base_ + end_;
  }
  // Past the window: in pieces, keeping none. Long ones, because a line may have a gigabyte.
  while (offset < size_) {
    const auto piece = Excerpt::Read(source_, offset, kWindowBytes);
    if (!piece || piece->size() == 0) break;
    const std::string_view text = AsText(*piece);
    if (const std::size_t found = text.find('\n'); found != std::string_view::npos) {
      newline = offset + found;
      return true;
    }
    offset += piece->size();
  }
  no_newline_from_ = first;
  return false;
}

InstructionReader::Status InstructionReader::NextLine(Instruction& instruction, Argument argument) {
  const std::uint64_t begin = instruction.offset + 1;
  std::uint64_t newline = 0;
  // pickle.py takes an unfinished line for a whole one, and its last byte for the newline.
  const auto unfinished = [this](std::uint64_t from) {
    return TextRange{from, size_ > from ? size_ - from - 1 : 0};
  };
  if (!FindNewline(begin, newline)) {
    instruction.text = unfinished(begin);
    instruction.second = {size_, 0};
    return Status::kTruncated;
  }
  instruction.text = {begin, newline - begin};
  if (argument == Argument::kTwoLines) {
    std::uint64_t second = 0;
    if (!FindNewline(newline + 1, second)) {
      instruction.second = unfinished(newline + 1);
      return Status::kTruncated;
    }
    instruction.second = {newline + 1, second - newline - 1};
    newline = second;
  } else if (argument == Argument::kDecimalLine || argument == Argument::kFloatLine) {
    const auto shown =
        static_cast<std::size_t>(std::min<std::uint64_t>(instruction.text.size, kNumberTextBytes));
    const bool whole = shown == instruction.text.size;
    std::string copy;
    std::string_view line;
    if (begin - base_ + shown <= end_) {
      line = {reinterpret_cast<const char*>(window_) + (begin - base_), shown};
    } else {
      copy = Raw({begin, shown}, shown).text;
      line = copy;
    }
    const bool memo_index = instruction.op == Op::kGet || instruction.op == Op::kPut;
    if (argument == Argument::kFloatLine) {
      const bool odd =
          !whole || line.find_first_of("_ \t\r\v\f"sv) != line.npos || line.find('\0') != line.npos;
      instruction.form = !IsFloatText(line) && whole ? NumberForm::kInvalid
                         : odd                       ? NumberForm::kOdd
                                                     : NumberForm::kPlain;
    } else {
      const ParsedNumber parsed = memo_index ? ParseMemoIndex(line) : ParseInteger(line);
      instruction.number = parsed.value;
      instruction.form = parsed.form;
      if (!whole && line.find('\0') == std::string_view::npos)
        instruction.form = NumberForm::kTooBig;
      const bool number =
          instruction.form == NumberForm::kPlain || instruction.form == NumberForm::kOdd;
      const bool huge = instruction.form == NumberForm::kTooBig;  // a number all the same
      if (memo_index && !huge && !number) return Status::kMalformed;
    }
  }
  instruction.end = newline + 1;
  const std::uint64_t lead = begin + (argument == Argument::kQuotedLine ? 1 : 0);
  instruction.lead = '\0';
  if (lead < newline) Copy(lead, &instruction.lead, 1);
  MoveTo(newline + 1);
  return Status::kOk;
}

InstructionReader::Status InstructionReader::NextLong(Instruction& instruction,
                                                      std::uint64_t length, std::size_t header) {
  const std::uint64_t begin = instruction.offset + header;
  if (length > size_ - begin) return Status::kTruncated;
  instruction.text = {begin, length};
  instruction.form = length > 8 ? NumberForm::kTooBig : NumberForm::kPlain;
  instruction.number = 0;
  if (length > 0 && length <= 8) {
    std::array<char, 8> bytes{};
    const auto count = static_cast<std::size_t>(length);
    if (Copy(begin, bytes.data(), count) < count) return Status::kTruncated;
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof(value));
    // Two's complement: the top bit of the last byte is the sign.
    const auto unused = static_cast<unsigned>(64 - 8 * count);
    instruction.number = static_cast<std::int64_t>(value << unused) >> unused;
  }
  instruction.end = begin + length;
  MoveTo(instruction.end);
  return Status::kOk;
}

std::size_t InstructionReader::Copy(std::uint64_t offset, char* out, std::size_t size) const {
  if (size == 0) return 0;
  if (offset >= base_ && offset - base_ <= end_ && size <= end_ - (offset - base_)) {
    std::memcpy(out, window_ + (offset - base_), size);
    return size;
  }
  std::size_t copied = 0;
  while (copied < size) {
    const auto got = source_.ReadAt(offset + copied,
                                    std::as_writable_bytes(std::span(out + copied, size - copied)));
    if (!got || *got == 0) break;
    copied += *got;
  }
  return copied;
}

ArgumentText InstructionReader::Raw(TextRange range, std::size_t limit) const {
  ArgumentText result;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(range.size, limit));
  result.text.resize(wanted);
  result.text.resize(Copy(range.offset, result.text.data(), wanted));
  result.whole = result.text.size() == range.size;
  return result;
}

ArgumentText InstructionReader::StringAt(std::uint64_t offset, std::size_t limit) const {
  std::array<char, 9> head{};
  const std::size_t got = Copy(offset, head.data(), head.size());
  if (got == 0) return {{}, false};
  const auto op = static_cast<Op>(static_cast<unsigned char>(head[0]));
  const OpcodeLayout layout = kOpcodeLayouts[static_cast<unsigned char>(head[0])];
  if (got <= layout.fixed) return {{}, false};
  std::uint64_t length = 0;
  switch (layout.argument) {
    case Argument::kText1:
    case Argument::kText4:
    case Argument::kText8:
      std::memcpy(&length, head.data() + 1, layout.fixed);
      return Raw({offset + 1 + layout.fixed, length}, limit);
    case Argument::kQuotedLine:
    case Argument::kUnicodeLine:
    case Argument::kLine: {
      ArgumentText line;
      line.whole = false;
      // In pieces: most lines are short, whatever the limit.
      while (!line.whole && line.text.size() < limit && offset + 1 + line.text.size() < size_) {
        const std::size_t had = line.text.size();
        const std::uint64_t left = size_ - offset - 1 - had;
        const auto room = std::min<std::uint64_t>(left, std::min(limit - had, had + 128));
        const ArgumentText piece = Raw({offset + 1 + had, room}, limit);
        if (piece.text.empty()) break;
        const std::size_t newline = piece.text.find('\n');
        line.whole = newline != std::string::npos;
        line.text.append(piece.text, 0, newline);
      }
      if (op == Op::kString) line.text = UnescapeQuoted(line.text);
      if (op == Op::kUnicode) line.text = UnescapeRawUnicode(line.text);
      return line;
    }
    default:
      return {{}, false};
  }
}

}  // namespace counterscan::pickle
