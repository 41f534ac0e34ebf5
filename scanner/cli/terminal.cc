#include "scanner/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace counterscan {
namespace {

bool IsDumb() {
  const char* terminal = std::getenv("TERM");
  return terminal == nullptr || std::string_view(terminal) == "dumb";
}

}  // namespace

TextOptions TextOptionsFor(ColorChoice color) {
  TextOptions options;
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  options.color =
      color == ColorChoice::kAlways || (color == ColorChoice::kAuto && terminal && !IsDumb() &&
                                        (no_color == nullptr || *no_color == '\0'));
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    options.columns = std::max(40, static_cast<int>(size.ws_col));
  }
  return options;
}

bool StandardOutputIsTerminal() { return isatty(STDOUT_FILENO) == 1; }

bool StandardErrorIsTerminal() { return isatty(STDERR_FILENO) == 1 && !IsDumb(); }

}  // namespace counterscan
