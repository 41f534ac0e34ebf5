// The word of one scanner of the Hub, or of a file as a whole, in any dialect.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hubclient/hub_json.h"
#include "scanner/base/limits.h"
#include "scanner/model/hub_view.h"

namespace counterscan {

// A text of the Hub's, as much of it as is kept.
std::string KeptText(std::string_view text, const HubLimits& limits);

// True for what stands beside the scanners of a file without being one.
bool IsNoScanner(std::string_view name);

// The word of `object`, in any dialect. Of repeated keys the worst counts; a word in the wrong kind
// ("status": null) reads as "", but for a flag inside it.
std::optional<std::string> WordOf(const JsonValue& object);

// Its status is the worst of what it says: a flag in a member that we do not know counts, and so
// does the name of a virus.
HubScanner ReadScanner(std::string_view name, const JsonValue& object, const HubLimits& limits);

// The word that a scanner gives for itself, before what stands beside it is counted; "" for none.
std::string_view PlainWord(const JsonValue& scanner);

// The first member of a scanner that says "safe" which does not go with it, as its name: one that
// is not known and does not go with "safe", or a text that is none, or that denies it. "" for none.
std::string_view MemberBesideSafe(const JsonValue& scanner);

// False for a member that holds more than nothing, a time, a description or good news, and for one
// that says that the scan is not done.
bool GoesWithSafe(std::string_view name, const JsonValue& value);

// True for a member that is about safety, by its name ("riskLevel", "safety2") or by a text in it
// that tells of a threat.
bool SpeaksOfSafety(std::string_view name, const JsonValue& value);

// True for a message that tells of a scan that was not made: "file too large, not scanned".
bool TellsOfNoScan(std::string_view message);

// True for a message that denies a "safe": "3/76 engines detect it as malicious.", "Detected
// malware signatures: ...".
bool DeniesItsWord(std::string_view message);

}  // namespace counterscan
