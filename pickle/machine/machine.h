// Machine: the pickle virtual machine over abstract values.
//
// Stack, marks and memo are exactly those of CPython's C unpickler, the fence below the topmost
// mark included. Whatever would reach outside of plain data (a name resolved, a call, a state set,
// a change to something that is no literal container) is told to an Observer, which decides what
// the result is. The machine has no policy. Iterative, and bounded by the limits given.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pickle/machine/memo.h"
#include "pickle/machine/objects.h"
#include "pickle/machine/value.h"
#include "pickle/machine/value_stack.h"
#include "pickle/stream/frame_readings.h"
#include "pickle/stream/instruction_reader.h"
#include "scanner/base/limits.h"

namespace counterscan::pickle {

enum class CallKind : std::uint8_t { kReduce, kInst, kObj, kNewObj, kNewObjEx };
enum class StoreKind : std::uint8_t { kAppend, kAppends, kSetItem, kSetItems, kAddItems };

// Hears what the pickle does. `at` is the instruction that does it.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  // Every instruction, before it is carried out; only when Machine::trace was set.
  virtual void Traced(const Instruction& /*at*/) {}
  // PROTO.
  virtual void Declared(const Instruction& at) = 0;
  // A string or bytes of kTellingBytes or more, which may hide something.
  virtual void LongConstant(const Instruction& /*at*/) {}
  // GLOBAL and INST: the name is in the instruction. Returns the value it resolves to.
  virtual Value Named(const Instruction& at) = 0;
  // STACK_GLOBAL.
  virtual Value NamedFromStack(const Instruction& at, Value module, Value name) = 0;
  // EXT1, EXT2, EXT4.
  virtual Value NamedByCode(const Instruction& at) = 0;
  // `arguments` is what REDUCE and NEWOBJ take (usually a tuple); `keywords` is NEWOBJ_EX's.
  virtual Value Called(const Instruction& at, CallKind kind, Value callable, Value arguments,
                       Value keywords) = 0;
  // BUILD. May seek the reader: some loaders read raw bytes here. Returns the new top of stack.
  virtual Value Built(const Instruction& at, Value target, Value state) = 0;
  // APPEND(S), SETITEM(S), ADDITEMS on anything but a list, dict or set made by an opcode.
  virtual void Stored(const Instruction& at, StoreKind kind, Value target,
                      std::span<const Value> items) = 0;
  // A dict made by an opcode got these keys and values, and HasTellingItem holds for them.
  virtual void Filled(const Instruction& at, Value dict, std::span<const Value> items) = 0;
  // PERSID (key kNothing) and BINPERSID.
  virtual Value Persistent(const Instruction& at, Value key) = 0;
  // STOP with this on top.
  virtual void Returned(const Instruction& at, Value value) = 0;
  // An instruction crosses the end of its frame, or a frame begins inside another.
  virtual void CrossedFrame(const Instruction& at) = 0;
  virtual void NestedFrame(const Instruction& at) = 0;
  // GET or PUT with an index that no pickler writes in this way.
  virtual void OddIndex(const Instruction& at) = 0;
  // Some readers carry this out and go on, others fail: what follows is for some only.
  virtual void Disputed(const Instruction& /*at*/, std::string_view /*why*/) {}
  // True for the result of a call, or an instance, that is certainly no text.
  virtual bool IsNoText(Value /*value*/) const { return false; }
  // The memo is full: slots written from here on are forgotten.
  virtual void Forgot(const Instruction& at) = 0;
};

// What the line of a GET or PUT is to a reader.
enum class MemoLines : std::uint8_t {
  kNumbers,      // a number; what is none is an error (Python 3)
  kTexts,        // a text, and slot 1 of a BINPUT is "1" (Python 2's pickle.py)
  kTextsBeside,  // a text, and BINPUT has slots of its own (Python 2's cPickle)
};

// Shorter constants hold no pickle that names anything, nor code.
inline constexpr std::size_t kTellingBytes = 20;

class Machine {
 public:
  enum class Outcome : std::uint8_t {
    kStopped,    // STOP
    kTruncated,  // no byte is left
    kBroken,     // CPython fails here
    kLimit,      // one of our limits was reached
    kReadError,  // the source failed
  };
  struct Result {
    Outcome outcome = Outcome::kStopped;
    std::uint64_t offset = 0;  // first byte that was not carried out
    std::string_view reason;   // "stack underflow"; "" when stopped
  };

  // kProbe: starts in the middle of a pickle, below an unknown stack and with an unknown memo.
  // kBehind: starts with a pickle, behind others whose memo is not known.
  enum class Mode : std::uint8_t { kWhole, kProbe, kBehind };

  Machine(InstructionReader& reader, Observer& observer, const Limits& limits,
          Mode mode = Mode::kWhole)
      : reader_(reader),
        observer_(observer),
        limits_(limits),
        memo_(limits.pickle_memo_entries, limits.pickle_sparse_memo_entries),
        previous_memo_(limits.pickle_memo_entries, limits.pickle_sparse_memo_entries),
        mode_(mode) {}

  // Carries out instructions from where the reader stands up to STOP. Starts with an empty stack
  // and memo; slots the new memo does not have are looked up in that of the pickle before it,
  // because one Unpickler may load several.
  Result Run();

  // Ask the observer about every instruction.
  void set_trace(bool trace) { trace_ = trace; }
  // Read frames as from a stream: `forks` decides what is forgotten where they end too early, and
  // leaves it out of the reader's source. It must outlive the machine.
  void set_forks(FrameForks* forks) { forks_ = forks; }
  // One Unpickler loads all the pickles: the memo is never emptied.
  void set_one_memo(bool one_memo) { one_memo_ = one_memo; }
  // Each pickle is loaded by an Unpickler of its own, which fails where a slot is empty, and where
  // a name is certainly no text.
  void set_alone(bool alone) { alone_ = alone; }
  void set_memo_lines(MemoLines lines) { memo_lines_ = lines; }

  // True when frames were met that readers disagree about, in any Run.
  bool frames_forked() const { return frames_forked_; }
  // True when one Unpickler that loads all the pickles of the Runs would find other values in its
  // memo than one for each pickle does.
  bool memos_differ() const {
    // MEMOIZE counts what is in the memo, which differs.
    return memos_differ_ || (memo_before_ && Used(Op::kMemoize) &&
                             (Used(Op::kBinGet) || Used(Op::kLongBinGet) || Used(Op::kGet)));
  }

  // True when the readers of `MemoLines` would take some GET or PUT in different ways, in any Run.
  bool memo_lines_differ() const { return memo_lines_differ_ || MixesMemoForms(); }

  // Instructions carried out since the machine was made, and in the last Run.
  std::uint64_t total_instructions() const { return total_; }
  // Counts instructions that were carried out on this machine's behalf by another.
  void CountInstructions(std::uint64_t count) { total_ += count; }
  std::uint64_t run_instructions() const { return in_run_; }
  std::size_t stack_size() const { return stack_.size(); }
  // True when the last Run carried out this opcode.
  bool Used(Op op) const { return used_[static_cast<std::uint8_t>(op)]; }

  const Objects& objects() const { return objects_; }
  Objects& objects() { return objects_; }

  // Where the frame ends that goes on after the instruction being carried out; nullopt without one.
  std::optional<std::uint64_t> FrameAround(const Instruction& at) const {
    return InsideFrame(at) ? std::optional(frame_end_) : std::nullopt;
  }
  // True when there is such a frame.
  bool InsideFrame(const Instruction& at) const {
    return frame_end_ != kNoFrame && at.end < frame_end_;
  }

 private:
  enum class Step : std::uint8_t { kGoOn, kStop, kUnderflow, kMark, kBroken, kLimit };

  // Carries out the plain instructions that stand next, straight from the reader's window, and
  // stops before the first that is not plain (plain_run.cc).
  void RunPlain();
  Step Execute(const Instruction& at);
  Step ExecuteRare(const Instruction& at);
  void EnterFrame(const Instruction& at);
  // The instruction ends behind the frame, or breaks off there. True when it must be read again,
  // because some of its bytes were forgotten.
  bool LeaveFrame(const Instruction& at);
  void StopInFrame(const Instruction& at);

  // Values that may be popped.
  std::size_t poppable() const { return stack_.size() - fence_; }
  void Push(Value value) { stack_.Push(value); }
  // Removes the topmost mark and returns the place of the first value above it, or kNoMark.
  std::size_t PopMark() {
    if (marks_.empty()) return kNoMark;
    const std::size_t first = marks_.back();
    marks_.pop_back();
    fence_ = marks_.empty() ? 0 : marks_.back();
    return first;
  }
  std::span<const Value> From(std::size_t first) const { return stack_.From(first); }
  // Python 3 refuses the negative index of a GET or PUT.
  bool IsRefused(const Instruction& at);
  // The memo slot of a GET or PUT; kNoSlot when there are too many like it.
  std::uint64_t SlotOf(const Instruction& at);
  std::uint64_t SlotOfText(const Instruction& at);
  std::uint64_t SlotNamed(std::string name);
  // The last Run wrote or read the memo by lines and by numbers, which no pickler does.
  bool MixesMemoForms() const {
    return (Used(Op::kPut) || Used(Op::kGet)) && (Used(Op::kBinPut) || Used(Op::kLongBinPut) ||
                                                  Used(Op::kBinGet) || Used(Op::kLongBinGet));
  }
  Step Recall(std::uint64_t index);
  Step Put(const Instruction& at, std::uint64_t index);
  Step Reduce(const Instruction& at, CallKind kind);
  Step Store(const Instruction& at, StoreKind kind, std::size_t first);
  Step Fail(std::string_view reason);
  // Where one of these readings is certain to fail, it goes no further.
  bool IsNoName(Value value) const;

  InstructionReader& reader_;
  Observer& observer_;
  const Limits& limits_;
  Objects objects_;
  Memo memo_;
  Memo previous_memo_;
  ValueStack stack_;
  std::vector<std::uint32_t> marks_;
  std::size_t fence_ = 0;  // nothing below may be popped
  std::uint64_t frame_end_ = kNoFrame;
  std::uint64_t total_ = 0;
  std::uint64_t in_run_ = 0;
  Mode mode_;
  bool trace_ = false;
  FrameForks* forks_ = nullptr;
  bool one_memo_ = false;
  bool alone_ = false;
  bool frames_forked_ = false;
  bool memos_differ_ = false;
  MemoLines memo_lines_ = MemoLines::kNumbers;
  bool memo_lines_differ_ = false;
  bool memo_before_ = false;    // a pickle before this one had a memo
  bool frame_goes_on_ = false;  // the frame of the last pickle holds the next one as well
  bool forgot_ = false;         // a memo slot was not kept for lack of room
  // Indices of PUT that do not fit 64 bits are a dict's keys like any other to pickle.py, and so is
  // any text to Python 2. They get slots that no number leads to.
  std::unordered_map<std::string, std::uint64_t> named_slots_;
  std::string_view failure_;
  bool used_[256] = {};

  static constexpr std::uint64_t kNoFrame = ~std::uint64_t{0};
  // C keeps its memo in an array: a slot from here on takes a gigabyte, which it may not get.
  static constexpr std::uint64_t kFarSlot = std::uint64_t{1} << 26;
  static constexpr std::uint64_t kNoSlot = ~std::uint64_t{0};
  static constexpr std::size_t kNoMark = ~std::size_t{0};
};

}  // namespace counterscan::pickle
