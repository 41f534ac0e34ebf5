#include "scanner/format/safetensors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "scanner/format/safetensors_header.h"

namespace counterscan::format {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
// safetensors: MAX_HEADER_SIZE.
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kShownName = 80;
// A header full of broken entries is one broken header, not a million findings.
constexpr int kMaxEntryFindings = 20;

// Bytes of a tensor, or nothing when the product does not fit in 64 bits or ends inside a byte.
std::optional<std::uint64_t> TensorBytes(const SafetensorsEntry& entry, std::uint64_t bits) {
  std::uint64_t total = 0;
  if (!entry.elements || __builtin_mul_overflow(*entry.elements, bits, &total)) return std::nullopt;
  if (total % 8 != 0) return std::nullopt;
  return total / 8;
}

// Why one entry cannot be right, "" when it can.
std::string EntryProblem(const SafetensorsEntry& entry, std::uint64_t data_bytes) {
  if (entry.begin > entry.end) return "ends before it begins";
  if (entry.end > data_bytes) return "ends behind the end of the file";
  const std::uint64_t bits = SafetensorsDtypeBits(entry.dtype);
  if (bits == 0) return "has the unknown type " + Printable(entry.dtype, kShownName);
  const auto bytes = TensorBytes(entry, bits);
  if (!bytes) return "has a shape that no file can hold";
  if (*bytes != entry.end - entry.begin) {
    return "has " + std::to_string(entry.end - entry.begin) + " bytes for a shape of " +
           std::to_string(*bytes);
  }
  return "";
}

void CheckEntries(std::vector<SafetensorsEntry>& entries, std::uint64_t header_end,
                  std::uint64_t size, FormatReport& report) {
  const std::uint64_t data_bytes = size - header_end;
  int problems = 0;
  std::ranges::sort(entries, {},
                    [](const SafetensorsEntry& e) { return std::pair(e.begin, e.end); });
  std::uint64_t expected = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (std::string problem = EntryProblem(entry, data_bytes); !problem.empty()) {
      if (++problems > kMaxEntryFindings) break;
      report.Find("FMT-201", 0, "tensor " + Printable(entry.name, kShownName) + " " + problem);
      if (entry.end > data_bytes || entry.begin > entry.end) continue;
    } else {
      report.claimed.Add(header_end + entry.begin, header_end + entry.end);
    }
    if (entry.begin != expected) {
      if (++problems > kMaxEntryFindings) break;
      report.Find("FMT-202", header_end + std::min(entry.begin, expected),
                  "tensor " + Printable(entry.name, kShownName) +
                      (entry.begin < expected ? " overlaps the one before it"
                                              : " leaves a hole before it"));
    }
    expected = std::max(expected, entry.end);
  }
  if (problems > 0) {
    report.Leave(GapReason::kBrokenFormat, 0, size, "the safetensors header does not add up");
  } else if (expected < data_bytes) {
    report.Find("FMT-203", header_end + expected,
                std::to_string(data_bytes - expected) + " bytes after the last tensor");
  }
}

}  // namespace

FormatReport CheckSafetensors(const ByteSource& source, container::MemoryBudget& memory) {
  FormatReport report;
  const std::uint64_t size = source.size();
  const auto broken = [&](std::string why) {
    report.Find("FMT-201", 0, why);
    report.Leave(GapReason::kBrokenFormat, 0, size, std::move(why));
    return report;
  };

  std::array<std::byte, kLengthBytes> length_bytes{};
  if (!ReadExactly(source, 0, length_bytes)) return broken("shorter than its header length");
  ByteReader reader(length_bytes);
  const auto declared_length = *reader.LittleEndian<std::uint64_t>();
  if (declared_length > kMaxHeaderBytes) {
    return broken("header length " + std::to_string(declared_length) + " is over 100 MB");
  }
  if (declared_length > size - kLengthBytes) {
    return broken("header length " + std::to_string(declared_length) + " is longer than the file");
  }
  std::string header(static_cast<std::size_t>(declared_length), '\0');
  const auto read = ReadExactly(source, kLengthBytes, std::as_writable_bytes(std::span(header)));
  if (!read) {
    report.Leave(GapReason::kUnreadable, 0, size, read.error().message);
    return report;
  }
  if (!header.starts_with('{')) return broken("the header does not begin with {");
  container::MemoryLease lease(memory);
  auto entries = ParseSafetensorsHeader(header, lease);
  if (!entries && entries.error().code == ErrorCode::kLimit) {
    report.Leave(GapReason::kLimitMemory, 0, size, entries.error().message);
    return report;
  }
  if (!entries) return broken(entries.error().message);
  const std::uint64_t header_end = kLengthBytes + declared_length;
  report.claimed.Add(0, header_end);
  CheckEntries(*entries, header_end, size, report);
  return report;
}

}  // namespace counterscan::format
