// HubUrl: what a URL of the Hub's API asks for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "hubclient/repo_id.h"

namespace counterscan {

struct HubUrl {
  enum class Kind {
    kInfo,       // /api/models/ORG/NAME[/revision/REV]
    kTree,       // /api/models/ORG/NAME/tree/REV[/PATH]
    kPathsInfo,  // /api/models/ORG/NAME/paths-info/REV
    kScan,       // /api/models/ORG/NAME/scan
    kAccess,     // /api/models/ORG/NAME/auth-check
  };
  Kind kind = Kind::kInfo;
  std::string revision;  // "" when the URL names none
  std::string path;      // of a tree below the root
  std::map<std::string, std::string> query;

  // True for "true", "True" and "1", as the Hub takes them.
  bool Asks(const std::string& name) const;

  // Reads a URL that asks `endpoint` about `repo`; nothing for every other URL.
  static std::optional<HubUrl> Parse(std::string_view url, std::string_view endpoint,
                                     const RepoId& repo);
};

// RFC 3986 section 2.1. A '%' that is no escape stays as it is.
std::string PercentDecoded(std::string_view text);

// The target of rel="next" in a Link header (RFC 8288), made absolute against the URL that was
// asked. Nothing when there is none, when it leads to another origin, or when there are several
// that differ: following one would leave out what is at the others.
std::optional<std::string> NextPage(std::string_view link_header, std::string_view url);

// True when a Link header has the word "next" in any case: a list that may go on where NextPage()
// finds nothing to ask.
bool MentionsNextPage(std::string_view link_header);

// An absolute URL for what a reply calls `target`, as seen from `url` (RFC 3986 section 5.2):
// another URL of the same origin, a path, or "?query". Nothing for other origins, and for text that
// could not stand in a request.
std::optional<std::string> SameOriginUrl(std::string_view target, std::string_view url);

// The repository that `target`, where a request for `url` about `repo` is redirected to, asks the
// same of: renamed repositories redirect so. Nothing for every other target.
std::optional<RepoId> MovedTo(std::string_view target, std::string_view url,
                              std::string_view endpoint, const RepoId& repo);
// The same question about another repository: `url` asks about `repo`.
std::string Rewritten(std::string_view url, std::string_view endpoint, const RepoId& repo,
                      const RepoId& other);

// "https://host[:port]" of an absolute URL; "" for anything else.
std::string_view OriginOf(std::string_view url);

}  // namespace counterscan
