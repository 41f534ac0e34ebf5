// libclamav, reduced to what is asked of it here: match raw bytes, unpack a signature container.
//
// libclamav answers "clean" for most of its own errors, so nothing here returns a verdict: an
// outcome holds the names that matched and everything that casts doubt on the rest. Besides its
// .cc, only clamav_parse.cc knows clamav.h. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "scanner/base/result.h"

struct cl_engine;

namespace counterscan {

// The longest file that can be matched in one piece: libclamav counts with 32 bits, and loops for
// ever beyond.
inline constexpr std::uint64_t kLargestMap = 0xFFF00000;

// libclamav looks at no file shorter than this, so no signature of any database has ever been able
// to match one.
inline constexpr std::uint64_t kSmallestMatched = 6;

// Starts libclamav, once for the process.
Result<void> InitialiseClamav();

// Collects what libclamav says, warnings and errors, while this lives.
class CollectComplaints {
 public:
  explicit CollectComplaints(std::vector<std::string>& complaints);
  ~CollectComplaints();
  CollectComplaints(const CollectComplaints&) = delete;
  CollectComplaints& operator=(const CollectComplaints&) = delete;
};

class RawMatcher {
 public:
  // Signatures not signed by ClamAV get ".UNOFFICIAL" behind their names, as clamscan prints them.
  enum class Naming : std::uint8_t { kAsWritten, kUnofficial };

  struct Outcome {
    std::set<std::string> names;          // signatures that matched
    std::vector<std::string> complaints;  // any: the bytes may not have been matched as they should
  };

  // Reads up to the span's size at an offset; fewer only at the end or after an error.
  using ReadFunction = std::function<std::size_t(std::uint64_t offset, std::span<std::byte> out)>;

  // `scratch` is an existing directory. libclamav makes and removes an empty directory in it for
  // each match: it must stay, or the sandbox must answer those calls.
  static Result<std::unique_ptr<RawMatcher>> Create(const std::string& scratch);
  ~RawMatcher();
  RawMatcher(const RawMatcher&) = delete;
  RawMatcher& operator=(const RawMatcher&) = delete;

  struct Loaded {
    unsigned signatures = 0;
    std::string complaint;  // not empty: some of the file's signatures were left out, and why
  };

  // Adds a file of signatures, whose extension says of which kind. After an Error the matcher is
  // good for nothing and must be made anew.
  Result<Loaded> Load(const std::string& path, Naming naming);

  // Once, after the last Load().
  Result<void> Compile();

  // Matches bytes that are a file as far as offsets and "EOF-n" are concerned. At most kLargestMap.
  Outcome MatchMemory(std::span<const std::byte> bytes);

  // Matches a file of `size` bytes, up to kLargestMap, in one piece while holding about 16 MiB of
  // it; about half as fast as MatchMemory. `read` is called mostly in order, and again for parts
  // that are wanted twice: after a hit, libclamav reads all of the file once more for its own list
  // of false positives and may then hold a fifth of it. Nothing when there is no address space.
  std::optional<Outcome> MatchThrough(std::uint64_t size, const ReadFunction& read);

 private:
  RawMatcher() = default;

  cl_engine* engine_ = nullptr;
};

// Files larger than this are not matched against regular expressions: libclamav would hold the
// whole file in memory. clamscan's own default.
inline constexpr std::uint64_t kLargestRegexMap = 100 * 1024 * 1024;

// "1.4.6".
std::string ClamavVersion();

// Unpacks a .cvd, .cld or .cud file into `directory`, unverified.
Result<void> UnpackSignatures(const std::string& path, const std::string& directory);

// Holds what a .cvd or .cld file contains against its list of files, and that against ClamAV's
// signature. libclamav says yes, unseen, to the older of two files that differ in the ending alone.
Result<void> VerifySignedContainer(const std::string& path);

// What the header of a .cvd, .cld or .cud file says, checked by nobody.
struct ContainerHead {
  std::string md5;          // of all that follows the header; "X" in a .cld
  std::uint64_t built = 0;  // seconds since 1970
  std::uint64_t version = 0;
  std::uint64_t signatures = 0;  // of all kinds
  unsigned functionality = 0;    // the level of libclamav that it is made for
};
std::optional<ContainerHead> ReadContainerHead(const std::string& path);
std::optional<ContainerHead> ParseContainerHead(const std::string& line);

// What this libclamav understands; see ContainerHead::functionality.
unsigned ClamavFunctionality();

inline constexpr std::size_t kContainerHeadBytes = 512;

}  // namespace counterscan
