#include "pickle/readings/disassembly.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "pickle/machine/memo.h"
#include "pickle/policy/names.h"
#include "pickle/policy/policy.h"
#include "pickle/stream/instruction_reader.h"
#include "pickle/stream/string_text.h"

namespace counterscan::pickle {
namespace {

constexpr std::size_t kNameBytes = kLongestName + 1;
constexpr std::uint64_t kInstructions = 10'000'000;
constexpr std::size_t kNames = 10'000;
constexpr std::size_t kStack = 256;

class Disassembler {
 public:
  Disassembler(const ByteSource& source, const Limits& limits)
      : reader_(source), memo_(limits.pickle_memo_entries, limits.pickle_sparse_memo_entries) {}

  std::vector<SeenName> Run() {
    Instruction at;
    for (std::uint64_t count = 0;; ++count) {
      const InstructionReader::Status status = reader_.Next(at);
      const bool plain = status == InstructionReader::Status::kOk;
      const bool text_memo = status == InstructionReader::Status::kMalformed && IsTextMemo(at);
      if (!plain && !text_memo) {
        if (status == InstructionReader::Status::kTruncated && IsName(at)) See(at);
        cut_short_ = status == InstructionReader::Status::kReadError;
        break;
      }
      cut_short_ = count >= kInstructions || names_.size() >= kNames;
      if (cut_short_) break;
      if (plain) {
        See(at);
      } else {
        if (at.op == Op::kGet) Operand({});
        reader_.Seek(at.text.offset + at.text.size + 1);
      }
    }
    return std::move(names_);
  }

  // Run() met neither a byte that is no instruction nor the end.
  bool cut_short() const { return cut_short_; }

 private:
  // pickle.py imports what is there of a name when the file ends inside it.
  static bool IsName(const Instruction& at) { return at.op == Op::kGlobal || at.op == Op::kInst; }

  // Python 2's pickle.py takes any line for the name of a memo slot.
  static bool IsTextMemo(const Instruction& at) { return at.op == Op::kGet || at.op == Op::kPut; }

  void See(const Instruction& at) {
    switch (at.op) {
      case Op::kMemoize:
        memo_.Memoize(argument_);
        break;
      case Op::kPut:
      case Op::kBinPut:
      case Op::kLongBinPut:
        if (at.number >= 0) memo_.Set(static_cast<std::uint64_t>(at.number), argument_);
        break;
      case Op::kGet:
      case Op::kBinGet:
      case Op::kLongBinGet:
        Operand(Value::Int(at.number));
        break;
      case Op::kString:
      case Op::kBinString:
      case Op::kShortBinString:
      case Op::kUnicode:
      case Op::kShortBinUnicode:
      case Op::kBinUnicode:
      case Op::kBinUnicode8:
        Operand(Value::String(at.offset, false));
        break;
      case Op::kGlobal:
      case Op::kInst:
        TwoLines(reader_.Raw(at.text, kNameBytes).text, reader_.Raw(at.second, kNameBytes).text,
                 at.offset);
        Operand({});
        break;
      case Op::kStackGlobal:
        Name(Text(operands_[0]), Text(operands_[1]), at.offset);
        NameFromStack(at.offset);
        Operand({});
        break;
      case Op::kPop:
        if (!stack_.empty()) stack_.pop_back();
        operands_ = {operands_[1], {}};
        break;
      default:
        Operand({});
        break;
    }
    // What a memo instruction right behind this one would store.
    const bool text = operands_[1].is(Kind::kString) && operands_[1].offset() == at.offset;
    argument_ = text ? operands_[1] : Value(Kind::kNone);
  }

  // pickletools resolves escapes in the lines, which no unpickler does, and joins them by a blank,
  // at the first of which scanners take them apart.
  void TwoLines(std::string module, std::string name, std::uint64_t offset) {
    Name(module, name, offset);
    if (module.find('\\') != module.npos || name.find('\\') != name.npos) {
      module = UnescapeQuoted(module);
      name = UnescapeQuoted(name);
      Name(module, name, offset);
    }
    if (const std::size_t blank = module.find(' '); blank != module.npos) {
      Name(module.substr(0, blank), module.substr(blank + 1) + " " + name, offset);
    }
  }

  void Operand(Value value) {
    operands_ = {operands_[1], value};
    if (stack_.size() >= kStack) stack_.erase(stack_.begin(), stack_.begin() + kStack / 2);
    stack_.push_back(value);
  }

  // What an unpickler finds there: something may have been pushed and popped in between.
  void NameFromStack(std::uint64_t offset) {
    if (stack_.size() < 2) return;
    auto module = Text(stack_[stack_.size() - 2]);
    auto name = Text(stack_.back());
    if (module && name) Name(std::move(module), std::move(name), offset);
  }

  std::optional<std::string> Text(Value value) const {
    // A memo slot is looked up where the name is needed, not where it was recalled.
    if (value.is(Kind::kInt)) value = memo_.Get(static_cast<std::uint64_t>(value.number()));
    if (!value.is(Kind::kString)) return std::nullopt;
    return reader_.StringAt(value.offset(), kNameBytes).text;
  }

  void Name(std::optional<std::string> module, std::optional<std::string> name,
            std::uint64_t offset) {
    if (!seen_.emplace(module, name).second) return;
    names_.push_back({std::move(module), std::move(name), offset});
  }

  InstructionReader reader_;
  Memo memo_;
  // What the last two instructions pushed, but for those that write to the memo: a text, a memo
  // slot (kInt), or what is neither.
  std::array<Value, 2> operands_{};
  std::vector<Value> stack_;     // the last of what was pushed and not popped
  Value argument_{Kind::kNone};  // text of the last instruction
  std::set<std::pair<std::optional<std::string>, std::optional<std::string>>> seen_;
  std::vector<SeenName> names_;
  bool cut_short_ = false;
};

// Denied, but not for where a dotted name leads from a module that nobody may have: lists of Java's
// classes are full of parts that name a module of Python.
bool IsUnsafeName(const std::string& module, const std::string& name) {
  const Judgement judgement = JudgeWritten(module, name);
  if (judgement.standing != Standing::kDenied) return false;
  return judgement.rule != "PKL-112" || JudgeWritten(module, "X").standing != Standing::kUnlisted;
}

}  // namespace

SeenNames WorstSeenName(const ByteSource& source, const Limits& limits) {
  Disassembler disassembler(source, limits);
  const std::vector<SeenName> names = disassembler.Run();
  SeenNames worst = disassembler.cut_short() ? SeenNames::kCannotTell : SeenNames::kNone;
  for (const SeenName& seen : names) {
    if (!seen.module || !seen.name || !IsPlausibleName(*seen.module) ||
        !IsPlausibleName(*seen.name)) {
      continue;
    }
    if (IsUnsafeName(*seen.module, *seen.name)) return SeenNames::kUnsafe;
    worst = std::max(worst, SeenNames::kSome);
  }
  return worst;
}

std::vector<SeenName> Disassemble(const ByteSource& source, const Limits& limits) {
  return Disassembler(source, limits).Run();
}

}  // namespace counterscan::pickle
