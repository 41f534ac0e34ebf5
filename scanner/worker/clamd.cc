#include "scanner/worker/clamd.h"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "scanner/base/atomic_file.h"
#include "scanner/base/byte_reader.h"
#include "scanner/base/byte_source.h"
#include "scanner/base/text.h"
#include "scanner/worker/clamd_connection.h"

namespace counterscan {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kConnect{5'000};
constexpr milliseconds kProof{60'000};
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kMessageCharacters = 200;
// libclamav overlaps the pieces that it reads itself by less: no contiguous part is cut.
constexpr std::uint64_t kOverlap = 64 * kKiB;
// A clamd that loads signatures anew, or is started again, is back after a moment.
constexpr int kAttempts = 3;
constexpr int kPauseMilliseconds = 300;

// Put together here, so that it lies nowhere in the program as it is.
std::string Eicar() {
  return std::string("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR") + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
}

Gap ClamdGap(GapReason reason, std::uint64_t first, std::uint64_t last, std::string detail) {
  return {.reason = reason,
          .engine = EngineId::kClamav,
          .where = {},
          .first = first,
          .last = last,
          .detail = std::move(detail)};
}

// Bytes on their way to clamd: in memory, where a descriptor of them can be given away.
class Window {
 public:
  static Result<Window> Create(ClamdWay way) {
    Window window(way);
    if (way == ClamdWay::kStream) return window;
    window.file_ = UniqueFd(memfd_create("window", MFD_CLOEXEC));
    if (!window.file_) return FailErrno("memfd_create", errno);
    return window;
  }

  // Reads `size` bytes of the source from `offset` on; fewer where it ends or fails.
  Result<std::uint64_t> Fill(const ByteSource& source, std::uint64_t offset, std::uint64_t size) {
    size_ = 0;
    if (way_ == ClamdWay::kStream) bytes_.resize(static_cast<std::size_t>(size));
    if (way_ == ClamdWay::kDescriptor &&
        (ftruncate(file_.get(), 0) != 0 || lseek(file_.get(), 0, SEEK_SET) != 0)) {
      return FailErrno("cannot empty a window", errno);
    }
    std::vector<std::byte> buffer(way_ == ClamdWay::kDescriptor ? kReadBytes : 0);
    while (size_ < size) {
      const auto wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, size - size_));
      const auto out = way_ == ClamdWay::kStream
                           ? std::span(bytes_).subspan(static_cast<std::size_t>(size_), wanted)
                           : std::span(buffer).first(wanted);
      const auto got = source.ReadAt(offset + size_, out);
      if (!got) return tl::make_unexpected(got.error());
      if (*got == 0) break;
      if (way_ == ClamdWay::kDescriptor) {
        TRY(WriteAll(file_.get(), {reinterpret_cast<const char*>(out.data()), *got}));
      }
      size_ += *got;
    }
    return size_;
  }

  Result<std::string> Show(ClamdConnection& connection) const {
    if (way_ == ClamdWay::kDescriptor) {
      if (lseek(file_.get(), 0, SEEK_SET) != 0) return FailErrno("cannot rewind a window", errno);
      return connection.AskOfDescriptor(file_.get());
    }
    return connection.AskOfStream(std::span(bytes_).first(static_cast<std::size_t>(size_)));
  }

 private:
  explicit Window(ClamdWay way) : way_(way) {}

  ClamdWay way_;
  UniqueFd file_;
  std::vector<std::byte> bytes_;
  std::uint64_t size_ = 0;
};

Result<ClamdReply> ShowOnce(const ClamdOptions& options, const Window& window, milliseconds time) {
  ClamdConnection connection =
      TRY(ClamdConnection::Open(options.socket_path, Clock::now() + time, options.stop));
  const std::string reply = TRY(window.Show(connection));
  return ParseClamdReply(reply);
}

// EICAR at the start of as many bytes as a window has.
class ProofSource final : public ByteSource {
 public:
  explicit ProofSource(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size_) return std::size_t{0};
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset)));
    std::fill(out.begin(), out.end(), std::byte{0});
    const std::string eicar = Eicar();
    for (std::uint64_t i = offset; i < eicar.size() && i - offset < out.size(); ++i) {
      out[static_cast<std::size_t>(i - offset)] =
          static_cast<std::byte>(eicar[static_cast<std::size_t>(i)]);
    }
    return out.size();
  }

 private:
  std::uint64_t size_;
};

// Whether clamd finds EICAR in that many bytes; the Error says what it said instead.
Result<void> Prove(const ClamdOptions& options, ClamdWay way, std::uint64_t bytes) {
  Window window = TRY(Window::Create(way));
  TRY(window.Fill(ProofSource(bytes), 0, bytes));
  const ClamdReply reply = TRY(ShowOnce(options, window, kProof));
  switch (reply.kind) {
    case ClamdReply::Kind::kError:
      return Fail(ErrorCode::kIo, "it says: " + Printable(reply.text, kMessageCharacters));
    case ClamdReply::Kind::kOk:
      return Fail(ErrorCode::kUnsupported,
                  "it does not find EICAR in " + HumanBytes(bytes) +
                      ": it has no signature of it, or does not look at so much");
    case ClamdReply::Kind::kFound:
      break;
  }
  if (MeaningOf(reply.text) != ClamdName::kSignature) {
    return Fail(ErrorCode::kLimit, "it says: " + Printable(reply.text, kMessageCharacters));
  }
  return {};
}

// One file being matched.
class FileMatch {
 public:
  FileMatch(const ClamdOptions& options, const ClamdProven& proven, ClamdAnswer& answer)
      : options_(options), proven_(proven), answer_(answer) {}

  void Run(const ByteSource& source) {
    auto window = Window::Create(proven_.way);
    const std::uint64_t size = source.size();
    if (!window) return Miss(0, size, window.error().message);
    if (size > proven_.window_bytes) {
      answer_.gaps.push_back(ClamdGap(
          GapReason::kWindowed, 0, size,
          "signatures with parts far apart, and hashes of whole files, could not be decided"));
    }
    for (std::uint64_t start = 0; start < size;) {
      const std::uint64_t wanted = std::min(proven_.window_bytes, size - start);
      const auto filled = window->Fill(source, start, wanted);
      if (!filled) {
        // What is behind the error cannot be read either, or not be trusted to be the same file.
        answer_.gaps.push_back(
            ClamdGap(GapReason::kUnreadable, start, size, filled.error().message));
        return;
      }
      if (!Show(*window, start, start + *filled)) return Miss(start, size, trouble_);
      if (complete_) answer_.bytes_matched = start + *filled;
      if (*filled < wanted) {
        answer_.gaps.push_back(
            ClamdGap(GapReason::kChanged, start + *filled, size, "the file ends before its size"));
        return;
      }
      if (start + *filled >= size) return;
      start += *filled - kOverlap;
    }
  }

 private:
  void Miss(std::uint64_t first, std::uint64_t last, const std::string& why) {
    complete_ = false;
    answer_.gaps.push_back(ClamdGap(GapReason::kClamd, first, last, why));
  }

  milliseconds TimeFor(std::uint64_t bytes) const {
    return milliseconds(options_.limits.job_milliseconds +
                        options_.limits.job_milliseconds_per_mib * (bytes / kMiB));
  }

  // False when clamd is gone, with the reason in trouble_.
  bool Show(Window& window, std::uint64_t first, std::uint64_t last) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      if (attempt != 0) {
        poll(nullptr, 0, kPauseMilliseconds);
        // Who is back may be another, with other limits.
        if (const auto proof = Prove(options_, proven_.way, proven_.window_bytes); !proof) {
          trouble_ = "clamd, asked again: " + proof.error().message;
          continue;
        }
      }
      const auto reply = ShowOnce(options_, window, TimeFor(last - first));
      if (reply) {
        Take(*reply, first, last);
        return true;
      }
      trouble_ = "clamd: " + reply.error().message;
      // Waiting as long again would only say the same.
      if (reply.error().code == ErrorCode::kLimit) break;
    }
    return false;
  }

  void Take(const ClamdReply& reply, std::uint64_t first, std::uint64_t last) {
    if (reply.kind == ClamdReply::Kind::kOk) return;
    const std::string text = Printable(reply.text, kMessageCharacters);
    if (reply.kind == ClamdReply::Kind::kError) return Miss(first, last, "clamd says: " + text);
    switch (MeaningOf(reply.text)) {
      case ClamdName::kLimit:
        return Miss(first, last, "clamd stopped at a limit of its own: " + text);
      case ClamdName::kEncrypted:
        answer_.gaps.push_back(ClamdGap(GapReason::kEncryptedMember, first, last, text));
        return;
      case ClamdName::kSignature:
        if (std::find(answer_.names.begin(), answer_.names.end(), text) == answer_.names.end()) {
          answer_.names.push_back(text);
        }
    }
  }

  const ClamdOptions& options_;
  const ClamdProven& proven_;
  ClamdAnswer& answer_;
  std::string trouble_;
  bool complete_ = true;
};

}  // namespace

Result<ClamdProven> ProveClamd(const ClamdOptions& options) {
  ClamdProven proven;
  ClamdConnection connection =
      TRY(ClamdConnection::Open(options.socket_path, Clock::now() + kConnect));
  const std::string version = TRY(connection.Ask("VERSION"));
  proven.version = TRY(ParseClamdVersion(version));
  Result<void> last = Fail(ErrorCode::kUnsupported, "no size to show it");
  for (const std::uint64_t bytes : options.window_sizes) {
    for (const ClamdWay way : {ClamdWay::kDescriptor, ClamdWay::kStream}) {
      last = Prove(options, way, bytes);
      if (!last) continue;
      proven.way = way;
      proven.window_bytes = bytes;
      return proven;
    }
  }
  return tl::make_unexpected(last.error());
}

ClamdAnswer MatchWithClamd(const ClamdOptions& options, const ClamdProven& proven, std::uint64_t id,
                           int descriptor, const struct stat& opened) {
  ClamdAnswer answer;
  answer.id = id;
  const auto size = static_cast<std::uint64_t>(opened.st_size);
  FileMatch(options, proven, answer).Run(FileSource(descriptor, size));
  struct stat after {};
  if (fstat(descriptor, &after) != 0 || after.st_size != opened.st_size ||
      after.st_mtim.tv_sec != opened.st_mtim.tv_sec ||
      after.st_mtim.tv_nsec != opened.st_mtim.tv_nsec) {
    answer.gaps.push_back(
        ClamdGap(GapReason::kChanged, 0, size, "the file changed while clamd was shown it"));
  }
  return answer;
}

ClamdPool::ClamdPool(ClamdOptions options, ClamdProven proven)
    : options_([&] {
        options.stop = &stop_;
        return std::move(options);
      }()),
      proven_(std::move(proven)) {
  for (unsigned i = 0; i < std::max(1U, options_.connections); ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

ClamdPool::~ClamdPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ClamdPool::Submit(std::uint64_t id, std::shared_ptr<const UniqueFd> file,
                       const struct stat& opened) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({.id = id, .file = std::move(file), .opened = opened});
  }
  wake_.notify_one();
}

std::size_t ClamdPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

std::vector<ClamdAnswer> ClamdPool::TakeAnswers() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

void ClamdPool::Work() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
      if (stop_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    ClamdAnswer answer = MatchWithClamd(options_, proven_, job.id, job.file->get(), job.opened);
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
  }
}

}  // namespace counterscan
