// Whether a reply may confirm anything: that it is whole, the Hub's own, and about what was asked.
#pragma once

#include <string>

#include "hubclient/hub_json.h"
#include "hubclient/hub_record.h"
#include "hubclient/hub_url.h"

namespace counterscan {

// Why nothing in the body of a good reply may confirm anything: it is not whole, or not the Hub's
// own; "" when it may. Flags in it count all the same.
std::string DistrustOf(const HubExchange& exchange, const JsonDocument& document);

// The same where it is about another commit than `url` asks about: that is not about these files.
std::string AboutAnotherCommit(const HubExchange& exchange, const HubUrl& url,
                               const JsonValue& root);

// When what the reply says was so, in RFC 3339: when it came, or when the Hub made it by its Date
// and Age, where that was earlier. A cache hands out what the Hub said before it flagged a file. ""
// when these cannot be read.
std::string TimeOf(const HubExchange& exchange);

enum class Withdrawal { kNo, kYes, kUnclear };

// What the information about a repository says of "disabled", or "withdrawn". Only false, and
// saying nothing, is kNo; what any language takes for true is kYes.
Withdrawal WithdrawalIn(const JsonValue& info);

}  // namespace counterscan
