// Ctrl-C, SIGTERM and SIGHUP: the first asks for a partial report; another one, a second or more
// later, ends the program at once.
#pragma once

namespace counterscan {

// Installs the handlers. Call before any worker is started.
void WatchForInterrupts();

// True once a signal has come.
bool Interrupted();

}  // namespace counterscan
