#include "scanner/worker/byte_pass.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/worker/opened_state.h"

namespace counterscan {
namespace {

// Fastest for reading and hashing: larger falls out of the second-level cache.
constexpr std::size_t kReadBytes = 256 * 1024;

Gap ScanGap(GapReason reason, std::uint64_t first, std::uint64_t last, std::string detail) {
  return {.reason = reason,
          .engine = EngineId::kScan,
          .where = "",
          .first = first,
          .last = last,
          .detail = std::move(detail)};
}

// What changed since a first look at the same file, or "".
std::string Difference(std::uint64_t size, const FileTimes& times, const struct stat& after) {
  const auto size_after = static_cast<std::uint64_t>(after.st_size);
  const FileTimes times_after = FileTimes::Of(after);
  if (size_after < size) return "the file shrank while it was read";
  if (size_after > size) return "the file grew while it was read";
  if (times_after.modified != times.modified) return "the file was written while it was read";
  if (times_after.changed != times.changed) return "the file was changed while it was read";
  return "";
}

// What reading to the end without matching came to.
struct ReadOutcome {
  std::optional<Error> error;
  bool more = false;  // the file went on behind its size
};

// Reads to the end without matching. Less to read than `size` is no error here: the caller counts.
// One byte more is asked for with the last ones, so that a file that grew needs no call of its own
// to be seen: there may be many thousands of small files.
ReadOutcome ReadAll(int descriptor, std::uint64_t size, const ClamavEngine::OnBytes& on_bytes) {
  const FileSource source(descriptor, size + 1);
  // One for all files, as most are small.
  static const auto for_all = std::make_unique_for_overwrite<std::byte[]>(kReadBytes);
  const auto buffer = std::span(for_all.get(), kReadBytes)
                          .first(std::min<std::uint64_t>(kReadBytes, source.size()));
  for (std::uint64_t offset = 0; offset <= size;) {
    const Result<std::size_t> got = source.ReadAt(offset, buffer);
    if (!got) return {.error = got.error(), .more = false};
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(*got, size - offset));
    if (wanted > 0) on_bytes(buffer.first(wanted));
    if (wanted < *got) return {.error = std::nullopt, .more = true};
    if (*got < buffer.size()) break;
    offset += *got;
  }
  return {};
}

// Whether there is a byte behind what should be the end; fstat need not say so yet on a network
// file system.
bool HasByteAt(int descriptor, std::uint64_t offset) {
  std::array<std::byte, 1> byte = {};
  const Result<std::size_t> got = FileSource(descriptor, offset + 1).ReadAt(offset, byte);
  return got && *got == 1;
}

}  // namespace

ByteAnswer RunByteJob(const ByteJob& job, int descriptor, ClamavEngine* engine,
                      const OnBytesRead& on_bytes_read) {
  ByteAnswer answer;
  answer.id = job.id;
  const bool match = job.match && engine != nullptr;
  if (!match && !job.digest) return answer;

  auto opened = OpenedStateOf(job.size, job.times, descriptor);
  if (!opened) {
    answer.gaps.push_back(std::move(opened.error()));
    return answer;
  }
  const std::uint64_t size = opened->size;

  // One for all files: most are small.
  static Digester for_all(std::nullopt);
  Digester* const digester = job.digest ? &for_all : nullptr;
  if (digester != nullptr) {
    digester->StartAgain(job.git_sha1 ? std::optional<std::uint64_t>(size) : std::nullopt);
  }
  const auto on_bytes = [&](std::span<const std::byte> bytes) {
    if (digester != nullptr) digester->Update(bytes);
    answer.bytes_read += bytes.size();
    if (on_bytes_read) on_bytes_read(answer.bytes_read);
  };
  bool grew = false;
  if (match) {
    ClamavEngine::Matches matches = engine->Match(FileSource(descriptor, size), on_bytes);
    answer.signatures = std::move(matches.names);
    answer.gaps = std::move(matches.gaps);
    answer.wanted_groups = std::move(matches.wanted_groups);
    answer.bytes_matched = answer.bytes_read;
    grew = HasByteAt(descriptor, size);
  } else {
    const ReadOutcome outcome = ReadAll(descriptor, size, on_bytes);
    grew = outcome.more;
    if (outcome.error) {
      answer.gaps.push_back(
          ScanGap(GapReason::kUnreadable, answer.bytes_read, size, outcome.error->message));
    }
  }

  struct stat after = {};
  std::string change;
  if (size != job.size) {
    change = "the file changed its size after it was opened";
  } else if (fstat(descriptor, &after) == 0) {
    change = Difference(size, opened->times, after);
  }
  if (change.empty() && grew) change = "the file grew while it was read";
  if (change.empty() && answer.bytes_read < size && answer.gaps.empty()) {
    change = "the file ends before its size";
  }
  if (!change.empty()) {
    answer.gaps.push_back(ScanGap(GapReason::kChanged, 0, size, std::move(change)));
  } else if (digester != nullptr && answer.bytes_read == size) {
    answer.digests = digester->Finish();
  }
  return answer;
}

}  // namespace counterscan
