#include "scanner/container/content.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "scanner/base/limits.h"

namespace counterscan::container {
namespace {

// More than the end record of a zip with the longest comment.
constexpr std::size_t kTailBytes = 128 * kKiB;

Error BudgetSpent(std::uint64_t offset) {
  return {ErrorCode::kLimit, "the file's budget for unpacked bytes is spent", offset};
}

}  // namespace

std::span<std::byte> KeptBytes::Room() {
  if (size_ == capacity_) {
    const std::size_t bytes =
        std::clamp<std::size_t>(static_cast<std::size_t>(capacity_), kFirstBlock, kBlock);
    if (!lease_.Resize(capacity_ + bytes)) return {};
    blocks_.push_back({.begin = capacity_,
                       .size = bytes,
                       .bytes = std::make_unique_for_overwrite<std::byte[]>(bytes)});
    capacity_ += bytes;
  }
  const Block& last = blocks_.back();
  const auto used = static_cast<std::size_t>(size_ - last.begin);
  return {last.bytes.get() + used, last.size - used};
}

const KeptBytes::Block* KeptBytes::BlockAt(std::uint64_t offset) const {
  const auto after =
      std::ranges::upper_bound(blocks_, offset, {}, [](const Block& block) { return block.begin; });
  return after == blocks_.begin() ? nullptr : &*std::prev(after);
}

std::size_t KeptBytes::ReadAt(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= size_) return 0;
  out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset)));
  std::size_t done = 0;
  for (const Block* block = BlockAt(offset); done < out.size(); ++block) {
    const auto at = static_cast<std::size_t>(offset + done - block->begin);
    const std::size_t bytes = std::min(out.size() - done, block->size - at);
    std::memcpy(out.data() + done, block->bytes.get() + at, bytes);
    done += bytes;
  }
  return done;
}

std::unique_ptr<Content> Content::Take(ByteStream& stream, StreamOpener open, UnpackBudget& budget,
                                       MemoryBudget& memory) {
  std::unique_ptr<Content> content(new Content(memory));
  while (true) {
    const std::span<std::byte> room = content->kept_.Room();
    if (room.empty()) break;
    const auto got = stream.Read(room);
    if (!got) content->error_ = got.error();
    if (!got || *got == 0) {
      content->size_ = content->kept_.size();
      return content;
    }
    if (!budget.Take(*got)) {
      content->error_ = BudgetSpent(content->kept_.size());
      content->size_ = content->kept_.size();
      return content;
    }
    content->kept_.Filled(*got);
  }
  content->size_ = content->kept_.size();
  content->Measure(stream, budget);
  if (!content->kept()) {
    content->rest_ = std::make_unique<StreamSource>(std::move(open), content->size_, budget);
  }
  return content;
}

void Content::Measure(ByteStream& stream, UnpackBudget& budget) {
  // Two tails' worth, so that the last one is always there in one piece.
  std::vector<std::byte> buffer(2 * kTailBytes);
  std::size_t used = 0;
  while (true) {
    if (used == buffer.size()) {
      std::memmove(buffer.data(), buffer.data() + kTailBytes, kTailBytes);
      used = kTailBytes;
    }
    const auto got = stream.Read(std::span(buffer).subspan(used));
    if (!got) error_ = got.error();
    if (!got || *got == 0) break;
    if (!budget.Take(*got)) {
      error_ = BudgetSpent(size_);
      break;
    }
    used += *got;
    size_ += *got;
  }
  const std::size_t tail = std::min(used, kTailBytes);
  const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(used);
  tail_.assign(end - static_cast<std::ptrdiff_t>(tail), end);
}

Result<std::size_t> Content::ReadAt(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset < kept_.size()) {
    const std::size_t kept = kept_.ReadAt(offset, out);
    if (kept == out.size() || offset + kept == size_) return kept;
    return kept + TRY(ReadAt(offset + kept, out.subspan(kept)));
  }
  if (offset >= size_) return std::size_t{0};
  const std::uint64_t tail_begin = size_ - tail_.size();
  if (offset >= tail_begin) {
    return MemorySource(tail_).ReadAt(offset - tail_begin, out);
  }
  return rest_->ReadAt(offset, out);
}

}  // namespace counterscan::container
