// The environment of this process.
#pragma once

#include <string_view>

#include "hubclient/environment.h"

namespace counterscan {

Environment ProcessEnvironment();

}  // namespace counterscan
