// The text of a user's policy: whatever it holds, rows come out that make a policy, or an error
// that is one printable line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pickle/policy/user_policy.h"
#include "scanner/base/text.h"
#include "scanner/cli/policy_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rows = counterscan::ParsePolicy(text, "p");
  if (!rows) {
    if (counterscan::PrintableAgain(rows.error().message) != rows.error().message) std::abort();
    return 0;
  }
  const counterscan::pickle::UserPolicy policy(*rows);
  for (const counterscan::ImportRow& row : *rows) {
    const bool allows = row.verb == counterscan::ImportRow::Verb::kAllow;
    if (allows && policy.Allows(row.module, row.name) == nullptr) std::abort();
    if (!allows && policy.Denies(row.module, row.name == "*" ? "x" : row.name) == nullptr) {
      std::abort();
    }
    if (counterscan::PrintableAgain(row.reason) != row.reason) std::abort();
  }
  return 0;
}
