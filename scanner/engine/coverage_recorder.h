// CoverageRecorder: draws the map of one file while it is walked.
//
// Parts are entered and left as the walk nests. A note goes to the part that is being walked at its
// place; a gap is drawn over whatever else was said of its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scanner/model/coverage.h"
#include "scanner/model/range_painter.h"

namespace counterscan {

class CoverageRecorder {
 public:
  void Enter(const std::string& where, std::uint64_t size);
  // The part entered last; `type` speaks for what of it has no other note.
  void Leave(std::string_view type, Handling handling);

  void Note(const std::string& where, std::uint64_t first, std::uint64_t last, Handling handling,
            std::string_view by);
  void Add(const Gap& gap);

  // Call once, last.
  CoverageMap Take();

 private:
  struct Part {
    std::string where;
    std::string type;
    std::uint64_t size = 0;
    RangePainter ranges{};
  };
  static constexpr std::size_t kNone = ~std::size_t{0};

  std::size_t New(const std::string& where, std::uint64_t size);
  // The part that is walked at `where`, or was walked there last.
  Part* Find(const std::string& where);

  std::vector<Part> parts_;
  std::unordered_map<std::string, std::size_t> last_at_;  // kNone: walked, and left out
  std::vector<std::size_t> open_;
  std::size_t ranges_ = 0;  // of parts that were left
  std::uint64_t left_out_ = 0;
};

}  // namespace counterscan
