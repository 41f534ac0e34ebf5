// Paths as people and servers get them wrong, held against paths as they are.
//
// A flag for a path that does not exist may mean one that does. What is compared here only ever
// makes a word worse, so that it is rather taken for the same once too often.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "hubclient/repo_id.h"

namespace counterscan {

// A path without what changes nothing about which file is meant: case, blanks, characters without
// a width, wide forms of ASCII, percent escapes however often they are escaped, "./", "//" and
// backslashes. "" for what is no path.
std::string LoosePath(std::string_view path);

// Hash of a path without the characters that Unicode writes in several ways: "é" may be one of
// them, or an "e" and an accent. Different paths may have the same.
std::size_t PathOutline(std::string_view path);

// The outlines of all that a flagged path of `repo` may mean: itself, and, where it begins as an
// address of the Hub does ("models/org/name/x", "resolve/main/x"), what follows.
std::vector<std::size_t> OutlinesMeantBy(std::string_view path, const RepoId& repo);

}  // namespace counterscan
