// Other readings: what readers see that take the same bytes in another way.
//
// A file is walked first as CPython reads it from memory, with a memo for each pickle. Where that
// walk met something that other readers take differently, the file is walked again as they do: with
// frames as a stream gives them (frame_readings.h), with one memo for all the pickles, without
// joblib's arrays, with those that stand in a frame read from behind it, or with Python 2's idea of
// a memo slot. What those walks find
// beyond the first is added to its answer, and so are the names that a mere disassembler sees in a
// file that is broken or odd (disassembly.h).
#pragma once

#include <cstdint>
#include <functional>

#include "pickle/machine/machine.h"
#include "pickle/outcome.h"
#include "pickle/stream/frame_readings.h"

namespace counterscan::pickle {

// How a walk reads. The default is how pickle.loads and joblib.load do.
struct Reading {
  FrameForks* forks = nullptr;  // of the source that is walked
  // Arrays in the middle of a frame stand behind it, and are taken out of this source, which is the
  // one that is walked.
  SplicedSource* arrays_behind_frames = nullptr;
  bool one_memo = false;  // an Unpickler loads all pickles one after another
  bool alone = false;     // each has an Unpickler of its own, which fails without its memo
  bool listed = false;    // this is the reading that is shown
  bool joblib_arrays = true;
  MemoLines memo_lines = MemoLines::kNumbers;
};

// What a walk met that other readers take differently.
struct Disagreements {
  bool frames = false;
  bool memos = false;
  bool arrays = false;         // whose bytes are opcodes for a plain unpickler
  bool framed_arrays = false;  // in the middle of a frame
  bool memo_lines = false;     // that are other slots, or none at all, for Python 2

  bool any() const { return frames || memos || arrays || framed_arrays || memo_lines; }
};

struct WalkedFile {
  Analysis analysis;
  Disagreements disagreements;
  std::uint64_t instructions = 0;
};

// What the walks of a file, and of the pickles inside of it, may cost together.
struct ReadingBudget {
  int readings = 64;               // other readings
  std::uint64_t instructions = 0;  // of those
  std::size_t constant_bytes = 0;  // that are looked into
};

// Walks a source in another way, with at most so many instructions.
using WalkAgain = std::function<WalkedFile(const ByteSource& source, const Reading& reading,
                                           std::uint64_t instructions)>;

// True when other readings may see more than the first walk of `source` did.
bool HasOtherReadings(const ByteSource& source, const WalkedFile& first);

// Adds to the first walk of `source` what the other readings see.
void AddOtherReadings(const ByteSource& source, const Limits& limits, const WalkAgain& walk,
                      ReadingBudget& budget, WalkedFile& first);

}  // namespace counterscan::pickle
