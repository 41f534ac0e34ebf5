// The text of a policy file: what a user adds to the built-in policy of imports.
//
//   # names of our own packages
//   allow acme.layers RotaryBlock            # ours, reviewed in MODEL-12
//   allow acme.layers Quantised instantiate  # created, but not called
//   deny  acme.legacy * suspicious           # anything in it and below
//   deny  pandas read_pickle                 # unsafe, when nothing else is said
//
// One row a line, a reason behind '#'. Lines rather than TOML: a row is what a reviewer reads,
// greps for and sees in a diff, and an error has a line number; TOML would take four lines for each
// name, and a parser that we would have to trust.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/import_policy.h"
#include "scanner/base/result.h"

namespace counterscan {

// The rows of a policy. `shown` is what the file is called in rows and errors. An Error is for the
// user: "team.policy:3: 'alow' is neither allow nor deny". What a policy cannot allow, because the
// built-in tables call it unsafe, is an error and not silently without effect.
Result<std::vector<ImportRow>> ParsePolicy(std::string_view text, std::string_view shown);

// --allow-import MODULE.NAME[:instantiate|call]: a row for each way to split the name, as a dotted
// name can be a class inside a class or a module inside a package.
Result<std::vector<ImportRow>> ParseAllowedImport(const std::string& argument);
// --deny-import MODULE.NAME, or MODULE.* for all of it.
Result<std::vector<ImportRow>> ParseDeniedImport(const std::string& argument);

}  // namespace counterscan
