// HashedFiles: which files a list of hashes may name, by size and the first bytes of the hash.
//
// A file whose size is not in the list needs no hash at all. A hit is not yet a match: libclamav
// has the whole list, and its exceptions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/base/digest.h"

namespace counterscan {

class HashedFiles {
 public:
  // A line of .hdb or .hsb (Hash:Size:Name...). What is not understood counts as a hash of files of
  // any size.
  void Add(std::string_view line);
  // Once, after the last Add(). Also loads the algorithms, before a sandbox closes.
  void Finish();

  bool empty() const;
  // Whether a file of this size may be named.
  bool MayHaveSize(std::uint64_t size) const;

  // One file of a known size.
  class Pass {
   public:
    // `files` is finished and outlives this.
    Pass(const HashedFiles& files, std::uint64_t size);

    void Feed(std::span<const std::byte> bytes);
    // After the last bytes: whether a hash in the list may be this file's.
    bool Finish();

   private:
    const HashedFiles& files_;
    std::uint64_t size_;
    std::vector<std::pair<PlainDigest::Kind, PlainDigest>> digests_;
  };

 private:
  struct Known {
    std::uint64_t size;  // kAnySize where the list does not say
    std::uint64_t start;
    auto operator<=>(const Known&) const = default;
  };
  static constexpr std::uint64_t kAnySize = 0;
  static constexpr std::size_t kKinds = 3;

  bool HasSize(PlainDigest::Kind kind, std::uint64_t size) const;
  bool Has(PlainDigest::Kind kind, const Known& known) const;

  std::array<std::vector<Known>, kKinds> known_;  // by kind, sorted
  bool unknown_ = false;                          // a line was not understood
};

}  // namespace counterscan
