// TempDir: a directory of a test's own, removed at its end.
#pragma once

#include <string>
#include <string_view>

namespace counterscan {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // Path of something in the directory.
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  // Writes a file, making the folders it needs; returns its path.
  std::string Write(std::string_view name, std::string_view content) const;
  std::string MakeDirectory(std::string_view name) const;
  std::string Link(std::string_view name, std::string_view target) const;

 private:
  std::string path_;
};

}  // namespace counterscan
