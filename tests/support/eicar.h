// The EICAR test file, put together at run time so that no scanner stumbles over our sources.
#pragma once

#include <string>

namespace counterscan {

// The 68 standard bytes.
inline std::string Eicar() {
  const std::string first = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$";
  const std::string second = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
  return first + second;
}

}  // namespace counterscan
