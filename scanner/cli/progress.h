// Progress: one line on standard error while a scan runs, and messages above it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace counterscan {

class Progress {
 public:
  // Shows the line only when `shown`, which the caller decides from the terminal and the flags.
  explicit Progress(bool shown) : shown_(shown) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Redraws the line, at most ten times a second.
  void Update(std::size_t files_done, std::size_t files_total, std::uint64_t bytes_done,
              std::string_view current);

  // Prints a line of its own on standard error, whether progress is shown or not.
  void Say(std::string_view line);

  // Erases the line.
  void Clear();

 private:
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace counterscan
