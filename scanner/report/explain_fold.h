// What of a long explanation is shown: everything that was judged, and enough of the rest to see
// what it is.
//
// A checkpoint has thousands of lines of the same few kinds. The first of each kind are shown, runs
// of others become one line that counts them: "... 1,480 more: 740 calls of
// torch._utils._rebuild_tensor_v2, 740 items into collections.OrderedDict".
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "scanner/model/explanation.h"

namespace counterscan {

class ExplainFold {
 public:
  // `all`: nothing is folded.
  explicit ExplainFold(bool all) : all_(all) {}

  // A line to show, or in its place the count of those that are not.
  struct Row {
    const ExplainedLine* line = nullptr;
    std::string folded;
  };

  // The rows of one pickle. What was shown of pickles before counts for it: the next pickle of a
  // file need not show the same again.
  std::vector<Row> Rows(const ExplainedPickle& pickle);

 private:
  bool Shows(const ExplainedLine& line, std::size_t shown_here);

  const bool all_;
  std::map<std::tuple<LineKind, std::string, std::string>, std::size_t> alike_;
  std::size_t harmless_shown_ = 0;
  std::size_t judged_shown_ = 0;
};

}  // namespace counterscan
