#include "scanner/cli/scan_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "scanner/cli/name_gap.h"
#include "scanner/detect/name_promise.h"
#include "scanner/model/rules.h"

namespace counterscan {
namespace {

// From here on digest and signatures of one file are worth two workers.
constexpr std::uint64_t kSplitBytes = 64 * kMiB;

// From here on it shows how much of a file is done.
constexpr std::uint64_t kLargeFileBytes = 64 * kMiB;

// A job's number tells its content: number * kJobsPerContent + kind.
enum JobKind : std::uint64_t {
  kBytes = 0,
  kMatchOnly = 1,
  kAnalyse = 2,
  kMatchMembers = 3,
  kAskClamd = 4,
  kParseFile = 5,
};
constexpr std::uint64_t kJobsPerContent = 6;

// Files that wait for clamd, each with an open descriptor.
constexpr std::size_t kWaitingForClamd = 256;
// How long to wait for workers that have nothing to do, while clamd has.
constexpr std::chrono::milliseconds kClamdTick{10};

template <class T>
void Append(std::vector<T>& to, std::vector<T> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

Finding SignatureFinding(std::string signature) {
  const Rule* rule = FindFileRule("CLAM-1");
  return Finding{.rule = std::string(rule->id),
                 .level = rule->level,
                 .engine = EngineId::kClamav,
                 .where = "",
                 .message = "ClamAV: " + std::move(signature)};
}

// A name is one file's own, though its content may have others: a harmless one must not speak for
// them.
std::optional<Finding> NameFinding(const FileReport& file) {
  const std::string_view extension =
      detect::BrokenPromise(file.path, detect::FileTypeFromName(file.type));
  if (extension.empty()) return std::nullopt;
  const Rule* rule = FindFileRule("FMT-104");
  return Finding{.rule = std::string(rule->id),
                 .level = rule->level,
                 .engine = EngineId::kFormat,
                 .where = "",
                 .message = fmt::format("named {}, but is {}", extension, file.type)};
}

// What the worker that drew it could not know: that it did not come to an end, or that the file
// changed.
void CompleteMap(FileReport& file) {
  if (file.coverage.parts.empty()) {
    const auto why = std::find_if(file.gaps.begin(), file.gaps.end(), [](const Gap& gap) {
      return gap.engine != EngineId::kClamav && gap.where.empty();
    });
    file.coverage =
        UnreadMap(file.size, Name(why == file.gaps.end() ? GapReason::kNotAnalysed : why->reason));
  }
  for (const Gap& gap : file.gaps) {
    if (gap.engine != EngineId::kClamav && gap.where.empty()) DrawGap(file.coverage, gap);
  }
}

// True when a gap says already that the signatures were never matched.
bool EngineFailed(const FileReport& file) {
  return std::any_of(file.gaps.begin(), file.gaps.end(), [](const Gap& gap) {
    return gap.reason == GapReason::kEngineFailed && gap.engine == EngineId::kClamav;
  });
}

std::uint64_t AddOrMax(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? ~std::uint64_t{0} : sum;
}

}  // namespace

ScanSession::ScanSession(Fleet& fleet, Options options, Finished finished, Threat threat)
    : fleet_(fleet),
      options_(std::move(options)),
      finished_(std::move(finished)),
      threat_(std::move(threat)) {}

bool ScanSession::WantsGitId(const FileReport& file) const {
  return (options_.git_ids && file.size <= kGitIdentityBytes) ||
         file.identity.expected.size() == 40;
}

ScanSession::Key ScanSession::KeyOf(const struct stat& status, bool with_git_id) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {status.st_dev,
          status.st_ino,
          status.st_size,
          status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec,
          with_git_id};
}

bool ScanSession::HasRoom() const {
  return (!options_.analyse || fleet_.HasRoom(Pool::kAnalysis)) &&
         (!options_.byte_pass || fleet_.HasRoom(Pool::kBytePass)) &&
         fleet_.HasRoom(Pool::kMembers) && fleet_.HasRoom(Pool::kParse) &&
         (options_.clamd == nullptr || options_.clamd->waiting() < kWaitingForClamd);
}

Result<void> ScanSession::Pump(std::chrono::milliseconds timeout) {
  if (options_.clamd == nullptr) return fleet_.Pump(timeout, *this);
  const auto pumped =
      fleet_.Pump(fleet_.open_jobs() == 0 ? std::min(timeout, kClamdTick) : timeout, *this);
  for (ClamdAnswer& answer : options_.clamd->TakeAnswers()) OnClamdAnswer(std::move(answer));
  return pumped;
}

bool ScanSession::Knows(const OpenedFile& opened) const {
  return numbers_.contains(KeyOf(opened.status, false)) ||
         numbers_.contains(KeyOf(opened.status, true));
}

void ScanSession::Add(FileReport&& file, OpenedFile opened) {
  file.size = static_cast<std::uint64_t>(opened.status.st_size);
  const auto [known, is_new] =
      numbers_.try_emplace(KeyOf(opened.status, WantsGitId(file)), contents_.size());
  ++open_files_;
  if (is_new) spent_.bytes = AddOrMax(spent_.bytes, file.size);
  if (!is_new) {
    Content& content = contents_[known->second];
    if (content.done) return Deliver(content, std::move(file));
    content.files.push_back(std::move(file));
    return;
  }
  Content& content = contents_.emplace_back();
  content.result.size = file.size;
  content.files.push_back(std::move(file));
  StartJobs(known->second, content, std::make_shared<const UniqueFd>(std::move(opened.descriptor)),
            opened.status);
}

void ScanSession::StartJobs(std::uint64_t number, Content& content,
                            const std::shared_ptr<const UniqueFd>& descriptor,
                            const struct stat& status) {
  const std::uint64_t first_id = number * kJobsPerContent;
  const std::uint64_t size = content.result.size;
  const FileTimes times = FileTimes::Of(status);
  content.open_jobs = (options_.analyse ? 1 : 0) + (options_.byte_pass ? 1 : 0);
  if (options_.byte_pass) {
    ByteJob bytes;
    bytes.id = first_id + kBytes;
    bytes.size = size;
    bytes.times = times;
    bytes.git_sha1 = WantsGitId(content.files.front());
    bytes.match = options_.match;
    if (options_.match && options_.split_large_files && size >= kSplitBytes) {
      content.split = true;
      bytes.match = false;
      ByteJob match = bytes;
      match.id = first_id + kMatchOnly;
      match.digest = match.git_sha1 = false;
      match.match = true;
      ++content.open_jobs;
      fleet_.Submit(match, descriptor);
    }
    fleet_.Submit(bytes, descriptor);
  }
  if (options_.clamd != nullptr) {
    ++content.open_jobs;
    options_.clamd->Submit(first_id + kAskClamd, descriptor, status);
  }
  if (options_.analyse) {
    AnalysisJob analysis;
    analysis.id = first_id + kAnalyse;
    analysis.size = size;
    analysis.times = times;
    analysis.coverage = options_.coverage;
    analysis.parse = options_.parse;
    if (MatchesMembers()) content.descriptor = descriptor;
    fleet_.Submit(analysis, descriptor);
  }
}

void ScanSession::AddUnopened(FileReport&& file, const OpenFailure& failure) {
  file.nothing_read = true;
  file.gaps.push_back(
      {.reason = failure.reason, .engine = EngineId::kScan, .detail = failure.detail});
  finished_(std::move(file));
}

ScanSession::Content* ScanSession::OpenContent(std::uint64_t job_id) {
  const std::uint64_t number = job_id / kJobsPerContent;
  if (number >= contents_.size() || contents_[number].done) return nullptr;
  return &contents_[number];
}

void ScanSession::OnClamdAnswer(ClamdAnswer answer) {
  Content* content = OpenContent(answer.id);
  if (content == nullptr) return;
  FileReport& result = content->result;
  for (std::string& signature : answer.names) {
    result.findings.push_back(SignatureFinding(std::move(signature)));
    threat_(content->files.front(), result.findings.back());
  }
  if (answer.bytes_matched < result.size && answer.gaps.empty()) {
    answer.gaps.push_back({.reason = GapReason::kClamd,
                           .engine = EngineId::kClamav,
                           .first = answer.bytes_matched,
                           .last = result.size,
                           .detail = "clamd was not shown all of it"});
  }
  Append(result.gaps, std::move(answer.gaps));
  JobDone(*content);
}

void ScanSession::OnByteAnswer(ByteAnswer answer) {
  Content* content = OpenContent(answer.id);
  if (content == nullptr) return;
  FileReport& result = content->result;
  const bool match_only = answer.id % kJobsPerContent == kMatchOnly;
  if (!match_only) content->read_bytes = answer.bytes_read;
  if (match_only || !content->split) {
    content->matched_bytes = answer.bytes_matched;
    CountBytes(*content);
  }
  if (answer.digests) {
    result.sha256 = answer.digests->sha256;
    result.git_sha1 = answer.digests->git_sha1;
  }
  for (std::string& signature : answer.signatures) {
    result.findings.push_back(SignatureFinding(std::move(signature)));
    threat_(content->files.front(), result.findings.back());
  }
  content->byte_gap = content->byte_gap || !answer.gaps.empty();
  Append(result.gaps, std::move(answer.gaps));
  JobDone(*content);
}

void ScanSession::OnAnalysisAnswer(AnalysisAnswer answer) {
  Content* content = OpenContent(answer.id);
  if (content == nullptr) return;
  FileReport& result = content->result;
  if (answer.id % kJobsPerContent == kAnalyse) {
    content->analysed = true;
    // A worker that lies can only make the sums larger.
    spent_.bytes = AddOrMax(spent_.bytes, answer.unpacked_bytes);
    spent_.members = AddOrMax(spent_.members, answer.members);
    result.type = std::move(answer.type);
    result.coverage = std::move(answer.coverage);
    const auto descriptor = std::exchange(content->descriptor, nullptr);
    // The byte pass saw the packed bytes only. clamd unpacks too, and stops where nobody is told.
    if (answer.unpacked && options_.clamd != nullptr) {
      result.gaps.push_back(
          {.reason = GapReason::kClamd,
           .engine = EngineId::kClamav,
           .first = 0,
           .last = result.size,
           .detail = "what is packed inside was matched with the built-in signatures; what clamd "
                     "unpacks of it cannot be told"});
    }
    if (options_.parse && answer.worth_parsing && descriptor != nullptr) {
      AnalysisJob parse;
      parse.id = answer.id - kAnalyse + kParseFile;
      parse.size = result.size;
      ++content->open_jobs;
      fleet_.SubmitParse(parse, descriptor);
    }
    if (answer.unpacked && descriptor != nullptr) {
      AnalysisJob members;
      members.id = answer.id - kAnalyse + kMatchMembers;
      members.size = result.size;
      ++content->open_jobs;
      fleet_.SubmitMembers(members, descriptor);
    }
  }
  for (const Finding& finding : answer.findings) threat_(content->files.front(), finding);
  Append(result.findings, std::move(answer.findings));
  Append(result.imports, std::move(answer.imports));
  Append(result.gaps, std::move(answer.gaps));
  JobDone(*content);
}

void ScanSession::OnLost(Pool pool, std::uint64_t id, GapReason reason, std::string detail) {
  Content* content = OpenContent(id);
  if (content == nullptr) return;
  content->byte_gap = content->byte_gap || pool == Pool::kBytePass;
  content->result.gaps.push_back(
      {.reason = reason,
       .engine = pool == Pool::kAnalysis ? EngineId::kScan : EngineId::kClamav,
       .first = 0,
       .last = content->result.size,
       .detail = std::move(detail)});
  JobDone(*content);
}

void ScanSession::JobDone(Content& content) {
  if (--content.open_jobs == 0) Finish(content);
}

void ScanSession::CountBytes(Content& content) {
  if (!std::exchange(content.counted, true)) bytes_done_ += content.result.size;
}

ScanSession::Progress ScanSession::progress() const {
  Progress progress;
  progress.bytes = bytes_done_;
  std::uint64_t largest = kLargeFileBytes - 1;
  for (const JobProgress& job : fleet_.byte_jobs_in_work()) {
    const Content& content = contents_[job.id / kJobsPerContent];
    // Of two that read the same bytes the one that matches signatures takes longer.
    if (content.counted || (content.split && job.id % kJobsPerContent != kMatchOnly)) continue;
    progress.bytes += job.bytes_read;
    if (content.result.size <= largest || content.files.empty()) continue;
    largest = content.result.size;
    progress.large_file = &content.files.front();
    progress.large_file_bytes = job.bytes_read;
  }
  return progress;
}

void ScanSession::Finish(Content& content) {
  FileReport& result = content.result;
  content.done = true;
  content.descriptor = nullptr;
  CountBytes(content);
  result.nothing_read = !content.analysed && content.read_bytes == 0 && result.size > 0;
  if (options_.byte_pass && options_.match) {
    Append(result.gaps, options_.signature_gaps());
  }
  // A pickle that nobody walked is never clean, even when that was the user's choice.
  if (!options_.analyse)
    result.gaps.push_back({.reason = GapReason::kNotAnalysed, .engine = EngineId::kScan});
  // A byte that nobody read is never clean, whatever the workers say.
  const std::uint64_t read =
      options_.match ? std::min(content.matched_bytes, content.read_bytes) : content.read_bytes;
  if (options_.byte_pass && read < result.size && !content.byte_gap && !EngineFailed(result)) {
    result.gaps.push_back(
        {.reason = GapReason::kUnreadable,
         .engine = EngineId::kClamav,
         .first = read,
         .last = result.size,
         .detail = fmt::format("only {} of {} bytes were matched", read, result.size)});
  }
  // A gap of an engine, or of the walk as a whole, does not know how long the file is.
  for (Gap& gap : result.gaps) {
    if (gap.where.empty() && gap.first == 0 && gap.last == 0) gap.last = result.size;
  }
  Normalise(result);
  if (options_.coverage) CompleteMap(result);
  for (FileReport& file : std::exchange(content.files, {})) Deliver(content, std::move(file));
}

void ScanSession::Deliver(const Content& content, FileReport&& file) {
  const FileReport& result = content.result;
  file.sha256 = result.sha256;
  file.git_sha1 = result.git_sha1;
  file.type = result.type;
  file.findings = result.findings;
  file.imports = result.imports;
  file.gaps = result.gaps;
  file.coverage = result.coverage;
  file.nothing_read = result.nothing_read;
  if (auto finding = NameFinding(file)) {
    threat_(file, *finding);
    file.findings.push_back(std::move(*finding));
    Normalise(file);
  }
  if (auto gap = NameGap(file)) {
    DrawGap(file.coverage, *gap);
    file.gaps.push_back(std::move(*gap));
    Normalise(file);
  }
  --open_files_;
  finished_(std::move(file));
}

void ScanSession::Abandon(GapReason reason, const std::string& detail) {
  for (Content& content : contents_) {
    if (content.done) continue;
    content.byte_gap = true;
    content.result.gaps.push_back({.reason = reason,
                                   .engine = EngineId::kScan,
                                   .first = 0,
                                   .last = content.result.size,
                                   .detail = detail});
    Finish(content);
  }
}

}  // namespace counterscan
