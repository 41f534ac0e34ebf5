#include "hubclient/download_record.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "hubclient/repo_id.h"
#include "hubclient/tree_cache.h"

namespace counterscan {
namespace {

bool TakeSuffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// "<name>.<etag>.incomplete".
bool IsPartialDownload(std::string_view name) {
  if (!TakeSuffix(name, ".incomplete")) return false;
  const std::size_t dot = name.rfind('.');
  return dot != name.npos && dot > 0 && HashFrom(name.substr(dot + 1)).has_value();
}

}  // namespace

std::string_view TrimmedLine(std::string_view text) {
  const auto is_space = [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::optional<std::string> HashFrom(std::string_view text) {
  auto hash = CommitFrom(text);
  return hash ? hash : Sha256From(text);
}

std::optional<DownloadRecord> ParseDownloadRecord(std::string_view text) {
  const auto line = [&text] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = TrimmedLine(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
    return one;
  };
  DownloadRecord record;
  record.commit = CommitFrom(line()).value_or("");
  record.etag = HashFrom(line()).value_or("");
  const std::string_view time = line();
  const auto parsed = std::from_chars(time.data(), time.data() + time.size(), record.time);
  if (parsed.ec != std::errc() || parsed.ptr != time.data() + time.size()) return std::nullopt;
  if (record.commit.empty() || record.etag.empty()) return std::nullopt;
  return record;
}

bool IsDownloadRecord(
    std::string_view inner,
    const std::function<std::optional<std::string>(std::uint64_t max_bytes)>& content,
    const HubLimits& limits) {
  const bool in_download = inner.starts_with("download/");
  if (in_download && IsPartialDownload(inner.substr(inner.rfind('/') + 1))) return true;
  if (std::string_view commit = inner; TakeSuffix(commit, ".json")) {
    constexpr std::string_view kTrees = "trees/";
    if (!commit.starts_with(kTrees) || !CommitFrom(commit.substr(kTrees.size()))) return false;
    const auto text = content(limits.body_bytes);
    return text && ParseTreeCache(*text, limits).has_value();
  }
  const bool is_lock = inner == ".gitignore.lock" || (in_download && inner.ends_with(".lock"));
  const bool is_metadata = in_download && inner.ends_with(".metadata");
  const bool is_ignore_list = inner == ".gitignore";
  if (!is_lock && !is_metadata && !is_ignore_list && inner != "CACHEDIR.TAG") return false;
  const auto text = content(limits.reference_bytes);
  if (!text) return false;
  if (is_lock) return text->empty();
  if (is_ignore_list) return TrimmedLine(*text) == "*";
  if (!is_metadata) return text->starts_with(kCacheTag);
  // Three lines, and nothing that hides behind them.
  const auto lines = std::count(text->begin(), text->end(), '\n') + (text->ends_with('\n') ? 0 : 1);
  return lines == 3 && ParseDownloadRecord(*text).has_value();
}

}  // namespace counterscan
