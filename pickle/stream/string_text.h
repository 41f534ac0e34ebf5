// The two ways in which text opcodes escape strings.
#pragma once

#include <string>
#include <string_view>

namespace counterscan::pickle {

// STRING: the line without its quotes, backslash escapes resolved (\x41, \101, \n ...). A line
// without matching quotes, which every reader refuses, comes back as it is.
std::string UnescapeQuoted(std::string_view line);

// True when the line has matching quotes at both ends.
bool IsQuoted(std::string_view line);

// UNICODE: raw-unicode-escape. Only \uXXXX and \UXXXXXXXX after an odd run of backslashes are
// escapes; every other byte is Latin-1. The result is UTF-8 (surrogates in three bytes).
std::string UnescapeRawUnicode(std::string_view line);

}  // namespace counterscan::pickle
