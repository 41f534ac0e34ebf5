#include "scanner/detect/name_promise.h"

#include <algorithm>
#include <array>

namespace counterscan::detect {
namespace {

// In lower case.
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
  return std::ranges::equal(name.substr(name.size() - ending.size()), ending, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

bool RunsWhenLoaded(FileType type) {
  return type == FileType::kPickle || type == FileType::kTorchLegacy ||
         type == FileType::kTorchZip || type == FileType::kTorchScript ||
         type == FileType::kTorchPackage || type == FileType::kTorchExport ||
         type == FileType::kTorchMar || type == FileType::kJar ||
         Row(type).carries == Carries::kProgram;
}

}  // namespace

std::string_view BrokenPromise(std::string_view name, FileType type) {
  if (!RunsWhenLoaded(type)) return {};
  const auto broken = std::ranges::find_if(kHarmlessExtensions, [&](std::string_view extension) {
    return EndsWithIgnoringCase(name, extension);
  });
  return broken == kHarmlessExtensions.end() ? std::string_view() : *broken;
}

}  // namespace counterscan::detect
