#include "scanner/cli/outputs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
#include "scanner/report/json_report.h"
#include "scanner/report/text_report.h"

namespace counterscan {
namespace {

using Format = OutputChoice::Format;

bool ToStandardOutput(const OutputChoice& choice) { return choice.file.empty(); }

Result<void> WriteToStandardOutput(std::string_view text) {
  auto written = WriteAll(STDOUT_FILENO, text);
  if (!written) written.error().message = "standard output: " + written.error().message;
  return written;
}

// An errno, or 0 when nothing speaks against writing a file at `path`.
int WhyNotWritable(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return EISDIR;
    // Devices and pipes are written in place; a regular file is replaced by one beside it.
    if (!S_ISREG(status.st_mode)) return access(path.c_str(), W_OK) == 0 ? 0 : errno;
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

void KeepFirst(Result<void>& first, Result<void> next) {
  if (first && !next) first = std::move(next);
}

}  // namespace

Outputs::Outputs(std::vector<OutputChoice> choices, TextOptions text_options)
    : choices_(std::move(choices)), text_options_(std::move(text_options)) {
  for (const OutputChoice& choice : choices_) {
    if (choice.format != Format::kJsonl) continue;
    streams_ = true;
    collects_ = collects_ || !ToStandardOutput(choice);
  }
}

Result<void> Outputs::Check() const {
  for (const OutputChoice& choice : choices_) {
    if (ToStandardOutput(choice)) continue;
    if (const int error = WhyNotWritable(choice.file); error != 0) {
      return FailErrno(Printable(choice.file), error);
    }
  }
  return {};
}

bool Outputs::ShowsText() const {
  return std::any_of(choices_.begin(), choices_.end(), [](const OutputChoice& choice) {
    return choice.format == Format::kText && ToStandardOutput(choice);
  });
}

Result<void> Outputs::Emit(const OutputChoice& choice, const std::string& text) {
  if (ToStandardOutput(choice)) return WriteToStandardOutput(text);
  auto written = WriteFileAtomically(choice.file, text);
  if (!written) {
    written.error().message = Printable(choice.file) + ": " + written.error().message;
  }
  return written;
}

Result<void> Outputs::Begin(const Report& report) {
  if (!streams_) return {};
  const std::string line = JsonlHeader(report);
  if (collects_) collected_lines_ = line;
  Result<void> first;
  for (const OutputChoice& choice : choices_) {
    if (choice.format != Format::kJsonl || !ToStandardOutput(choice)) continue;
    KeepFirst(first, Emit(choice, line));
  }
  return first;
}

Result<void> Outputs::File(const FileReport& file) {
  if (!streams_) return {};
  summary_.Add(file);
  const std::string line = JsonlFile(file);
  if (collects_) collected_lines_ += line;
  Result<void> first;
  for (const OutputChoice& choice : choices_) {
    if (choice.format != Format::kJsonl || !ToStandardOutput(choice)) continue;
    KeepFirst(first, Emit(choice, line));
  }
  return first;
}

std::string Outputs::TextOf(const OutputChoice& choice, const Report& report) const {
  switch (choice.format) {
    case Format::kText:
      return TextReport(report, text_options_);
    case Format::kJson:
      return JsonReport(report);
    case Format::kJsonl:
      return (ToStandardOutput(choice) ? "" : collected_lines_) + JsonlEnd(report, summary_);
  }
  return "";
}

Result<void> Outputs::End(const Report& report) {
  Result<void> first;
  bool reached_somebody = false;
  for (const OutputChoice& choice : choices_) {
    Result<void> written = Emit(choice, TextOf(choice, report));
    reached_somebody = reached_somebody || written || ToStandardOutput(choice);
    KeepFirst(first, std::move(written));
  }
  if (!reached_somebody) KeepFirst(first, WriteToStandardOutput(TextReport(report, text_options_)));
  return first;
}

}  // namespace counterscan
