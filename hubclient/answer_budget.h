// AnswerBudget: how much of the Hub's answers is kept for a scan of many repositories.
//
// What an answer says of the files that were asked about, and every flag in it, matters most: a
// flag counts for the same bytes wherever they are. What does not fit is left out in this order,
// and said:
//
//   1. what the Hub says of other files, where it flags nothing
//   2. the flags themselves: the answer then says that it flags a file without naming it, and that
//      flags are lost, after which no "safe" of any answer confirms anything
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "hubclient/hub_answers.h"

namespace counterscan {

// About how much memory an answer takes, with its place in the indices.
std::uint64_t MemoryOf(const RepoAnswer& answer);
std::uint64_t MemoryOf(const HubEntry& entry);

class AnswerBudget {
 public:
  explicit AnswerBudget(std::uint64_t bytes) : left_(bytes) {}

  // Cuts `answer` to what still fits. `paths` are those that were asked about, none for all.
  void Fit(RepoAnswer& answer, std::span<const std::string> paths);

 private:
  bool Takes(const RepoAnswer& answer);

  std::uint64_t left_;
};

}  // namespace counterscan
