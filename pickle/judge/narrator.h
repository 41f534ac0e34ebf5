// Narrator: retells what a pickle does as pseudo-code, for people.
//
// Stands between the machine and the judge: passes every event on, and writes down what it was and
// what came of it. So the listing is of the same analysis that the findings come from, and a scan
// that nobody wants explained pays nothing for it.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "pickle/judge/judge.h"
#include "pickle/narration/narration.h"

namespace counterscan::pickle {

class Narrator final : public Observer {
 public:
  // Both must outlive the narrator.
  Narrator(const Options& options, Judge& judge) : options_(options), judge_(judge) {}

  // Turns what was heard of the pickles into lines, judged as the findings of the file say. Call
  // once, when the judge has finished.
  void Tell(std::span<HeardPickle> pickles, std::span<const Finding> findings);

  void Traced(const Instruction& at) override;
  void LongConstant(const Instruction& at) override { judge_.LongConstant(at); }
  void Declared(const Instruction& at) override { judge_.Declared(at); }
  void Disputed(const Instruction& at, std::string_view why) override { judge_.Disputed(at, why); }
  bool IsNoText(Value value) const override { return judge_.IsNoText(value); }
  Value Named(const Instruction& at) override;
  Value NamedFromStack(const Instruction& at, Value module, Value name) override;
  Value NamedByCode(const Instruction& at) override;
  Value Called(const Instruction& at, CallKind kind, Value callable, Value arguments,
               Value keywords) override;
  Value Built(const Instruction& at, Value target, Value state) override;
  void Stored(const Instruction& at, StoreKind kind, Value target,
              std::span<const Value> items) override;
  void Filled(const Instruction& at, Value dict, std::span<const Value> items) override {
    judge_.Filled(at, dict, items);
  }
  Value Persistent(const Instruction& at, Value key) override;
  void Returned(const Instruction& at, Value value) override;
  void CrossedFrame(const Instruction& at) override { judge_.CrossedFrame(at); }
  void NestedFrame(const Instruction& at) override { judge_.NestedFrame(at); }
  void OddIndex(const Instruction& at) override { judge_.OddIndex(at); }
  void Forgot(const Instruction& at) override { judge_.Forgot(at); }

 private:
  class CodeRenderer;
  friend class CodeRenderer;

  // The worst that was found at an offset.
  using Found = std::unordered_map<std::uint64_t, LineJudgement>;
  void TellOne(HeardPickle& pickle, const Found& found);

  Narration& narration() { return judge_.scene().pickle->narration; }
  // Whether there is room for a line. What is harmless is left out first.
  bool Wanted(GlobalId about);
  void Add(Narration::Entry entry);
  std::string Show(Value value);
  std::string Arguments(Value arguments, Value keywords);
  // What the imported thing is called in the pseudo-code.
  const std::string& NameOf(GlobalId id);
  void Import(const Instruction& at, Value named);
  std::string Known(Value result) const;
  void CountTensor(GlobalId callee, Value arguments);

  const Options& options_;
  Judge& judge_;
  NameGiver names_;
  std::unordered_map<GlobalId, std::string> global_names_;
  std::unordered_map<std::uint32_t, std::string> result_names_;
  // Of the storages that the loader was asked for: their class.
  std::unordered_map<std::uint32_t, GlobalId> storages_;
  std::size_t lines_ = 0;
  std::size_t judged_lines_ = 0;
  std::size_t text_bytes_ = 0;
  std::size_t opcodes_ = 0;
};

}  // namespace counterscan::pickle
