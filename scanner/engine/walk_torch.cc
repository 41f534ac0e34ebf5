// Walker's half for the storages of torch archives.

#include <algorithm>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "scanner/detect/identify.h"
#include "scanner/engine/walker.h"
#include "scanner/engine/zip_context.h"

namespace counterscan {

using container::TorchStorages;
using container::ZipMember;
using detect::Carries;
using detect::FileType;

namespace {

// Streams whose header is so short that numbers have it by chance.
bool MayBeStream(FileType type) {
  return type == FileType::kGzip || type == FileType::kZlib || type == FileType::kJoblibZfile ||
         type == FileType::kLzma || type == FileType::kZstd;
}

}  // namespace

bool Walker::IsMoreThanNumbers(FileType type, std::span<const std::byte> bytes) {
  const std::string_view head = AsText(bytes);
  switch (type) {
    case FileType::kPickle:
    case FileType::kSafetensors:
    case FileType::kGzip:
    case FileType::kZlib:
    case FileType::kJoblibZfile:
    case FileType::kLzma:
    case FileType::kProtobuf:
      return false;
    case FileType::kTar: {
      // Readers take more for a checksum than writers write: one block of noise in 100,000 has one.
      const std::string_view checksum = head.substr(std::min<std::size_t>(head.size(), 148), 8);
      return checksum.find_first_not_of(std::string_view("01234567 \0", 10)) ==
             std::string_view::npos;
    }
    case FileType::kZstd:
      return head.starts_with("\x28\xb5\x2f\xfd");
    case FileType::kRData:
      // The number 2648 in 64 bits begins like one, but has no version in its sixth byte.
      return !head.starts_with('X') || (head.size() > 5 && (head[5] == 2 || head[5] == 3));
    default:
      break;
  }
  const Carries carries = detect::Row(type).carries;
  return carries == Carries::kAnalysed || carries == Carries::kCode || carries == Carries::kProgram;
}

// Bytes that torch reads as one tensor. They are inert by that, whatever they look like, as far as
// a tensor claims them; but a pickle, a program or an archive among them was put there for someone.
void Walker::WalkStorage(ZipContext& zip, const ZipMember& member, const Part& part) {
  const TorchStorages::Claimed claimed = zip.storages.Of(member.name());
  // Enough for every magic that matters here; a checkpoint has thousands of storages.
  constexpr std::size_t kStorageHeadBytes = 512;
  const auto head = ReadHead(part.source, kStorageHeadBytes);
  if (!head) {
    LeaveGap(ReadFailure(part.place), EngineId::kArchive, part.place, 0, part.source.size(),
             head.error().message);
    return;
  }
  const std::uint64_t size = part.source.size();
  const FileType type = detect::Identify(*head, size);
  if (IsMoreThanNumbers(type, *head)) {
    if (detect::Row(type).carries != Carries::kProgram) {
      sink_.Find("FMT-105", EngineId::kFormat, part.place.where, part.place.base,
                 "the numbers of a tensor, and also " + std::string(detect::Name(type)));
    }
    Walk(part);
    return;
  }
  if (!claimed.by_anyone && zip.storages.complete() && size > 0) {
    sink_.Find("FMT-108", EngineId::kFormat, part.place.where, std::nullopt,
               "no tensor claims this storage");
    Walk(part);
    return;
  }
  if (options_.witness != nullptr) options_.witness->Saw(part.source, part.place.where);
  CoverageRecorder* recorder = sink_.recorder();
  if (recorder != nullptr) recorder->Enter(part.place.where, size);
  CheckNumbers(part.source, *head, part.place);
  if (MayBeStream(type)) CheckPackedNumbers(part, type);
  CheckClaimed(part, claimed);
  if (recorder != nullptr) {
    recorder->Leave("torch-storage", Handling::kInert);
  }
}

void Walker::CheckClaimed(const Part& part, const TorchStorages::Claimed& claimed) {
  const std::uint64_t size = part.source.size();
  if (!claimed.by_anyone || !claimed.bytes || *claimed.bytes == size || matcher_ != nullptr) return;
  sink_.Find("FMT-108", EngineId::kFormat, part.place.where, std::min(*claimed.bytes, size),
             "its tensors claim " + std::to_string(*claimed.bytes) + " bytes, it has " +
                 std::to_string(size));
  if (*claimed.bytes > size) {
    LeaveGap(GapReason::kBrokenFormat, EngineId::kFormat, part.place, size, *claimed.bytes,
             "the storage ends before its tensors do");
    return;
  }
  const SliceSource rest(part.source, *claimed.bytes, size - *claimed.bytes);
  Walk(Part{.source = rest,
            .place = {part.place.where, part.place.base + *claimed.bytes},
            .name = part.name,
            .depth = part.depth + 1,
            .role = Role::kHole});
}

void Walker::ReportMissingStorages(const ZipContext& zip) {
  if (!zip.kind.IsTorch()) return;
  const std::vector<std::string> missing = zip.storages.Unanswered();
  if (missing.empty()) return;
  const std::string what = "no storage for " + std::to_string(missing.size()) +
                           " that tensors claim, such as " + Printable(missing.front(), 40);
  sink_.Find("FMT-108", EngineId::kFormat, zip.part.place.where, std::nullopt, what);
  LeaveGap(GapReason::kBrokenFormat, EngineId::kFormat, zip.part.place, 0, zip.part.source.size(),
           what);
}

}  // namespace counterscan
