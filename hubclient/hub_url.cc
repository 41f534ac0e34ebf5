#include "hubclient/hub_url.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

std::optional<unsigned> HexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::map<std::string, std::string> ParseQuery(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    query.insert_or_assign(PercentDecoded(pair.substr(0, equals)),
                           PercentDecoded(pair.substr(std::min(pair.size(), equals + 1))));
  }
  return query;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::string PercentDecoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2) {
      const auto high = HexDigit(text[i + 1]);
      const auto low = HexDigit(text[i + 2]);
      if (high && low) {
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

bool HubUrl::Asks(const std::string& name) const {
  const auto found = query.find(name);
  return found != query.end() &&
         (found->second == "true" || found->second == "True" || found->second == "1");
}

std::optional<HubUrl> HubUrl::Parse(std::string_view url, std::string_view endpoint,
                                    const RepoId& repo) {
  if (!TakePrefix(url, endpoint) || !TakePrefix(url, "/api/") ||
      !TakePrefix(url, PluralName(repo.type)) || !TakePrefix(url, "/") ||
      !TakePrefix(url, repo.id)) {
    return std::nullopt;
  }
  HubUrl parsed;
  if (const std::size_t mark = url.find('?'); mark != url.npos) {
    parsed.query = ParseQuery(url.substr(mark + 1));
    url = url.substr(0, mark);
  }
  if (url.empty()) return parsed;
  if (url == "/scan") {
    parsed.kind = Kind::kScan;
    return parsed;
  }
  if (url == "/auth-check") {
    parsed.kind = Kind::kAccess;
    return parsed;
  }
  if (TakePrefix(url, "/tree/")) {
    parsed.kind = Kind::kTree;
    const std::size_t slash = std::min(url.find('/'), url.size());
    parsed.revision = PercentDecoded(url.substr(0, slash));
    parsed.path = PercentDecoded(url.substr(std::min(url.size(), slash + 1)));
    return parsed;
  }
  if (TakePrefix(url, "/paths-info/")) {
    parsed.kind = Kind::kPathsInfo;
  } else if (!TakePrefix(url, "/revision/")) {
    return std::nullopt;
  }
  if (url.find('/') != url.npos) return std::nullopt;
  parsed.revision = PercentDecoded(url);
  return parsed;
}

std::string_view OriginOf(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const std::size_t end = url.find_first_of("/?#", scheme.size());
    const std::string_view origin = url.substr(0, end);
    // "https://huggingface.co@evil.example" is not at huggingface.co: no user names here.
    if (origin.size() == scheme.size() || origin.find('@') != origin.npos) return {};
    return origin;
  }
  return {};
}

namespace {

// One link of a Link header (RFC 8288 section 3).
struct WebLink {
  std::string_view target;
  std::string relations;  // in lower case, separated by blanks, of every "rel" it has
};

std::string_view WithoutBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Takes "; name=value; name" up to the comma that ends the link. What stands in quotes ends
// nothing.
std::string TakeRelations(std::string_view& text) {
  std::string relations;
  while (!text.empty() && text.front() != ',') {
    std::size_t end = 0;
    bool quoted = false;
    for (; end < text.size(); ++end) {
      if (text[end] == '"') quoted = !quoted;
      if (text[end] == '\\' && quoted) ++end;
      if (!quoted && end < text.size() && (text[end] == ';' || text[end] == ',')) break;
    }
    end = std::min(end, text.size());
    const std::string_view parameter = text.substr(0, end);
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    // Names of parameters and relation types are compared without regard to case (RFC 8288
    // section 2.1).
    if (AsciiLower(WithoutBlanks(parameter.substr(0, equals))) == "rel") {
      std::string value = AsciiLower(parameter.substr(std::min(parameter.size(), equals + 1)));
      std::replace(value.begin(), value.end(), '"', ' ');
      std::replace(value.begin(), value.end(), '\t', ' ');
      relations += " " + value + " ";
    }
    text.remove_prefix(end < text.size() && text[end] == ';' ? end + 1 : end);
  }
  return relations;
}

// Takes the first link from `header`; nothing when none is left.
std::optional<WebLink> TakeLink(std::string_view& header) {
  const std::size_t open = header.find('<');
  const std::size_t close = open == header.npos ? header.npos : header.find('>', open);
  if (close == header.npos) return std::nullopt;
  WebLink link;
  link.target = header.substr(open + 1, close - open - 1);
  header.remove_prefix(close + 1);
  link.relations = TakeRelations(header);
  return link;
}

}  // namespace

bool MentionsNextPage(std::string_view link_header) {
  return AsciiLower(link_header).find("next") != std::string::npos;
}

std::optional<std::string> NextPage(std::string_view link_header, std::string_view url) {
  std::optional<std::string> next;
  while (const auto link = TakeLink(link_header)) {
    if (link->relations.find(" next ") == std::string::npos) continue;
    auto found = SameOriginUrl(link->target, url);
    if (!found || (next && *next != *found)) return std::nullopt;
    next = std::move(found);
  }
  return next;
}

namespace {

// RFC 3986 section 5.2.4, for a path that begins with '/'.
std::string WithoutDotSegments(std::string_view path) {
  std::vector<std::string_view> segments;
  bool ends_with_slash = false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    ends_with_slash = segment == "." || segment == "..";
    if (segment == ".." && !segments.empty()) segments.pop_back();
    if (!ends_with_slash) segments.push_back(segment);
  }
  std::string out;
  for (const std::string_view segment : segments) out.append("/").append(segment);
  if (ends_with_slash || out.empty()) out += '/';
  return out;
}

// RFC 3986 section 5.2.2, for references without a fragment; "" for an empty one.
std::string Resolved(std::string_view target, std::string_view url, std::string_view origin) {
  if (target.empty()) return "";
  const std::string_view scheme = url.substr(0, url.find(':') + 1);
  if (target.starts_with("//")) return std::string(scheme).append(target);
  if (target.front() == '/') return std::string(origin).append(target);
  const std::string_view base = url.substr(0, url.find('?'));
  if (target.front() == '?') return std::string(base).append(target);
  // "a:b" begins with a scheme, "a/b:c" does not.
  if (target.substr(0, target.find_first_of("/?")).find(':') != target.npos) {
    return std::string(target);
  }
  const std::size_t query = std::min(target.find('?'), target.size());
  std::string path(base.substr(origin.size()));
  path.resize(path.rfind('/') == path.npos ? 0 : path.rfind('/'));
  path.append("/").append(target.substr(0, query));
  return std::string(origin).append(WithoutDotSegments(path)).append(target.substr(query));
}

}  // namespace

std::optional<std::string> SameOriginUrl(std::string_view target, std::string_view url) {
  const std::string_view origin = OriginOf(url);
  const bool can_be_sent = std::all_of(target.begin(), target.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F &&
           c != '\\' && c != '#';
  });
  if (origin.empty() || !can_be_sent) return std::nullopt;
  std::string absolute = Resolved(target, url, origin);
  if (OriginOf(absolute) != origin) return std::nullopt;
  return absolute;
}

std::optional<RepoId> MovedTo(std::string_view target, std::string_view url,
                              std::string_view endpoint, const RepoId& repo) {
  const auto absolute = SameOriginUrl(target, url);
  const std::string start =
      std::string(endpoint) + "/api/" + std::string(PluralName(repo.type)) + "/";
  std::string_view asked = url.substr(0, url.find('?'));
  if (!absolute || !TakePrefix(asked, start) || !TakePrefix(asked, repo.id)) return std::nullopt;
  // What is left of `asked` is the question: "/tree/main". It has to be the same of the other.
  std::string_view other = std::string_view(*absolute).substr(0, absolute->find('?'));
  if (!TakePrefix(other, start) || !other.ends_with(asked)) return std::nullopt;
  other.remove_suffix(asked.size());
  auto parsed = RepoId::Parse(repo.type, other);
  if (!parsed || *parsed == repo) return std::nullopt;
  return std::move(*parsed);
}

std::string Rewritten(std::string_view url, std::string_view endpoint, const RepoId& repo,
                      const RepoId& other) {
  const std::string start =
      std::string(endpoint) + "/api/" + std::string(PluralName(repo.type)) + "/";
  return start + other.id + std::string(url.substr(start.size() + repo.id.size()));
}

}  // namespace counterscan
