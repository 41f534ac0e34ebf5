#include "scanner/engine/clamav_library.h"

#include <clamav.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "scanner/base/fd.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// libclamav's message callback belongs to the process and its read callback carries no pointer, so
// what they write to stands here while a call into libclamav is under way.
thread_local std::vector<std::string>* current_complaints = nullptr;
thread_local const RawMatcher::ReadFunction* current_read = nullptr;

// One damaged file can make libclamav complain once per signature.
constexpr std::size_t kComplaintsKept = 8;
constexpr std::size_t kComplaintBytes = 200;

void OnMessage(cl_msg severity, const char* /*full*/, const char* message, void* /*context*/) {
  if (severity < CL_MSG_WARN || current_complaints == nullptr) return;
  if (current_complaints->size() >= kComplaintsKept) return;
  std::string_view text = message == nullptr ? "" : message;
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  current_complaints->push_back(Printable(text, kComplaintBytes));
}

void OnMatch(int /*descriptor*/, const char* name, void* context) {
  static_cast<std::set<std::string>*>(context)->insert(name == nullptr ? "unnamed" : name);
}

off_t OnRead(void* /*handle*/, void* buffer, std::size_t size, off_t offset) {
  const std::size_t got =
      (*current_read)(static_cast<std::uint64_t>(offset), {static_cast<std::byte*>(buffer), size});
  if (got == 0) errno = EIO;
  return got == 0 ? -1 : static_cast<off_t>(got);
}

// The message that says most: the one that names a line, else the first.
std::string MainComplaint(const std::vector<std::string>& complaints) {
  for (const std::string& complaint : complaints) {
    if (complaint.find(" line ") != std::string::npos) return complaint;
  }
  return complaints.empty() ? "" : complaints.front();
}

tl::unexpected<Error> FailLoading(cl_error_t status, const std::vector<std::string>& complaints) {
  return Fail(ErrorCode::kMalformed,
              complaints.empty() ? cl_strerror(status) : MainComplaint(complaints));
}

// Without file types of its own libclamav adds about 200 patterns for them to the matcher, which
// blind its prefilter: raw matching of weights is ten times faster with this one, which is never
// seen, in their place.
constexpr char kNoFileTypes[] =
    "0:0:b19d54c7e3f2880a6d41f5c29e7730ab:None:CL_TYPE_ANY:CL_TYPE_BINARY_DATA\n";

Result<void> LoadNoFileTypes(cl_engine* engine, const std::string& scratch) {
  const std::string path = scratch + "/raw.ftm";
  {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << kNoFileTypes;
    if (!file.flush()) return FailErrno("write to the scratch directory", errno);
  }
  unsigned count = 0;
  std::vector<std::string> complaints;
  const CollectComplaints collect(complaints);
  const cl_error_t status = cl_load(path.c_str(), engine, &count, 0);
  unlink(path.c_str());
  if (status != CL_SUCCESS) return FailLoading(status, complaints);
  return {};
}

// Descriptor of an empty file in memory whose times are zero; see MatchThrough. One for all, or
// many matchers would take the descriptors that a worker needs. -1 when it is not to be had.
int NoTime() {
  static const UniqueFd kFile = [] {
    UniqueFd file(memfd_create("no-time", MFD_CLOEXEC));
    const timespec times[2] = {};
    if (!file || futimens(file.get(), times) != 0) file.Close();
    return file;
  }();
  return kFile.get();
}

// Completes an outcome: what libclamav's answer and its count of scanned bytes say, or hide.
void Judge(cl_error_t status, unsigned long scanned_units, std::uint64_t size,
           RawMatcher::Outcome& outcome) {
  if (status != CL_CLEAN && status != CL_VIRUS && status != CL_VERIFIED) {
    outcome.complaints.push_back(cl_strerror(status));
  }
  if (status == CL_VIRUS && outcome.names.empty()) outcome.names.insert("unnamed");
  // Counted in whole pages of each piece; pieces overlap, so that only the last may be short.
  if (scanned_units * std::uint64_t{CL_COUNT_PRECISION} + CL_COUNT_PRECISION < size) {
    outcome.complaints.emplace_back("libclamav returned before it had looked at all bytes");
  }
}

}  // namespace

Result<void> InitialiseClamav() {
  static const cl_error_t status = [] {
    cl_set_clcb_msg(OnMessage);
    return cl_init(CL_INIT_DEFAULT);
  }();
  if (status != CL_SUCCESS) {
    return Fail(ErrorCode::kIo, std::string("libclamav does not start: ") + cl_strerror(status));
  }
  return {};
}

CollectComplaints::CollectComplaints(std::vector<std::string>& complaints) {
  current_complaints = &complaints;
}
CollectComplaints::~CollectComplaints() { current_complaints = nullptr; }

Result<std::unique_ptr<RawMatcher>> RawMatcher::Create(const std::string& scratch) {
  TRY(InitialiseClamav());
  std::unique_ptr<RawMatcher> matcher(new RawMatcher);
  matcher->engine_ = cl_engine_new();
  if (matcher->engine_ == nullptr) return Fail(ErrorCode::kIo, "libclamav makes no engine");
  if (NoTime() < 0) return FailErrno("memfd_create", errno);

  const std::pair<cl_engine_field, long long> settings[] = {
      {CL_ENGINE_MAX_FILESIZE, 0},  // no limits: each of them would end in "clean"
      {CL_ENGINE_MAX_SCANSIZE, 0},
      {CL_ENGINE_MAX_SCANTIME, 0},
      {CL_ENGINE_PCRE_MAX_FILESIZE, static_cast<long long>(kLargestRegexMap)},
      {CL_ENGINE_DISABLE_CACHE, 1},  // its key is MD5, which can be made to collide
      {CL_ENGINE_AC_MAXDEPTH, 2},    // a third of the memory of depth 3, and faster
  };
  for (const auto& [field, value] : settings) {
    if (cl_engine_set_num(matcher->engine_, field, value) != CL_SUCCESS) {
      return Fail(ErrorCode::kIo, "libclamav refuses a setting");
    }
  }
  if (cl_engine_set_str(matcher->engine_, CL_ENGINE_TMPDIR, scratch.c_str()) != CL_SUCCESS) {
    return Fail(ErrorCode::kIo, "libclamav refuses its temporary directory");
  }
  cl_engine_set_clcb_virus_found(matcher->engine_, OnMatch);
  TRY(LoadNoFileTypes(matcher->engine_, scratch));
  return matcher;
}

RawMatcher::~RawMatcher() {
  if (engine_ != nullptr) cl_engine_free(engine_);
}

Result<RawMatcher::Loaded> RawMatcher::Load(const std::string& path, Naming naming) {
  Loaded loaded;
  std::vector<std::string> complaints;
  const CollectComplaints collect(complaints);
  // Bytecode is left out: it is code, run by an interpreter or a JIT.
  const unsigned options = CL_DB_PUA | (naming == Naming::kAsWritten ? CL_DB_OFFICIAL : 0U);
  const cl_error_t status = cl_load(path.c_str(), engine_, &loaded.signatures, options);
  if (status != CL_SUCCESS) return FailLoading(status, complaints);
  // A YARA rule that libclamav does not understand is skipped with a warning.
  loaded.complaint = MainComplaint(complaints);
  return loaded;
}

Result<void> RawMatcher::Compile() {
  std::vector<std::string> complaints;
  const CollectComplaints collect(complaints);
  const cl_error_t status = cl_engine_compile(engine_);
  if (status != CL_SUCCESS) return FailLoading(status, complaints);
  return {};
}

RawMatcher::Outcome RawMatcher::MatchMemory(std::span<const std::byte> bytes) {
  Outcome outcome;
  if (bytes.size() < kSmallestMatched) return outcome;
  const CollectComplaints collect(outcome.complaints);
  cl_fmap_t* const map = cl_fmap_open_memory(bytes.data(), bytes.size());
  if (map == nullptr) {
    outcome.complaints.emplace_back("libclamav maps no memory");
    return outcome;
  }
  cl_scan_options options = {};  // nothing parsed: raw
  options.general = CL_SCAN_GENERAL_ALLMATCHES;
  const char* name = nullptr;
  unsigned long scanned = 0;
  const cl_error_t status =
      cl_scanmap_callback(map, nullptr, &name, &scanned, engine_, &options, &outcome.names);
  cl_fmap_close(map);
  Judge(status, scanned, bytes.size(), outcome);
  return outcome;
}

std::optional<RawMatcher::Outcome> RawMatcher::MatchThrough(std::uint64_t size,
                                                            const ReadFunction& read) {
  // libclamav takes every handle for a descriptor and, before it reads a part again, refuses to if
  // the time of that descriptor is not the map's. The map's is always 0; so is that of NoTime().
  void* const handle = reinterpret_cast<void*>(static_cast<std::intptr_t>(NoTime()));
  constexpr int kAging = 1;  // forget parts that were read long ago
  Outcome outcome;
  const CollectComplaints collect(outcome.complaints);
  cl_fmap_t* const map =
      cl_fmap_open_handle(handle, 0, static_cast<std::size_t>(size), OnRead, kAging);
  if (map == nullptr) return std::nullopt;
  current_read = &read;
  cl_scan_options options = {};
  options.general = CL_SCAN_GENERAL_ALLMATCHES;
  // At the first hit libclamav computes a digest of the whole map, and forgets meanwhile the piece
  // in which the hit lies: what is behind it there reads as zeros. The map then has its digest, and
  // nothing is forgotten the second time.
  constexpr int kPasses = 2;
  for (int pass = 0; pass < kPasses; ++pass) {
    const char* name = nullptr;
    unsigned long scanned = 0;
    const cl_error_t status =
        cl_scanmap_callback(map, nullptr, &name, &scanned, engine_, &options, &outcome.names);
    Judge(status, scanned, size, outcome);
    if (outcome.names.empty()) break;
  }
  cl_fmap_close(map);
  current_read = nullptr;
  return outcome;
}

std::string ClamavVersion() { return cl_retver(); }

unsigned ClamavFunctionality() { return cl_retflevel(); }

Result<void> UnpackSignatures(const std::string& path, const std::string& directory) {
  TRY(InitialiseClamav());
  std::vector<std::string> complaints;
  const CollectComplaints collect(complaints);
  constexpr bool kDoNotVerify = true;
  const cl_error_t status = cl_cvdunpack(path.c_str(), directory.c_str(), kDoNotVerify);
  if (status != CL_SUCCESS) return FailLoading(status, complaints);
  return {};
}

Result<void> VerifySignedContainer(const std::string& path) {
  TRY(InitialiseClamav());
  std::vector<std::string> complaints;
  const CollectComplaints collect(complaints);
  const cl_error_t status = cl_cvdverify(path.c_str());
  if (status != CL_SUCCESS) return FailLoading(status, complaints);
  return {};
}

namespace {

// Takes what libclamav has allocated.
std::optional<ContainerHead> TakeHead(cl_cvd* header) {
  if (header == nullptr) return std::nullopt;
  ContainerHead head{.md5 = header->md5 == nullptr ? "" : header->md5,
                     .built = header->stime,
                     .version = header->version,
                     .signatures = header->sigs,
                     .functionality = header->fl};
  cl_cvdfree(header);
  return head;
}

}  // namespace

std::optional<ContainerHead> ReadContainerHead(const std::string& path) {
  if (!InitialiseClamav()) return std::nullopt;
  std::vector<std::string> complaints;
  const CollectComplaints collect(complaints);
  return TakeHead(cl_cvdhead(path.c_str()));
}

std::optional<ContainerHead> ParseContainerHead(const std::string& line) {
  if (!InitialiseClamav()) return std::nullopt;
  std::vector<std::string> complaints;
  const CollectComplaints collect(complaints);
  return TakeHead(cl_cvdparse(line.c_str()));
}

}  // namespace counterscan
