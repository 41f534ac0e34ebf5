#include "pickle/walk/file_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "pickle/walk/torch_legacy.h"

namespace counterscan::pickle {
namespace {

// After an error, the next pickle is tried at so many places of one file.
constexpr int kResyncTries = 10'000;

}  // namespace

Machine::Result FileWalk::WalkOne(Judge::Scene scene, std::uint64_t offset) {
  HeardPickle& pickle = pickles_.emplace_back();
  pickle.offset = offset;
  scene.pickle = &pickle;
  scene.reader->Seek(offset);
  const Judge::Scene before = judge_.SetScene(scene);
  if (before.pickle != nullptr) {
    pickle.within = fmt::format("an array of the pickle at +{:#x}", before.pickle->offset);
  }
  const Machine::Result result = scene.machine->Run();
  pickle.size = result.offset - offset;
  pickle.opcode_count = scene.machine->run_instructions();
  pickle.error = result.reason;
  judge_.EndPickle();
  judge_.SetScene(before);
  return result;
}

void FileWalk::AddBrokenGap(const Machine::Result& result, std::uint64_t last) {
  const GapKind kind = result.outcome == Outcome::kLimit       ? GapKind::kLimit
                       : result.outcome == Outcome::kReadError ? GapKind::kRead
                                                               : GapKind::kBroken;
  AddGap({kind, result.offset, last, std::string(result.reason)});
  judge_.BrokeOff(result.offset);
}

NameReadPlainly FileWalk::Probe(std::uint64_t offset, Machine::Mode mode) {
  if (probes_left_ == 0) return {};
  NameReadPlainly read = ReadPlainly(source_, offset, options_.limits, mode, probes_left_);
  probes_left_ -= std::min(probes_left_, read.instructions);
  if (probes_left_ == 0 || read.cut_short) {
    AddGap({GapKind::kLimit, offset, source_.size(), "too many bytes that may be instructions"});
  }
  return read;
}

std::string FileWalk::PlainReading(std::uint64_t offset) {
  std::string name = Probe(offset, Machine::Mode::kProbe).name;
  disagreements_.arrays = disagreements_.arrays || !name.empty();
  return name;
}

WalkedFile FileWalk::Run() {
  std::uint64_t offset = 0;
  bool after_junk = false;
  std::size_t junk_gap = 0;  // of the pickle that broke off
  analysis_.end = source_.size();
  if (source_.size() == 0) AddGap({GapKind::kBroken, 0, 0, "empty"});

  while (offset < source_.size()) {
    const bool first = pickles_.empty();
    if (pickles_.size() >= options_.limits.pickles_per_stream) {
      AddGap({GapKind::kLimit, offset, source_.size(), "more pickles than are followed"});
      break;
    }
    // Raw bytes may follow a pickle (storages of a legacy torch file), or another pickle. Nobody
    // honest writes frames that leave a choice: there they are taken for a pickle.
    if (!first && !after_junk && reading_.forks == nullptr && offset >= named_ahead_ &&
        GuessAt(source_, offset) != Guess::kYes) {
      const NameReadPlainly ahead = Probe(offset, Machine::Mode::kBehind);
      // A later pickle of one Pickler may be all of the first one's memo, and name nothing.
      if (ahead.name.empty() && !ahead.crosses_frame && !ahead.to_the_end) {
        analysis_.end = offset;
        SearchRest(offset);
        break;
      }
      named_ahead_ = ahead.named_at;
    }
    const FindingList::Position mark = judge_.findings().Mark();
    const std::uint64_t acts = judge_.acts();
    const std::size_t pickle_count = pickles_.size();
    const Machine::Result result =
        WalkOne({&machine_, &reader_, nullptr, reading_.joblib_arrays}, offset);
    const bool acted = judge_.acts() != acts;
    if (after_junk && (acted || result.outcome == Outcome::kStopped)) {
      if (acted)
        judge_.findings().Add("PKL-211", offset, "a pickle follows bytes that belong to none");
      // What lies before it was not followed; it was.
      if (analysis_.gaps.size() < options_.limits.gaps_per_file) {
        analysis_.gaps[junk_gap].last = offset;
      }
      after_junk = false;
    }
    if (result.outcome == Outcome::kStopped) {
      offset = result.offset;
      continue;
    }
    const bool cut_short =
        result.outcome == Outcome::kLimit || result.outcome == Outcome::kReadError;
    if (!first && !acted && !cut_short) {
      // Bytes that only looked like another pickle: nothing was named, nothing would happen.
      judge_.findings().Rewind(mark);
      pickles_.resize(pickle_count);
      if (!after_junk) {
        analysis_.end = offset;
        SearchRest(offset + 1);
        break;
      }
    } else {
      junk_gap = analysis_.gaps.size();
      AddBrokenGap(result, source_.size());
      after_junk = true;
      if (result.outcome == Outcome::kReadError ||
          machine_.total_instructions() >= options_.limits.pickle_opcodes) {
        break;
      }
    }
    if (++resync_tries_ > kResyncTries) break;
    const auto next = search_.Next(std::max(result.offset, offset + 1));
    if (!next) break;
    offset = *next;
  }
  std::vector<HeardPickle> heard(std::make_move_iterator(pickles_.begin()),
                                 std::make_move_iterator(pickles_.end()));
  judge_.Finish(analysis_);
  narrator_.Tell(heard, analysis_.findings);
  for (HeardPickle& pickle : heard) analysis_.pickles.push_back(std::move(pickle));
  // Those inside constants were done first.
  std::stable_sort(analysis_.pickles.begin(), analysis_.pickles.end(),
                   [](const Pickle& a, const Pickle& b) { return a.offset < b.offset; });
  disagreements_.frames = disagreements_.frames || machine_.frames_forked();
  disagreements_.memos = machine_.memos_differ();
  disagreements_.memo_lines = machine_.memo_lines_differ();
  disagreements_.framed_arrays = judge_.framed_arrays();
  return {std::move(analysis_), disagreements_, machine_.total_instructions()};
}

void FileWalk::SearchRest(std::uint64_t offset) {
  if (pickles_.size() >= kTorchLegacyPickles && IsTorchLegacy(reader_)) return;
  while (++resync_tries_ <= kResyncTries) {
    const auto next = search_.Next(offset);
    if (!next) return;
    offset = *next + 1;
    // Data may begin like a pickle anywhere. What names nothing that a program could have is none.
    if (Probe(*next, Machine::Mode::kBehind).name.empty()) continue;
    if (pickles_.size() >= options_.limits.pickles_per_stream) return;
    judge_.findings().Add("PKL-211", *next, "a pickle follows bytes that belong to none");
    const Machine::Result result = WalkOne({&machine_, &reader_, nullptr, true}, *next);
    if (result.outcome != Outcome::kStopped) AddBrokenGap(result, source_.size());
    offset = std::max(offset, result.offset);
  }
}

std::optional<std::uint64_t> FileWalk::Nested(std::uint64_t offset) {
  if (pickles_.size() >= options_.limits.pickles_per_stream) {
    AddGap({GapKind::kLimit, offset, source_.size(), "more pickles than are followed"});
    return std::nullopt;
  }
  // A plain pickle.load: it knows no arrays, and has a memo of its own.
  Limits limits = LimitsInside(options_.limits);
  limits.pickle_opcodes -= std::min(limits.pickle_opcodes, machine_.total_instructions());
  InstructionReader reader(source_, offset, window_bytes_);
  Machine machine(reader, observer(), limits);
  machine.set_trace(options_.explain_opcodes);
  machine.set_forks(reading_.forks);
  const Machine::Result result = WalkOne({&machine, &reader, nullptr, false}, offset);
  disagreements_.frames = disagreements_.frames || machine.frames_forked();
  // Bytes may have been left out.
  if (reading_.forks != nullptr || TakesArraysBehindFrames()) reader_.Reload(offset);
  machine_.CountInstructions(machine.total_instructions());
  if (result.outcome == Outcome::kStopped) return result.offset;
  // A plain unpickler goes on with the memo of the pickle around it, and so may get further.
  disagreements_.arrays = true;
  AddBrokenGap(result, source_.size());
  return std::nullopt;
}

}  // namespace counterscan::pickle
