// TextOptions: how the text writers lay out what they say.
#pragma once

#include <string>

namespace counterscan {

struct TextOptions {
  int columns = 100;     // width to fill; long names still stand whole
  bool color = false;    // colour the verdict words, and nothing else
  bool verbose = false;  // every file, every finding, every gap
  // Put before a file's path where it is shown as an argument of a command, so that the command
  // works from the user's directory: "fixtures/demo/". Raw bytes.
  std::string path_prefix;
};

}  // namespace counterscan
