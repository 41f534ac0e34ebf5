// FileWalk: the pickles of one file, one after another, as one kind of reader takes them.
//
// A pickle that breaks off is no end: the walk looks for the next one, behind bytes that belong to
// none. What lies in constants is followed by InnerPickles; who takes the same bytes in another way
// is the matter of pickle/readings.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "pickle/judge/judge.h"
#include "pickle/judge/narrator.h"
#include "pickle/machine/machine.h"
#include "pickle/readings/other_readings.h"
#include "pickle/readings/pickle_search.h"
#include "pickle/readings/plain_reading.h"
#include "pickle/walk/inner_pickles.h"

namespace counterscan::pickle {

class FileWalk final : public Walk {
 public:
  // `analyze` follows the pickles in constants; without it none is followed. All that is given by
  // reference must outlive the walk.
  FileWalk(const ByteSource& source, const Options& options, std::size_t window_bytes,
           const Reading& reading, ReadingBudget& budget, InnerPickles::Analyze analyze)
      : source_(source),
        options_(options),
        window_bytes_(window_bytes),
        reading_(reading),
        judge_(options, *this),
        narrator_(options, judge_),
        reader_(source, 0, window_bytes),
        machine_(reader_, observer(), options.limits),
        inner_({source, reader_, options, budget, judge_.findings(), analysis_},
               std::move(analyze)),
        search_(source) {
    machine_.set_trace(options.explain_opcodes);
    machine_.set_forks(reading.forks);
    machine_.set_one_memo(reading.one_memo);
    machine_.set_alone(reading.alone);
    machine_.set_memo_lines(reading.memo_lines);
  }

  // Call once.
  WalkedFile Run();

  std::optional<std::uint64_t> Nested(std::uint64_t offset) override;
  bool Constant(Value bytes) override { return inner_.Constant(bytes); }
  void Computed(std::string bytes, std::uint64_t offset) override {
    inner_.Computed(std::move(bytes), offset);
  }
  void Alone(const Instruction& at, bool is_text) override { inner_.Alone(at, is_text); }
  std::string PlainReading(std::uint64_t offset) override;
  bool TakesArraysBehindFrames() const override { return reading_.arrays_behind_frames != nullptr; }
  void LeaveOut(std::uint64_t first, std::uint64_t last) override {
    reading_.arrays_behind_frames->Cut(first, last);
  }
  void AddGap(Gap gap) override { inner_.AddGap(std::move(gap)); }

 private:
  using Outcome = Machine::Outcome;

  // Who hears what the pickles do: the judge, through the narrator when somebody wants to read it.
  Observer& observer() {
    if (options_.explain || options_.explain_opcodes) return narrator_;
    return judge_;
  }
  Machine::Result WalkOne(Judge::Scene scene, std::uint64_t offset);
  void AddBrokenGap(const Machine::Result& result, std::uint64_t last);
  // Follows the pickles that stand, behind other bytes, from `offset` on.
  void SearchRest(std::uint64_t offset);
  // What a plain reader would import at `offset`, as long as the budget of such trials lasts.
  NameReadPlainly Probe(std::uint64_t offset, Machine::Mode mode);

  // Instructions that are carried out to see whether bytes which need not be a pickle name
  // something. Array bytes break off after a handful.
  static constexpr std::uint64_t kProbeInstructions = 20'000'000;

  const ByteSource& source_;
  const Options& options_;
  std::size_t window_bytes_;
  Reading reading_;
  Analysis analysis_;
  Disagreements disagreements_;
  std::deque<HeardPickle> pickles_;
  Judge judge_;
  Narrator narrator_;
  std::uint64_t probes_left_ = kProbeInstructions;
  std::uint64_t named_ahead_ = 0;  // up to here a name is known to be coming
  InstructionReader reader_;
  Machine machine_;
  InnerPickles inner_;
  PickleSearch search_;
  int resync_tries_ = 0;
};

}  // namespace counterscan::pickle
