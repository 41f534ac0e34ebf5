// Names that the Hub's ClamAV gives to what it finds in pickles.
//
//     Py.Malware.{Category}_{module}_{function}_{opcode}
//     Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL
//
// Modules, functions and opcodes hold '_' themselves, and a module's dots may have become '_', so
// such a name cannot be taken apart alone: only held against imports that are known.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scanner/crosscheck/import_names.h"

namespace counterscan {

// The names of this form in a message of avScan, each once, without what ClamAV may append:
// "-1234-0", ".UNOFFICIAL". Long ones are cut.
std::vector<std::string> PickleSignaturesIn(std::string_view message);

// Finds the import that a signature is about.
class SignatureIndex {
 public:
  // `ours` must outlive the index.
  explicit SignatureIndex(const OurImports& ours);

  // The import with the longest name that fits right behind the category; else one that fits
  // further inside, in case categories ever hold '_'; nullptr when there is none.
  const OurImport* Find(std::string_view signature) const;

 private:
  void Add(std::string_view module, std::string_view name, const OurImport& import);
  const OurImport* LongestAt(std::string_view flat) const;

  std::unordered_map<std::string, const OurImport*> by_flat_name_;
};

}  // namespace counterscan
