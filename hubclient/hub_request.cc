#include "hubclient/hub_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "hubclient/hub_json.h"

namespace counterscan {
namespace {

std::string RepoUrl(std::string_view endpoint, const RepoId& repo) {
  return fmt::format("{}/api/{}/{}", endpoint, PluralName(repo.type), repo.id);
}

HttpRequest Get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

// RFC 8259 section 7. The text is UTF-8.
std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte / 16];
      out += kDigits[byte % 16];
    }
  }
  return out;
}

HttpRequest ScanRequest(std::string_view endpoint, const RepoId& repo) {
  return Get(RepoUrl(endpoint, repo) + "/scan");
}

HttpRequest InfoRequest(std::string_view endpoint, const RepoId& repo, std::string_view revision) {
  std::string url = RepoUrl(endpoint, repo) + "/revision/" + PercentEncoded(revision);
  // Whether datasets and spaces know the parameter is not known; /scan serves them.
  if (repo.type == RepoType::kModel) url += "?securityStatus=true";
  return Get(std::move(url));
}

HttpRequest AccessRequest(std::string_view endpoint, const RepoId& repo) {
  return Get(RepoUrl(endpoint, repo) + "/auth-check");
}

HttpRequest TreeRequest(std::string_view endpoint, const RepoId& repo, std::string_view commit) {
  return Get(RepoUrl(endpoint, repo) + "/tree/" + PercentEncoded(commit) +
             "?recursive=true&expand=true");
}

HttpRequest PathsRequest(std::string_view endpoint, const RepoId& repo, std::string_view commit,
                         std::span<const std::string> paths) {
  HttpRequest request = Get(RepoUrl(endpoint, repo) + "/paths-info/" + PercentEncoded(commit));
  request.method = "POST";
  request.body = "{\"expand\":true,\"paths\":[";
  for (const std::string& path : paths) {
    if (&path != paths.data()) request.body += ',';
    request.body += JsonText(path);
  }
  request.body += "]}";
  return request;
}

std::vector<std::string> PathsAskedFor(std::string_view body) {
  constexpr std::uint64_t kMaxBodyBytes = kPathsPerRequest * 8 * kKiB;
  const auto document = ParseHubJson(body, kMaxBodyBytes, {});
  std::vector<std::string> paths;
  if (!document || document->broken) return paths;
  const JsonValue* list = document->root.Array("paths");
  if (list == nullptr) return paths;
  for (const JsonValue& item : list->items) {
    if (item.kind == JsonValue::Kind::kString && CheckRepoPath(item.text)) {
      paths.push_back(item.text);
    }
  }
  return paths;
}

HttpRequest ListRequest(std::string_view endpoint, const RepositorySearch& search) {
  constexpr std::size_t kPage = 1000;
  const std::size_t page = search.limit == 0 ? kPage : std::min(search.limit, kPage);
  std::string url = fmt::format("{}/api/{}?limit={}", endpoint, PluralName(search.type), page);
  if (!search.author.empty()) url += "&author=" + PercentEncoded(search.author);
  if (!search.search.empty()) url += "&search=" + PercentEncoded(search.search);
  return Get(std::move(url));
}

}  // namespace counterscan
