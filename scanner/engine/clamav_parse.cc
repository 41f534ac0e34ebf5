#include "scanner/engine/clamav_parse.h"

#include <clamav.h>
#include <iconv.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "scanner/base/fd.h"
#include "scanner/base/text.h"
#include "scanner/engine/clamav_builtin.h"
#include "scanner/engine/clamav_library.h"
#include "scanner/engine/piecewise.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

// What libclamav loads from a directory. Not here: .cbc (bytecode), which is code; .cfg and .info,
// which are settings.
constexpr auto kEndings = std::to_array<std::string_view>(
    {".cvd", ".cld", ".cud",  ".ndb", ".ndu", ".ldb", ".ldu", ".hdb",  ".hdu", ".hsb", ".hsu",
     ".mdb", ".mdu", ".msb",  ".msu", ".imp", ".cdb", ".idb", ".pdb",  ".gdb", ".wdb", ".pwdb",
     ".ftm", ".yar", ".yara", ".db",  ".fp",  ".sfp", ".ign", ".ign2", ".crb"});

constexpr long long kLargest = kLargestParsed;
// What one file may come to with all that is unpacked from it, before it is a gap.
constexpr long long kParsedBytes = 8 * kGiB;

// A name in the middle of a scan cannot load a converter any more; glibc forgets one that is
// closed.
constexpr auto kCharacterSets = std::to_array<const char*>({
    "UTF-7",        "UTF-16",       "UTF-16LE",     "UTF-16BE",     "UTF-32",       "UTF-32LE",
    "UTF-32BE",     "UCS-4",        "UCS-4LE",      "UCS-4BE",      "ISO-8859-1",   "ISO-8859-2",
    "ISO-8859-3",   "ISO-8859-4",   "ISO-8859-5",   "ISO-8859-6",   "ISO-8859-7",   "ISO-8859-8",
    "ISO-8859-9",   "ISO-8859-13",  "ISO-8859-15",  "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252",
    "WINDOWS-1253", "WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258",
    "CP437",        "CP850",        "CP852",        "CP855",        "CP857",        "CP866",
    "CP874",        "CP875",        "CP932",        "CP949",        "CP1025",       "IBM037",
    "IBM1026",      "KOI8-R",       "KOI8-U",       "EUC-CN",       "EUC-JP",       "EUC-KR",
    "GB2312",       "GB18030",      "BIG5",         "SHIFT_JIS",    "ISO-2022-JP",  "MACINTOSH",
});

void KeepConverters() {
  // Never closed, or the modules would be unloaded.
  static const auto kOpened = [] {
    std::array<iconv_t, kCharacterSets.size()> opened{};
    std::ranges::transform(kCharacterSets, opened.begin(),
                           [](const char* name) { return iconv_open("UTF-8", name); });
    return opened;
  }();
  (void)kOpened;
}

void OnParsedMatch(int /*descriptor*/, const char* name, void* context) {
  static_cast<std::set<std::string>*>(context)->insert(name == nullptr ? "unnamed" : name);
}

Result<cl_engine*> NewEngine(const std::string& scratch) {
  cl_engine* const engine = cl_engine_new();
  if (engine == nullptr) return Fail(ErrorCode::kIo, "libclamav makes no engine");
  const std::pair<cl_engine_field, long long> settings[] = {
      {CL_ENGINE_MAX_FILESIZE, kLargest},
      {CL_ENGINE_MAX_SCANSIZE, kParsedBytes},
      {CL_ENGINE_MAX_SCANTIME, 0},  // the parent watches
      {CL_ENGINE_MAX_FILES, 100'000},
      // Reaching one of these is told to nobody.
      {CL_ENGINE_MAX_EMBEDDEDPE, kLargest},
      {CL_ENGINE_MAX_HTMLNORMALIZE, kLargest},
      {CL_ENGINE_MAX_HTMLNOTAGS, kLargest},
      {CL_ENGINE_MAX_SCRIPTNORMALIZE, kLargest},
      {CL_ENGINE_MAX_ZIPTYPERCG, kLargest},
      {CL_ENGINE_PCRE_MAX_FILESIZE, kLargest},
      {CL_ENGINE_DISABLE_CACHE, 1},  // its key is MD5, which can be made to collide
      {CL_ENGINE_AC_MAXDEPTH, 2},    // a third of the memory of depth 3
  };
  for (const auto& [field, value] : settings) {
    if (cl_engine_set_num(engine, field, value) != CL_SUCCESS) {
      cl_engine_free(engine);
      return Fail(ErrorCode::kIo, "libclamav refuses a setting");
    }
  }
  cl_engine_set_clcb_virus_found(engine, OnParsedMatch);
  if (cl_engine_set_str(engine, CL_ENGINE_TMPDIR, scratch.c_str()) != CL_SUCCESS) {
    cl_engine_free(engine);
    return Fail(ErrorCode::kIo, "libclamav refuses its temporary directory");
  }
  return engine;
}

// Reading signatures frees as much as it keeps, and a match as much as it takes: 800 bytes for each
// logical signature of the file's type.
void GiveBackMemory() { malloc_trim(0); }

// Those of the directory that the raw engine did not leave out, sorted.
std::vector<std::string> FilesFor(const EngineInfo& info) {
  std::vector<std::string> paths;
  if (info.database.empty()) return paths;
  std::error_code error;
  for (fs::directory_iterator entry(info.database, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool wanted = std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
      return name.ends_with(ending);
    });
    const bool refused = std::any_of(
        info.database_files.begin(), info.database_files.end(), [&](const DatabaseFile& file) {
          return file.name == name && (file.state == DatabaseFile::State::kLeftOut ||
                                       file.state == DatabaseFile::State::kSuperseded);
        });
    std::error_code unknown;
    if (wanted && !refused && entry->is_regular_file(unknown)) paths.push_back(entry->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<void> LoadInto(cl_engine* engine, const std::string& path, unsigned options) {
  unsigned count = 0;
  std::vector<std::string> complaints;
  const CollectComplaints collect(complaints);
  const cl_error_t status = cl_load(path.c_str(), engine, &count, options);
  if (status == CL_SUCCESS) return {};
  return Fail(ErrorCode::kMalformed, complaints.empty() ? cl_strerror(status) : complaints.front());
}

Gap ParseGap(GapReason reason, std::uint64_t size, std::string detail) {
  return ClamavGap(reason, 0, size, std::move(detail));
}

}  // namespace

Result<std::unique_ptr<ParseEngine>> ParseEngine::Load(const EngineInfo& info,
                                                       const std::string& scratch) {
  TRY(InitialiseClamav());
  KeepConverters();
  const std::string builtin = scratch + "/parse-builtin.ndb";
  {
    std::ofstream out(builtin, std::ios::binary | std::ios::trunc);
    out << BuiltinSignatures();
    if (!out.flush()) return FailErrno("write to the scratch directory", errno);
  }
  std::unique_ptr<ParseEngine> parser(new ParseEngine);
  std::vector<std::string> paths = FilesFor(info);
  // An engine into which a file was loaded in part is good for nothing: another without that file.
  for (bool complete = false; !complete;) {
    if (parser->engine_ != nullptr) cl_engine_free(std::exchange(parser->engine_, nullptr));
    parser->engine_ = TRY(NewEngine(scratch));
    complete = true;
    for (auto path = paths.begin(); path != paths.end(); ++path) {
      const auto loaded = LoadInto(parser->engine_, *path, CL_DB_PUA);
      if (loaded) continue;
      parser->load_gaps_.push_back(
          ParseGap(GapReason::kSignatureFile, 0,
                   "left out of parsing: " + Printable(fs::path(*path).filename().string()) + ": " +
                       loaded.error().message));
      paths.erase(path);
      complete = false;
      break;
    }
  }
  const auto loaded = LoadInto(parser->engine_, builtin, CL_DB_OFFICIAL);
  unlink(builtin.c_str());
  TRY(Result<void>(loaded));
  std::vector<std::string> complaints;
  const CollectComplaints collect(complaints);
  if (const cl_error_t status = cl_engine_compile(parser->engine_); status != CL_SUCCESS) {
    return Fail(ErrorCode::kIo, complaints.empty() ? cl_strerror(status) : complaints.front());
  }
  GiveBackMemory();
  return parser;
}

ParseEngine::~ParseEngine() {
  if (engine_ != nullptr) cl_engine_free(engine_);
}

Result<void> ParseEngine::UseTemporary(const std::string& directory) {
  if (cl_engine_set_str(engine_, CL_ENGINE_TMPDIR, directory.c_str()) != CL_SUCCESS) {
    return Fail(ErrorCode::kIo, "libclamav refuses its temporary directory");
  }
  return {};
}

SignatureMatches ParseEngine::Match(int descriptor, std::uint64_t size) {
  SignatureMatches matches;
  std::vector<std::string> complaints;
  std::set<std::string> names;
  cl_scan_options options = {};
  options.general = CL_SCAN_GENERAL_ALLMATCHES | CL_SCAN_GENERAL_HEURISTICS;
  options.parse = ~0U;
  options.heuristic = CL_SCAN_HEURISTIC_EXCEEDS_MAX | CL_SCAN_HEURISTIC_ENCRYPTED_ARCHIVE |
                      CL_SCAN_HEURISTIC_ENCRYPTED_DOC;
  {
    const CollectComplaints collect(complaints);
    const char* name = nullptr;
    unsigned long scanned = 0;
    const cl_error_t status =
        cl_scandesc_callback(descriptor, nullptr, &name, &scanned, engine_, &options, &names);
    if (status != CL_CLEAN && status != CL_VIRUS && status != CL_VERIFIED) {
      complaints.push_back(cl_strerror(status));
    }
    if (status == CL_VIRUS && names.empty()) names.insert("unnamed");
  }
  for (const std::string& name : names) {
    if (name.starts_with("Heuristics.Limits.")) {
      matches.gaps.push_back(
          ParseGap(GapReason::kLimitUnpacked, size, "libclamav stopped unpacking: " + name));
    } else if (name.starts_with("Heuristics.Encrypted.")) {
      matches.gaps.push_back(ParseGap(GapReason::kEncryptedMember, size, name));
    } else {
      matches.names.push_back(name);
    }
  }
  if (!complaints.empty()) {
    matches.gaps.push_back(
        ParseGap(GapReason::kEngineFailed, size, "libclamav, parsing: " + complaints.front()));
  }
  return matches;
}

bool ParseEngine::SelfTest() {
  const UniqueFd file(memfd_create("self-test", MFD_CLOEXEC));
  const std::string eicar = EicarTestFile();
  if (!file ||
      write(file.get(), eicar.data(), eicar.size()) != static_cast<ssize_t>(eicar.size())) {
    return false;
  }
  const SignatureMatches matches = Match(file.get(), eicar.size());
  GiveBackMemory();
  return matches.gaps.empty() && std::find(matches.names.begin(), matches.names.end(),
                                           kEicarSignatureName) != matches.names.end();
}

}  // namespace counterscan
