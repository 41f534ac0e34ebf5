// Digests that identify a file: SHA-256, and git's blob SHA-1.
//
// The Hub names files in LFS or Xet storage by the SHA-256 of their content, and others by git's
// blob id: SHA-1 over "blob <size>\0" and the content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace counterscan {

struct Digests {
  std::string sha256;                   // 64 hex digits
  std::optional<std::string> git_sha1;  // 40 hex digits, where it was asked for
};

// Digests of one sequence of bytes, computed as the bytes come.
class Digester {
 public:
  // `git_size` asks for the git blob id of content of exactly that many bytes.
  explicit Digester(std::optional<std::uint64_t> git_size);
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;
  ~Digester();

  void Update(std::span<const std::byte> bytes);
  // Call once, last.
  Digests Finish();
  // As new, for the next sequence: whoever digests many small ones saves a third of the time.
  void StartAgain(std::optional<std::uint64_t> git_size);

  // Loads the algorithms, which reads OpenSSL's configuration: call before a sandbox closes.
  static void WarmUp();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// One plain digest of a sequence of bytes, as lists of known files hold it.
class PlainDigest {
 public:
  enum class Kind { kMd5, kSha1, kSha256 };
  explicit PlainDigest(Kind kind);
  PlainDigest(PlainDigest&&) noexcept;
  PlainDigest& operator=(PlainDigest&&) noexcept;
  ~PlainDigest();

  void Update(std::span<const std::byte> bytes);
  // Call once, last. The digest's bytes; "" where the machine's policy forbids MD5.
  std::string Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

std::string Sha256Hex(std::string_view bytes);
// Of a regular file's content, read in pieces.
Result<std::string> FileSha256(const std::string& path);
// Plain SHA-1, 20 bytes: what the Hub's ETags are made of.
std::string Sha1(std::string_view bytes);
std::string GitBlobSha1Hex(std::string_view bytes);

// To notice damage only: MD5 proves nothing against someone who wants two files to look the same.
// "" where the cryptographic policy of the machine forbids it.
std::string Md5Hex(std::string_view bytes);

}  // namespace counterscan
