// How long replies of the Hub may be read once they are here.
//
// Reading takes a moment for what the Hub sends, and seconds for what somebody else made to take
// long; nobody waits for that beyond the time that was given for the Hub.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "hubclient/hub_record.h"

namespace counterscan {

// From now on. `stop` is the user's; nothing as `timeout` is for ever. What came at the last moment
// is still read: it may hold a flag.
StopReading StopReadingAfter(std::optional<std::chrono::milliseconds> timeout,
                             std::function<bool()> stop);

}  // namespace counterscan
