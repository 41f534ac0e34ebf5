// What the HF_* variables of the environment say (huggingface_hub, constants.py).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace counterscan {

// Looks a variable up; nothing when it is not set. Tests bring their own.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct HubSettings {
  // Folder that holds models--org--name: HF_HUB_CACHE, else HUGGINGFACE_HUB_CACHE, else "hub" in
  // HF_HOME, else in $XDG_CACHE_HOME/huggingface, else in ~/.cache/huggingface.
  std::string cache;
  // HF_ENDPOINT without its last '/'; https://huggingface.co when not set.
  std::string endpoint;
};

inline constexpr std::string_view kDefaultEndpoint = "https://huggingface.co";

// A variable that is set but empty counts as not set. "~" and $NAME in folders are expanded. Fails
// when the cache would be below a home that is not known.
Result<HubSettings> ReadHubSettings(const Environment& environment);

// HF_ENDPOINT without its last '/', unchecked; kDefaultEndpoint when not set.
std::string EndpointText(const Environment& environment);

// HF_TOKEN_PATH, else "token" in HF_HOME; nothing when no home is known.
std::optional<std::string> TokenFile(const Environment& environment);

// The variable that says to ask nobody: HF_HUB_OFFLINE or, where that is not set, its older name
// TRANSFORMERS_OFFLINE. Nothing when the one that counts is not a true word.
std::optional<std::string_view> OfflineVariable(const Environment& environment);

// "1", "ON", "YES" and "TRUE" in any case; everything else is false.
bool IsTrueWord(std::string_view value);

}  // namespace counterscan
