#include "scanner/cli/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "hubclient/repo_id.h"
#include "scanner/base/safe_open.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// Deeper than any download; a deeper tree is reported, not walked.
constexpr int kMaxDirectoryDepth = 256;

std::string ErrnoText(int error_number) { return std::generic_category().message(error_number); }

OpenFailure Failure(GapReason reason, std::string detail) { return {reason, std::move(detail)}; }

std::string_view KindName(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  if (S_ISDIR(mode)) return "a directory";
  return "not a regular file";
}

OpenFailure FailureFromErrno(int error_number) {
  switch (error_number) {
    case EXDEV:
      return Failure(GapReason::kSymlinkEscapes, "a symbolic link leads out of the scanned tree");
    case ELOOP:
      return Failure(GapReason::kUnreadable, "a symbolic link leads back to itself");
    case ENOENT:
      return Failure(GapReason::kUnreadable, "a symbolic link leads nowhere, or the file is gone");
    case ENXIO:
      return Failure(GapReason::kNotRegular, "a socket or device was not read");
    default:
      return Failure(GapReason::kUnreadable, "cannot open: " + ErrnoText(error_number));
  }
}

// Takes a descriptor that was opened for reading and keeps it if it is a regular file.
OpenResult KeepRegular(UniqueFd descriptor) {
  OpenedFile file{std::move(descriptor), {}};
  if (fstat(file.descriptor.get(), &file.status) != 0) {
    return tl::make_unexpected(
        Failure(GapReason::kUnreadable, "cannot look at it: " + ErrnoText(errno)));
  }
  if (!S_ISREG(file.status.st_mode)) {
    return tl::make_unexpected(Failure(
        GapReason::kNotRegular, std::string(KindName(file.status.st_mode)) + " was not read"));
  }
  return file;
}

// Looks before it opens: an O_PATH descriptor touches no device and waits for no writer. The file
// is then opened through it, so that it is the one that was looked at.
OpenResult OpenThroughPath(const UniqueFd& path_descriptor) {
  struct stat status {};
  if (fstat(path_descriptor.get(), &status) != 0) {
    return tl::make_unexpected(
        Failure(GapReason::kUnreadable, "cannot look at it: " + ErrnoText(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    return tl::make_unexpected(
        Failure(GapReason::kNotRegular, std::string(KindName(status.st_mode)) + " was not read"));
  }
  UniqueFd descriptor = OpenForReading(path_descriptor);
  if (!descriptor) return tl::make_unexpected(FailureFromErrno(errno));
  return KeepRegular(std::move(descriptor));
}

// Where the kernel says that an open file stands; nothing where it does not say.
std::string PlaceOf(const UniqueFd& descriptor) {
  const std::string self = "/proc/self/fd/" + std::to_string(descriptor.get());
  std::string place(PATH_MAX, '\0');
  const ssize_t size = readlink(self.c_str(), place.data(), place.size());
  place.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return place;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

class Lister {
 public:
  using OpenLinked = std::function<UniqueFd(const std::string&)>;

  Lister(int root, OpenLinked open_linked, const std::function<bool()>& stop)
      : root_(root), open_linked_(std::move(open_linked)), stop_(stop) {}

  void Walk(const std::string& path, int depth) {
    UniqueFd descriptor =
        OpenBeneath(root_, path.empty() ? "." : path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (!descriptor) return AddFailure(path, FailureFromErrno(errno));
    struct stat status {};
    if (fstat(descriptor.get(), &status) != 0) {
      return AddFailure(path, FailureFromErrno(errno));
    }
    const auto [seen, is_new] = walked_.try_emplace(std::pair(status.st_dev, status.st_ino), path);
    if (!is_new) {
      listing_.notes.push_back(Printable(path) + " leads back to " +
                               (seen->second.empty() ? "the top" : Printable(seen->second)) +
                               ", which is scanned once");
      return;
    }
    if (depth > kMaxDirectoryDepth) {
      return AddFailure(path, Failure(GapReason::kLimitDepth, "directories nested too deeply"));
    }
    const std::unique_ptr<DIR, CloseDirectory> directory(fdopendir(descriptor.get()));
    if (directory == nullptr) return AddFailure(path, FailureFromErrno(errno));
    (void)descriptor.Release();  // closedir closes it
    ReadEntries(directory.get(), path, depth);
  }

  Tree::Listing Take() {
    std::sort(listing_.entries.begin(), listing_.entries.end(),
              [](const Tree::Entry& a, const Tree::Entry& b) { return a.path < b.path; });
    std::sort(listing_.notes.begin(), listing_.notes.end());
    return std::move(listing_);
  }

 private:
  void ReadEntries(DIR* directory, const std::string& path, int depth) {
    std::vector<std::pair<std::string, unsigned char>> names;
    for (;;) {
      if (stop_()) return;
      errno = 0;
      const dirent* entry = readdir(directory);
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name, entry->d_type);
    }
    if (errno != 0) {
      AddFailure(path, Failure(GapReason::kUnreadable, "cannot list: " + ErrnoText(errno)));
    }
    // Sorted, so that of two ways into a directory the same one is always taken.
    std::sort(names.begin(), names.end());
    for (const auto& [name, type] : names) {
      Visit(path.empty() ? name : path + "/" + name, KindOf(dirfd(directory), name, type), depth);
      if (stop_()) return;
    }
  }

  // The file type bits of st_mode, without following a link; 0 when it is gone.
  static mode_t KindOf(int directory, const std::string& name, unsigned char type) {
    if (type != DT_UNKNOWN) return DTTOIF(static_cast<mode_t>(type));
    struct stat status {};
    if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    return status.st_mode & S_IFMT;
  }

  void Visit(const std::string& path, mode_t kind, int depth) {
    if (S_ISDIR(kind)) return Walk(path, depth + 1);
    if (S_ISLNK(kind)) return VisitLink(path, depth);
    if (kind == 0 || S_ISREG(kind)) return listing_.entries.push_back({.path = path});
    AddFailure(path,
               Failure(GapReason::kNotRegular, std::string(KindName(kind)) + " was not read"));
  }

  void VisitLink(const std::string& path, int depth) {
    const UniqueFd target = open_linked_(path);
    if (!target) return AddFailure(path, FailureFromErrno(errno));
    struct stat status {};
    if (fstat(target.get(), &status) != 0) return AddFailure(path, FailureFromErrno(errno));
    if (S_ISDIR(status.st_mode)) return Walk(path, depth + 1);
    listing_.entries.push_back({.path = path});
  }

  void AddFailure(const std::string& path, OpenFailure failure) {
    listing_.entries.push_back({.path = path.empty() ? "." : path, .failure = std::move(failure)});
  }

  int root_;
  OpenLinked open_linked_;
  const std::function<bool()>& stop_;
  Tree::Listing listing_;
  std::map<std::pair<dev_t, ino_t>, std::string> walked_;
};

}  // namespace

Result<Tree> Tree::Open(const std::string& root) {
  UniqueFd descriptor(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor) return FailErrno("cannot open the directory", errno);
  UniqueFd cache;
  const std::size_t slash = root.rfind('/');
  const std::string name = slash == std::string::npos ? root : root.substr(slash + 1);
  if (slash != std::string::npos && slash > 0 && RepoId::FromCacheFolder(name)) {
    cache = UniqueFd(open(root.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  return Tree(root, std::move(descriptor), std::move(cache));
}

// What a link leads to: below the root, or a blob of the cache around it.
UniqueFd Tree::OpenLinked(const std::string& path) const {
  UniqueFd found = OpenBeneath(descriptor_.get(), path, O_PATH);
  if (found || errno != EXDEV || !cache_) return found;
  const UniqueFd blobs = OpenBeneath(cache_.get(), "blobs", O_PATH | O_DIRECTORY | O_NOFOLLOW);
  const std::string repository = root_.substr(root_.rfind('/') + 1);
  found = OpenBeneath(cache_.get(), repository + "/" + path, O_PATH);
  if (blobs && found && !PlaceOf(blobs).empty() && PlaceOf(found).starts_with(PlaceOf(blobs) + "/"))
    return found;
  errno = EXDEV;
  return {};
}

Tree::Listing Tree::List(const std::string& start, const std::function<bool()>& stop) const {
  Lister lister(
      descriptor_.get(), [this](const std::string& path) { return OpenLinked(path); }, stop);
  lister.Walk(start, 0);
  return lister.Take();
}

OpenResult Tree::OpenFile(const std::string& path) const {
  UniqueFd direct =
      OpenBeneath(descriptor_.get(), path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
  if (direct) return KeepRegular(std::move(direct));
  if (errno != ELOOP) return tl::make_unexpected(FailureFromErrno(errno));
  const UniqueFd linked = OpenLinked(path);
  if (!linked) return tl::make_unexpected(FailureFromErrno(errno));
  return OpenThroughPath(linked);
}

OpenResult OpenNamedFile(const std::string& path) {
  const UniqueFd descriptor(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (descriptor) return OpenThroughPath(descriptor);
  const int error_number = errno;
  struct stat status {};
  if (error_number == ENOENT && lstat(path.c_str(), &status) != 0) {
    return tl::make_unexpected(Failure(GapReason::kUnreadable, "there is no such file"));
  }
  return tl::make_unexpected(FailureFromErrno(error_number));
}

}  // namespace counterscan
