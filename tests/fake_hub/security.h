// What the Hub's scanners say of one file, in the words of its API.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/fake_hub/repository.h"

namespace counterscan::fake {

// "unscanned", "safe", "queued", "error", "caution", "suspicious", "unsafe": the Hub's whole list,
// in its order, which is also how a file's status follows from its scanners': the last one wins.
const std::vector<std::string>& StatusWords();

struct PickleImport {
  std::string module;
  std::string name;
  std::string safety;  // "innocuous", "suspicious", "dangerous"
};

struct Scans {
  std::string av = "safe";
  std::string pickle = "unscanned";
  std::string protect_ai = "safe";
  std::string virus_total = "unscanned";
  std::string jfrog = "unscanned";
  std::vector<PickleImport> imports{};
  std::string av_message = "No security issues detected";
};

// The member "securityFileStatus" as since October 2024.
Json SecurityFileStatus(const Scans& scans);
// The same with the file's status replaced by `status`: a Hub that contradicts itself.
Json SecurityFileStatus(const Scans& scans, std::string_view status);

// The member "security" as until October 2024. `virus` is "" for none found; without imports the
// pickle scan is null.
Json OldSecurity(const Repo& repo, const File& file, std::string_view virus,
                 const std::vector<PickleImport>& imports);

}  // namespace counterscan::fake
