#include "pickle/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "pickle/analyze_internal.h"
#include "pickle/content/constant_content.h"
#include "pickle/content/constant_functions.h"
#include "pickle/content/marshalled_code.h"
#include "pickle/judge/judge.h"
#include "pickle/judge/narrator.h"
#include "pickle/readings/other_readings.h"
#include "pickle/readings/pickle_search.h"
#include "pickle/readings/plain_reading.h"
#include "scanner/base/byte_reader.h"

namespace counterscan::pickle {
namespace {

// Pickles inside constants inside pickles.
constexpr int kConstantDepth = 4;
// After an error, the next pickle is tried at so many places of one file.
constexpr int kResyncTries = 10'000;
// Instructions that are carried out to see whether bytes which need not be a pickle name something.
// Array bytes break off after a handful.
constexpr std::uint64_t kProbeInstructions = 20'000'000;
// Pickles of a legacy torch file that stand before its raw storages.
constexpr std::size_t kTorchLegacyPickles = 5;

// Lines and opcodes that are listed of all pickles inside constants together.
constexpr std::size_t kListedInside = 50'000;

// Text that is decoded to follow a pickle in it.
constexpr std::size_t kDecodedBytes = 16 * kMiB;
// Constants that were looked at without anything loading them, of which the answer is kept.
constexpr std::size_t kLookedAt = 1'000;
// base64 of zlib of a pickle, and once more.
constexpr int kLayers = 4;
// Bytes that are unpacked to see whether there is anything to follow.
constexpr std::size_t kPeekBytes = 4096;

// True when a constant that nothing is known to load is worth telling of: it is a pickle from its
// header to its last byte, or it names something unsafe. Bytes that only look like a pickle break
// off, and name nothing, or nonsense.
bool IsWorthTelling(const Analysis& analysis, std::uint64_t size) {
  if (!analysis.pickles.empty() && analysis.gaps.empty() && analysis.end == size &&
      std::all_of(analysis.pickles.begin(), analysis.pickles.end(),
                  [](const Pickle& pickle) { return pickle.protocol >= 2; })) {
    return !analysis.findings.empty();
  }
  return std::any_of(analysis.imports.begin(), analysis.imports.end(), [](const Import& import) {
    return import.level == Level::kUnsafe && import.module && import.name;
  });
}

// Of a pickle inside another. Both are held at once, and the inner one is small in honest files.
Limits LimitsInside(Limits limits) {
  constexpr std::size_t kShare = 8;
  limits.pickle_stack_items /= kShare;
  limits.pickle_memo_entries /= kShare;
  limits.pickle_sparse_memo_entries /= kShare;
  return limits;
}

bool MayStartPickle(const ByteSource& source, std::uint64_t offset) {
  std::array<std::byte, 4096> head;
  const auto got = source.ReadAt(offset, head);
  return got && LooksLikePickle(std::span(head).first(*got), source.size() - offset);
}

Analysis AnalyzeAllWays(const ByteSource& source, const Options& options, std::size_t window_bytes,
                        int depth, ReadingBudget& budget);

class FileWalk final : public Walk {
 public:
  FileWalk(const ByteSource& source, const Options& options, std::size_t window_bytes, int depth,
           const Reading& reading, ReadingBudget& budget)
      : source_(source),
        options_(options),
        window_bytes_(window_bytes),
        depth_(depth),
        reading_(reading),
        budget_(budget),
        judge_(options, *this),
        narrator_(options, judge_),
        reader_(source, 0, window_bytes),
        machine_(reader_, observer(), options.limits),
        search_(source) {
    machine_.set_trace(options.explain_opcodes);
    machine_.set_forks(reading.forks);
    machine_.set_one_memo(reading.one_memo);
  }

  WalkedFile Run();

  std::optional<std::uint64_t> Nested(std::uint64_t offset) override;
  bool Constant(Value bytes) override;
  void Computed(std::string bytes, std::uint64_t offset) override;
  void Alone(const Instruction& at, bool is_text) override;
  std::string PlainReading(std::uint64_t offset) override {
    std::string name = Probe(offset, Machine::Mode::kProbe).name;
    disagreements_.arrays = disagreements_.arrays || !name.empty();
    return name;
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
  // Follows the pickles that stand, behind other bytes, from `offset` on.
  void SearchRest(std::uint64_t offset);
  // True for a file that begins as torch.save wrote it before zip files: raw storages follow.
  bool IsTorchLegacy() const;
  // What a pickle inside this one says. Its first byte stands at `base` of this one, and all of
  // its bytes come from there when `stride` is 0.
  struct InnerAnalysis {
    Analysis analysis;
    bool harmless = false;  // followed to its end, and nothing found
  };
  std::optional<InnerAnalysis> Inside(const ByteSource& source, std::uint64_t base,
                                      std::uint64_t stride);
  void Merge(Analysis analysis);
  // Follows bytes through what they are packed in.
  void Peel(std::string bytes, std::uint64_t offset, bool alone);
  std::optional<std::string> Unpacked(Compression compression, std::string_view packed,
                                      std::uint64_t offset, bool alone);
  // What a plain reader would import at `offset`, as long as the budget of such trials lasts.
  NameReadPlainly Probe(std::uint64_t offset, Machine::Mode mode);

  const ByteSource& source_;
  const Options& options_;
  std::size_t window_bytes_;
  int depth_;
  Reading reading_;
  ReadingBudget& budget_;
  Analysis analysis_;
  Disagreements disagreements_;
  std::deque<HeardPickle> pickles_;
  Judge judge_;
  Narrator narrator_;
  std::uint64_t probes_left_ = kProbeInstructions;
  std::uint64_t named_ahead_ = 0;  // up to here a name is known to be coming
  InstructionReader reader_;
  Machine machine_;
  std::unordered_map<std::uint64_t, bool> constants_;  // by offset: whether they are harmless
  // By offset: constants that were looked at, and are worth telling of once something loads them.
  std::unordered_map<std::uint64_t, InnerAnalysis> looked_at_;
  PickleSearch search_;
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

NameReadPlainly FileWalk::Probe(std::uint64_t offset, Machine::Mode mode) {
  if (probes_left_ == 0) return {};
  NameReadPlainly read = ReadPlainly(source_, offset, options_.limits, mode, probes_left_);
  probes_left_ -= std::min(probes_left_, read.instructions);
  if (probes_left_ == 0) {
    AddGap({GapKind::kLimit, offset, source_.size(), "too many bytes that may be instructions"});
  }
  return read;
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
        !MayStartPickle(source_, offset)) {
      const NameReadPlainly ahead = Probe(offset, Machine::Mode::kBehind);
      if (ahead.name.empty()) {
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
    if (!first && !acted) {
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
  return {std::move(analysis_), disagreements_, machine_.total_instructions()};
}

bool FileWalk::IsTorchLegacy() const {
  // torch/serialization.py: MAGIC_NUMBER, pickled by protocol 2.
  constexpr std::string_view kMagic = "\x80\x02\x8a\nl\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  std::array<char, kMagic.size()> head;
  return reader_.Copy(0, head.data(), head.size()) == head.size() &&
         std::string_view(head.data(), head.size()) == kMagic;
}

void FileWalk::SearchRest(std::uint64_t offset) {
  if (pickles_.size() >= kTorchLegacyPickles && IsTorchLegacy()) return;
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
  if (reading_.forks != nullptr) reader_.Reload(offset);  // bytes may have been left out
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
  std::optional<InnerAnalysis> inner;
  const auto looked_at = looked_at_.find(bytes.offset());
  if (looked_at != looked_at_.end()) {
    inner = std::move(looked_at->second);
    looked_at_.erase(looked_at);
  } else if (bytes.is(Kind::kLatin1)) {
    const ArgumentText text = reader_.StringAt(bytes.offset(), kDecodedBytes);
    if (const auto decoded = EncodeLatin1(text.text)) {
      const MemorySource source(AsBytes(*decoded));
      inner = Inside(source, bytes.offset(), 0);
    }
  } else {
    InstructionReader again(source_, bytes.offset(), InstructionReader::kSmallestWindow);
    Instruction push;
    if (again.Next(push) == InstructionReader::Status::kOk) {
      const SliceSource source(source_, push.text.offset, push.text.size);
      inner = Inside(source, push.text.offset, 1);
    }
  }
  const bool harmless = inner && inner->harmless;
  if (inner) Merge(std::move(inner->analysis));
  constants_.emplace(bytes.offset(), harmless);
  return harmless;
}

void FileWalk::Computed(std::string bytes, std::uint64_t offset) {
  if (depth_ < kConstantDepth) Peel(std::move(bytes), offset, false);
}

void FileWalk::Alone(const Instruction& at, bool is_text) {
  if (depth_ >= kConstantDepth || constants_.contains(at.offset)) return;
  if (!is_text) {
    std::array<char, kContentHead> head;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), at.text.size));
    const std::size_t got = reader_.Copy(at.text.offset, head.data(), size);
    if (ContentOf(std::string_view(head.data(), got)) == Content::kPickle) {
      const SliceSource source(source_, at.text.offset, at.text.size);
      auto inner = Inside(source, at.text.offset, 1);
      if (!inner) return;
      if (IsWorthTelling(inner->analysis, at.text.size)) {
        Merge(std::move(inner->analysis));
        constants_.emplace(at.offset, false);
      } else if (looked_at_.size() < kLookedAt) {
        looked_at_.emplace(at.offset, std::move(*inner));
      }
      return;
    }
  }
  if (at.text.size > budget_.constant_bytes) return;
  budget_.constant_bytes -= static_cast<std::size_t>(at.text.size);
  std::string bytes = reader_.StringAt(at.offset, kDecodedBytes).text;
  if (is_text && ContentOf(std::string_view(bytes).substr(0, kContentHead)) == Content::kData) {
    auto encoded = EncodeLatin1(bytes);
    if (!encoded) return;
    bytes = std::move(*encoded);
  }
  Peel(std::move(bytes), at.offset, true);
}

std::optional<std::string> FileWalk::Unpacked(Compression compression, std::string_view packed,
                                              std::uint64_t offset, bool alone) {
  std::optional<std::string> bytes;
  if (options_.decompressor != nullptr) {
    // Data that is compressed is common; a look tells whether more is to be had.
    bytes = options_.decompressor->Decompress(compression, packed, kPeekBytes);
    if (bytes && alone &&
        ContentOf(std::string_view(*bytes).substr(0, kContentHead)) == Content::kData) {
      return std::nullopt;
    }
    if (bytes && bytes->size() == kPeekBytes) {
      const std::size_t limit = std::min(kDecodedBytes, budget_.constant_bytes);
      bytes = options_.decompressor->Decompress(compression, packed, limit);
      if (bytes) budget_.constant_bytes -= std::min(budget_.constant_bytes, bytes->size());
    }
  }
  if (!bytes && !alone) {
    AddGap({GapKind::kUnparsed, offset, offset + 1, "a compressed constant was not followed"});
  }
  return bytes;
}

void FileWalk::Peel(std::string bytes, std::uint64_t offset, bool alone) {
  for (int layer = 0; layer < kLayers; ++layer) {
    const std::string_view head = std::string_view(bytes).substr(0, kContentHead);
    std::optional<std::string> inner;
    switch (ContentOf(head)) {
      case Content::kZlib:
        inner = Unpacked(Compression::kZlib, bytes, offset, alone);
        break;
      case Content::kGzip:
        inner = Unpacked(Compression::kGzip, bytes, offset, alone);
        break;
      case Content::kBzip2:
        inner = Unpacked(Compression::kBzip2, bytes, offset, alone);
        break;
      case Content::kXz:
        inner = Unpacked(Compression::kXz, bytes, offset, alone);
        break;
      case Content::kBase64:
        inner = DecodeBase64(bytes);
        break;
      case Content::kHex:
        inner = DecodeHex(bytes);
        break;
      case Content::kCode:
        if (const auto code = ReadMarshalledCode(bytes)) {
          judge_.findings().Add("PKL-110", offset, Described(*code));
          return;
        }
        break;
      case Content::kPickle:
      case Content::kData:
        break;
    }
    if (!inner) break;
    bytes = std::move(*inner);
  }
  const MemorySource source(AsBytes(bytes));
  auto inside = Inside(source, offset, 0);
  if (inside && (!alone || IsWorthTelling(inside->analysis, bytes.size()))) {
    Merge(std::move(inside->analysis));
  }
}

std::optional<FileWalk::InnerAnalysis> FileWalk::Inside(const ByteSource& source,
                                                        std::uint64_t base, std::uint64_t stride) {
  if (source.size() == 0 || !MayStartPickle(source, 0)) return std::nullopt;
  Options options = options_;
  options.limits = LimitsInside(options.limits);
  InnerAnalysis inner{AnalyzeAllWays(source, options, window_bytes_, depth_ + 1, budget_), false};
  Analysis& analysis = inner.analysis;
  const bool followed =
      analysis.end == source.size() || analysis.pickles.size() >= kTorchLegacyPickles;
  inner.harmless = followed && analysis.gaps.empty() &&
                   std::all_of(analysis.findings.begin(), analysis.findings.end(),
                               [](const Finding& finding) { return !finding.suppressed.empty(); });
  const auto place = [&](std::uint64_t offset) { return base + offset * stride; };
  for (Finding& finding : analysis.findings) finding.offset = place(finding.offset);
  for (Import& import : analysis.imports) import.offset = place(import.offset);
  for (Gap& gap : analysis.gaps) {
    gap.first = place(gap.first);
    gap.last = place(gap.last);
  }
  for (Pickle& pickle : analysis.pickles) {
    pickle.offset = place(pickle.offset);
    if (pickle.within.empty()) pickle.within = fmt::format("a constant at byte {}", base);
    for (Line& line : pickle.lines) line.offset = place(line.offset);
    for (Opcode& opcode : pickle.opcodes) opcode.offset = place(opcode.offset);
  }
  return inner;
}

void FileWalk::Merge(Analysis analysis) {
  for (Finding& finding : analysis.findings) {
    finding.message.insert(0, "in a pickle inside this one: ");
    judge_.findings().Add(std::move(finding));
  }
  for (Import& import : analysis.imports) {
    if (analysis_.imports.size() >= options_.limits.pickle_imports) break;
    analysis_.imports.push_back(std::move(import));
  }
  for (Gap& gap : analysis.gaps) AddGap(std::move(gap));
  for (Pickle& pickle : analysis.pickles) {
    if (analysis_.pickles.size() >= options_.limits.pickles_per_stream) break;
    listed_inside_ += pickle.lines.size() + pickle.opcodes.size();
    if (listed_inside_ > kListedInside) {
      pickle.lines.clear();
      pickle.opcodes.clear();
      pickle.cut = true;
    }
    analysis_.pickles.push_back(std::move(pickle));
  }
}

Analysis AnalyzeAllWays(const ByteSource& source, const Options& options, std::size_t window_bytes,
                        int depth, ReadingBudget& budget) {
  WalkedFile walked = FileWalk(source, options, window_bytes, depth, {}, budget).Run();
  if (!HasOtherReadings(source, walked)) return std::move(walked.analysis);
  const auto walk = [&](const ByteSource& bytes, const Reading& reading,
                        std::uint64_t instructions) {
    Options again = options;
    again.explain = again.explain_opcodes = false;  // the listing is of the first reading
    again.limits.pickle_opcodes = instructions;
    return FileWalk(bytes, again, window_bytes, depth, reading, budget).Run();
  };
  // The constants are looked into once more, but not for each reading.
  if (depth == 0) budget.constant_bytes = options.limits.pickle_constant_bytes;
  AddOtherReadings(source, options.limits, walk, budget, walked);
  return std::move(walked.analysis);
}

}  // namespace

Analysis AnalyzeWithWindow(const ByteSource& source, const Options& options,
                           std::size_t window_bytes) {
  ReadingBudget budget;
  budget.instructions = options.limits.pickle_opcodes;
  budget.constant_bytes = options.limits.pickle_constant_bytes;
  // A line of a gigabyte is not searched for its end as often as a short one.
  constexpr std::uint64_t kBytesOfAllReadings = 4 * kGiB;
  if (source.size() > 0) {
    budget.readings = static_cast<int>(std::clamp<std::uint64_t>(
        kBytesOfAllReadings / source.size(), 2, static_cast<std::uint64_t>(budget.readings)));
  }
  return AnalyzeAllWays(source, options, window_bytes, 0, budget);
}

Analysis Analyze(const ByteSource& source, const Options& options) {
  return AnalyzeWithWindow(source, options, InstructionReader::kWindowBytes);
}

}  // namespace counterscan::pickle
