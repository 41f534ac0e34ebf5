// Listed classes: the classes and functions of libraries that make_policy.py found harmless.
//
// Tens of thousands of names, kept as the sorted text that listed_classes.def spells and searched
// where it lies: there is no index to build, and a process that judges no pickle never touches it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "pickle/policy/policy.h"

namespace counterscan::pickle {

// A run of rows, sorted by module; a module's rows are all in one section. Each row is a line:
// "module u name name ...", where u is the use.
struct ListedSection {
  std::string_view first_module;
  std::string_view rows;
};

// Sorted by first_module.
std::span<const ListedSection> ListedSections();

// How a class or function on the list may be used; nullopt when it is not listed.
std::optional<Use> ListedClassUse(std::string_view module, std::string_view name);

}  // namespace counterscan::pickle
