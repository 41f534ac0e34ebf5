// Frame readings: what readers make of an instruction that does not end where its frame ends.
//
// CPython's C unpickler, reading from a stream, takes in a frame as a whole. A read that does not
// fit into what is left of it (_Unpickler_ReadImpl and _Unpickler_Readline, Modules/_pickle.c)
// forgets that rest and goes on with the bytes behind the frame; a FRAME or a STOP before the end
// can do the same. Reading from memory it goes on where it is, as does a file that shows enough
// bytes in advance. So every such place is a fork, and the bytes are as many programs as there are
// ways through the forks (cpython gh-154848).
//
// One way is the bytes with those left out that were forgotten: SplicedSource. FrameForks decides
// at each fork, by a list of choices made before, and remembers what it decided, so that the other
// ways can be taken in turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "scanner/base/byte_source.h"

namespace counterscan::pickle {

class InstructionReader;

// A source without some of its bytes. The whole must outlive it.
class SplicedSource final : public ByteSource {
 public:
  // Bytes may be left out in so many places.
  static constexpr std::size_t kCuts = 100'000;

  explicit SplicedSource(const ByteSource& whole) : whole_(whole), size_(whole.size()) {}

  // Leaves out the bytes [first, last) of this source as it is now, none of which may stand before
  // those left out earlier. False when there are too many cuts already, or no such bytes.
  bool Cut(std::uint64_t first, std::uint64_t last);

  // Where in the whole the byte at `offset` stands.
  std::uint64_t InWhole(std::uint64_t offset) const;

  std::uint64_t size() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override;

 private:
  struct Seam {
    std::uint64_t offset = 0;    // of the first byte behind the cut
    std::uint64_t left_out = 0;  // bytes left out up to there
  };

  const ByteSource& whole_;
  std::uint64_t size_;
  std::vector<Seam> seams_;  // by offset
};

// Where a read of the instruction at `instruction` begins that does not fit into its frame, which
// ends at `frame_end`; nullopt when each read fits or begins behind the frame.
struct Overrun {
  std::uint64_t first = 0;
  // The rest of the frame is not forgotten since Python 3.8: the bytes of BINBYTES and its like.
  bool kept_by_newer = false;
};
std::optional<Overrun> FindOverrun(const InstructionReader& reader, std::uint64_t instruction,
                                   std::uint64_t frame_end);

class FrameForks {
 public:
  // true: not what a current C unpickler does with a stream that cannot be looked into.
  using Choices = std::vector<bool>;
  // Forks that are remembered: at later ones the usual way is taken.
  static constexpr std::size_t kRemembered = 64;

  // `choices` for the first forks. The source must outlive it.
  FrameForks(SplicedSource& source, Choices choices)
      : source_(source), choices_(std::move(choices)) {}

  // At a fork: whether the bytes [first, last) of the source are forgotten; if so, they are left
  // out of it. `usually`: what a current C unpickler does.
  bool Forgets(std::uint64_t first, std::uint64_t last, bool usually);

  // What was chosen at the forks so far.
  const Choices& taken() const { return taken_; }

 private:
  SplicedSource& source_;
  Choices choices_;
  Choices taken_;
};

// The ways through the forks that are still to be taken, those with the fewest unusual choices
// first.
class FrameWays {
 public:
  std::optional<FrameForks::Choices> Next();
  // A way that began with the first `fixed` of these choices took them all: each later fork has
  // another side.
  void Taken(const FrameForks::Choices& taken, std::size_t fixed);

 private:
  static constexpr std::size_t kWaiting = 4096;

  std::deque<FrameForks::Choices> waiting_{{}};
};

}  // namespace counterscan::pickle
