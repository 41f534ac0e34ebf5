// The requests that are made of the Hub (its OpenAPI; huggingface_hub, hf_api.py).
//
// Names and revisions stand in the path, percent-encoded down to their slashes: "?revision=" is
// ignored by the Hub, which then answers for main.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hubclient/http.h"
#include "hubclient/hub_source.h"
#include "hubclient/repo_id.h"

namespace counterscan {

// Everything but letters, digits, '-', '.', '_' and '~' as %XX (RFC 3986 section 2.3).
std::string PercentEncoded(std::string_view text);

// The status of the repository as a whole, of its main branch.
HttpRequest ScanRequest(std::string_view endpoint, const RepoId& repo);
// Information about a revision: its commit and, of models, the status of the repository.
HttpRequest InfoRequest(std::string_view endpoint, const RepoId& repo, std::string_view revision);
// Whether who asks has access to its files: "OK", or a refusal that says why not.
HttpRequest AccessRequest(std::string_view endpoint, const RepoId& repo);
// The first page of all files at a commit, with their status.
HttpRequest TreeRequest(std::string_view endpoint, const RepoId& repo, std::string_view commit);

// The same for a few paths: at most kPathsPerRequest. Paths that are not there are left out of the
// reply. A path that is not UTF-8 cannot be asked for.
inline constexpr std::size_t kPathsPerRequest = 50;
HttpRequest PathsRequest(std::string_view endpoint, const RepoId& repo, std::string_view commit,
                         std::span<const std::string> paths);
// The paths that the body of such a request asks for.
std::vector<std::string> PathsAskedFor(std::string_view body);

// The first page of a list of repositories.
HttpRequest ListRequest(std::string_view endpoint, const RepositorySearch& search);

}  // namespace counterscan
