// What signatures together need of the one who feeds the matcher.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "scanner/engine/clamav_signature.h"

namespace counterscan {

class SignatureNeedsTable {
 public:
  void Add(const SignatureLine& signature);
  // What is not read here line by line (YARA rules), or needs all of a file (its hash).
  void AddUnread(bool regex);
  void Merge(const SignatureNeedsTable& other);
  // Takes what only Add() and Merge() needed.
  void Finish();

  // A file must be matched in one piece.
  bool whole_file() const { return whole_file_; }
  // Bytes that windows must share so that each signature fits into one of them.
  std::uint64_t reach() const { return reach_; }
  bool regex() const { return regex_; }

  // Signatures by this name match at the start (end) of a file, so that a match anywhere else comes
  // from a window that is taken for one.
  bool OnlyAtStart(std::string_view name) const { return Holds(name, kAtStart); }
  bool OnlyAtEnd(std::string_view name) const { return Holds(name, kAtEnd); }

 private:
  enum Place : std::uint8_t { kAtStart = 1, kAtEnd = 2, kAnywhere = 4 };
  bool Holds(std::string_view name, std::uint8_t places) const;

  std::uint64_t reach_ = 0;
  bool whole_file_ = false;
  bool regex_ = false;
  std::unordered_map<std::string, std::uint8_t> places_;  // of names tied to the start or end
};

}  // namespace counterscan
