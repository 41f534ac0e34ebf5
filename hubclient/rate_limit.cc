#include "hubclient/rate_limit.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "hubclient/http_date.h"

namespace counterscan {
namespace {

constexpr std::uint64_t kDay = 86'400;

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> WholeNumber(std::string_view text) {
  std::uint64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (text.empty() || error != std::errc() || end != last) return std::nullopt;
  return number;
}

// The parts between semicolons: names in quotes, and numbers as NAME=NUMBER.
struct Fields {
  std::string last_name;
  std::map<std::string_view, std::uint64_t> numbers;
};

Fields ReadFields(std::string_view header) {
  Fields fields;
  // Further buckets would follow a comma; the first is the one that counted this request.
  header = header.substr(0, header.find(','));
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(';'), header.size());
    const std::string_view part = Trimmed(header.substr(0, end));
    header.remove_prefix(std::min(header.size(), end + 1));
    const std::size_t equals = part.find('=');
    if (part.size() >= 2 && part.starts_with('"') && part.ends_with('"')) {
      fields.last_name = part.substr(1, part.size() - 2);
    } else if (equals != part.npos) {
      const auto number = WholeNumber(Trimmed(part.substr(equals + 1)));
      if (number) fields.numbers.insert_or_assign(Trimmed(part.substr(0, equals)), *number);
    }
  }
  return fields;
}

std::chrono::seconds Seconds(std::uint64_t count) {
  return std::chrono::seconds(std::min(count, kDay));
}

}  // namespace

std::optional<RateLimit> ReadRateLimit(const std::map<std::string, std::string>& headers) {
  const auto now = headers.find("ratelimit");
  if (now == headers.end()) return std::nullopt;
  Fields fields = ReadFields(now->second);
  if (!fields.numbers.contains("r") || !fields.numbers.contains("t")) return std::nullopt;
  RateLimit limit;
  limit.bucket = std::move(fields.last_name);
  limit.remaining = fields.numbers["r"];
  limit.reset_in = Seconds(fields.numbers["t"]);
  if (const auto policy = headers.find("ratelimit-policy"); policy != headers.end()) {
    const Fields whole = ReadFields(policy->second);
    if (whole.last_name != limit.bucket) return limit;
    if (whole.numbers.contains("q")) limit.quota = whole.numbers.at("q");
    if (whole.numbers.contains("w")) limit.window = Seconds(whole.numbers.at("w"));
  }
  return limit;
}

HubQuota QuotaOf(const RateLimit& limit) {
  HubQuota quota;
  quota.remaining = limit.remaining;
  quota.reset_seconds = static_cast<std::uint64_t>(limit.reset_in.count());
  quota.limit = limit.quota;
  if (limit.window) quota.window_seconds = static_cast<std::uint64_t>(limit.window->count());
  return quota;
}

std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view text,
                                                    std::chrono::sys_seconds now) {
  text = Trimmed(text);
  if (const auto seconds = WholeNumber(text)) return Seconds(*seconds);
  const auto date = ParseHttpDate(text);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, std::chrono::seconds(0), Seconds(kDay));
}

}  // namespace counterscan
