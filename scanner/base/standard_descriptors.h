// Standard input, output and error, whatever the caller left of them.
#pragma once

namespace counterscan {

// Call first thing in main(). Where one of the three is closed (`counterscan ... >&-`), the next
// file that the program opens would get its number: a report would be written into a worker's
// socket, and standard input read from it. Each closed one becomes a descriptor that can neither be
// read nor written (EBADF), so that a report that goes nowhere is an error. Ends the process with
// status 2 when not even that can be opened.
void OccupyStandardDescriptors();

}  // namespace counterscan
