#include "pickle/readings/plain_reading.h"

#include <algorithm>

#include "pickle/policy/names.h"
#include "pickle/policy/policy.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

constexpr std::size_t kNameBytes = kLongestName + 1;
// Array bytes break off after a handful of instructions, but for a few values that repeat.
constexpr std::size_t kStackItems = 2'500'000;

class NameCatcher final : public Observer {
 public:
  // `unlisted`: names that are harmless wherever they stand do not count.
  NameCatcher(const InstructionReader& reader, bool unlisted)
      : reader_(reader), unlisted_(unlisted) {}

  const std::string& name() const { return name_; }
  std::uint64_t named_at() const { return named_at_; }
  // Also what no program has.
  bool met_names() const { return met_names_; }
  bool crosses_frame() const { return crosses_frame_; }

  void Declared(const Instruction&) override {}
  Value Named(const Instruction& at) override {
    Catch(at, reader_.Raw(at.text, kNameBytes).text, reader_.Raw(at.second, kNameBytes).text);
    return {Kind::kGlobal};
  }
  Value NamedFromStack(const Instruction& at, Value module, Value name) override {
    // An operand below the array's start is the array's wrapper, which is no string.
    if (module.is(Kind::kUnknown) || name.is(Kind::kUnknown)) return {Kind::kUnknown};
    const auto text = [&](Value value) {
      return value.is(Kind::kString) ? reader_.StringAt(value.offset(), kNameBytes).text
                                     : std::string("x");
    };
    Catch(at, text(module), text(name));
    return {Kind::kGlobal};
  }
  // What is resolved or returned may be a string, and so a name.
  Value NamedByCode(const Instruction&) override { return {Kind::kGlobal}; }
  Value Called(const Instruction&, CallKind, Value callable, Value, Value) override {
    return {callable.is(Kind::kUnknown) ? Kind::kUnknown : Kind::kGlobal};
  }
  Value Built(const Instruction&, Value target, Value) override { return target; }
  void Stored(const Instruction&, StoreKind, Value, std::span<const Value>) override {}
  void Filled(const Instruction&, Value, std::span<const Value>) override {}
  // It may be a string, and so a name.
  Value Persistent(const Instruction&, Value) override { return {Kind::kPersistent}; }
  void Returned(const Instruction&, Value) override {}
  void CrossedFrame(const Instruction&) override { crosses_frame_ = true; }
  void NestedFrame(const Instruction&) override {}
  void OddIndex(const Instruction&) override {}
  void Forgot(const Instruction&) override {}

 private:
  void Catch(const Instruction& at, const std::string& module, const std::string& name) {
    met_names_ = true;
    if (!name_.empty() || !IsPlausibleName(module) || !IsPlausibleName(name)) return;
    if (unlisted_ && JudgeWritten(module, name).standing == Standing::kListed) return;
    name_ = Printable(module, 80) + "." + Printable(name, 80);
    named_at_ = at.offset;
  }

  const InstructionReader& reader_;
  bool unlisted_;
  std::string name_;
  std::uint64_t named_at_ = 0;
  bool met_names_ = false;
  bool crosses_frame_ = false;
};

}  // namespace

NameReadPlainly ReadPlainly(const ByteSource& source, std::uint64_t offset, const Limits& limits,
                            Machine::Mode mode, std::uint64_t most_instructions) {
  Limits probe_limits = limits;
  probe_limits.pickle_opcodes = most_instructions;
  probe_limits.pickle_stack_items = std::min(limits.pickle_stack_items, kStackItems);
  probe_limits.pickle_memo_entries = 4096;
  InstructionReader reader(source, offset, 4096);
  // Array bytes may by chance be instructions, behind which the pickle goes on as it would: what it
  // names there is judged anyway, and mostly harmless.
  NameCatcher catcher(reader, mode == Machine::Mode::kProbe);
  Machine machine(reader, catcher, probe_limits, mode);
  // Several pickles may stand one after another, as harmless as the first of them may be.
  Machine::Result result = machine.Run();
  while (result.outcome == Machine::Outcome::kStopped && catcher.name().empty() &&
         mode != Machine::Mode::kProbe && result.offset < source.size()) {
    result = machine.Run();
  }
  const bool cut_short =
      result.outcome == Machine::Outcome::kLimit || result.outcome == Machine::Outcome::kReadError;
  const bool to_the_end = result.outcome == Machine::Outcome::kStopped &&
                          result.offset == source.size() && !catcher.met_names();
  return {.name = catcher.name(),
          .named_at = catcher.named_at(),
          .instructions = machine.total_instructions(),
          .cut_short = cut_short && catcher.name().empty(),
          .to_the_end = to_the_end,
          .crosses_frame = catcher.crosses_frame()};
}

}  // namespace counterscan::pickle
