#include "pickle/policy/user_policy.h"

#include <algorithm>
#include <utility>

namespace counterscan::pickle {
namespace {

std::string PairKey(std::string_view module, std::string_view name) {
  return std::string(module) + '\n' + std::string(name);
}

std::string PathOf(std::string_view module, std::string_view name) {
  return std::string(module) + '.' + std::string(name);
}

}  // namespace

UserPolicy::UserPolicy(std::vector<ImportRow> rows) : rows_(std::move(rows)) {
  const auto keep_worse = [](auto& table, std::string key, const ImportRow& row) {
    const auto [kept, is_new] = table.try_emplace(std::move(key), &row);
    if (!is_new && kept->second->level < row.level) kept->second = &row;
  };
  for (const ImportRow& row : rows_) {
    if (row.verb == ImportRow::Verb::kAllow) {
      const auto [kept, is_new] = allowed_.try_emplace(PairKey(row.module, row.name), &row);
      if (!is_new && kept->second->use < row.use) kept->second = &row;
    } else if (row.name == "*") {
      keep_worse(denied_below_, row.module, row);
      longest_below_ = std::max(longest_below_, row.module.size());
    } else {
      keep_worse(denied_, PathOf(row.module, row.name), row);
    }
  }
}

const ImportRow* UserPolicy::Allows(std::string_view module, std::string_view name) const {
  if (allowed_.empty()) return nullptr;
  const auto row = allowed_.find(PairKey(module, name));
  return row == allowed_.end() ? nullptr : row->second;
}

const ImportRow* UserPolicy::Denies(std::string_view module, std::string_view name) const {
  if (denied_.empty() && denied_below_.empty()) return nullptr;
  const ImportRow* worst = nullptr;
  const auto consider = [&](const auto& table, const std::string& key) {
    const auto row = table.find(key);
    if (row == table.end()) return;
    if (worst == nullptr || worst->level < row->second->level) worst = row->second;
  };
  const std::string path = PathOf(module, name);
  consider(denied_, path);
  // A name may be as long as the file makes it; no row is.
  for (std::size_t dot = path.find('.'); dot != std::string::npos && dot <= longest_below_;
       dot = path.find('.', dot + 1)) {
    consider(denied_below_, path.substr(0, dot));
  }
  return worst;
}

}  // namespace counterscan::pickle
