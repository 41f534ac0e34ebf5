// The groups that the presets come in.
#pragma once

#include <vector>

#include "tests/fake_hub/presets.h"

namespace counterscan::fake {

std::vector<Preset> OrdinaryPresets();  // as most are: clean, flagged, renamed, private
std::vector<Preset> GatedPresets();
std::vector<Preset> StatusPresets();    // every dialect, word and hole of a status
std::vector<Preset> RecordedPresets();  // as the real Hub had them

}  // namespace counterscan::fake
