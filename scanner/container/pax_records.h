// The records of a pax extended header: "LENGTH KEY=VALUE\n", one after another (POSIX.1-2001,
// pax, "pax Extended Header").
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace counterscan::container {

struct PaxRecords {
  std::vector<std::pair<std::string, std::string>> records;  // in order; a later one of a key wins
  bool broken = false;  // the text breaks off or breaks the format; what came before is kept

  // The last value of a key, or null.
  const std::string* Find(std::string_view key) const;
};

// Reads at most as many records as fit into `text`, which a limit has bounded.
PaxRecords ReadPaxRecords(std::string_view text);

}  // namespace counterscan::container
