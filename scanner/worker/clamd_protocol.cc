#include "scanner/worker/clamd_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace counterscan {
namespace {

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool TakeSuffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// "stream: " or "fd[11]: ", where the number is clamd's own.
bool TakeWhat(std::string_view& text) {
  if (TakePrefix(text, "stream: ")) return true;
  std::string_view rest = text;
  if (!TakePrefix(rest, "fd[")) return false;
  const std::size_t digits = rest.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return false;
  rest.remove_prefix(digits);
  if (!TakePrefix(rest, "]: ")) return false;
  text = rest;
  return true;
}

std::optional<std::uint64_t> Number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || last != end) return std::nullopt;
  return number;
}

// "Fri Nov 20 09:00:00 2026", as ctime(3) writes it.
std::optional<std::int64_t> ParseCtime(std::string_view text) {
  if (text.size() > 40) return std::nullopt;
  const std::string copy(text);
  std::tm time = {};
  const char* const end = strptime(copy.c_str(), "%a %b %d %H:%M:%S %Y", &time);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const std::time_t seconds = timegm(&time);
  if (seconds < 0) return std::nullopt;
  return static_cast<std::int64_t>(seconds);
}

}  // namespace

Result<ClamdReply> ParseClamdReply(std::string_view reply) {
  using enum ClamdReply::Kind;
  if (TakeSuffix(reply, " ERROR")) {
    TakeWhat(reply);
    return ClamdReply{.kind = kError, .text = std::string(reply)};
  }
  if (TakeWhat(reply)) {
    if (reply == "OK") return ClamdReply{.kind = kOk, .text = {}};
    if (TakeSuffix(reply, " FOUND")) {
      return ClamdReply{.kind = kFound, .text = std::string(reply)};
    }
  }
  return Fail(ErrorCode::kMalformed, "its reply is not understood");
}

Result<ClamdVersion> ParseClamdVersion(std::string_view reply) {
  if (!TakePrefix(reply, "ClamAV ")) return Fail(ErrorCode::kMalformed, "it is not clamd");
  ClamdVersion version;
  const std::size_t slash = std::min(reply.find('/'), reply.size());
  version.engine = reply.substr(0, std::min<std::size_t>(slash, 40));
  reply.remove_prefix(std::min(slash + 1, reply.size()));
  const std::size_t second = std::min(reply.find('/'), reply.size());
  version.database = Number(reply.substr(0, second)).value_or(0);
  reply.remove_prefix(std::min(second + 1, reply.size()));
  if (version.database != 0) version.built = ParseCtime(reply);
  return version;
}

ClamdName MeaningOf(std::string_view name) {
  if (name.starts_with("Heuristics.Limits.")) return ClamdName::kLimit;
  if (name.starts_with("Heuristics.Encrypted.")) return ClamdName::kEncrypted;
  return ClamdName::kSignature;
}

}  // namespace counterscan
