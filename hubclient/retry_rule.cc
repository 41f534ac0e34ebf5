#include "hubclient/retry_rule.h"

#include <algorithm>
#include <array>

#include "hubclient/rate_limit.h"

namespace counterscan {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kStatusRetries = 5;

bool IsWorthAnotherTry(int status) {
  constexpr auto kStatuses = std::to_array({408, 429, 500, 502, 503, 504});
  return std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
}

// What the server asks for, plus a second: its clock and ours differ in their fractions.
std::optional<seconds> AskedWait(const HttpReply& reply, std::chrono::sys_seconds now) {
  if (reply.status == 429) {
    const auto limit = ReadRateLimit(reply.headers);
    // With requests left it is another limit, and this header says nothing about it.
    if (limit && limit->remaining == 0) return limit->reset_in + seconds(1);
  }
  const auto header = reply.headers.find("retry-after");
  if (header == reply.headers.end()) return std::nullopt;
  const auto wait = ParseRetryAfter(header->second, now);
  if (!wait) return std::nullopt;
  return *wait + seconds(1);
}

}  // namespace

std::optional<milliseconds> RetryDelay(const HttpReply& reply, int tries, double chance,
                                       std::chrono::sys_seconds now) {
  if (reply.status == 0 ? tries > RowOf(reply.cause).retries
                        : tries > kStatusRetries || !IsWorthAnotherTry(reply.status)) {
    return std::nullopt;
  }
  if (const auto asked = AskedWait(reply, now)) return *asked;
  // 1, 2, 4, 8, 8 seconds, and up to a quarter more.
  const double base = 1000.0 * (1 << std::min(tries - 1, 3));
  return milliseconds(static_cast<milliseconds::rep>(base * (1.0 + 0.25 * chance)));
}

}  // namespace counterscan
