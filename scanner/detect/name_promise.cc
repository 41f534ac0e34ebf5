#include "scanner/detect/name_promise.h"

#include <algorithm>
#include <array>
#include <span>

#include "scanner/detect/script_name.h"

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

// What pictures and recordings are called.
constexpr auto kMediaExtensions = std::to_array<std::string_view>({
    ".png",  ".apng", ".jpg", ".jpeg", ".jpe",  ".jfif", ".gif", ".webp", ".tif",
    ".tiff", ".bmp",  ".ico", ".heic", ".heif", ".avif", ".mp3", ".mp2",  ".wav",
    ".wave", ".flac", ".ogg", ".oga",  ".ogv",  ".opus", ".spx", ".m4a",  ".m4v",
    ".mp4",  ".mov",  ".3gp", ".avi",  ".webm", ".mkv",  ".mka", ".weba", ".aac",
});

// Formats that no analyser reads and some loader runs. Their own first bytes tell most of them; but
// a loader need not look at these.
constexpr auto kUnjudgedExtensions = std::to_array<std::string_view>({
    ".pb",     ".pbtxt", ".prototxt", ".caffemodel", ".onnx",    ".h5",     ".hdf5",    ".keras",
    ".tflite", ".rds",   ".rda",      ".rdata",      ".t7",      ".pte",    ".mlmodel", ".engine",
    ".plan",   ".trt",   ".parquet",  ".arrow",      ".feather", ".sqlite", ".db",
});

bool EndsWithIgnoringCase(std::string_view name, std::string_view ending) {
  if (name.size() < ending.size()) return false;
  return std::ranges::equal(name.substr(name.size() - ending.size()), ending, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

std::string_view EndsWithOneOf(std::string_view name, std::span<const std::string_view> endings) {
  const auto found = std::ranges::find_if(
      endings, [&](std::string_view ending) { return EndsWithIgnoringCase(name, ending); });
  return found == endings.end() ? std::string_view() : *found;
}

// Types that are containers, and are what they are called for their members.
bool IsKindOfZip(FileType type) {
  switch (type) {
    case FileType::kNpz:
    case FileType::kTorchZip:
    case FileType::kTorchScript:
    case FileType::kTorchPackage:
    case FileType::kTorchExport:
    case FileType::kTorchMar:
    case FileType::kTorchTar:
    case FileType::kJar:
    case FileType::kKeras:
    case FileType::kSkops:
      return true;
    default:
      return false;
  }
}

bool RunsWhenLoaded(FileType type) {
  return type == FileType::kPickle || type == FileType::kTorchLegacy ||
         type == FileType::kTorchZip || type == FileType::kTorchScript ||
         type == FileType::kTorchPackage || type == FileType::kTorchExport ||
         type == FileType::kTorchMar || type == FileType::kJar ||
         Row(type).carries == Carries::kProgram;
}

}  // namespace

std::string UnjudgedByName(std::string_view name, FileType type) {
  const FileTypeRow& row = Row(type);
  // These have gaps of their own, or hold nothing.
  if (row.carries == Carries::kProgram || row.carries == Carries::kCode ||
      row.carries == Carries::kUnknown || row.carries == Carries::kPointer ||
      type == FileType::kEmpty || type == FileType::kScript) {
    return "";
  }
  if (NamesScript(name)) return "script: " + std::string(Row(FileType::kScript).what);
  if (type == FileType::kImage || type == FileType::kMedia) {
    return EndsWithOneOf(name, kMediaExtensions).empty()
               ? std::string(row.name) + " by its first bytes, and not by its name"
               : "";
  }
  if (IsContainer(type) || IsKindOfZip(type)) return "";
  const std::string_view extension = EndsWithOneOf(name, kUnjudgedExtensions);
  return extension.empty() ? "" : "what reads " + std::string(extension) + " files is not judged";
}

std::string_view BrokenPromise(std::string_view name, FileType type) {
  if (!RunsWhenLoaded(type)) return {};
  return EndsWithOneOf(name, kHarmlessExtensions);
}

}  // namespace counterscan::detect
