// NameGap: what a file's name says that its content cannot.
#pragma once

#include <optional>

#include "scanner/model/report.h"

namespace counterscan {

// Interpreters and loaders go by names: a text is a program where its name says so, and what begins
// as a picture is a graph to who opens "frozen.pb". Returns the gap that this leaves, and sets the
// type of a text that is a program. Nothing for other files.
std::optional<Gap> NameGap(FileReport& file);

}  // namespace counterscan
