// Walker's part for compressed streams: what they unpack to, and what stands beside it.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pickle/sniff.h"
#include "scanner/base/byte_reader.h"
#include "scanner/container/compressed_stream.h"
#include "scanner/container/content.h"
#include "scanner/detect/identify.h"
#include "scanner/detect/stream_header.h"
#include "scanner/engine/walker.h"

namespace counterscan {
namespace {

using container::CompressedStream;
using container::Content;
using container::Range;
using container::RangeSet;
using container::StreamFamily;
using detect::FileType;

constexpr std::string_view kInflated = "(inflated)";
// Skippable frames may come by the thousand. Of more than this the rest is one gap.
constexpr std::size_t kMaxSkipped = 64;

StreamFamily FamilyOf(FileType type) {
  switch (type) {
    case FileType::kGzip:
      return StreamFamily::kGzip;
    case FileType::kBzip2:
      return StreamFamily::kBzip2;
    case FileType::kXz:
    case FileType::kLzma:
    case FileType::kLzip:
      return StreamFamily::kXz;
    case FileType::kLz4:
    case FileType::kZstd:
      return StreamFamily::kFrames;
    default:
      return StreamFamily::kZlib;
  }
}

// A few bytes that stand by chance where such a header would.
bool HasWeakHeader(FileType type) { return type == FileType::kZlib || type == FileType::kLzma; }

}  // namespace

bool Walker::WalkCompressed(const Part& part, FileType type, RangeSet& claimed) {
  if (!DeeperAllowed(part)) {
    claimed.Add(0, part.source.size());
    return true;
  }
  if (type == FileType::kJoblibZfile) {
    const auto head = ReadHead(part.source);
    const std::size_t begin = head ? detect::ZfileStream(*head) : 0;
    const SliceSource rest(part.source, begin, part.source.size() - begin);
    const Part stream{.source = rest,
                      .place = {part.place.where, part.place.base + begin},
                      .depth = part.depth,
                      .role = part.role};
    RangeSet inner;
    const bool walked = WalkCompressed(stream, FileType::kZlib, inner);
    claimed.Add(0, walked ? part.source.size() : 0);
    return walked;
  }
  const ByteSource& packed = part.source;
  const StreamFamily family = FamilyOf(type);
  CompressedStream::Options options{.check = true, .memory = &decoder_memory_};
  const auto open = [&]() -> Result<std::unique_ptr<ByteStream>> {
    return TRY(CompressedStream::Open(packed, family, options));
  };
  auto stream = CompressedStream::Open(packed, family, options);
  if (!stream) return false;
  auto content = Content::Take(**stream, open, budget_, kept_memory_);
  if (content->error() && content->error()->code == ErrorCode::kMalformed) {
    // Whether it is only a checksum that is wrong.
    const std::uint64_t checked_bytes = content->size();
    content.reset();
    options.check = false;
    stream = CompressedStream::Open(packed, family, options);
    if (!stream) return false;
    content = Content::Take(**stream, open, budget_, kept_memory_);
    if (!content->error() || content->size() > checked_bytes) {
      sink_.Find("ARC-115", EngineId::kArchive, part.place.where, part.place.base,
                 "the content does not have the stream's checksum");
    }
  }
  const std::optional<Error>& error = content->error();
  if (error && content->size() == 0 && HasWeakHeader(type)) return false;

  const std::uint64_t consumed = (*stream)->consumed();
  claimed.Add(0, consumed);
  if (error) {
    LeaveGap(UnpackFailure(*error), EngineId::kArchive, part.place, consumed, packed.size(),
             error->message);
    claimed.Add(0, packed.size());
  }
  WalkBesideStreams(part, **stream, claimed);
  stream->reset();  // its window is free for the streams inside

  const Place inflated{JoinPlace(part.place.where, kInflated), 0};
  MatchUnpacked(*content, inflated);
  Walk(Part{.source = *content,
            .place = inflated,
            .depth = part.depth + 1,
            .role = Role::kMember,
            .costly = !content->kept()});
  return true;
}

void Walker::CheckPackedNumbers(const Part& part, FileType type) {
  if (!DeeperAllowed(part)) return;
  const auto start = ReadHead(part.source);
  const std::size_t begin =
      type == FileType::kJoblibZfile && start ? detect::ZfileStream(*start) : 0;
  const SliceSource packed(part.source, begin, part.source.size() - begin);
  const auto open = [&]() -> Result<std::unique_ptr<ByteStream>> {
    return TRY(CompressedStream::Open(packed, FamilyOf(type),
                                      {.check = false, .memory = &decoder_memory_}));
  };
  const auto stream = open();
  if (!stream) return;
  const auto content = Content::Take(**stream, open, budget_, kept_memory_);
  if (content->size() == 0) return;
  const auto head = ReadHead(*content);
  if (!head) return;
  const FileType inside = detect::Identify(*head, content->size());
  if (!IsMoreThanNumbers(inside, *head)) {
    CheckNumbers(*content, *head, {JoinPlace(part.place.where, kInflated), 0});
    return;
  }
  sink_.Find("FMT-105", EngineId::kFormat, part.place.where, part.place.base,
             "the numbers of a tensor, and also " + std::string(detect::Name(type)) + " of " +
                 std::string(detect::Name(inside)));
  RangeSet ignored;
  WalkCompressed(part, type, ignored);
}

void Walker::WalkBesideStreams(const Part& part, const CompressedStream& stream,
                               RangeSet& claimed) {
  std::vector<Range> beside;
  for (const Range& range : stream.skipped()) {
    if (range.size() > 0) beside.push_back(range);
  }
  if (beside.size() > kMaxSkipped) {
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kArchive, part.place, beside[kMaxSkipped].first,
             beside.back().last,
             std::to_string(beside.size() - kMaxSkipped) + " more parts that decompressors skip");
    beside.resize(kMaxSkipped);
  }
  const Range tail{stream.consumed(), part.source.size()};
  if (!claimed.Covers(tail) && tail.size() > 0) {
    claimed.Add(tail);
    if (!IsZeros(part.source, tail)) {
      sink_.Find("ARC-114", EngineId::kArchive, part.place.where, part.place.base + tail.first,
                 std::to_string(tail.size()) + " bytes behind the end of the stream");
      beside.push_back(tail);
    }
  }
  for (const Range& range : beside) {
    const SliceSource bytes(part.source, range.first, range.size());
    Walk(Part{.source = bytes,
              .place = {part.place.where, part.place.base + range.first},
              .name = part.name,
              .depth = part.depth + 1,
              .role = Role::kHole});
  }
}

// A zlib header of the largest window and one that is all text at the same time is "x^", and what
// follows can be made of letters too (RFC 1951 3.2.7 leaves the choice of codes to the writer).
// joblib asks for nothing but the "x".
bool Walker::TryTextZlib(const Part& part, std::span<const std::byte> head, FileType type,
                         RangeSet& claimed) {
  if (detect::Row(type).carries != detect::Carries::kText || !AsText(head).starts_with("x^")) {
    return false;
  }
  const auto open = [&]() -> Result<std::unique_ptr<ByteStream>> {
    return TRY(CompressedStream::Open(part.source, StreamFamily::kZlib,
                                      {.check = false, .memory = &decoder_memory_}));
  };
  {
    // A few bytes of most texts unpack to something, and a pickle needs no more: what they are is
    // asked of all of it. What could not be unpacked for a reason of ours may be anything.
    const auto stream = open();
    if (!stream) return false;
    const auto content = Content::Take(**stream, open, budget_, kept_memory_);
    const auto& error = content->error();
    const bool went_wrong =
        error && (error->code == ErrorCode::kMalformed || error->code == ErrorCode::kTruncated);
    if (content->size() == 0 && went_wrong) return false;
    const auto first = ReadHead(*content);
    const FileType inside = first ? detect::Identify(*first, content->size()) : FileType::kUnknown;
    const bool text_or_noise =
        inside == FileType::kUnknown || detect::Row(inside).carries == detect::Carries::kText;
    const bool known = first && (!error || went_wrong);
    if (known && text_or_noise && !pickle::LooksLikePickle(*first, *content)) return false;
  }
  sink_.Find("FMT-105", EngineId::kFormat, part.place.where, part.place.base,
             std::string(detect::Name(type)) + ", and also a zlib stream");
  return WalkCompressed(part, FileType::kZlib, claimed);
}

}  // namespace counterscan
