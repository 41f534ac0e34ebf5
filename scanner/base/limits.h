// Limits: every ceiling of the program, in one place, each with its reason.
//
// Reaching one is never silent: it becomes a gap or an error that names it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace counterscan {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

// What one file's analysis may cost.
struct Limits {
  // Containers inside containers. Honest models nest two deep (a zip in a zip).
  int container_depth = 16;
  // Members walked in one file, all containers together.
  std::uint64_t members = 100'000;
  // Bytes inflated for one file, beyond `inflate_ratio` times its size.
  std::uint64_t inflated_bytes = 4 * kGiB;
  std::uint64_t inflate_ratio = 200;
  // What all the containers of one file keep of what they unpacked. What does not fit is unpacked
  // again as it is read.
  std::uint64_t kept_bytes = 48 * kMiB;
  // What their decompressors hold at the same time: the window of zstd --long takes 128 MiB, that
  // of xz -9 half of it.
  std::uint64_t decoder_bytes = 144 * kMiB;
  // The names and places of their members that are held at the same time.
  std::uint64_t listed_bytes = 32 * kMiB;

  // Pickle machine. CPython has none of these; honest files stay far below. What grows with the
  // file is, at its largest: the memo and that of the pickle before, 240 MB each; the stack and its
  // marks, 200 MB while they grow; names with their text, 100 MB; the list of pickles, 50 MB.
  // Pickles inside pickles have an eighth of the stack and memo of the one around them. Together
  // they stay below analysis_worker_memory_bytes; findings, tuples and containers are bounded by
  // less than 10 MB.
  std::uint64_t pickle_opcodes = 200'000'000;
  std::size_t pickle_stack_items = 10'000'000;
  // Eight bytes each; 200 MiB of small dicts memoise eleven million values.
  std::size_t pickle_memo_entries = 24'000'000;
  // Of these, entries whose numbers leap ahead: 40 bytes each, and no pickler writes them so.
  std::size_t pickle_sparse_memo_entries = 1'000'000;
  // Longest line of a text opcode that is kept whole; CPython reads any length.
  std::size_t pickle_line_bytes = 60'000;
  // Bytes of one string argument that are kept for names and evidence.
  std::size_t pickle_kept_string_bytes = 64 * 1024;
  // Constants of one file that are computed with, decoded or followed, in bytes. Honest files have
  // none, but for tensors that plain pickle wrote, whose bytes are not counted here.
  std::size_t pickle_constant_bytes = 64 * kMiB;
  std::uint32_t pickles_per_stream = 100'000;
  std::size_t pickle_imports = 100'000;

  // Findings, imports and gaps reported for one file; the last slot says that more were left out.
  std::size_t findings_per_file = 1'000;
  std::size_t imports_per_file = 20'000;
  std::size_t gaps_per_file = 1'000;

  // Wall time of one job in a worker before the parent kills it, in milliseconds, on top of
  // `job_milliseconds_per_mib` for each MiB it has to read.
  std::uint64_t job_milliseconds = 120'000;
  std::uint64_t job_milliseconds_per_mib = 2'000;

  // Address space of a worker on top of what it starts with. A byte-pass worker may map a file of
  // 4 GiB in one piece; an analysis needs a few hundred MiB for the largest pickle it follows.
  std::uint64_t byte_worker_memory_bytes = 5 * kGiB + 256 * kMiB;
  std::uint64_t analysis_worker_memory_bytes = kGiB + 256 * kMiB;
};

// What a whole scan may cost; nothing: as much as it takes. The files that are left over when one
// of these is spent are gaps.
struct ScanBudget {
  std::optional<std::chrono::milliseconds> time{};
  std::optional<std::uint64_t> bytes{};    // of files, and unpacked from them
  std::optional<std::uint64_t> members{};  // of all archives
};

// What the Hub, a file of its answers, or a download's own records may make us hold.
struct HubLimits {
  // A file of saved answers: thousands of repositories fit. Reading it takes four times as much.
  std::uint64_t export_bytes = 128 * kMiB;
  // One reply. A page of 100 files with every scanner's word is about 200 KiB.
  std::uint64_t body_bytes = 32 * kMiB;
  // Real replies nest six deep.
  std::size_t json_depth = 64;
  // Numbers, strings, arrays and objects of one document: each costs about 100 bytes here.
  std::size_t json_values = 1'000'000;
  std::size_t requests = 200'000;
  std::size_t entries = 1'000'000;
  // What is kept of one answer. An entry with every scanner's word takes about 2 KiB.
  std::uint64_t answer_bytes = 512 * kMiB;
  // What is kept of all answers of a file. Entries that say nothing take a hundred times what they
  // take there.
  std::uint64_t answers_bytes = 1 * kGiB;
  // Commits of one repository in a file of answers. Each file of it is held against all of them.
  std::size_t answers_per_repository = 1'000;
  // Text of a scanner that is kept; the rest is cut.
  std::size_t kept_text_bytes = 4 * kKiB;
  std::size_t imports_per_scanner = 10'000;
  std::size_t scanners_per_file = 64;
  // Notes for one file; the last one says that more were left out.
  std::size_t notes_per_file = 40;
  // refs/main, .metadata: a line or three.
  std::uint64_t reference_bytes = 4 * kKiB;
};

// The same for the live Hub, where 16 replies may be hostile at the same time. Eighty times the
// bytes of a usual page; twice the values in a page of a list of 1,000 repositories.
inline HubLimits LiveHubLimits() {
  HubLimits limits;
  limits.body_bytes = 16 * kMiB;
  limits.json_values = 120'000;
  limits.entries = 60'000;
  limits.answer_bytes = 48 * kMiB;
  return limits;
}

// What is kept of all of the live Hub's answers for a scan.
inline constexpr std::uint64_t kLiveAnswersBytes = 48 * kMiB;

// What the live Hub, or whoever answers in its place, may cost.
struct HttpLimits {
  // Headers of one reply. The Hub's are below 4 KiB.
  std::size_t header_bytes = 128 * kKiB;
  std::chrono::milliseconds connect{10'000};
  // One request, from its start to the last byte of its reply.
  std::chrono::milliseconds total{60'000};
  // All requests about one repository, in so far as they are on their way: waiting for the quota is
  // not counted. A listing of 30,000 files takes a minute or two.
  std::chrono::milliseconds repository{600'000};
  // Slower than this for so long is a server that holds us up. A page of a listing is 200 KiB.
  std::uint64_t slow_bytes_per_second = 200;
  std::chrono::seconds slow{15};
  // What all replies on their way hold together. Sixteen usual pages are 3 MiB.
  std::uint64_t buffered_bytes = 24 * kMiB;
  // What all repositories in work keep of their replies, until each is read as a whole: a listing
  // of 20,000 files with every scanner's word.
  std::uint64_t kept_bytes = 40 * kMiB;
  // Repositories that a search lists.
  std::size_t listed_repositories = 200'000;
  // Requests on their way at the same time.
  std::size_t in_flight = 16;
  // A renamed repository redirects once.
  int redirects = 3;
  // Pages of one listing: a million files.
  std::size_t pages = 10'000;
  // Of them, how many are read although only a few files are asked about: 2,000 files.
  std::size_t pages_read_anyway = 20;
  // After so many requests in a row that reached nobody, nobody else is asked for.
  int failures_in_a_row = 6;
};

// One file of ClamAV signatures, and one line in it. The largest that ClamAV gives out are below
// 400 MiB unpacked, and libclamav reads no line longer than 32 KiB.
inline constexpr std::uint64_t kSignatureFileBytes = kGiB;
inline constexpr std::size_t kSignatureLineBytes = kMiB;

// The largest file that libclamav takes apart (INT_MAX - 2, its own).
inline constexpr std::uint64_t kLargestParsed = 2'147'483'645;

// Content up to this size also gets git's blob id: the Hub keeps larger files in LFS or Xet, where
// the id is that of the pointer.
inline constexpr std::uint64_t kGitIdentityBytes = 16 * kMiB;

// One message between parent and worker. A worker that sends more is broken or hostile.
inline constexpr std::uint32_t kMessageBytes = 64 * kMiB;

}  // namespace counterscan
