#include "scanner/cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <utility>

#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

std::size_t TerminalColumns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

// Progress is a courtesy: a terminal that has gone away must not end the scan.
void Print(std::string_view text) { (void)WriteAll(STDERR_FILENO, text); }

}  // namespace

void Progress::Update(std::size_t files_done, std::size_t files_total, std::uint64_t bytes_done,
                      std::string_view current) {
  const auto now = Clock::now();
  if (now - start_ >= patience_) SayHeld();
  if (!shown_) return;
  if (drawn_ && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(bytes_done) /
                                               (seconds > 0.01 ? seconds : 0.01));
  std::string line = fmt::format("Scanning {}/{}  {}  {}/s  ", files_done, files_total,
                                 HumanBytes(bytes_done), HumanBytes(rate));
  const std::size_t columns = TerminalColumns();
  if (line.size() + 8 < columns) line += Printable(current, columns - line.size() - 5);
  Print("\r\x1b[K" + line);
  drawn_ = true;
}

void Progress::Show(std::string_view text) {
  const auto now = Clock::now();
  if (!shown_ || now - start_ < patience_) return;
  if (drawn_ && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  Print("\r\x1b[K" + Printable(text, TerminalColumns() - 1));
  drawn_ = true;
}

void Progress::Say(std::string line) {
  held_.push_back(std::move(line));
  if (Clock::now() - start_ >= patience_) SayHeld();
}

void Progress::SayHeld() {
  if (held_.empty()) return;
  Clear();
  for (const std::string& line : std::exchange(held_, {})) Print(line + "\n");
}

void Progress::Clear() {
  if (drawn_) Print("\r\x1b[K");
  drawn_ = false;
}

}  // namespace counterscan
