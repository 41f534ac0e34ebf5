#include "hubclient/environment.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace counterscan {
namespace {

std::string Lookup(const Environment& environment, const std::string& name) {
  return environment(name).value_or("");
}

// os.path.expandvars: $NAME and ${NAME}; a name that is not set stays as it is.
std::string ExpandVariables(std::string_view text, const Environment& environment) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    out.append(text.substr(0, dollar));
    if (dollar == text.npos) break;
    text.remove_prefix(dollar);
    const bool braces = text.starts_with("${");
    const std::string_view rest = text.substr(braces ? 2 : 1);
    const auto end = std::find_if(rest.begin(), rest.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_';
    });
    const std::string name(rest.begin(), end);
    const bool closed = !braces || (end != rest.end() && *end == '}');
    const auto value = name.empty() || !closed ? std::nullopt : environment(name);
    const std::size_t length = name.size() + (braces ? 3 : 1);
    if (value) {
      out += *value;
      text.remove_prefix(length);
    } else {
      out += '$';
      text.remove_prefix(1);
    }
  }
  return out;
}

Result<std::string> Expand(std::string text, const Environment& environment) {
  if (text == "~" || text.starts_with("~/")) {
    const std::string home = Lookup(environment, "HOME");
    if (home.empty()) {
      return Fail(ErrorCode::kIo, "the home directory is not known: set HOME or HF_HUB_CACHE");
    }
    text.replace(0, 1, home);
  }
  return ExpandVariables(text, environment);
}

// Not expanded yet.
std::string HuggingFaceHome(const Environment& environment) {
  const std::string home = Lookup(environment, "HF_HOME");
  if (!home.empty()) return home;
  const std::string caches = Lookup(environment, "XDG_CACHE_HOME");
  return (caches.empty() ? "~/.cache" : caches) + "/huggingface";
}

Result<std::string> CacheFolder(const Environment& environment) {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const std::string value = Lookup(environment, name); !value.empty()) {
      return Expand(value, environment);
    }
  }
  return Expand(HuggingFaceHome(environment) + "/hub", environment);
}

}  // namespace

std::string EndpointText(const Environment& environment) {
  std::string endpoint = Lookup(environment, "HF_ENDPOINT");
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint.empty() ? std::string(kDefaultEndpoint) : endpoint;
}

std::optional<std::string> TokenFile(const Environment& environment) {
  std::string path = Lookup(environment, "HF_TOKEN_PATH");
  if (path.empty()) path = HuggingFaceHome(environment) + "/token";
  auto expanded = Expand(std::move(path), environment);
  if (!expanded) return std::nullopt;
  return std::move(*expanded);
}

std::optional<std::string_view> OfflineVariable(const Environment& environment) {
  for (const char* name : {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}) {
    const std::string value = Lookup(environment, name);
    if (value.empty()) continue;
    return IsTrueWord(value) ? std::optional<std::string_view>(name) : std::nullopt;
  }
  return std::nullopt;
}

bool IsTrueWord(std::string_view value) {
  std::string upper(value);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  constexpr auto kTrue = std::to_array<std::string_view>({"1", "ON", "YES", "TRUE"});
  return std::find(kTrue.begin(), kTrue.end(), upper) != kTrue.end();
}

Result<HubSettings> ReadHubSettings(const Environment& environment) {
  HubSettings settings;
  settings.cache = TRY(CacheFolder(environment));
  settings.endpoint = EndpointText(environment);
  return settings;
}

}  // namespace counterscan
