// InnerPickles: pickles that lie in the constants of another, as bytes, as text, or packed.
//
// What a pickle inside says is added to the answer of the file: its offsets become those of the
// constant, or of the bytes themselves where they stand in the file as they are.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pickle/judge/findings.h"
#include "pickle/machine/value.h"
#include "pickle/outcome.h"
#include "pickle/readings/other_readings.h"
#include "pickle/sniff.h"
#include "pickle/stream/instruction_reader.h"
#include "scanner/base/byte_source.h"

namespace counterscan::pickle {

// Of a pickle inside another. Both are held at once, and the inner one is small in honest files.
Limits LimitsInside(Limits limits);

// Whether the bytes at `offset` look like the start of a pickle, as far as their beginning tells.
Guess GuessAt(const ByteSource& source, std::uint64_t offset);

class InnerPickles {
 public:
  // Analyses the bytes of a constant in all the ways that readers take them.
  using Analyze = std::function<Analysis(const ByteSource& source, const Options& options)>;

  // What the pickles outside are walked with. All of it must outlive this object.
  struct Outside {
    const ByteSource& source;
    const InstructionReader& reader;
    const Options& options;
    ReadingBudget& budget;
    FindingList& findings;
    Analysis& analysis;  // imports, pickles and gaps are added to it
  };
  // Without `analyze` no constant is followed: it lies too deep.
  InnerPickles(Outside outside, Analyze analyze)
      : outside_(outside), analyze_(std::move(analyze)) {}

  // See Walk (pickle/judge/judge.h).
  bool Constant(Value bytes);
  void Computed(std::string bytes, std::uint64_t offset);
  void Alone(const Instruction& at, bool is_text);

  void AddGap(Gap gap);

 private:
  struct InnerAnalysis {
    Analysis analysis;
    bool harmless = false;  // followed to its end, and nothing found
  };
  // What a pickle inside says. Its first byte stands at `base` of the file, and all of its bytes
  // come from there when `stride` is 0.
  // `loaded`: a loader is given the bytes.
  std::optional<InnerAnalysis> Inside(const ByteSource& source, std::uint64_t base,
                                      std::uint64_t stride, bool loaded);
  void Merge(Analysis analysis);
  // Follows bytes through what they are packed in.
  void Peel(std::string bytes, std::uint64_t offset, bool alone);
  std::optional<std::string> Unpacked(Compression compression, std::string_view packed,
                                      std::uint64_t offset, bool alone);

  Outside outside_;
  Analyze analyze_;
  std::unordered_map<std::uint64_t, bool> constants_;  // by offset: whether they are harmless
  // By offset: constants that were looked at, and are worth telling of once something loads them.
  std::unordered_map<std::uint64_t, InnerAnalysis> looked_at_;
  std::size_t listed_inside_ = 0;
};

}  // namespace counterscan::pickle
