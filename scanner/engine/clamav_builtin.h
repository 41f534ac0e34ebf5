// The signatures that come with the program, written for it.
//
// A handful of model threats and the EICAR test file, so that the matcher has something to look for
// where no signature database is installed. They are no substitute for one. Each keeps to two
// promises: it needs bytes that honest files do not have side by side (a call, not a mention), and
// it matches within a bounded number of bytes, so that files of any size can be matched in windows.
#pragma once

#include <string>

namespace counterscan {

// Lines for a .ndb file. Put together at run time: EICAR lies nowhere in the program as it is.
std::string BuiltinSignatures();

// The one of them that the EICAR test file matches.
std::string EicarSignature();
inline constexpr const char* kEicarSignatureName = "Counterscan.Test.EICAR";

// The EICAR test file's 68 bytes (https://www.eicar.org/download-anti-malware-testfile/).
std::string EicarTestFile();

}  // namespace counterscan
