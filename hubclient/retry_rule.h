// RetryRule: whether a request is made again, and after how long.
//
// Only what another try can change: 408, 429, 500, 502, 503, 504, and connections that failed. As
// the official client does it (huggingface_hub, utils/_http.py), but that a date in Retry-After is
// understood, and a limit that a wait would not lift is not waited for.
#pragma once

#include <chrono>
#include <optional>

#include "hubclient/http.h"

namespace counterscan {

// How long to wait before the next try; nothing when there is none. `tries` counts those made, 1
// and more. `chance` from 0 to 1 spreads requests that failed together.
std::optional<std::chrono::milliseconds> RetryDelay(const HttpReply& reply, int tries,
                                                    double chance, std::chrono::sys_seconds now);

}  // namespace counterscan
