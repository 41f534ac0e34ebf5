// What the Hub says of repositories, one line each, for a person.
#pragma once

#include <cstdint>
#include <string>

#include "scanner/model/repository_word.h"
#include "scanner/report/text_options.h"

namespace counterscan {

// A word counts once: flagged and withdrawn ones are neither safe nor unknown.
struct RepositorySummary {
  std::uint64_t repositories = 0;
  std::uint64_t safe = 0;
  std::uint64_t flagged = 0;
  std::uint64_t withdrawn = 0;
  std::uint64_t unknown = 0;
};
RepositorySummary Summarise(const RepositoryReport& report);

// Without `options.verbose`, five flagged files a repository, and a reason once for all that share
// it and stand below each other.
std::string RepositoryTable(const RepositoryReport& report, const TextOptions& options);

}  // namespace counterscan
