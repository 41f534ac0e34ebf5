// LocalFiles: the little that is read of a download's own records, behind an interface so that
// tests bring their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scanner/base/result.h"

namespace counterscan {

class LocalFiles {
 public:
  LocalFiles() = default;
  LocalFiles(const LocalFiles&) = delete;
  LocalFiles& operator=(const LocalFiles&) = delete;
  virtual ~LocalFiles() = default;

  // The content of a regular file; kLimit when it is longer than `max_bytes`. `inner` is below
  // `folder`, and no link leads out of it: whoever made a download must not have other files read.
  // No FIFO, socket or device is opened.
  virtual Result<std::string> Read(const std::string& folder, const std::string& inner,
                                   std::uint64_t max_bytes) const = 0;
  // The text of a symbolic link; nothing for everything else.
  virtual std::optional<std::string> Link(const std::string& path) const = 0;
  virtual bool IsDirectory(const std::string& path) const = 0;
  // Names in a directory, sorted, without "." and ".."; empty when it cannot be read.
  virtual std::vector<std::string> Names(const std::string& directory) const = 0;
  // Last change of a file's content, seconds since 1970.
  virtual std::optional<double> ModifiedAt(const std::string& path) const = 0;
};

// The disk.
class DiskFiles final : public LocalFiles {
 public:
  Result<std::string> Read(const std::string& folder, const std::string& inner,
                           std::uint64_t max_bytes) const override;
  std::optional<std::string> Link(const std::string& path) const override;
  bool IsDirectory(const std::string& path) const override;
  std::vector<std::string> Names(const std::string& directory) const override;
  std::optional<double> ModifiedAt(const std::string& path) const override;
};

// The content of a file that the user named, as Read() does it, but wherever its links lead.
Result<std::string> ReadNamedFile(const std::string& path, std::uint64_t max_bytes);

}  // namespace counterscan
