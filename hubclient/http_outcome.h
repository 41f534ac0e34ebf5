// What an HTTP reply of the Hub means before its body is read: refusals, and whether the body is
// the one that was sent.
#pragma once

#include <optional>
#include <string>

#include "hubclient/hub_record.h"
#include "hubclient/no_answer.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/model/hub_view.h"

namespace counterscan {

struct Refusal {
  HubState state = HubState::kUnreachable;
  std::string reason{};
  NoAnswer cause = NoAnswer::kNoReply;
};

// Why this exchange is no answer; nothing for a status of 200 to 299. A 401 alone never means that
// a repository does not exist: private ones answer the same.
std::optional<Refusal> RefusalOf(const HubExchange& exchange, const HubLimits& limits);

// Why a body that came with a status of 200 to 299 may confirm nothing, though a flag in it counts;
// "" when it may. The Hub answers with 200, as application/json, and without an error: a 206 is a
// part of something, a 203 is a proxy's words for it (RFC 9110 section 15.3), and JSON under
// another name is not from the Hub. A reply that does not say what it is, as in a saved answer
// without headers, is taken for JSON.
std::string DoubtOf(const HubExchange& exchange);

// True for a refusal of a server that does not know what it is asked: a mirror of a part of the
// Hub.
bool IsUnknownCall(const HubExchange& exchange);

// Why a body of a good reply could not be read as JSON at all.
Refusal RefusalOfBody(const HubExchange& exchange, const Error& error);

enum class EtagCheck {
  kNone,     // no ETag, or not in the form we know
  kFits,     // the body is the one the ETag was made for
  kDiffers,  // the body was changed or cut
};

// The Hub's ETags are W/"<length in hex>-<first 27 characters of base64(sha1(body))>".
EtagCheck CheckEtag(const HubExchange& exchange);

}  // namespace counterscan
