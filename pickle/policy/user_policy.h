// UserPolicy: the rows that the user adds, looked up by name.
//
// Allowed are exactly the pairs in the rows. Denied is a dotted path, however it is split into
// module and name, and everything below "module.*".
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scanner/base/import_policy.h"

namespace counterscan::pickle {

class UserPolicy {
 public:
  explicit UserPolicy(std::vector<ImportRow> rows);
  UserPolicy(const UserPolicy&) = delete;
  UserPolicy& operator=(const UserPolicy&) = delete;

  // The row that speaks for the name, nullptr for none. Of several the first of the widest use, or
  // of the worst level. Valid as long as the policy.
  const ImportRow* Allows(std::string_view module, std::string_view name) const;
  const ImportRow* Denies(std::string_view module, std::string_view name) const;

 private:
  std::vector<ImportRow> rows_;
  std::unordered_map<std::string, const ImportRow*> allowed_;  // by module, newline, name
  std::unordered_map<std::string, const ImportRow*> denied_;   // by dotted path
  std::unordered_map<std::string, const ImportRow*> denied_below_;
  std::size_t longest_below_ = 0;  // of its keys
};

}  // namespace counterscan::pickle
