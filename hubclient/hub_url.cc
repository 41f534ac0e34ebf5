#include "hubclient/hub_url.h"

#include <algorithm>
#include <cstddef>
#include <utility>

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

// Names of parameters and relation types are compared without regard to case (RFC 8288
// section 2.1).
bool IsNextRelation(std::string_view lower) {
  return lower.find("rel=\"next\"") != lower.npos || lower.find("rel=next") != lower.npos;
}

}  // namespace

bool MentionsNextPage(std::string_view link_header) {
  return AsciiLower(link_header).find("next") != std::string::npos;
}

std::optional<std::string> NextPage(std::string_view link_header, std::string_view url) {
  // <target>; param; param, <target>; ...
  std::optional<std::string> next;
  while (true) {
    const std::size_t open = link_header.find('<');
    if (open == link_header.npos) return next;
    const std::size_t close = link_header.find('>', open);
    if (close == link_header.npos) return next;
    const std::string_view target = link_header.substr(open + 1, close - open - 1);
    link_header.remove_prefix(close + 1);
    const std::string_view parameters = link_header.substr(0, link_header.find('<'));
    if (!IsNextRelation(AsciiLower(parameters))) continue;
    auto found = SameOriginUrl(target, url);
    if (!found || (next && *next != *found)) return std::nullopt;
    next = std::move(found);
  }
}

std::optional<std::string> SameOriginUrl(std::string_view target, std::string_view url) {
  const std::string_view origin = OriginOf(url);
  const bool can_be_sent = std::all_of(target.begin(), target.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F &&
           c != '\\' && c != '#';
  });
  if (origin.empty() || !can_be_sent) return std::nullopt;
  std::string absolute(target);
  if (target.starts_with('/') && !target.starts_with("//")) absolute.insert(0, origin);
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
