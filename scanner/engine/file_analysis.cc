#include "scanner/engine/file_analysis.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "scanner/container/member_source.h"
#include "scanner/detect/file_type.h"
#include "scanner/engine/analysis_sink.h"
#include "scanner/engine/walker.h"

namespace counterscan {
namespace {

using detect::FileType;

// Small files are read once and then looked at in memory: most files of a repository are small,
// and each look would be a system call.
constexpr std::uint64_t kSmallFileBytes = 256 * kKiB;

// Extensions that promise a format without code. Loaders that go by content do not keep promises.
constexpr auto kHarmlessExtensions = std::to_array<std::string_view>({
    ".safetensors",
    ".gguf",
    ".json",
    ".jsonl",
    ".txt",
    ".md",
    ".csv",
    ".yaml",
    ".yml",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".webp",
    ".npy",
    ".onnx",
    ".tflite",
    ".parquet",
});

bool EndsWithIgnoringCase(std::string_view name, std::string_view ending) {
  if (name.size() < ending.size()) return false;
  name.remove_prefix(name.size() - ending.size());
  for (std::size_t i = 0; i < ending.size(); ++i) {
    const char c = name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] + 32) : name[i];
    if (c != ending[i]) return false;
  }
  return true;
}

bool RunsWhenLoaded(FileType type) {
  return type == FileType::kPickle || type == FileType::kTorchLegacy ||
         type == FileType::kTorchZip || type == FileType::kTorchScript ||
         type == FileType::kTorchPackage || detect::Row(type).carries == detect::Carries::kProgram;
}

void CheckName(std::string_view name, FileType type, AnalysisSink& sink) {
  if (!RunsWhenLoaded(type)) return;
  for (const std::string_view extension : kHarmlessExtensions) {
    if (!EndsWithIgnoringCase(name, extension)) continue;
    sink.Find("FMT-104", EngineId::kFormat, "", std::nullopt,
              "named " + std::string(extension) + ", but is " + std::string(detect::Name(type)));
  }
}

}  // namespace

FileAnalysis AnalyseFile(const ByteSource& file, std::string_view name,
                         const AnalysisOptions& options) {
  FileAnalysis analysis;
  AnalysisSink sink(options.limits);
  Walker walker(options, file.size(), sink);
  FileType type = FileType::kUnknown;
  if (file.size() <= kSmallFileBytes) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
    if (ReadExactly(file, 0, bytes)) {
      const container::BufferSource copy(std::move(bytes));
      type = walker.WalkFile(copy);
    } else {
      type = walker.WalkFile(file);
    }
  } else {
    type = walker.WalkFile(file);
  }
  CheckName(name, type, sink);
  analysis.type = std::string(detect::Name(type));
  sink.MoveTo(analysis);
  return analysis;
}

}  // namespace counterscan
