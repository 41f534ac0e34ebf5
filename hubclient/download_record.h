// The records that `hf download --local-dir` keeps in <dir>/.cache/huggingface/
// (huggingface_hub, _local_folder.py):
//
//     CACHEDIR.TAG  .gitignore ("*")             so that others leave the folder alone
//     download/<path>.metadata                   commit, etag, time: a line each
//     download/<path>.lock  .gitignore.lock      empty
//     download/<dir>/<name>.<etag>.incomplete    a download that was broken off
//     trees/<commit>.json                        the list of the commit's files
//
// A repository may hold files below the same folder. So what is taken for a record has its name and
// holds what the tools write; of a download that was broken off only the name can tell.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/base/limits.h"

namespace counterscan {

inline constexpr std::string_view kDownloadRecords = ".cache/huggingface";

// https://bford.info/cachedir/
inline constexpr std::string_view kCacheTag = "Signature: 8a477f597d28d172789f06886806bc55";

struct DownloadRecord {
  std::string commit, etag;
  double time = 0;
};

// The text of a .metadata file; nothing when it is malformed.
std::optional<DownloadRecord> ParseDownloadRecord(std::string_view text);

// True when the file `inner`, a path below kDownloadRecords, is one of the records. `content` reads
// it, and answers nothing when it is longer than it was asked for.
bool IsDownloadRecord(
    std::string_view inner,
    const std::function<std::optional<std::string>(std::uint64_t max_bytes)>& content,
    const HubLimits& limits);

// A commit, blob id or SHA-256, in lower case; nothing for any other text.
std::optional<std::string> HashFrom(std::string_view text);

// Without blanks and line ends around it.
std::string_view TrimmedLine(std::string_view text);

}  // namespace counterscan
