// The Hub's words for a status, and which of several counts.
//
// OpenAPI of the Hub: unscanned | safe | queued | error | caution | suspicious | unsafe.
#pragma once

#include <string>
#include <string_view>

#include "scanner/model/hub_view.h"

namespace counterscan {

// Only the exact word "safe" is kSafe. A word that flags does so in any case, and with blanks
// around it. "queued" and "unscanned" are kPending; every word that is not the Hub's is kMissing.
HubState StateOfWord(std::string_view word);

// The worse of two states of the same bytes. Flags are worst; below them what leaves the most open.
HubState Worse(HubState a, HubState b);

// "innocuous", "suspicious", "dangerous" as a word for a status. The two that flag do so in any
// case.
std::string StatusOfSafety(std::string_view safety);

}  // namespace counterscan
