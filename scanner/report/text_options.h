// TextOptions: how the text writers lay out what they say.
#pragma once

namespace counterscan {

struct TextOptions {
  int columns = 100;     // width to fill; long names still stand whole
  bool color = false;    // colour the verdict words, and nothing else
  bool verbose = false;  // every file, finding, gap and import
};

}  // namespace counterscan
