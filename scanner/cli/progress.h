// Progress: one line on standard error while a scan runs, and messages above it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace counterscan {

class Progress {
 public:
  // Shows the line only when `shown`, which the caller decides from the terminal and the flags.
  // Whatever ends within `patience` has its report before anybody has begun to wait for it.
  explicit Progress(bool shown, std::chrono::milliseconds patience = std::chrono::seconds(2))
      : shown_(shown), patience_(patience) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Redraws the line, at most ten times a second, and prints what was held back long enough.
  void Update(std::size_t files_done, std::size_t files_total, std::uint64_t bytes_done,
              std::string_view current);

  // Draws `text` as the line, as often, once patience has run out.
  void Show(std::string_view text);

  // Prints a line of its own on standard error, whether progress is shown or not: but not before
  // patience has run out, because the report may then be there and say the same.
  void Say(std::string line);
  // Prints what is still held back, where no report follows on the same screen.
  void SayHeld();

  // Erases the line.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool shown_;
  const std::chrono::milliseconds patience_;
  std::vector<std::string> held_;
  bool drawn_ = false;
  Clock::time_point last_{};
  const Clock::time_point start_ = Clock::now();
};

}  // namespace counterscan
