#include "scanner/cli/outputs.h"

#include <unistd.h>

#include <algorithm>
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

}  // namespace

Outputs::Outputs(std::vector<OutputChoice> choices, TextOptions text_options)
    : choices_(std::move(choices)), text_options_(std::move(text_options)) {
  streams_ = std::any_of(choices_.begin(), choices_.end(), [](const OutputChoice& choice) {
    return choice.format == Format::kJsonl;
  });
}

bool Outputs::text_on_standard_output() const {
  return std::any_of(choices_.begin(), choices_.end(), [](const OutputChoice& choice) {
    return choice.format == Format::kText && ToStandardOutput(choice);
  });
}

Result<void> Outputs::Emit(const OutputChoice& choice, std::string text) {
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
  collected_lines_ = line;
  for (const OutputChoice& choice : choices_) {
    if (choice.format == Format::kJsonl && ToStandardOutput(choice)) TRY(Emit(choice, line));
  }
  return {};
}

Result<void> Outputs::File(const FileReport& file) {
  if (!streams_) return {};
  summary_.Add(file);
  const std::string line = JsonlFile(file);
  for (const OutputChoice& choice : choices_) {
    if (choice.format != Format::kJsonl) continue;
    if (ToStandardOutput(choice)) {
      TRY(Emit(choice, line));
    } else {
      collected_lines_ += line;
    }
  }
  return {};
}

Result<void> Outputs::End(const Report& report) {
  for (const OutputChoice& choice : choices_) {
    std::string text;
    switch (choice.format) {
      case Format::kText:
        text = TextReport(report, text_options_);
        break;
      case Format::kJson:
        text = JsonReport(report);
        break;
      case Format::kJsonl:
        text = JsonlEnd(report, summary_);
        if (!ToStandardOutput(choice)) text = collected_lines_ + text;
        break;
    }
    TRY(Emit(choice, std::move(text)));
  }
  return {};
}

}  // namespace counterscan
