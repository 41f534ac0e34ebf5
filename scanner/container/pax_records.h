// The records of a pax extended header: "LENGTH KEY=VALUE\n", one after another (POSIX.1-2001,
// pax, "pax Extended Header").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace counterscan::container {

struct PaxRecords {
  // In order; a later one of a key wins. Only those that say what a member is: a comment is read
  // over.
  std::vector<std::pair<std::string, std::string>> records;
  bool broken = false;  // the text breaks off or breaks the format; what came before is kept

  // The last value of a key, or null.
  const std::string* Find(std::string_view key) const;
  std::uint64_t text_bytes() const;
  // What they hold in memory.
  std::uint64_t bytes() const { return text_bytes() + records.capacity() * sizeof(records[0]); }
};

// PATH_MAX of Linux. Of a name or path that is longer one byte more is kept, which tells.
inline constexpr std::size_t kMaxTarName = 4096;

// Reads at most as many records as fit into `text`, which a limit has bounded.
PaxRecords ReadPaxRecords(std::string_view text);

// As Python's int() takes it: blanks around, a plus, single underscores between digits. nullopt for
// what is negative or no number.
std::optional<std::uint64_t> PaxNumber(std::string_view text);

}  // namespace counterscan::container
