// UsersIdentity: where the user says that the files come from, against what their place says.
//
// --repo and --revision win. A cache or download that the target lies in was chosen by the user
// with the target, and fills in what they leave open; one that lies inside the target came with the
// files, and its maker must not choose what they are held against.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "hubclient/local_cache.h"
#include "scanner/cli/scan_options.h"
#include "scanner/model/report.h"

namespace counterscan {

class UsersIdentity {
 public:
  // `options` must outlive it.
  explicit UsersIdentity(const ScanOptions& options) : options_(options) {}

  // False when the user named the repository and `place` is one that came with the files.
  bool Believes(const IdentityReader::Answer& place, const std::string& target) const;

  // The identity of a file. `inner` is its path below `target`, which is absolute and normal, or ""
  // for a file that was named itself. `shown` is its name in the report.
  Identity Apply(IdentityReader::Answer place, const std::string& inner, const std::string& target,
                 const std::string& shown);

  // What places said otherwise: "2 files lie where org/other is kept (first: a.bin): ...".
  std::vector<std::string> Disputes() const;

 private:
  struct Dispute {
    std::string first_file;
    std::size_t files = 0;
  };

  const ScanOptions& options_;
  std::map<std::string, Dispute> disputes_;  // by what the place says
};

}  // namespace counterscan
