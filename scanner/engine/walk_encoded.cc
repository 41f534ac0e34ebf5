// Walker's part for pickles in text, as base64 in quotes.

#include <array>
#include <memory>
#include <string>

#include "scanner/base/byte_reader.h"
#include "scanner/container/content.h"
#include "scanner/container/range_set.h"
#include "scanner/detect/file_type.h"
#include "scanner/engine/constant_inflater.h"
#include "scanner/engine/walker.h"
#include "scanner/format/encoded_pickle.h"

namespace counterscan {
namespace {

using container::Content;
using container::RangeSet;
using detect::FileType;
using format::EncodedPickle;
using format::EncodedStream;

using Kind = EncodedPickle::Kind;

bool BeginsAsPickle(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
}

// Whether a stream of gzip or zlib holds what begins like a pickle. Two bytes make a header of
// zlib, and tokens of every tokenizer have these.
bool HoldsPickle(std::string_view packed) {
  constexpr std::size_t kEnough = 16;
  const auto compression =
      packed.starts_with('\x1f') ? pickle::Compression::kGzip : pickle::Compression::kZlib;
  const auto inside = ConstantInflater().Decompress(compression, packed, kEnough);
  return inside && BeginsAsPickle(*inside);
}

}  // namespace

// Text that is a tar as well, by a header of nothing but text, is a container to us.
void Walker::TryTextOfTar(const Part& part, std::span<const std::byte> head, FileType type) {
  const std::string_view text = AsText(head);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool json = first == std::string_view::npos || text[first] == '{' || text[first] == '[';
  if ((type != FileType::kTar && type != FileType::kTorchTar) || !json) return;
  RangeSet text_bytes;
  std::string_view unjudged;
  WalkText(part, FileType::kText, text_bytes, unjudged);
  if (!unjudged.empty()) {
    LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, part.place, 0, part.source.size(),
             std::string(unjudged));
  }
}

void Walker::WalkEncodedPickles(const Part& part, const format::EncodedPickleSearch& search) {
  std::uint64_t end_of_known = 0;
  for (const std::uint64_t place : search.places()) {
    const auto found = format::EncodedPickleAt(part.source, place);
    if (!found) {
      LeaveGap(ReadFailure(part.place), EngineId::kScan, part.place, place, part.source.size(),
               found.error().message);
      return;
    }
    // A string may be found by its key and by its own first letters.
    if (!*found || (*found)->begin < end_of_known) continue;
    end_of_known = (*found)->begin + 1;
    if (members_left_ == 0) {
      LeaveGap(GapReason::kLimitMembers, EngineId::kFormat, part.place, place, part.source.size(),
               "more than " + std::to_string(options_.limits.members) + " pickles in text");
      return;
    }
    --members_left_;
    if (!WalkEncodedPickle(part, **found)) return;
  }
  if (search.cut()) {
    LeaveGap(GapReason::kLimitMembers, EngineId::kFormat, part.place, search.places().back(),
             part.source.size(), "more strings that begin like pickles in base64");
  }
}

bool Walker::WalkEncodedPickle(const Part& part, const EncodedPickle& encoded) {
  // Python's own alphabet where a loader is known; else that which reads more.
  const bool url_safe = encoded.kind != Kind::kSerialized;
  const auto open = [&]() -> Result<std::unique_ptr<ByteStream>> {
    return std::make_unique<EncodedStream>(part.source, encoded.begin, url_safe);
  };
  if (encoded.kind != Kind::kSerialized) {
    // Most of what begins so is a token of a tokenizer.
    std::array<std::byte, 512> bytes;
    EncodedStream stream(part.source, encoded.begin, url_safe);
    const auto got = stream.Read(bytes);
    if (!got) return true;
    const std::string_view head = AsText(std::span<const std::byte>(bytes).first(*got));
    if (encoded.kind == Kind::kPickle ? !BeginsAsPickle(head) : !HoldsPickle(head)) return true;
  }
  if (!DeeperAllowed(part)) return false;
  const Place place{
      JoinPlace(part.place.where,
                "(base64 at " + std::to_string(part.place.base + encoded.begin) + ")"),
      0};
  EncodedStream stream(part.source, encoded.begin, url_safe);
  const auto content = Content::Take(stream, open, budget_, kept_memory_);
  if (content->error()) {
    LeaveGap(UnpackFailure(*content->error()), EngineId::kFormat, place, content->size(),
             content->size(), content->error()->message);
  }
  MatchUnpacked(*content, place);
  if (encoded.kind == Kind::kPickle) {
    // No key says what it is for: only a pickle that runs is one.
    const pickle::Analysis analysis = RunPickle(*content);
    if (IsConvincing(analysis)) ReportPickles(analysis, place, ReadFailure(place), sink_);
    return !budget_.exhausted();
  }
  Walk(Part{.source = *content,
            .place = place,
            .depth = part.depth + 1,
            .role = Role::kMember,
            .costly = !content->kept(),
            .unpickled = encoded.kind == Kind::kSerialized});
  return !budget_.exhausted();
}

}  // namespace counterscan
