#include "scanner/detect/file_type.h"

#include <array>

namespace counterscan::detect {
namespace {

using enum FileType;
constexpr auto kRows = std::to_array<FileTypeRow>({
    {kEmpty, "empty", Carries::kNothing, ""},
    {kText, "text", Carries::kText, ""},
    {kJson, "json", Carries::kText, ""},
    {kScript, "script", Carries::kText, "code in text is not judged"},
    {kPointer, "lfs-pointer", Carries::kPointer, ""},
    {kImage, "image", Carries::kNothing, ""},
    {kMedia, "media", Carries::kNothing, ""},
    {kPickle, "pickle", Carries::kAnalysed, ""},
    {kTorchLegacy, "torch-legacy", Carries::kAnalysed, ""},
    {kNumpy, "numpy", Carries::kAnalysed, ""},
    {kSafetensors, "safetensors", Carries::kAnalysed, ""},
    {kGzip, "gzip", Carries::kAnalysed, ""},
    {kZlib, "zlib", Carries::kAnalysed, ""},
    {kJoblibZfile, "joblib-zfile", Carries::kAnalysed, ""},
    {kBzip2, "bzip2", Carries::kAnalysed, ""},
    {kXz, "xz", Carries::kAnalysed, ""},
    {kLzma, "lzma", Carries::kAnalysed, ""},
    {kLzip, "lzip", Carries::kAnalysed, ""},
    {kLz4, "lz4", Carries::kAnalysed, ""},
    {kZstd, "zstd", Carries::kAnalysed, ""},
    {kTar, "tar", Carries::kAnalysed, ""},
    {kTorchTar, "torch-tar", Carries::kAnalysed, ""},
    {kSevenZip, "7z", Carries::kAnalysed, ""},
    {kRar, "rar", Carries::kAnalysed, ""},
    {kZip, "zip", Carries::kAnalysed, ""},
    {kNpz, "npz", Carries::kAnalysed, ""},
    {kTorchZip, "torch-zip", Carries::kAnalysed, ""},
    // Their pickles are analysed; the code beside them is not: each .py member is a script.
    {kTorchScript, "torchscript", Carries::kAnalysed, ""},
    {kTorchPackage, "torch-package", Carries::kAnalysed, ""},
    {kTorchExport, "torch-export", Carries::kAnalysed, "the exported graph is not judged"},
    {kTorchMar, "torch-mar", Carries::kAnalysed, ""},
    {kJar, "jar", Carries::kAnalysed, "Java classes are not judged"},
    // What is not judged here is a gap of the member that holds it.
    {kKeras, "keras", Carries::kAnalysed, "Lambda layers and custom objects are not judged"},
    {kSkops, "skops", Carries::kAnalysed, "the skops schema is not judged"},
    {kGguf, "gguf", Carries::kCode, "metadata and chat templates are not judged"},
    {kGgml, "ggml", Carries::kCode, "the header is not checked"},
    {kHdf5, "hdf5", Carries::kCode, "Keras configurations and external links are not judged"},
    {kOnnx, "onnx", Carries::kCode, "operators and external data are not judged"},
    {kSavedModel, "tf-savedmodel", Carries::kCode, "graph operations are not judged"},
    {kProtobuf, "protobuf", Carries::kCode, "the message type is not known"},
    {kTflite, "tflite", Carries::kCode, "operators are not judged"},
    {kExecutorch, "executorch", Carries::kCode, "operators and delegates are not judged"},
    {kParquet, "parquet", Carries::kCode, "extension metadata is not judged"},
    {kArrow, "arrow", Carries::kCode, "extension metadata is not judged"},
    {kSqlite, "sqlite", Carries::kCode, "the tables are not read"},
    {kRData, "r-data", Carries::kCode, "R objects are not judged"},
    {kPdf, "pdf", Carries::kCode, "scripts and attachments are not judged"},
    {kElf, "elf", Carries::kProgram, "an ELF program or library"},
    {kPe, "pe", Carries::kProgram, "a Windows program or library"},
    {kMachO, "mach-o", Carries::kProgram, "a macOS program or library"},
    {kJavaClass, "java-class", Carries::kProgram, "a Java class"},
    {kWasm, "wasm", Carries::kProgram, "a WebAssembly module"},
    {kPythonBytecode, "python-bytecode", Carries::kProgram, "compiled Python code"},
    {kUnknown, "unknown", Carries::kUnknown, "the type was not recognised"},
});
static_assert(kRows.size() == kFileTypeCount);

}  // namespace

std::span<const FileTypeRow> FileTypes() { return kRows; }
const FileTypeRow& Row(FileType type) { return kRows[static_cast<std::size_t>(type)]; }

bool IsContainer(FileType type) {
  switch (type) {
    case kGzip:
    case kZlib:
    case kJoblibZfile:
    case kBzip2:
    case kXz:
    case kLzma:
    case kLzip:
    case kLz4:
    case kZstd:
    case kZip:
    case kSevenZip:
    case kRar:
    case kTar:
      return true;
    default:
      return false;
  }
}

FileType FileTypeFromName(std::string_view name) {
  for (const FileTypeRow& row : kRows) {
    if (row.name == name) return row.type;
  }
  return FileType::kUnknown;
}

}  // namespace counterscan::detect
