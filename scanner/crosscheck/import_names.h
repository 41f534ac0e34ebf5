// Names that pickles import, so that ours and the Hub's can be compared one by one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/model/report.h"

namespace counterscan {

// Equal for two spellings of one import: what Python 3 makes of a Python 2 name is the same name.
//
// Module and name are joined by a space, as GLOBAL's two lines are in pickletools: the Hub's
// scanner cuts them apart again at the first space, wherever that stood.
std::string ImportKey(std::string_view module, std::string_view name);

// One import as it is written in the file, at its worst level anywhere in it.
struct OurImport {
  std::string module;
  std::string name;
  Level level = Level::kClean;
  std::string where;  // the member it is worst in
};

struct OurImports {
  std::map<std::string, OurImport> named;  // by ImportKey
  std::size_t unnamed = 0;                 // made while loading, known in part or not at all
};
OurImports ImportsOf(const FileReport& file);

// True for modules that the scanner behind pickleImportScan, picklescan, knew as dangerous only
// after version 0.0.32, which the Hub runs: it lists names of these as "suspicious" at worst.
bool IsBlindSpotOf0032(std::string_view module, std::string_view name);

}  // namespace counterscan
