// Options that commands share: how the Hub is asked, and what is shown.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "scanner/base/level.h"
#include "scanner/base/result.h"

namespace CLI {
class App;
}

namespace counterscan {

enum class HubMode { kAuto, kRequire, kOff, kFile };
// "auto", "require", "off", "file".
std::string_view Name(HubMode mode);
enum class ColorChoice { kAuto, kAlways, kNever };

struct HubOptions {
  HubMode hub = HubMode::kAuto;
  std::string hub_file;  // of kFile
  std::string hub_digest;
  std::chrono::seconds max_hub_age = std::chrono::days(30);
  // All questions to the live Hub together, nothing for ever; a pause between two of them.
  std::optional<std::chrono::seconds> hub_timeout{};
  std::chrono::milliseconds hub_pause{0};
  bool offline = false;
};

struct ScreenOptions {
  Level fail_on = Level::kSuspicious;
  bool quiet = false, verbose = false, no_progress = false;
  ColorChoice color = ColorChoice::kAuto;
};

// As typed, before they are checked.
struct HubWords {
  std::string mode = "auto", max_age{};
  unsigned timeout = 0, pause = 0;  // seconds, milliseconds; 0 for none
};
struct ScreenWords {
  std::string fail_on, color = "auto";
};

// Where the commands' help differs.
struct HubTexts {
  const char* modes;  // "auto|file:PATH"
  const char* max_age;
  const char* timeout;
  const char* offline;
};

void DeclareHub(CLI::App& app, HubOptions& options, HubWords& words, const HubTexts& texts);
void DeclareFailOn(CLI::App& app, ScreenWords& words, const char* text);
void DeclareScreen(CLI::App& app, ScreenOptions& options, ScreenWords& words, const char* verbose);

// Each Error is a usage error, in words for the user.
Result<void> CheckHub(const HubWords& words, std::span<const HubMode> modes, HubOptions& options);
Result<void> CheckScreen(const ScreenWords& words, ScreenOptions& options);
Result<ColorChoice> ParseColor(const std::string& word);

}  // namespace counterscan
