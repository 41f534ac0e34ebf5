#include "scanner/cli/common_options.h"

#include <string_view>
#include <vector>

#include "hubclient/repo_id.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"

namespace counterscan {
namespace {

constexpr std::string_view kFilePrefix = "file:";
// Whoever asks for longer means for ever.
constexpr unsigned kLongestTimeout = 7 * 86'400;
constexpr unsigned kLongestPause = 3'600'000;

// As it is written on the command line.
std::string Written(HubMode mode) {
  return mode == HubMode::kFile ? "file:PATH" : std::string(Name(mode));
}

}  // namespace

std::string_view Name(HubMode mode) {
  switch (mode) {
    case HubMode::kAuto:
      return "auto";
    case HubMode::kRequire:
      return "require";
    case HubMode::kOff:
      return "off";
    case HubMode::kFile:
      break;
  }
  return "file";
}

void DeclareHub(CLI::App& app, HubOptions& options, HubWords& words, const HubTexts& texts) {
  app.add_option("--hub", words.mode, "where the Hub's word comes from (see: help hub) [auto]")
      ->option_text(texts.modes);
  app.add_option("--hub-digest", options.hub_digest,
                 "SHA-256 the file of --hub file: must have, to be called authenticated")
      ->option_text("SHA256");
  app.add_option("--max-hub-age", words.max_age, texts.max_age)->option_text("TIME");
  app.add_option("--hub-timeout", words.timeout, texts.timeout)
      ->option_text("SECONDS")
      ->check(CLI::Range(1u, kLongestTimeout));
  app.add_option("--hub-pause", words.pause,
                 "milliseconds between two requests to the live Hub [0]")
      ->option_text("MS")
      ->check(CLI::Range(0u, kLongestPause));
  app.add_flag("--offline", options.offline, texts.offline);
}

void DeclareFailOn(CLI::App& app, ScreenWords& words, const char* text) {
  app.add_option("--fail-on", words.fail_on, text)->option_text("caution|suspicious|unsafe");
}

void DeclareScreen(CLI::App& app, ScreenOptions& options, ScreenWords& words, const char* verbose) {
  app.add_flag("-q,--quiet", options.quiet,
               "say nothing but the results, and how long a long wait lasts");
  app.add_flag("-v,--verbose", options.verbose, verbose);
  app.add_option("--color", words.color, "auto, always or never [auto]")->option_text("WHEN");
  app.add_flag("--no-progress", options.no_progress, "show no progress line");
}

Result<void> CheckHub(const HubWords& words, std::span<const HubMode> modes, HubOptions& options) {
  if (!words.max_age.empty()) options.max_hub_age = TRY(ParseDuration(words.max_age));
  if (words.timeout > 0) options.hub_timeout = std::chrono::seconds(words.timeout);
  options.hub_pause = std::chrono::milliseconds(words.pause);
  if (words.mode.starts_with(kFilePrefix)) {
    options.hub = HubMode::kFile;
    options.hub_file = words.mode.substr(kFilePrefix.size());
    if (options.hub_file.empty()) {
      return WrongUsage("--hub file: needs a path, as in --hub file:hub.json");
    }
  } else {
    std::vector<std::string> names;
    bool known = false;
    for (const HubMode mode : modes) {
      names.push_back(Written(mode));
      if (mode == HubMode::kFile || names.back() != words.mode) continue;
      options.hub = mode;
      known = true;
    }
    if (!known) return NoneOf("--hub", words.mode, names);
  }
  if (options.hub_digest.empty()) return {};
  const auto digest = Sha256From(options.hub_digest);
  if (!digest) {
    return WrongUsage("--hub-digest takes a SHA-256 of 64 hexadecimal digits.");
  }
  options.hub_digest = *digest;
  if (options.hub != HubMode::kFile) {
    return WrongUsage("--hub-digest belongs to --hub file:PATH.");
  }
  return {};
}

Result<void> CheckScreen(const ScreenWords& words, ScreenOptions& options) {
  options.fail_on = TRY(Choose<Level>("--fail-on", words.fail_on,
                                      {{"caution", Level::kCaution},
                                       {"suspicious", Level::kSuspicious},
                                       {"unsafe", Level::kUnsafe}}));
  options.color = TRY(ParseColor(words.color));
  return {};
}

Result<ColorChoice> ParseColor(const std::string& word) {
  return Choose<ColorChoice>("--color", word,
                             {{"auto", ColorChoice::kAuto},
                              {"always", ColorChoice::kAlways},
                              {"never", ColorChoice::kNever}});
}

}  // namespace counterscan
