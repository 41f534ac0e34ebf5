#include "scanner/engine/signature_needs.h"

#include <algorithm>

namespace counterscan {

void SignatureNeedsTable::Add(const SignatureLine& signature) {
  using enum SignatureNeeds;
  if (signature.needs == kNothing) return;
  regex_ = regex_ || signature.regex;
  whole_file_ = whole_file_ || signature.needs == kWholeFile;
  if (signature.needs != kWholeFile) reach_ = std::max(reach_, signature.reach);
  places_[std::string(signature.name)] |= signature.needs == kStart ? kAtStart
                                          : signature.needs == kEnd ? kAtEnd
                                                                    : kAnywhere;
}

void SignatureNeedsTable::AddUnread(bool regex) {
  whole_file_ = true;
  regex_ = regex_ || regex;
}

void SignatureNeedsTable::Merge(const SignatureNeedsTable& other) {
  reach_ = std::max(reach_, other.reach_);
  whole_file_ = whole_file_ || other.whole_file_;
  regex_ = regex_ || other.regex_;
  for (const auto& [name, places] : other.places_) places_[name] |= places;
}

void SignatureNeedsTable::Finish() {
  std::erase_if(places_, [](const auto& entry) { return (entry.second & kAnywhere) != 0; });
}

bool SignatureNeedsTable::Holds(std::string_view name, std::uint8_t places) const {
  constexpr std::string_view kSuffix = ".UNOFFICIAL";
  auto entry = places_.find(std::string(name));
  if (entry == places_.end() && name.ends_with(kSuffix)) {
    name.remove_suffix(kSuffix.size());
    entry = places_.find(std::string(name));
  }
  return entry != places_.end() && entry->second == places;
}

}  // namespace counterscan
