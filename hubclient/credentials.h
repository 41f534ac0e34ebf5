// Credentials: which token is sent to the Hub, if any.
//
//   HF_TOKEN, else HUGGING_FACE_HUB_TOKEN   explicit: sent to whatever HF_ENDPOINT names
//   the file HF_TOKEN_PATH, else "token" in HF_HOME   sent to https://huggingface.co alone
//
// (huggingface_hub, utils/_auth.py.) A file written by `hf auth login` was made for one server: a
// mirror named by the environment must not learn it. HF_HUB_DISABLE_IMPLICIT_TOKEN: none is sent.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "hubclient/environment.h"
#include "hubclient/hub_endpoint.h"
#include "hubclient/token.h"

namespace counterscan {

struct Credentials {
  std::optional<Token> token{};
  std::string source{};  // "HF_TOKEN", "the token file"; "" when there is no token
  // Why a token that is there is not sent; "" when there is nothing to say. Fit to print.
  std::string note{};
};

// Reads a file of at most so many bytes, as ReadNamedFile does.
using FileReader =
    std::function<Result<std::string>(const std::string& path, std::uint64_t max_bytes)>;

Credentials ReadCredentials(const Environment& environment, const HubEndpoint& endpoint,
                            const FileReader& read);

// The text of a token file: one line, blanks around it dropped. Wipes `content`.
Result<Token> ParseTokenFile(std::string& content);

}  // namespace counterscan
