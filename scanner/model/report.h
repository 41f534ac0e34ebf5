// Report: everything one run has to say, as plain data.
//
// Sorted by path; the same bytes in give the same report, but for Header::created and what the
// engines section says of signature age.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/model/coverage.h"
#include "scanner/model/finding.h"
#include "scanner/model/hub_quota.h"
#include "scanner/model/hub_view.h"

namespace counterscan {

// The worst level found; else incomplete when there is any gap; else clean, which means: every
// byte accounted for, nothing found.
enum class Verdict : std::uint8_t { kClean, kIncomplete, kCaution, kSuspicious, kUnsafe };
std::string_view Name(Verdict verdict);
// The level found, or kClean for clean and incomplete.
Level LevelOf(Verdict verdict);

enum class CoverageState : std::uint8_t { kFull, kPartial, kNone };
std::string_view Name(CoverageState state);

// Where a file comes from, as far as its place on disk or the user says.
struct Identity {
  std::string repo;       // "org/name", "" when unknown
  std::string repo_type;  // "model", "dataset", "space"
  std::string commit;     // 40 hex digits, "" when unknown
  std::string path;       // inside the repository, '/'-separated
  std::string expected;   // hash the place promises: 40 or 64 hex digits, "" when none
  // False for what download tools put beside a model (.cache/huggingface, .git): scanned, but not
  // held against the Hub.
  bool comparable = true;
};

struct FileReport {
  std::string path;  // as shown: relative to the target; raw bytes, not escaped
  // Where the user finds it again, for commands that name it: from the directory they are in, or
  // absolute. "" for standard input. Raw bytes; in no machine-readable report.
  std::string disk_path;
  std::uint64_t size = 0;
  std::string sha256;                   // "" when it was not computed
  std::optional<std::string> git_sha1;  // see kGitIdentityBytes
  std::string type;                     // name of a detect::FileType, "" when never identified
  Identity identity;
  std::vector<Finding> findings;
  std::vector<Import> imports;
  std::vector<Gap> gaps;
  CoverageMap coverage;       // drawn only when it was asked for
  bool nothing_read = false;  // no engine saw any byte: coverage is `none`
  HubView hub;
  Agreement agreement = Agreement::kNotCompared;
};

// Worst level among findings that are not suppressed.
Level WorstLevel(const FileReport& file);
// Any gap makes a file without findings incomplete, accepted ones too: what --accept relaxes is the
// exit status, never the verdict.
Verdict VerdictOf(const FileReport& file);
CoverageState CoverageOf(const FileReport& file);

// Sorts findings, imports and gaps and drops exact duplicates: worst first, then place.
void Normalise(FileReport& file);

// One file of a directory of signatures.
struct DatabaseFile {
  enum class State : std::uint8_t {
    kSigned,      // by ClamAV, and what was signed is what was loaded
    kUnsigned,    // used, on the word of whoever put it there
    kSuperseded,  // by a newer file of the same name (.cvd, .cld), which is used instead
    kLeftOut,     // could not be used, or only in part: see `problem`
  };
  std::string name;
  std::string sha256;  // "" when it could not be read
  std::uint64_t size = 0;
  State state = State::kUnsigned;
  std::uint64_t version = 0;              // of a container; 0 where there is none
  std::string built;                      // RFC 3339, by a container's header; else ""
  std::uint64_t declared_signatures = 0;  // of all kinds, by a container's header
  std::uint64_t signatures = 0;           // loaded: those that can match raw bytes
  std::string problem;
};
std::string_view Name(DatabaseFile::State state);

struct EngineInfo {
  // ClamAV: "lib", "builtin", "off"; "clamd" when a daemon is asked beside the built-in signatures;
  // "failed" when it was wanted and did not start.
  std::string clamav_state;
  std::string clamav_version;    // "1.4.6"
  std::uint64_t signatures = 0;  // all that were loaded, built-in ones included
  std::uint64_t builtin_signatures = 0;
  std::uint64_t anchored_signatures = 0;  // matched in files that hold bytes which they need
  std::uint64_t residual_signatures = 0;  // matched on every byte
  std::uint64_t logical_signatures =
      0;                        // read, for any kind of file: what parsing takes memory for
  // For text as libclamav's parser rewrites it: not matched in plain text files, which are not
  // parsed.
  std::uint64_t text_signatures = 0;
  std::string database;         // directory, "" for built-in only
  std::string database_digest;  // SHA-256 over the sorted (name, SHA-256) of its files
  std::string database_time;    // RFC 3339 of the newest signed database, "" when unknown
  std::vector<DatabaseFile> database_files;  // sorted by name
  std::string message;                       // why it failed; of clamd, what is known of it
};

struct SandboxInfo {
  bool seccomp = false;
  bool landlock = false;
  int landlock_abi = 0;
  bool unprivileged = false;  // runs as another user, or without capabilities
  std::string note;           // what is missing and why
};

struct HubInfo {
  std::string mode;      // "auto", "require", "off", "file"
  std::string source;    // "status.json", "" when not asked
  std::string endpoint;  // "https://huggingface.co"
  std::string asked_at;
  std::string digest;  // SHA-256 of the exported file
  bool authenticated = false;
  std::optional<HubQuota> quota{};  // what is left of it, as the live Hub last said
  std::string note;
};

struct Header {
  std::string tool_version;
  std::string created;  // RFC 3339; SOURCE_DATE_EPOCH fixes it
  std::vector<std::string> targets;
  std::string depth;                      // "full" or "structure"
  std::vector<std::string> switched_off;  // what the user switched off by name: "--av off"
  Limits file_limits{};                   // under which the files were analysed
  ScanBudget scan_budget{};
};

// Where rows come from that the user adds to the policy of imports.
struct PolicySource {
  std::string name;  // "team.policy", "the command line"; raw bytes
  std::size_t allows = 0;
  std::size_t denies = 0;
};

struct Report {
  Header header;
  EngineInfo engines;
  SandboxInfo sandbox;
  HubInfo hub;
  std::vector<std::string> accepted;  // names given to --accept
  std::vector<PolicySource> policy;
  Level fail_on = Level::kSuspicious;
  std::vector<FileReport> files;
  std::vector<std::string> errors;  // of the run as a whole: "nothing to scan in X"
  std::vector<std::string> notes;   // "a/loop leads back to a, which is scanned once"
  bool complete = true;             // false only when the run was cut short
  int exit_status = 0;
};

}  // namespace counterscan
