#include "pickle/walk/inner_pickles.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "pickle/content/constant_content.h"
#include "pickle/content/constant_functions.h"
#include "pickle/content/marshalled_code.h"
#include "pickle/walk/torch_legacy.h"
#include "scanner/base/byte_reader.h"

namespace counterscan::pickle {
namespace {

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
// header to its last byte, or it names something unsafe, or it goes on where we stopped. Bytes that
// only look like a pickle break off, and name nothing, or nonsense.
bool IsWorthTelling(const Analysis& analysis, std::uint64_t size) {
  if (analysis.cut_short()) return true;
  if (!analysis.pickles.empty() && analysis.gaps.empty() && analysis.end == size &&
      std::all_of(analysis.pickles.begin(), analysis.pickles.end(),
                  [](const Pickle& pickle) { return pickle.protocol >= 2; })) {
    return !analysis.findings.empty();
  }
  return std::any_of(analysis.imports.begin(), analysis.imports.end(), [](const Import& import) {
    return import.level == Level::kUnsafe && import.module && import.name;
  });
}

}  // namespace

Limits LimitsInside(Limits limits) {
  constexpr std::size_t kShare = 8;
  limits.pickle_stack_items /= kShare;
  limits.pickle_memo_entries /= kShare;
  limits.pickle_sparse_memo_entries /= kShare;
  return limits;
}

Guess GuessAt(const ByteSource& source, std::uint64_t offset) {
  std::array<std::byte, 4096> head;
  const auto got = source.ReadAt(offset, head);
  return got ? GuessPickle(std::span(head).first(*got), source.size() - offset) : Guess::kNotYet;
}

void InnerPickles::AddGap(Gap gap) {
  if (outside_.analysis.gaps.size() < outside_.options.limits.gaps_per_file) {
    outside_.analysis.gaps.push_back(std::move(gap));
  } else if (!outside_.analysis.gaps.empty()) {
    // The last gap stands for all that there is no room for.
    outside_.analysis.gaps.back().last = std::max(outside_.analysis.gaps.back().last, gap.last);
  }
}

bool InnerPickles::Constant(Value bytes) {
  const auto seen = constants_.find(bytes.offset());
  if (seen != constants_.end()) return seen->second;
  if (!analyze_ || constants_.size() >= outside_.options.limits.pickles_per_stream) {
    return false;
  }
  std::optional<InnerAnalysis> inner;
  const auto looked_at = looked_at_.find(bytes.offset());
  if (looked_at != looked_at_.end()) {
    inner = std::move(looked_at->second);
    looked_at_.erase(looked_at);
  } else if (bytes.is(Kind::kLatin1)) {
    const ArgumentText text = outside_.reader.StringAt(bytes.offset(), kDecodedBytes);
    if (const auto decoded = EncodeLatin1(text.text)) {
      const MemorySource source(AsBytes(*decoded));
      inner = Inside(source, bytes.offset(), 0, true);
    }
  } else {
    InstructionReader again(outside_.source, bytes.offset(), InstructionReader::kSmallestWindow);
    Instruction push;
    if (again.Next(push) == InstructionReader::Status::kOk) {
      const SliceSource source(outside_.source, push.text.offset, push.text.size);
      inner = Inside(source, push.text.offset, 1, true);
    }
  }
  const bool harmless = inner && inner->harmless;
  if (inner) Merge(std::move(inner->analysis));
  constants_.emplace(bytes.offset(), harmless);
  return harmless;
}

void InnerPickles::Computed(std::string bytes, std::uint64_t offset) {
  if (analyze_) Peel(std::move(bytes), offset, false);
}

void InnerPickles::Alone(const Instruction& at, bool is_text) {
  if (!analyze_ || constants_.contains(at.offset)) return;
  if (!is_text) {
    std::array<char, kContentHead> head;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), at.text.size));
    const std::size_t got = outside_.reader.Copy(at.text.offset, head.data(), size);
    if (ContentOf(std::string_view(head.data(), got)) == Content::kPickle) {
      const SliceSource source(outside_.source, at.text.offset, at.text.size);
      auto inner = Inside(source, at.text.offset, 1, false);
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
  if (at.text.size > outside_.budget.constant_bytes) return;
  outside_.budget.constant_bytes -= static_cast<std::size_t>(at.text.size);
  std::string bytes = outside_.reader.StringAt(at.offset, kDecodedBytes).text;
  if (is_text && ContentOf(std::string_view(bytes).substr(0, kContentHead)) == Content::kData) {
    auto encoded = EncodeLatin1(bytes);
    if (!encoded) return;
    bytes = std::move(*encoded);
  }
  Peel(std::move(bytes), at.offset, true);
}

std::optional<std::string> InnerPickles::Unpacked(Compression compression, std::string_view packed,
                                                  std::uint64_t offset, bool alone) {
  std::optional<std::string> bytes;
  if (outside_.options.decompressor != nullptr) {
    // Data that is compressed is common; a look tells whether more is to be had.
    bytes = outside_.options.decompressor->Decompress(compression, packed, kPeekBytes);
    if (bytes && alone &&
        ContentOf(std::string_view(*bytes).substr(0, kContentHead)) == Content::kData) {
      return std::nullopt;
    }
    if (bytes && bytes->size() == kPeekBytes) {
      const std::size_t limit = std::min(kDecodedBytes, outside_.budget.constant_bytes);
      bytes = outside_.options.decompressor->Decompress(compression, packed, limit);
      if (bytes)
        outside_.budget.constant_bytes -= std::min(outside_.budget.constant_bytes, bytes->size());
    }
  }
  if (!bytes && !alone) {
    AddGap({GapKind::kUnparsed, offset, offset + 1, "a compressed constant was not followed"});
  }
  return bytes;
}

void InnerPickles::Peel(std::string bytes, std::uint64_t offset, bool alone) {
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
          outside_.findings.Add("PKL-110", offset, Described(*code));
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
  auto inside = Inside(source, offset, 0, !alone);
  if (inside && (!alone || IsWorthTelling(inside->analysis, bytes.size()))) {
    Merge(std::move(inside->analysis));
  }
}

std::optional<InnerPickles::InnerAnalysis> InnerPickles::Inside(const ByteSource& source,
                                                                std::uint64_t base,
                                                                std::uint64_t stride, bool loaded) {
  // What a loader is given is a pickle, whatever it looks like.
  if (source.size() == 0 || (!loaded && GuessAt(source, 0) == Guess::kNo)) return std::nullopt;
  Options options = outside_.options;
  options.limits = LimitsInside(options.limits);
  InnerAnalysis inner{analyze_(source, options), false};
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
  for (std::vector<Pickle>* pickles : {&analysis.pickles, &analysis.other_readings}) {
    for (Pickle& pickle : *pickles) {
      pickle.offset = place(pickle.offset);
      if (pickle.within.empty()) pickle.within = fmt::format("a constant at +{:#x}", base);
      for (Line& line : pickle.lines) line.offset = place(line.offset);
      for (Opcode& opcode : pickle.opcodes) opcode.offset = place(opcode.offset);
    }
  }
  return inner;
}

void InnerPickles::Merge(Analysis analysis) {
  for (Finding& finding : analysis.findings) {
    finding.message.insert(0, "in a pickle inside this one: ");
    outside_.findings.Add(std::move(finding));
  }
  for (Import& import : analysis.imports) {
    if (outside_.analysis.imports.size() >= outside_.options.limits.pickle_imports) break;
    outside_.analysis.imports.push_back(std::move(import));
  }
  for (Gap& gap : analysis.gaps) AddGap(std::move(gap));
  for (Pickle& pickle : analysis.pickles) {
    if (outside_.analysis.pickles.size() >= outside_.options.limits.pickles_per_stream) break;
    listed_inside_ += pickle.lines.size() + pickle.opcodes.size();
    if (listed_inside_ > kListedInside) {
      pickle.lines.clear();
      pickle.opcodes.clear();
      pickle.cut = true;
    }
    outside_.analysis.pickles.push_back(std::move(pickle));
  }
  constexpr std::size_t kOtherReadings = 100;
  for (Pickle& pickle : analysis.other_readings) {
    if (outside_.analysis.other_readings.size() >= kOtherReadings) break;
    outside_.analysis.other_readings.push_back(std::move(pickle));
  }
}

}  // namespace counterscan::pickle
