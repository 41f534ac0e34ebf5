#include "hubclient/local_files.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

#include "scanner/base/fd.h"
#include "scanner/base/safe_open.h"
#include "scanner/base/text.h"

namespace counterscan {

namespace {

Result<std::string> Content(const UniqueFd& file, std::uint64_t max_bytes) {
  std::string content;
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const ssize_t count = read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno("cannot read", errno);
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > max_bytes) {
      return Fail(ErrorCode::kLimit, fmt::format("longer than {}", HumanBytes(max_bytes)));
    }
  }
}

}  // namespace

Result<std::string> DiskFiles::Read(const std::string& folder, const std::string& inner,
                                    std::uint64_t max_bytes) const {
  return Content(TRY(OpenRegularBeneath(folder, inner)), max_bytes);
}

Result<std::string> ReadNamedFile(const std::string& path, std::uint64_t max_bytes) {
  return Content(TRY(OpenRegular(path)), max_bytes);
}

std::optional<std::string> DiskFiles::Link(const std::string& path) const {
  std::array<char, 4096> target;
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  if (length < 0 || static_cast<std::size_t>(length) == target.size()) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

bool DiskFiles::IsDirectory(const std::string& path) const {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::vector<std::string> DiskFiles::Names(const std::string& directory) const {
  struct Close {
    void operator()(DIR* stream) const { closedir(stream); }
  };
  std::vector<std::string> names;
  const std::unique_ptr<DIR, Close> stream(opendir(directory.c_str()));
  if (stream == nullptr) return names;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name(entry->d_name);
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<double> DiskFiles::ModifiedAt(const std::string& path) const {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return static_cast<double>(status.st_mtim.tv_sec) +
         static_cast<double>(status.st_mtim.tv_nsec) * 1e-9;
}

}  // namespace counterscan
