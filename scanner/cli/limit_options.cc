#include "scanner/cli/limit_options.h"

#include <charconv>
#include <cstdint>
#include <string_view>

#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"

namespace counterscan {
namespace {

// Each container inside another costs stack; no model nests this deep.
constexpr std::uint64_t kDeepest = 64;
// Below this a worker could not follow an honest pickle.
constexpr std::uint64_t kLeastMemory = 256 * kMiB;
// More than any machine gives one process; what it is a part of must not overflow.
constexpr std::uint64_t kMostMemory = 1024 * kGiB;

// The number that `text` begins with; what follows it is left in `text`.
std::optional<std::uint64_t> TakeNumber(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

Result<std::uint64_t> ParseCount(std::string_view option, const std::string& word,
                                 std::uint64_t most) {
  std::string_view text = word;
  const auto number = TakeNumber(text);
  if (!number || !text.empty() || *number > most) {
    return WrongUsage(std::string(option) + " takes a number up to " + std::to_string(most) +
                      "; '" + Printable(word) + "' is none.");
  }
  return *number;
}

}  // namespace

Result<std::uint64_t> ParseSize(const std::string& text) {
  std::string_view rest = text;
  const auto number = TakeNumber(rest);
  constexpr std::string_view kUnits = "KMGT";
  std::uint64_t scale = 1;
  bool good = number.has_value() && rest.size() <= 1;
  if (good && rest.size() == 1) {
    const std::size_t unit = kUnits.find(rest.front());
    good = unit != std::string_view::npos;
    for (std::size_t i = 0; good && i <= unit; ++i) scale *= 1024;
  }
  std::uint64_t bytes = 0;
  if (!good || __builtin_mul_overflow(*number, scale, &bytes)) {
    return WrongUsage("'" + Printable(text) + "' is not a size: write 500000, 64K, 512M or 4G.");
  }
  return bytes;
}

void DeclareFileLimits(CLI::App& app, LimitWords& words) {
  app.add_option("--max-depth", words.depth, "containers inside each other [16]")->option_text("N");
  app.add_option("--max-members", words.members,
                 "members of one file, all containers together [100000]")
      ->option_text("N");
  app.add_option("--max-ratio", words.ratio,
                 "how many times its size a file may unpack to, beyond --max-unpacked [200]")
      ->option_text("N");
  app.add_option("--max-unpacked", words.unpacked, "bytes that one file may always unpack to [4G]")
      ->option_text("SIZE");
  app.add_option("--max-memory", words.memory, "memory of one worker that analyses [1280M]")
      ->option_text("SIZE");
  app.add_option("--max-file-time", words.file_time,
                 "time for one file, to which 2 seconds come for each MiB [120s]")
      ->option_text("TIME");
}

void DeclareLimits(CLI::App& app, LimitWords& words) {
  DeclareFileLimits(app, words);
  app.add_option("--max-time", words.time, "time for the whole scan [as long as it takes]")
      ->option_text("TIME");
  app.add_option("--max-total-bytes", words.total_bytes,
                 "bytes of all files together, read and unpacked [no limit]")
      ->option_text("SIZE");
  app.add_option("--max-total-members", words.total_members,
                 "members of all archives together [no limit]")
      ->option_text("N");
}

Result<ChosenLimits> ParseLimits(const LimitWords& words) {
  constexpr std::uint64_t kAny = 1'000'000'000'000;
  ChosenLimits chosen;
  Limits& limits = chosen.file;
  if (!words.depth.empty()) {
    limits.container_depth =
        static_cast<int>(TRY(ParseCount("--max-depth", words.depth, kDeepest)));
  }
  if (!words.members.empty()) {
    limits.members = TRY(ParseCount("--max-members", words.members, kAny));
  }
  if (!words.ratio.empty()) {
    limits.inflate_ratio = TRY(ParseCount("--max-ratio", words.ratio, kAny));
  }
  if (!words.unpacked.empty()) limits.inflated_bytes = TRY(ParseSize(words.unpacked));
  if (!words.memory.empty()) {
    const std::uint64_t usual = limits.analysis_worker_memory_bytes;
    const std::uint64_t bytes = TRY(ParseSize(words.memory));
    if (bytes < kLeastMemory || bytes > kMostMemory) {
      return WrongUsage("--max-memory takes 256M to 1T.");
    }
    limits.analysis_worker_memory_bytes = bytes;
    // What containers hold is the same part of it, to the MiB.
    const auto share = [&](std::uint64_t part) {
      return (part / kMiB) * (bytes / kMiB) / (usual / kMiB) * kMiB;
    };
    limits.kept_bytes = share(limits.kept_bytes);
    limits.decoder_bytes = share(limits.decoder_bytes);
  }
  if (!words.file_time.empty()) {
    limits.job_milliseconds = static_cast<std::uint64_t>(
        std::chrono::milliseconds(TRY(ParseDuration(words.file_time))).count());
    if (limits.job_milliseconds == 0) return WrongUsage("--max-file-time takes a second or more.");
  }
  if (!words.time.empty()) chosen.scan.time = TRY(ParseDuration(words.time));
  if (!words.total_bytes.empty()) chosen.scan.bytes = TRY(ParseSize(words.total_bytes));
  if (!words.total_members.empty()) {
    chosen.scan.members = TRY(ParseCount("--max-total-members", words.total_members, kAny));
  }
  return chosen;
}

}  // namespace counterscan
