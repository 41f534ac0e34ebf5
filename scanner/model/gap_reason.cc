#include "scanner/model/gap_reason.h"

#include <array>

namespace counterscan {
namespace {

using enum GapReason;
constexpr auto kRows = std::to_array<GapReasonRow>({
    {kUnreadable, "unreadable", "the file could not be opened or read"},
    {kNotRegular, "not-a-regular-file", "a FIFO, socket or device was not read"},
    {kSymlinkEscapes, "symlink-escapes", "a symbolic link leads out of the scanned tree"},
    {kChanged, "changed-while-scanning", "the file changed while it was read"},
    {kPointer, "pointer-only", "a Git-LFS or Xet pointer stands in for the content"},
    {kNoSignatures, "no-signatures",
     "no ClamAV signature database: only the built-in signatures were matched"},
    {kOldSignatures, "old-signatures", "the ClamAV signatures are too old, or of unknown age"},
    {kEngineFailed, "engine-failed", "an engine could not be started or stopped working"},
    {kWindowed, "windowed",
     "too large for one pass: signatures that span windows could not be decided"},
    {kWorkerCrashed, "worker-crashed", "the worker process crashed on this file"},
    {kForbiddenCall, "forbidden-call",
     "the worker process was killed for a system call its sandbox forbids"},
    {kTimedOut, "timed-out", "the worker process ran out of time on this file (--max-file-time)"},
    {kOutOfMemory, "out-of-memory",
     "the worker process ran out of memory on this file (--max-memory)"},
    {kNotFinished, "not-finished", "the scan was interrupted before this file was finished"},
    {kNoAnalyser, "no-analyser", "this type can carry code and no analyser here reads it"},
    {kUnknownType, "unknown-type", "the type was not recognised, so its content was not judged"},
    {kEncryptedMember, "encrypted-member", "an archive member is encrypted"},
    {kMemberUnreadable, "member-unreadable", "an archive member could not be read"},
    {kUnsupportedMethod, "unsupported-compression",
     "an archive member uses a compression that is not supported"},
    {kUnparsedBytes, "unparsed-bytes", "bytes that belong to no part of the format we know"},
    {kBrokenPickle, "broken-pickle", "a pickle breaks off or breaks its own format"},
    {kBrokenFormat, "broken-format", "the file breaks its own format"},
    {kLimitDepth, "limit-depth", "containers are nested too deeply (--max-depth)"},
    {kLimitMembers, "limit-members", "the archive has too many members (--max-members)"},
    {kLimitUnpacked, "limit-unpacked",
     "unpacking would produce too many bytes (--max-unpacked, --max-ratio)"},
    {kLimitMemory, "limit-memory", "unpacking would take too much memory (--max-memory)"},
    {kLimitOpcodes, "limit-opcodes", "a pickle is too long or too large to follow"},
    {kLimitTime, "limit-time",
     "the time for the whole scan was over before this file (--max-time)"},
    {kLimitScan, "limit-scan",
     "a budget of the whole scan was spent before this file (--max-total-bytes, "
     "--max-total-members)"},
    {kLimitReport, "limit-report", "there was more to report than the report holds"},
    {kSandbox, "sandbox", "the sandbox could not be set up"},
    {kNotAnalysed, "not-analysed",
     "only digests and signatures were asked for: the content was not analysed"},
    {kSignatureFile, "signature-file", "a signature file could not be loaded, or only in part"},
    {kClamd, "clamd", "clamd did not look at these bytes, or cannot be shown to have"},
});

}  // namespace

std::span<const GapReasonRow> GapReasons() { return kRows; }

std::string_view Name(GapReason reason) { return kRows[static_cast<std::size_t>(reason)].name; }
std::string_view Sentence(GapReason reason) {
  return kRows[static_cast<std::size_t>(reason)].sentence;
}

std::optional<GapReason> GapReasonFromName(std::string_view name) {
  for (const GapReasonRow& row : kRows) {
    if (row.name == name) return row.reason;
  }
  return std::nullopt;
}

}  // namespace counterscan
