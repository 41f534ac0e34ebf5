// What a directory of ClamAV signatures holds, for people and for programs.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "scanner/model/report.h"
#include "scanner/report/text_options.h"

namespace counterscan {

inline constexpr std::string_view kDatabaseSchema = "counterscan.db/1";

struct DatabaseReport {
  std::string directory;
  std::string now;  // RFC 3339, what ages are counted to
  EngineInfo engine;
  std::vector<Gap> gaps;  // what every scan with them would lack
  bool fresh = false;
  SandboxInfo sandbox;
};

// A row for each file, then what they come to together.
std::string DatabaseText(const DatabaseReport& report, const TextOptions& options);
std::string DatabaseJson(const DatabaseReport& report);

// "daily.cld       version 27817, 2026-11-20T10:00:00Z, 6 days old, 2,073,215 signatures, signed".
std::string DatabaseFileWords(const DatabaseFile& file, std::string_view now);

// The two ways on where there are no signatures, or old ones.
std::string SignatureAdvice(const TextOptions& options);

}  // namespace counterscan
