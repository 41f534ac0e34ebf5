// Summary: what a report counts. Built file by file, so that a stream of files can have one.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include "scanner/model/report.h"

namespace counterscan {

struct Summary {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::array<std::uint64_t, 5> verdicts{};               // by Verdict
  std::array<std::uint64_t, kAgreementCount> classes{};  // by Agreement
  std::array<std::uint64_t, 4> findings{};               // by Level, suppressed ones apart
  std::uint64_t suppressed = 0;
  std::array<std::uint64_t, kHubStateCount> hub_states{};  // by HubState
  std::map<GapReason, std::uint64_t> gaps;

  void Add(const FileReport& file);

  std::uint64_t operator[](Verdict v) const { return verdicts[static_cast<std::size_t>(v)]; }
  std::uint64_t operator[](Agreement a) const { return classes[static_cast<std::size_t>(a)]; }
  std::uint64_t operator[](Level l) const { return findings[static_cast<std::size_t>(l)]; }
  std::uint64_t operator[](HubState s) const { return hub_states[static_cast<std::size_t>(s)]; }
};

Summary Summarise(const Report& report);

}  // namespace counterscan
