#include "scanner/model/rules.h"

#include <array>

namespace counterscan {
namespace {

constexpr auto kRules = std::to_array<Rule>({
    {"CLAM-1", Level::kUnsafe, "a ClamAV signature matched",
     "The bytes match a signature of known malware. Signatures can match by chance in large "
     "weights: look the name up, and compare with the Hub's avScan."},
    {"FMT-101", Level::kCaution, "a native program stands among the model files",
     "ELF, PE, Mach-O, Java class, WebAssembly and Python bytecode files run when they are loaded. "
     "Model weights do not need them: find out who loads this one."},
    {"FMT-102", Level::kSuspicious, "a program is packed inside a model file",
     "A native program or bytecode is a member of an archive. Some exporters do pack compiled "
     "kernels; whoever loads the archive may run it."},
    {"FMT-103", Level::kCaution, "a script is packed inside a model file",
     "A member begins with an interpreter line (#!). Weights need no scripts."},
    {"FMT-104", Level::kSuspicious, "the name promises another format than the content has",
     "The extension is one of a format that cannot carry code, the content is one that can. "
     "Loaders "
     "that go by content would run it."},
    {"FMT-105", Level::kSuspicious, "the file is two formats at once",
     "Different programs read this file as different formats, so a check of one says nothing of "
     "the other. Both readings were analysed."},
    {"FMT-106", Level::kCaution, "data follows the last pickle",
     "Bytes after the last pickle are ignored by loaders, and can carry what a second stage "
     "reads."},
    {"FMT-107", Level::kSuspicious, "a tensor storage holds a pickle",
     "Bytes declared as tensor data are a complete or importing pickle. Tensor data does not look "
     "like that by chance."},
    {"FMT-108", Level::kCaution, "a torch file's storages are not those its tensors claim",
     "torch writes a storage for each key that a tensor names, of exactly the declared size. Bytes "
     "that no tensor claims are read by nobody, and can carry what a second stage reads."},
    {"FMT-109", Level::kSuspicious, "loading runs Python code that is packed inside",
     "torch.package imports the modules of its archive, and TorchServe runs the handler of its "
     "own. "
     "No pickle is needed for that, and nothing here judges the code: read it first."},
    {"FMT-110", Level::kSuspicious, "TorchScript code reaches files or native classes",
     "Compiled by torch.jit.load, and run with the model: operators that read or write files, or "
     "classes of a native library. Networks need neither."},
    {"FMT-201", Level::kSuspicious, "a safetensors header breaks the format",
     "The reference reader refuses this file. A reader that does not may read other bytes as "
     "tensors than the header says."},
    {"FMT-202", Level::kSuspicious, "safetensors tensors overlap or leave holes",
     "Every byte after the header must belong to exactly one tensor. Holes and overlaps hide data "
     "from one reader or another."},
    {"FMT-203", Level::kSuspicious, "data follows the last safetensors tensor",
     "No tensor claims the end of the file. Another format can hide there."},
    {"FMT-301", Level::kSuspicious, "a NumPy header breaks the format",
     "The header is not the plain dictionary that numpy writes. Old readers evaluate it as "
     "Python."},
    {"FMT-302", Level::kCaution, "a NumPy file has another size than its header says",
     "Bytes beyond the array belong to nobody, or the array is cut."},
    {"ARC-101", Level::kSuspicious, "an archive member only pretends to be encrypted",
     "The encryption flag is set but the content is plain: some readers stop at the flag, torch "
     "does not (CVE-2025-1945)."},
    {"ARC-102", Level::kSuspicious, "an archive member has a wrong checksum",
     "Python's zipfile refuses such a member, torch loads it: a scanner that stops there misses it "
     "(CVE-2025-10156)."},
    {"ARC-103", Level::kSuspicious, "archive members share one name",
     "Which of them is loaded depends on the reader. All were analysed."},
    {"ARC-104", Level::kSuspicious, "an archive member's name leaves the archive's folder",
     "An absolute name or one with \"..\" writes elsewhere when it is unpacked carelessly."},
    {"ARC-105", Level::kSuspicious,
     "an archive member's name is read differently by different readers",
     "A NUL byte, backslash or control character makes readers see different names."},
    {"ARC-106", Level::kSuspicious, "an archive member is a symbolic link",
     "Unpacked carelessly it redirects later members, or reads files of this machine."},
    {"ARC-107", Level::kSuspicious, "an archive holds data that no entry accounts for",
     "Bytes before, between or after the members are invisible to readers of the directory, and "
     "are what other readers start with."},
    {"ARC-108", Level::kSuspicious, "an archive's two records of a member disagree",
     "The directory and the member's own header give different names, sizes, methods or flags: two "
     "readers see two different members (CVE-2025-1944). Both readings were analysed."},
    {"ARC-109", Level::kSuspicious, "an archive has more than one directory",
     "Which members exist depends on the reader. All that were found were analysed."},
    {"ARC-110", Level::kSuspicious, "two independent readers list different archive members",
     "libzip and our own reader disagree about what the archive holds."},
    {"ARC-111", Level::kSuspicious, "archive members overlap",
     "Two members share bytes, as in archives made to explode or to deceive."},
    {"ARC-112", Level::kSuspicious, "an archive member is not as long as declared",
     "The content ends earlier or later than the archive says."},
    {"ARC-113", Level::kSuspicious, "a streaming reader finds other archive members",
     "Readers of the directory and readers that go from one member's own header to the next see "
     "different members. All that either finds were analysed."},
    {"ARC-114", Level::kSuspicious, "data follows the end of a compressed stream",
     "Some decompressors drop what stands there, others refuse it or go on with it. It was "
     "analysed as a file of its own."},
    {"ARC-115", Level::kSuspicious, "a compressed stream has a wrong checksum",
     "Readers that check stop with an error, after they have handed out the content; others never "
     "look. What they hand out was analysed."},
    {"ARC-116", Level::kSuspicious, "an archive member is a device, FIFO or socket",
     "Unpacked by root it gives access to a device, or blocks whoever reads it."},
    {"ARC-117", Level::kSuspicious, "an archive header is read differently by different readers",
     "A number that is none, a record beside the header that says something else, a link with "
     "content: readers then see members of other lengths or names. All that are found were "
     "analysed."},
    {"ARC-118", Level::kSuspicious, "members follow the end of an archive",
     "Most readers stop at the blocks of zeros that end a tar, some go on behind them."},
    {"ARC-119", Level::kSuspicious, "only torch's reader unpacks all of an archive member",
     "Its compressed data break their format: zlib, and with it Python's zipfile and most "
     "scanners, "
     "refuse them, and miniz, which torch reads with, does not. What torch has then was analysed."},
});

}  // namespace

std::span<const Rule> FileRules() { return kRules; }

const Rule* FindFileRule(std::string_view id) {
  for (const Rule& rule : kRules) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

}  // namespace counterscan
