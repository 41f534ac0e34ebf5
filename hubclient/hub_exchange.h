// From a request and its reply to what is kept of them.
#pragma once

#include <string>

#include "hubclient/http.h"
#include "hubclient/hub_record.h"

namespace counterscan {

// `time` is when the reply came (RFC 3339). Of the headers those are kept that say something.
HubExchange MakeExchange(HttpRequest request, HttpReply reply, std::string time);

}  // namespace counterscan
