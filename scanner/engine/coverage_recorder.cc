#include "scanner/engine/coverage_recorder.h"

#include <algorithm>
#include <utility>

namespace counterscan {
namespace {

// Archives of 100,000 members are drawn as far as anybody reads.
constexpr std::size_t kParts = 2'000;
constexpr std::size_t kRanges = 50'000;

}  // namespace

std::size_t CoverageRecorder::New(const std::string& where, std::uint64_t size) {
  std::size_t index = kNone;
  if (parts_.size() < kParts && ranges_ < kRanges) {
    index = parts_.size();
    parts_.push_back({.where = where, .type = {}, .size = size});
  } else {
    ++left_out_;
  }
  // Beyond the limit only what could be mistaken for another part is remembered.
  if (index != kNone || last_at_.contains(where)) last_at_[where] = index;
  return index;
}

CoverageRecorder::Part* CoverageRecorder::Find(const std::string& where) {
  for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
    if (*open != kNone && parts_[*open].where == where) return &parts_[*open];
  }
  const auto known = last_at_.find(where);
  if (known == last_at_.end() || known->second == kNone) return nullptr;
  return &parts_[known->second];
}

void CoverageRecorder::Enter(const std::string& where, std::uint64_t size) {
  open_.push_back(New(where, size));
}

void CoverageRecorder::Leave(std::string_view type, Handling handling) {
  const std::size_t index = open_.back();
  open_.pop_back();
  if (index == kNone) return;
  Part& part = parts_[index];
  part.type = std::string(type);
  part.ranges.Fill(0, part.size, handling, type);
  ranges_ += part.ranges.count();
}

void CoverageRecorder::Note(const std::string& where, std::uint64_t first, std::uint64_t last,
                            Handling handling, std::string_view by) {
  Part* part = Find(where);
  if (part != nullptr) part->ranges.Fill(first, std::min(last, part->size), handling, by);
}

void CoverageRecorder::Add(const Gap& gap) {
  // Of the signatures the list of gaps tells: they are held against the bytes in another process.
  if (gap.engine == EngineId::kClamav) return;
  Part* part = Find(gap.where);
  if (part == nullptr) {
    // A member that could not be opened.
    const std::size_t index = New(gap.where, gap.last);
    if (index == kNone) return;
    part = &parts_[index];
  }
  part->ranges.Cover(gap.first, std::min(gap.last, part->size), Handling::kGap, Name(gap.reason));
}

CoverageMap CoverageRecorder::Take() {
  CoverageMap map;
  for (Part& part : parts_) {
    map.parts.push_back({.where = std::move(part.where),
                         .type = std::move(part.type),
                         .size = part.size,
                         .ranges = part.ranges.Take(part.size)});
  }
  map.parts_left_out = left_out_;
  return map;
}

}  // namespace counterscan
