// What the user adds to the policy of imports: --policy, --allow-import and --deny-import.
//
// Never taken from what is scanned: a model's repository must not bring the policy that excuses it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "scanner/base/import_policy.h"
#include "scanner/base/result.h"
#include "scanner/cli/arguments.h"
#include "scanner/model/report.h"

namespace counterscan {

struct PolicyWords {
  std::vector<std::string> files;
  std::vector<std::string> allowed;
  std::vector<std::string> denied;
};

void DeclarePolicy(CLI::App& app, PolicyWords& words);

class UserPolicyChoice {
 public:
  // Reads the files. An Error is a usage error, in words for the user.
  static Result<UserPolicyChoice> Load(const PolicyWords& words);

  const std::vector<ImportRow>& rows() const { return rows_; }
  // What a report says of it: each source with how many rows it has.
  const std::vector<PolicySource>& sources() const { return sources_; }
  bool has_files() const { return !files_.empty(); }
  // One of the files has another name somewhere, which may be among what is scanned.
  bool has_other_names() const;

  // A usage error when a file of the policy lies below the directory `root`, by the name it was
  // given or by where that leads, or is the file `path` itself.
  Result<void> RefuseBelow(const std::string& root) const;
  Result<void> RefuseFile(const std::string& path) const;

 private:
  struct File {
    std::string shown;
    dev_t device = 0;
    ino_t inode = 0;
    nlink_t links = 1;
  };
  Result<void> LoadFile(const std::string& path);

  std::vector<ImportRow> rows_;
  std::vector<PolicySource> sources_;
  std::vector<File> files_;
};

}  // namespace counterscan
