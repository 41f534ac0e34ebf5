// Whether a kept word on a repository holds together.
//
// Answers of an earlier run come back from a file, which may be damaged, of another make, or
// written to by somebody else. One that contradicts itself ("safe" beside a flag, or without files)
// was not made by WordOn and says nothing: then the Hub is asked again.
#pragma once

#include "hubclient/hub_source.h"
#include "scanner/model/repository_word.h"

namespace counterscan {

// True when WordOn could have made this word of the answer to a query of this scope. That it did is
// not known.
bool HoldsTogether(const RepositoryWord& word, HubScope scope);

}  // namespace counterscan
