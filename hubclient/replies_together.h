// What the replies about one repository say of each other, once all of them are read.
#pragma once

#include "hubclient/hub_answers.h"

namespace counterscan {

// Takes flags of the repository's own status to the files they name; holds entries of one path
// against each other; and notes where the replies contradict each other. Nothing gets better by it.
void HoldRepliesTogether(RepoAnswer& answer);

}  // namespace counterscan
