#include "scanner/base/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const EVP_MD* Fetch(const char* name) {
  const EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
  // Without SHA-256 or SHA-1 no file can be identified; going on would be lying.
  if (algorithm == nullptr) std::abort();
  return algorithm;
}
const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const kAlgorithm = Fetch("SHA256");
  return kAlgorithm;
}
const EVP_MD* Sha1Algorithm() {
  static const EVP_MD* const kAlgorithm = Fetch("SHA1");
  return kAlgorithm;
}

void Begin(EVP_MD_CTX* context, const EVP_MD* algorithm) {
  if (EVP_DigestInit_ex2(context, algorithm, nullptr) != 1) std::abort();
}

Context Start(const EVP_MD* algorithm) {
  Context context(EVP_MD_CTX_new());
  if (context == nullptr) std::abort();
  Begin(context.get(), algorithm);
  return context;
}

void Add(EVP_MD_CTX* context, std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1) std::abort();
}

std::string EndRaw(EVP_MD_CTX* context) {
  std::array<char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(digest.data()), &length) != 1) {
    std::abort();
  }
  return {digest.data(), length};
}

std::string End(EVP_MD_CTX* context) { return Hex(AsBytes(EndRaw(context))); }

std::string GitHeader(std::uint64_t size) {
  std::string header = "blob " + std::to_string(size);
  header.push_back('\0');
  return header;
}

}  // namespace

class Digester::Impl {
 public:
  explicit Impl(std::optional<std::uint64_t> git_size) : sha256_(Start(Sha256Algorithm())) {
    BeginGitId(git_size);
  }
  void StartAgain(std::optional<std::uint64_t> git_size) {
    Begin(sha256_.get(), Sha256Algorithm());
    BeginGitId(git_size);
  }
  void Update(std::span<const std::byte> bytes) {
    Add(sha256_.get(), bytes);
    if (with_git_id_) Add(sha1_.get(), bytes);
  }
  Digests Finish() {
    Digests digests{.sha256 = End(sha256_.get()), .git_sha1 = std::nullopt};
    if (with_git_id_) digests.git_sha1 = End(sha1_.get());
    return digests;
  }

 private:
  void BeginGitId(std::optional<std::uint64_t> git_size) {
    with_git_id_ = git_size.has_value();
    if (!git_size) return;
    if (sha1_ == nullptr) {
      sha1_ = Start(Sha1Algorithm());
    } else {
      Begin(sha1_.get(), Sha1Algorithm());
    }
    Add(sha1_.get(), AsBytes(GitHeader(*git_size)));
  }

  Context sha256_;
  Context sha1_;
  bool with_git_id_ = false;
};

Digester::Digester(std::optional<std::uint64_t> git_size)
    : impl_(std::make_unique<Impl>(git_size)) {}
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;
Digester::~Digester() = default;

void Digester::StartAgain(std::optional<std::uint64_t> git_size) { impl_->StartAgain(git_size); }
void Digester::Update(std::span<const std::byte> bytes) { impl_->Update(bytes); }
Digests Digester::Finish() { return impl_->Finish(); }

void Digester::WarmUp() {
  Digester digester(0);
  (void)digester.Finish();
}

class PlainDigest::Impl {
 public:
  explicit Impl(Kind kind) : context_(StartPlain(kind)) {}
  void Update(std::span<const std::byte> bytes) {
    if (context_ != nullptr) Add(context_.get(), bytes);
  }
  std::string Finish() { return context_ == nullptr ? "" : EndRaw(context_.get()); }

 private:
  static Context StartPlain(Kind kind) {
    if (kind == Kind::kSha1) return Start(Sha1Algorithm());
    if (kind == Kind::kSha256) return Start(Sha256Algorithm());
    static const EVP_MD* const kMd5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
    return kMd5 == nullptr ? nullptr : Start(kMd5);
  }

  Context context_;
};

PlainDigest::PlainDigest(Kind kind) : impl_(std::make_unique<Impl>(kind)) {}
PlainDigest::PlainDigest(PlainDigest&&) noexcept = default;
PlainDigest& PlainDigest::operator=(PlainDigest&&) noexcept = default;
PlainDigest::~PlainDigest() = default;

void PlainDigest::Update(std::span<const std::byte> bytes) { impl_->Update(bytes); }
std::string PlainDigest::Finish() { return impl_->Finish(); }

std::string Sha256Hex(std::string_view bytes) {
  Digester digester(std::nullopt);
  digester.Update(AsBytes(bytes));
  return digester.Finish().sha256;
}

std::string Sha1(std::string_view bytes) {
  const Context context = Start(Sha1Algorithm());
  Add(context.get(), AsBytes(bytes));
  return EndRaw(context.get());
}

Result<std::string> FileSha256(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return FailErrno("cannot be opened", errno);
  Digester digester(std::nullopt);
  std::vector<char> buffer(256 * 1024);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         file.gcount() > 0) {
    digester.Update(AsBytes({buffer.data(), static_cast<std::size_t>(file.gcount())}));
  }
  if (file.bad()) return FailErrno("cannot be read", errno);
  return digester.Finish().sha256;
}

std::string Md5Hex(std::string_view bytes) {
  std::array<std::byte, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                 &length, EVP_md5(), nullptr) != 1) {
    return "";
  }
  return Hex(std::span(digest).first(length));
}

std::string GitBlobSha1Hex(std::string_view bytes) {
  Digester digester(bytes.size());
  digester.Update(AsBytes(bytes));
  return *digester.Finish().git_sha1;
}

}  // namespace counterscan
