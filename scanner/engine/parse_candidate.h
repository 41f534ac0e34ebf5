// Whether libclamav's parsers may find in a file what matching its bytes does not.
//
// They cost a hundred times what matching costs, and add nothing to weights, pictures and plain
// text. What they add lies in programs, documents, mails, web pages, archives, and in what nobody
// knows. This decides about effort alone: a type that can carry code leaves its gap either way.
#pragma once

#include "scanner/base/byte_source.h"
#include "scanner/detect/file_type.h"

namespace counterscan {

// Reads text to its end, to see whether it is a mail, a web page, or has a file encoded in it.
bool WorthParsing(detect::FileType type, const ByteSource& file);

}  // namespace counterscan
