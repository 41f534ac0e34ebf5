// LooksLikePickle: is this the start of a pickle?
//
// A header of protocol 2 and up says so itself. A text pickle has none: a few instructions are
// carried out, and it is a pickle when they do what pickles do and plain text does not.
#include "pickle/sniff.h"

#include <algorithm>
#include <array>
#include <optional>

#include "pickle/machine/machine.h"
#include "pickle/policy/names.h"
#include "pickle/policy/policy.h"
#include "pickle/stream/string_text.h"
#include "scanner/base/byte_reader.h"

namespace counterscan::pickle {
namespace {

constexpr std::size_t kTrialBytes = 4096;
constexpr std::size_t kNameBytes = 512;
constexpr std::uint64_t kFewInstructions = 4;
constexpr std::size_t kRestBytes = 4096;
constexpr std::uint64_t kWindowGrowth = 16;
constexpr std::uint64_t kFewPickles = 16;

// What a trial may cost. Who goes past it is a pickle as far as a trial can tell.
Limits TrialLimits() {
  Limits limits;
  limits.pickle_opcodes = 4'000'000;
  limits.pickle_stack_items = 65536;
  limits.pickle_memo_entries = 65536;
  limits.pickle_sparse_memo_entries = 65536;
  return limits;
}

bool IsIdentifierPath(std::string_view name) {
  if (name.empty()) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
  });
}

// Counts what only pickles do.
class Trial final : public Observer {
 public:
  explicit Trial(const InstructionReader& reader) : reader_(reader) {}

  bool names_denied = false;
  int names = 0;              // that could be names
  int acts = 0;               // calls, states set
  int marks_of_picklers = 0;  // memo writes, quoted strings
  bool tricks = false;        // frames that make readers disagree: another may see names
  bool nonsense = false;      // what no reader would accept
  bool odd_names = false;     // names that no program has
  bool acted = false;         // called or changed what it had named, before the first of either

  // Where every reader stops, what came before has been carried out.
  bool Acted() const { return nonsense || odd_names ? acted : names > 0 && acts > 0; }

  void Traced(const Instruction& at) override {
    switch (at.op) {
      case Op::kPut:
      case Op::kBinPut:
      case Op::kLongBinPut:
      case Op::kMemoize:
        ++marks_of_picklers;
        break;
      case Op::kString: {
        // Python 2's cPickle lets blanks stand behind the quotes.
        std::string line = reader_.Raw(at.text, kNameBytes).text;
        line.erase(line.find_last_not_of(" \t\r\v\f") + 1);
        const bool quoted = IsQuoted(line) || at.text.size > kNameBytes;
        if (quoted) ++marks_of_picklers;
        if (!quoted) MeetNonsense();
        break;
      }
      default:
        break;
    }
  }
  void Declared(const Instruction&) override {}
  Value Named(const Instruction& at) override {
    return Name(reader_.Raw(at.text, kNameBytes).text, reader_.Raw(at.second, kNameBytes).text);
  }
  Value NamedFromStack(const Instruction&, Value module, Value name) override {
    if (!module.is(Kind::kString) || !name.is(Kind::kString)) {
      ++acts;
      return {Kind::kUnknown};
    }
    return Name(reader_.StringAt(module.offset(), kNameBytes).text,
                reader_.StringAt(name.offset(), kNameBytes).text);
  }
  Value NamedByCode(const Instruction&) override {
    ++names;
    return {Kind::kGlobal};
  }
  Value Called(const Instruction&, CallKind, Value callable, Value, Value) override {
    // What the trial's memo had no room for may be callable as well.
    if (callable.is(Kind::kGlobal) || callable.is(Kind::kUnknown) ||
        callable.is(Kind::kForgotten)) {
      ++acts;
    } else {
      MeetNonsense();
    }
    return {Kind::kUnknown};
  }
  Value Built(const Instruction&, Value target, Value) override {
    ++acts;
    return target;
  }
  void Stored(const Instruction&, StoreKind, Value target, std::span<const Value>) override {
    // A list takes an item by its number, and a bytearray takes bytes.
    if (IsUnchangeable(target)) MeetNonsense();
  }
  void Filled(const Instruction&, Value, std::span<const Value>) override {}
  Value Persistent(const Instruction&, Value) override { return {Kind::kUnknown}; }
  void Returned(const Instruction&, Value) override {}
  void CrossedFrame(const Instruction&) override { tricks = true; }
  void NestedFrame(const Instruction&) override { tricks = true; }
  void OddIndex(const Instruction&) override {}
  void Forgot(const Instruction&) override {}

 private:
  Value Name(const std::string& module, const std::string& name) {
    if (IsIdentifierPath(module) && IsIdentifierPath(name)) {
      ++names;
      names_denied = names_denied || JudgeWritten(module, name).standing == Standing::kDenied;
    } else {
      acted = Acted();
      odd_names = true;
    }
    return {Kind::kGlobal};
  }

  void MeetNonsense() {
    acted = Acted();
    nonsense = true;
  }

  static bool IsUnchangeable(Value target) {
    switch (target.kind()) {
      case Kind::kNone:
      case Kind::kBool:
      case Kind::kInt:
      case Kind::kNumber:
      case Kind::kString:
      case Kind::kTuple:
        return true;
      default:
        return false;
    }
  }

  const InstructionReader& reader_;
};

bool IsBlankOrPickle(std::span<const std::byte> rest) {
  const std::string_view text = AsText(rest);
  if (text.find_first_not_of(" \t\r\n\0") == std::string_view::npos) return true;
  return text.size() > 1 && text[0] == '\x80' && text[1] <= 5;
}

// Carries out what stands in `window`, which begins where the whole does; `size` is of the whole.
// Follows at most so many pickles that do nothing. Where any line may name a memo slot, prose goes
// far: there only what calls something that it has named is a pickle.
Guess TryReading(const ByteSource& window, std::uint64_t size, std::uint64_t most_pickles,
                 MemoLines lines) {
  const bool whole = window.size() >= size;
  InstructionReader reader(window);
  Trial trial(reader);
  const Limits limits = TrialLimits();
  Machine machine(reader, trial, limits);
  machine.set_trace(true);
  machine.set_memo_lines(lines);
  const auto evidence = [&] { return trial.names + trial.acts + trial.marks_of_picklers; };
  const auto ends_there = [&](std::uint64_t offset) {
    if (offset == window.size() && !whole) return false;
    std::array<std::byte, kRestBytes> rest;
    const auto got = window.ReadAt(offset, rest);
    return got && IsBlankOrPickle(std::span(rest).first(*got));
  };
  Machine::Result result = machine.Run();
  // A program may load one pickle after another, and the first of them may do nothing.
  while (result.outcome == Machine::Outcome::kStopped && evidence() == 0 && !trial.tricks &&
         !trial.nonsense && !ends_there(result.offset)) {
    if (--most_pickles == 0) return Guess::kNotYet;
    result = machine.Run();
  }

  // Where nothing but the trial ended, it saw no reader stop.
  const bool cut_short = !trial.nonsense && (result.outcome == Machine::Outcome::kLimit ||
                                             result.outcome == Machine::Outcome::kReadError);
  const bool window_ended =
      !trial.nonsense && !whole && result.outcome == Machine::Outcome::kTruncated;
  if (lines != MemoLines::kNumbers) {
    if (trial.Acted() || (cut_short && !trial.odd_names)) return Guess::kYes;
    return window_ended ? Guess::kNotYet : Guess::kNo;
  }
  if (trial.names_denied || trial.tricks || cut_short) return Guess::kYes;
  // "os\r" is a name to an unpickler, and prose has such names at every line; but prose does not go
  // on to call them and end in STOP.
  const bool whole_program =
      result.outcome == Machine::Outcome::kStopped && trial.acts > 0 && ends_there(result.offset);
  if (trial.odd_names) {
    if (whole_program && !trial.nonsense) return Guess::kYes;
    if (window_ended && !trial.acted) return Guess::kNotYet;
    trial.nonsense = true;
  }
  if (trial.Acted()) return Guess::kYes;
  if (trial.nonsense) return Guess::kNo;
  const auto yes = [](bool is_pickle) { return is_pickle ? Guess::kYes : Guess::kNo; };
  switch (result.outcome) {
    case Machine::Outcome::kStopped:
      return yes(evidence() > 0 || ends_there(result.offset));
    case Machine::Outcome::kTruncated:
      // The window ends inside of it, or the file does. A payload may stand behind any number of
      // instructions that do nothing.
      if (evidence() == 0) return whole ? Guess::kNo : Guess::kNotYet;
      return yes(!whole || machine.run_instructions() >= kFewInstructions);
    default:
      return yes(evidence() > 1 && machine.run_instructions() >= 2 * kFewInstructions);
  }
}

Guess Try(const ByteSource& window, std::uint64_t size, std::uint64_t most_pickles) {
  const Guess guess = TryReading(window, size, most_pickles, MemoLines::kNumbers);
  if (guess != Guess::kNo) return guess;
  return TryReading(window, size, most_pickles, MemoLines::kTexts);
}

// Nothing for what only carrying out can tell.
std::optional<bool> ByItsHeader(std::span<const std::byte> head, std::uint64_t size) {
  if (head.empty()) return false;
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint8_t>(head[i]); };
  if (byte(0) == static_cast<std::uint8_t>(Op::kProto)) {
    if (head.size() < 2) return size == 1;
    return byte(1) <= 5 && (head.size() < 3 || FindOpcode(byte(2)) != nullptr);
  }
  if (FindOpcode(byte(0)) == nullptr) return false;
  return std::nullopt;
}

// True when the first bytes are as many instructions, with as many marks of picklers among them, as
// no text has: what is to be said of them, the analysis says. Most pickles of protocol 0 are told
// by it, and are not carried out twice.
bool IsPlainlyPickle(std::span<const std::byte> head, std::uint64_t size) {
  constexpr std::size_t kFirstBytes = 512;
  constexpr std::uint64_t kManyInstructions = 32;
  constexpr int kManyMarks = 8;
  if (head.size() < kFirstBytes || size == kFirstBytes) return false;
  const MemorySource window(head.first(kFirstBytes));
  InstructionReader reader(window);
  Trial trial(reader);
  Limits limits;
  limits.pickle_memo_entries = kFirstBytes;
  Machine machine(reader, trial, limits);
  machine.set_trace(true);
  return machine.Run().outcome == Machine::Outcome::kTruncated && !trial.nonsense &&
         !trial.odd_names && trial.marks_of_picklers >= kManyMarks &&
         machine.run_instructions() >= kManyInstructions;
}

}  // namespace

Guess GuessPickle(std::span<const std::byte> head, std::uint64_t size) {
  if (const auto known = ByItsHeader(head, size)) return *known ? Guess::kYes : Guess::kNo;
  const MemorySource window(head.first(std::min(head.size(), kTrialBytes)));
  return Try(window, size, kFewPickles);
}

bool LooksLikePickle(std::span<const std::byte> head, const ByteSource& source) {
  const std::uint64_t size = source.size();
  if (const auto known = ByItsHeader(head, size)) return *known;
  if (IsPlainlyPickle(head, size)) return true;
  const MemorySource first(head.first(std::min(head.size(), kTrialBytes)));
  Guess guess = Try(first, size, size);
  // Each window begins anew, so they grow fast: all together cost little more than the last.
  for (std::uint64_t bytes = kTrialBytes; guess == Guess::kNotYet;) {
    bytes = bytes > size / kWindowGrowth ? size : bytes * kWindowGrowth;
    guess = Try(SliceSource(source, 0, bytes), size, size);
  }
  return guess == Guess::kYes;
}

}  // namespace counterscan::pickle
