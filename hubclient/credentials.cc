#include "hubclient/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace counterscan {
namespace {

constexpr std::uint64_t kTokenFileBytes = 16 * 1024;

std::optional<std::string> Given(const Environment& environment, const std::string& name) {
  auto value = environment(name);
  return value && !value->empty() ? value : std::nullopt;
}

}  // namespace

Result<Token> ParseTokenFile(std::string& content) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = content.find_first_not_of(kBlanks);
  const std::size_t last = content.find_last_not_of(kBlanks);
  std::string line;
  if (first != content.npos) line = content.substr(first, last - first + 1);
  Wipe(content);
  return Token::Parse(line);
}

Credentials ReadCredentials(const Environment& environment, const HubEndpoint& endpoint,
                            const FileReader& read) {
  Credentials credentials;
  if (IsTrueWord(environment("HF_HUB_DISABLE_IMPLICIT_TOKEN").value_or(""))) return credentials;
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    auto value = Given(environment, name);
    if (!value) continue;
    auto token = Token::Parse(*value);
    if (token) {
      credentials.token.emplace(std::move(*token));
      credentials.source = name;
    } else {
      credentials.note =
          fmt::format("{} is no token and was not sent: {}", name, token.error().message);
    }
    return credentials;
  }
  const auto path = TokenFile(environment);
  if (!path) return credentials;
  auto content = read(*path, kTokenFileBytes);
  if (!content) return credentials;
  if (!endpoint.is_hugging_face) {
    Wipe(*content);
    credentials.note =
        fmt::format("the stored token is for {} and was not sent to {}; HF_TOKEN gives one for it",
                    kDefaultEndpoint, endpoint.url);
    return credentials;
  }
  auto token = ParseTokenFile(*content);
  if (token) {
    credentials.token.emplace(std::move(*token));
    credentials.source = "the token file";
  } else {
    credentials.note =
        fmt::format("the token file holds no token: {}; nothing was sent", token.error().message);
  }
  return credentials;
}

}  // namespace counterscan
