// The machine's half that is about frames: where they end, and what a reader that took one in whole
// forgets of it there.
#include "pickle/machine/machine.h"

namespace counterscan::pickle {

bool Machine::LeaveFrame(const Instruction& at) {
  const std::uint64_t end = frame_end_;
  frame_end_ = kNoFrame;
  // No pickler writes an instruction across the end of its frame. Readers part ways there: one
  // that reads from memory goes on, one that reads from a stream forgets the rest of the frame.
  if (at.offset >= end) return false;
  const auto overrun = FindOverrun(reader_, at.offset, end);
  if (forks_ == nullptr) {
    if (overrun || at.end > end) {
      frames_forked_ = frames_forked_ || overrun;
      observer_.CrossedFrame(at);
    }
    return false;
  }
  if (!overrun || !forks_->Forgets(overrun->first, end, !overrun->kept_by_newer)) return false;
  reader_.Reload(at.offset);
  return true;
}

void Machine::EnterFrame(const Instruction& at) {
  const auto length = static_cast<std::uint64_t>(at.number);
  const std::uint64_t new_end = length >= kNoFrame - at.end ? kNoFrame - 1 : at.end + length;
  if (forks_ == nullptr) {
    if (frame_end_ != kNoFrame) {
      frames_forked_ = true;
      observer_.NestedFrame(at);
    }
    frame_end_ = new_end;
    return;
  }
  // A frame inside what was taken in already changes nothing; another one takes its place.
  if (length == 0 || (frame_end_ != kNoFrame && new_end <= frame_end_)) return;
  if (frame_end_ != kNoFrame && at.end < frame_end_ && forks_->Forgets(at.end, frame_end_, true)) {
    reader_.Reload(at.end);
  }
  frame_end_ = new_end;
}

void Machine::StopInFrame(const Instruction& at) {
  // A reader that took in the whole frame drops the rest of it, another keeps it.
  if (forks_ == nullptr) {
    frames_forked_ = true;
    observer_.CrossedFrame(at);
  } else if (forks_->Forgets(at.end, frame_end_, true)) {
    reader_.Reload(at.end);
  } else {
    frame_goes_on_ = true;
  }
}

}  // namespace counterscan::pickle
