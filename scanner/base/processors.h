// How many processors this process may run on.
#pragma once

namespace counterscan {

// At least one. Counts those that taskset, a service or a container leaves to it, not those that
// the machine has: more workers than these only stand in each other's way.
unsigned ProcessorCount();

}  // namespace counterscan
