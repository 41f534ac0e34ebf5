#include "pickle/stream/frame_readings.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "pickle/stream/instruction_reader.h"

namespace counterscan::pickle {

bool SplicedSource::Cut(std::uint64_t first, std::uint64_t last) {
  if (last <= first || last > size_ || seams_.size() >= kCuts) return false;
  const std::uint64_t before = seams_.empty() ? 0 : seams_.back().left_out;
  const std::uint64_t left_out = before + (last - first);
  if (!seams_.empty() && seams_.back().offset >= first) {
    if (seams_.back().offset > first) return false;
    seams_.back().left_out = left_out;
  } else {
    seams_.push_back({first, left_out});
  }
  size_ -= last - first;
  return true;
}

std::uint64_t SplicedSource::InWhole(std::uint64_t offset) const {
  const auto after =
      std::upper_bound(seams_.begin(), seams_.end(), offset,
                       [](std::uint64_t at, const Seam& seam) { return at < seam.offset; });
  return after == seams_.begin() ? offset : offset + std::prev(after)->left_out;
}

Result<std::size_t> SplicedSource::ReadAt(std::uint64_t offset, std::span<std::byte> out) const {
  std::size_t copied = 0;
  while (copied < out.size() && offset + copied < size_) {
    const std::uint64_t at = offset + copied;
    const auto next =
        std::upper_bound(seams_.begin(), seams_.end(), at,
                         [](std::uint64_t place, const Seam& seam) { return place < seam.offset; });
    const std::uint64_t until = next == seams_.end() ? size_ : next->offset;
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(until - at, out.size() - copied));
    const auto got = TRY(whole_.ReadAt(InWhole(at), out.subspan(copied, wanted)));
    if (got == 0) break;
    copied += got;
  }
  return copied;
}

std::optional<Overrun> FindOverrun(const InstructionReader& reader, std::uint64_t instruction,
                                   std::uint64_t frame_end) {
  std::array<char, 9> head{};
  const std::size_t got = reader.Copy(instruction, head.data(), head.size());
  if (got == 0 || instruction >= frame_end) return std::nullopt;
  const OpcodeLayout layout = kOpcodeLayouts[static_cast<unsigned char>(head[0])];
  const std::uint64_t argument = instruction + 1;
  const auto overruns = [&](std::uint64_t first, std::uint64_t size) {
    return first < frame_end && size > frame_end - first;
  };
  if (overruns(argument, layout.fixed)) return Overrun{argument, false};
  switch (layout.argument) {
    case Argument::kText1:
    case Argument::kText4:
    case Argument::kText8:
    case Argument::kLong1:
    case Argument::kLong4: {
      if (got <= layout.fixed) return std::nullopt;
      std::uint64_t length = 0;
      std::memcpy(&length, head.data() + 1, layout.fixed);
      const std::uint64_t text = argument + layout.fixed;
      if (!overruns(text, length)) return std::nullopt;
      switch (static_cast<Op>(head[0])) {
        case Op::kBinBytes:
        case Op::kShortBinBytes:
        case Op::kBinBytes8:
        case Op::kByteArray8:
          return Overrun{text, true};
        default:
          return Overrun{text, false};
      }
    }
    case Argument::kDecimalLine:
    case Argument::kFloatLine:
    case Argument::kQuotedLine:
    case Argument::kUnicodeLine:
    case Argument::kLine:
    case Argument::kTwoLines: {
      // Lines of the argument that end inside the frame fit.
      int lines = layout.argument == Argument::kTwoLines ? 2 : 1;
      std::uint64_t line = argument;
      std::array<char, 4096> piece;
      for (std::uint64_t at = argument; at < frame_end;) {
        const std::size_t size = reader.Copy(
            at, piece.data(),
            static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), frame_end - at)));
        if (size == 0) break;
        const void* newline = std::memchr(piece.data(), '\n', size);
        if (newline == nullptr) {
          at += size;
          continue;
        }
        at += static_cast<std::size_t>(static_cast<const char*>(newline) - piece.data()) + 1;
        line = at;
        if (--lines == 0) return std::nullopt;
      }
      return line < frame_end ? std::optional(Overrun{line, false}) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

bool FrameForks::Forgets(std::uint64_t first, std::uint64_t last, bool usually) {
  if (last > source_.size()) return false;
  const std::size_t fork = taken_.size();
  const bool unusual = fork < choices_.size() && choices_[fork];
  if (fork < kRemembered) taken_.push_back(unusual);
  return usually != unusual && source_.Cut(first, last);
}

std::optional<FrameForks::Choices> FrameWays::Next() {
  if (waiting_.empty()) return std::nullopt;
  FrameForks::Choices next = std::move(waiting_.front());
  waiting_.pop_front();
  return next;
}

void FrameWays::Taken(const FrameForks::Choices& taken, std::size_t fixed) {
  for (std::size_t fork = fixed; fork < taken.size() && waiting_.size() < kWaiting; ++fork) {
    FrameForks::Choices other(taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(fork));
    other.push_back(!taken[fork]);
    waiting_.push_back(std::move(other));
  }
}

}  // namespace counterscan::pickle
