#include "pickle/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "pickle/analyze_internal.h"
#include "pickle/constant_functions.h"
#include "pickle/judge.h"
#include "pickle/narrator.h"
#include "pickle/plain_reading.h"
#include "scanner/base/byte_reader.h"

namespace counterscan::pickle {
namespace {

// Pickles inside constants inside pickles.
constexpr int kConstantDepth = 4;
// After an error, the next pickle is looked for in so many bytes and tries of one file.
constexpr std::uint64_t kResyncBytes = 256 * kMiB;
constexpr int kResyncTries = 10'000;
// Pickles of a legacy torch file that stand before its raw storages.
constexpr std::size_t kTorchLegacyPickles = 5;

// Lines and opcodes that are listed of all pickles inside constants together.
constexpr std::size_t kListedInside = 50'000;

// Text that is decoded to follow a pickle in it.
constexpr std::size_t kDecodedBytes = 16 * kMiB;

class FileWalk final : public Walk {
 public:
  FileWalk(const ByteSource& source, const Options& options, std::size_t window_bytes, int depth)
      : source_(source),
        options_(options),
        window_bytes_(window_bytes),
        depth_(depth),
        judge_(options, *this),
        narrator_(options, judge_),
        reader_(source, 0, window_bytes),
        machine_(reader_, observer(), options.limits) {
    machine_.set_trace(options.explain_opcodes);
  }

  Analysis Run();

  std::optional<std::uint64_t> Nested(std::uint64_t offset) override;
  bool Constant(Value bytes) override;
  void Computed(const std::string& bytes, std::uint64_t offset) override;
  std::string PlainReading(std::uint64_t offset) override {
    return FirstNameReadPlainly(source_, offset, options_.limits, Machine::Mode::kProbe);
  }
  void AddGap(Gap gap) override;

 private:
  using Outcome = Machine::Outcome;

  // Who hears what the pickles do: the judge, through the narrator when somebody wants to read it.
  Observer& observer() {
    if (options_.explain || options_.explain_opcodes) return narrator_;
    return judge_;
  }
  Machine::Result WalkOne(Judge::Scene scene, std::uint64_t offset);
  void AddBrokenGap(const Machine::Result& result, std::uint64_t last);
  // Offset of the next PROTO 2..5 that is followed by an opcode, from `offset` on.
  std::optional<std::uint64_t> NextHeader(std::uint64_t offset);
  // What a pickle in `source` says, whose first byte stands at `base` of this one, or whose bytes
  // all come from there when `stride` is 0. True when it is followed to its end and harmless.
  bool Inside(const ByteSource& source, std::uint64_t base, std::uint64_t stride);
  bool MayStartPickle(std::uint64_t offset) const;

  const ByteSource& source_;
  const Options& options_;
  std::size_t window_bytes_;
  int depth_;
  Analysis analysis_;
  std::deque<HeardPickle> pickles_;
  Judge judge_;
  Narrator narrator_;
  InstructionReader reader_;
  Machine machine_;
  std::unordered_map<std::uint64_t, bool> constants_;  // by offset: whether they are harmless
  std::uint64_t resync_bytes_ = 0;
  int resync_tries_ = 0;
  std::size_t listed_inside_ = 0;
};

Machine::Result FileWalk::WalkOne(Judge::Scene scene, std::uint64_t offset) {
  HeardPickle& pickle = pickles_.emplace_back();
  pickle.offset = offset;
  scene.pickle = &pickle;
  scene.reader->Seek(offset);
  const Judge::Scene before = judge_.SetScene(scene);
  if (before.pickle != nullptr) {
    pickle.within = fmt::format("an array of the pickle at byte {}", before.pickle->offset);
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
}

void FileWalk::AddGap(Gap gap) {
  if (analysis_.gaps.size() < options_.limits.gaps_per_file) {
    analysis_.gaps.push_back(std::move(gap));
  } else if (!analysis_.gaps.empty()) {
    // The last gap stands for all that there is no room for.
    analysis_.gaps.back().last = std::max(analysis_.gaps.back().last, gap.last);
  }
}

bool FileWalk::MayStartPickle(std::uint64_t offset) const {
  std::array<char, 4096> head;
  const std::size_t got = reader_.Copy(
      offset, head.data(),
      static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), source_.size() - offset)));
  return LooksLikePickle(std::as_bytes(std::span(head.data(), got)), source_.size() - offset);
}

std::optional<std::uint64_t> FileWalk::NextHeader(std::uint64_t offset) {
  std::array<char, 16384> piece;
  while (offset < source_.size() && resync_bytes_ < kResyncBytes) {
    const std::size_t got = reader_.Copy(
        offset, piece.data(),
        static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), source_.size() - offset)));
    if (got < 3) return std::nullopt;
    const std::size_t last = got - 2;  // a header needs three bytes
    for (std::size_t i = 0; i < last; ++i) {
      const void* found = std::memchr(piece.data() + i, '\x80', last - i);
      if (found == nullptr) break;
      i = static_cast<std::size_t>(static_cast<const char*>(found) - piece.data());
      if (piece[i + 1] >= 2 && piece[i + 1] <= 5 &&
          FindOpcode(static_cast<unsigned char>(piece[i + 2])) != nullptr) {
        resync_bytes_ += i;
        return offset + i;
      }
    }
    resync_bytes_ += last;
    offset += last;
  }
  return std::nullopt;
}

Analysis FileWalk::Run() {
  const std::uint64_t size = source_.size();
  std::uint64_t offset = 0;
  bool after_junk = false;
  std::size_t junk_gap = 0;  // of the pickle that broke off
  analysis_.end = size;
  if (size == 0) AddGap({GapKind::kBroken, 0, 0, "empty"});

  while (offset < size) {
    const bool first = pickles_.empty();
    if (pickles_.size() >= options_.limits.pickles_per_stream) {
      AddGap({GapKind::kLimit, offset, size, "more pickles than are followed"});
      break;
    }
    // Raw bytes may follow a pickle (storages of a legacy torch file), or another pickle.
    if (!first && !after_junk && !MayStartPickle(offset) &&
        FirstNameReadPlainly(source_, offset, options_.limits, Machine::Mode::kWhole).empty()) {
      analysis_.end = offset;
      break;
    }
    const FindingList::Position mark = judge_.findings().Mark();
    const std::uint64_t acts = judge_.acts();
    const std::size_t pickle_count = pickles_.size();
    const Machine::Result result = WalkOne({&machine_, &reader_, nullptr, true}, offset);
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
    if (!first && !acted) {
      // Bytes that only looked like another pickle: nothing was named, nothing would happen.
      judge_.findings().Rewind(mark);
      pickles_.resize(pickle_count);
      if (!after_junk) {
        analysis_.end = offset;
        break;
      }
    } else {
      junk_gap = analysis_.gaps.size();
      AddBrokenGap(result, size);
      after_junk = true;
      if (result.outcome == Outcome::kReadError ||
          machine_.total_instructions() >= options_.limits.pickle_opcodes) {
        break;
      }
    }
    if (++resync_tries_ > kResyncTries) break;
    const auto next = NextHeader(std::max(result.offset, offset + 1));
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
  return std::move(analysis_);
}

std::optional<std::uint64_t> FileWalk::Nested(std::uint64_t offset) {
  if (pickles_.size() >= options_.limits.pickles_per_stream) {
    AddGap({GapKind::kLimit, offset, source_.size(), "more pickles than are followed"});
    return std::nullopt;
  }
  // A plain pickle.load: it knows no arrays, and has a memo of its own.
  Limits limits = options_.limits;
  limits.pickle_opcodes -= std::min(limits.pickle_opcodes, machine_.total_instructions());
  InstructionReader reader(source_, offset, window_bytes_);
  Machine machine(reader, observer(), limits);
  machine.set_trace(options_.explain_opcodes);
  const Machine::Result result = WalkOne({&machine, &reader, nullptr, false}, offset);
  machine_.CountInstructions(machine.total_instructions());
  if (result.outcome == Outcome::kStopped) return result.offset;
  AddBrokenGap(result, source_.size());
  return std::nullopt;
}

bool FileWalk::Constant(Value bytes) {
  const auto seen = constants_.find(bytes.offset());
  if (seen != constants_.end()) return seen->second;
  if (depth_ >= kConstantDepth || constants_.size() >= options_.limits.pickles_per_stream) {
    return false;
  }
  bool harmless = false;
  if (bytes.is(Kind::kLatin1)) {
    const ArgumentText text = reader_.StringAt(bytes.offset(), kDecodedBytes);
    if (const auto decoded = EncodeLatin1(text.text)) {
      const MemorySource source(AsBytes(*decoded));
      harmless = Inside(source, bytes.offset(), 0);
    }
  } else {
    InstructionReader again(source_, bytes.offset(), InstructionReader::kSmallestWindow);
    Instruction push;
    if (again.Next(push) == InstructionReader::Status::kOk) {
      const SliceSource source(source_, push.text.offset, push.text.size);
      harmless = Inside(source, push.text.offset, 1);
    }
  }
  constants_.emplace(bytes.offset(), harmless);
  return harmless;
}

void FileWalk::Computed(const std::string& bytes, std::uint64_t offset) {
  if (depth_ >= kConstantDepth) return;
  const MemorySource source(AsBytes(bytes));
  Inside(source, offset, 0);
}

bool FileWalk::Inside(const ByteSource& source, std::uint64_t base, std::uint64_t stride) {
  FileWalk inside(source, options_, window_bytes_, depth_ + 1);
  if (source.size() == 0 || !inside.MayStartPickle(0)) return false;
  Analysis analysis = inside.Run();
  const bool followed =
      analysis.end == source.size() || analysis.pickles.size() >= kTorchLegacyPickles;
  const bool harmless = followed && analysis.gaps.empty() && analysis.findings.empty();
  const auto place = [&](std::uint64_t offset) { return base + offset * stride; };
  for (Finding& finding : analysis.findings) {
    judge_.findings().Add(finding.rule, place(finding.offset),
                          "in a pickle inside this one: " + finding.message);
  }
  for (Import& import : analysis.imports) {
    if (analysis_.imports.size() >= options_.limits.pickle_imports) break;
    import.offset = place(import.offset);
    analysis_.imports.push_back(std::move(import));
  }
  for (Gap& gap : analysis.gaps) {
    gap.first = place(gap.first);
    gap.last = place(gap.last);
    AddGap(std::move(gap));
  }
  for (Pickle& pickle : analysis.pickles) {
    if (analysis_.pickles.size() >= options_.limits.pickles_per_stream) break;
    pickle.offset = place(pickle.offset);
    if (pickle.within.empty()) pickle.within = fmt::format("a constant at byte {}", base);
    listed_inside_ += pickle.lines.size() + pickle.opcodes.size();
    if (listed_inside_ > kListedInside) {
      pickle.lines.clear();
      pickle.opcodes.clear();
      pickle.cut = true;
    }
    for (Line& line : pickle.lines) line.offset = place(line.offset);
    for (Opcode& opcode : pickle.opcodes) opcode.offset = place(opcode.offset);
    analysis_.pickles.push_back(std::move(pickle));
  }
  return harmless;
}

}  // namespace

Analysis AnalyzeWithWindow(const ByteSource& source, const Options& options,
                           std::size_t window_bytes) {
  return FileWalk(source, options, window_bytes, 0).Run();
}

Analysis Analyze(const ByteSource& source, const Options& options) {
  return AnalyzeWithWindow(source, options, InstructionReader::kWindowBytes);
}

}  // namespace counterscan::pickle
