// FileType: every type that a file or member can be taken for, and what that type can carry.
//
// One row a type. The row decides what it takes for the bytes to count as covered: a type that
// can carry code and has no analyser is always a gap, never clean.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace counterscan::detect {

enum class FileType : std::uint8_t {
  kEmpty,
  // Read as text or pictures by everything that opens them.
  kText,
  kJson,
  kScript,
  kPointer,
  kImage,
  kMedia,
  // Analysed.
  kPickle,
  kTorchLegacy,
  kNumpy,
  kSafetensors,
  kGzip,
  kZlib,
  kJoblibZfile,
  kBzip2,
  kXz,
  kLzma,
  kLzip,
  kLz4,
  kZstd,
  kTar,
  kTorchTar,
  kSevenZip,
  kRar,
  kZip,
  kNpz,
  kTorchZip,
  kTorchScript,
  kTorchPackage,
  kTorchExport,
  kTorchMar,
  kJar,
  kKeras,
  kSkops,
  // Recognised, and able to carry code that nothing here reads yet.
  kGguf,
  kGgml,
  kHdf5,
  kOnnx,
  kSavedModel,
  kProtobuf,
  kTflite,
  kExecutorch,
  kParquet,
  kArrow,
  kSqlite,
  kRData,
  kPdf,
  // Programs.
  kElf,
  kPe,
  kMachO,
  kJavaClass,
  kWasm,
  kPythonBytecode,
  kUnknown,
};
inline constexpr int kFileTypeCount = static_cast<int>(FileType::kUnknown) + 1;

enum class Carries : std::uint8_t {
  kNothing,   // inert, whatever its bytes
  kText,      // inert once every byte has been seen to be text, unless it is a script: a gap
  kAnalysed,  // can carry code; an analyser accounts for its bytes
  kCode,      // can carry code that no analyser reads: a gap
  kProgram,   // is a program: a finding and a gap
  kPointer,   // stands in for content that is not here: a gap
  kUnknown,   // not recognised: a gap
};

struct FileTypeRow {
  FileType type;
  std::string_view name;  // "torch-zip": a promise to readers of reports
  Carries carries;
  std::string_view what;  // what nobody judges in it, for the gap
};

// One row per type, in order of the enumeration.
std::span<const FileTypeRow> FileTypes();
const FileTypeRow& Row(FileType type);
inline std::string_view Name(FileType type) { return Row(type).name; }
// Holds other files, or other bytes, that have to be unpacked.
bool IsContainer(FileType type);
// kUnknown for a name that is none.
FileType FileTypeFromName(std::string_view name);

}  // namespace counterscan::detect
