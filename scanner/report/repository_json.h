// What the Hub says of repositories, as JSON: schema "counterscan.hub-status/1".
//
// As JSON lines: a header, one object a repository as it is finished, and a closing object with
// "summary", so that a file that was cut is seen to be cut.
#pragma once

#include <string>
#include <string_view>

#include "scanner/model/repository_word.h"

namespace counterscan {

inline constexpr std::string_view kHubStatusSchema = "counterscan.hub-status/1";

std::string RepositoryJson(const RepositoryReport& report);

// Each with its newline. The header needs nothing but how the Hub was asked.
std::string RepositoryJsonlHeader(const RepositoryReport& report);
std::string RepositoryJsonlWord(const RepositoryWord& word);
std::string RepositoryJsonlEnd(const RepositoryReport& report);

}  // namespace counterscan
