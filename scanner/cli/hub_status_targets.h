// Which repositories `hub status` asks about.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hubclient/hub_source.h"
#include "scanner/cli/hub_status_options.h"

namespace counterscan {

struct WantedRepository {
  HubQuery query;
  // Why it cannot be asked about: a line of a list that names no repository; "" else. Then the
  // query's name is what was written, cut.
  std::string problem{};
};

// What was named and what is in the list, each once, in order. An Error is a usage error: an
// argument that names no repository, or a list that cannot be read. A bad line in a list is none:
// the others are asked about all the same.
Result<std::vector<WantedRepository>> NamedRepositories(const HubStatusOptions& options);

// Adds what `source` lists for --author and --search, each once. Says why that are not all, and
// what to do about it: the list broke off, or there is nothing in it. "" for a good one.
std::string AddListed(const HubStatusOptions& options, HubSource& source,
                      std::vector<WantedRepository>& wanted);

// "model/org/name@main": what is asked about once.
std::string KeyOf(std::string_view repo_type, std::string_view repo, std::string_view revision);

}  // namespace counterscan
