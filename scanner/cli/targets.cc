#include "scanner/cli/targets.h"

#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "hubclient/environment.h"
#include "hubclient/local_files.h"
#include "hubclient/repo_id.h"
#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"
#include "scanner/base/text.h"
#include "scanner/cli/standard_input.h"
#include "scanner/cli/users_identity.h"

namespace counterscan {
namespace {

constexpr std::string_view kStandardInput = "-";
constexpr std::uint64_t kTargetListBytes = 64 * kMiB;

// Absolute and without "." and "..", but links are kept: the place is what the user named. But ".."
// behind a link leads to the folder above where the link leads: then only the disk knows the place.
std::string Normal(const std::string& path) {
  std::error_code error;
  std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  if (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  if (error) return path;
  if (path.find("..") != std::string::npos && !std::filesystem::equivalent(path, absolute, error)) {
    const std::filesystem::path real = std::filesystem::canonical(path, error);
    if (!error) return real.string();
  }
  return absolute;
}

std::string Join(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

// The folder of a cache repository (".../models--org--name") that holds `path`: links of a snapshot
// lead to blobs anywhere below it. `path` itself when it is in no cache.
std::string TreeRootOf(const std::string& path) {
  std::size_t begin = 1;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (RepoId::FromCacheFolder(part)) return path.substr(0, end);
    begin = end + 1;
  }
  return path;
}

class Planner {
 public:
  Planner(const ScanOptions& options, const Environment& environment,
          const std::function<bool()>& stop)
      : options_(options),
        environment_(environment),
        stop_(stop),
        identities_(disk_),
        users_identity_(options) {}

  Result<Plan> Make() {
    std::vector<std::string> targets = options_.targets;
    if (!options_.files_from.empty()) {
      const std::vector<std::string> listed = TRY(ReadList(options_.files_from));
      targets.insert(targets.end(), listed.begin(), listed.end());
    }
    one_target_ = targets.size() == 1;
    for (const std::string& target : targets) TRY(AddTarget(target));
    if (plan_.files.empty() && plan_.errors.empty() && excluded_by_name_ > 0) {
      plan_.errors.push_back("nothing to scan: --exclude leaves out every file that was named");
    }
    AddNotes();
    // Snapshots first, so that a blob they lead to is not listed a second time.
    std::stable_partition(plan_.files.begin(), plan_.files.end(),
                          [](const PlannedFile& planned) { return !planned.is_blob; });
    return std::move(plan_);
  }

 private:
  Result<std::vector<std::string>> ReadList(const std::string& source) const {
    std::string text;
    if (source == kStandardInput) {
      const auto copy = OpenStandardInput();
      if (!copy) return Fail(ErrorCode::kIo, copy.error().detail);
      const auto size = static_cast<std::uint64_t>(copy->status.st_size);
      if (size > kTargetListBytes) {
        return Fail(ErrorCode::kLimit,
                    "--files-from -: longer than " + HumanBytes(kTargetListBytes));
      }
      text.resize(static_cast<std::size_t>(size));
      const FileSource file(copy->descriptor.get(), text.size());
      TRY(ReadExactly(file, 0, std::as_writable_bytes(std::span(text))));
    } else {
      auto read = ReadNamedFile(source, kTargetListBytes);
      if (!read) {
        return Fail(ErrorCode::kIo,
                    "--files-from " + Printable(source) + ": " + read.error().message);
      }
      text = std::move(*read);
    }
    // NUL between the names (find -print0) where there is one, else newlines.
    const char separator = text.find('\0') != std::string::npos ? '\0' : '\n';
    std::vector<std::string> names;
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = std::min(text.find(separator, begin), text.size());
      if (end > begin) names.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return names;
  }

  Result<void> AddTarget(const std::string& target) {
    if (target == kStandardInput) {
      AddFile(target, target, nullptr);
      return {};
    }
    struct stat status {};
    if (stat(target.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) return AddDirectory(target, one_target_ ? "" : target);
      // A shell names files that nobody meant: "scan * --exclude '*.md'".
      if (Excluded(LastPart(target))) {
        ++excluded_by_name_;
        return {};
      }
      return AddNamedFile(target, target);
    }
    const int error_number = errno;
    if (error_number != ENOENT && error_number != ENOTDIR) {
      AddFile(target, target, nullptr);  // opening it says why not
      return {};
    }
    return AddRepository(target);
  }

  Result<void> AddRepository(const std::string& target) {
    const auto wanted = RepoRef::Parse(target);
    if (!wanted) {
      return Fail(ErrorCode::kUnsupported,
                  "there is no file or directory '" + Printable(target) +
                      "', and it is not the name of a repository (ORG/NAME).");
    }
    const HubSettings settings = TRY(ReadHubSettings(environment_));
    const auto snapshot = FindInCache(disk_, settings.cache, *wanted);
    if (!snapshot) {
      return Fail(ErrorCode::kUnsupported, "there is no file or directory '" + Printable(target) +
                                               "'; as a repository: " + snapshot.error().message);
    }
    if (!wanted->path.empty()) {
      return AddNamedFile(Join(snapshot->snapshot, wanted->path), target);
    }
    return AddDirectory(snapshot->snapshot, one_target_ ? "" : target);
  }

  // A file of a cache is opened below its repository: its link may lead nowhere else.
  Result<void> AddNamedFile(const std::string& path, const std::string& shown) {
    const std::string normal = Normal(path);
    const std::string root = TreeRootOf(normal);
    if (root == normal) {
      AddFile(path, shown, nullptr);
      return {};
    }
    auto tree = Tree::Open(root);
    if (!tree) {
      AddFile(path, shown, nullptr, OpenFailure{GapReason::kUnreadable, tree.error().message});
      return {};
    }
    PlannedFile* planned =
        AddFile(normal.substr(root.size() + 1), shown,
                std::make_shared<const Tree>(std::move(*tree)), {}, LastPart(normal), normal);
    if (planned != nullptr) planned->file.disk_path = path;
    return {};
  }

  Result<void> AddDirectory(const std::string& directory, const std::string& shown) {
    const std::string normal = Normal(directory);
    const std::string root = TreeRootOf(normal);
    const std::string start = normal == root ? "" : normal.substr(root.size() + 1);
    auto opened = Tree::Open(root);
    if (!opened) {
      AddFile(directory, directory, nullptr,
              OpenFailure{GapReason::kUnreadable, opened.error().message});
      return {};
    }
    const auto tree = std::make_shared<const Tree>(std::move(*opened));
    Tree::Listing listing = tree->List(start, stop_);
    for (std::string& note : listing.notes) plan_.notes.push_back(std::move(note));
    const std::size_t before = plan_.files.size();
    bool anything = false;
    // A planned file is large: moving tens of thousands of them again and again shows.
    plan_.files.reserve(std::max(before + listing.entries.size(), 2 * before));
    for (Tree::Entry& entry : listing.entries) {
      const std::string inner =
          start.empty() || entry.path == start ? entry.path : entry.path.substr(start.size() + 1);
      if (Excluded(inner)) continue;
      anything = true;
      PlannedFile* planned =
          AddFile(entry.path, Join(shown, inner), tree, std::move(entry.failure), inner, normal);
      if (planned != nullptr) planned->file.disk_path = Join(directory, inner);
    }
    if (!anything) {
      plan_.errors.push_back("nothing to scan in " + Printable(directory));
    }
    return {};
  }

  // `open_path` is below `tree`, or a path of its own when there is none. `target` is what the user
  // named, absolute and normal, and `inner` the file's path below it. Nothing when the same place
  // has been named before.
  PlannedFile* AddFile(const std::string& open_path, const std::string& shown,
                       std::shared_ptr<const Tree> tree, std::optional<OpenFailure> failure = {},
                       const std::string& inner = "", const std::string& target = "") {
    const std::string place = tree                          ? Join(tree->root(), open_path)
                              : open_path == kStandardInput ? open_path
                                                            : Normal(open_path);
    if (!places_.insert(place).second) {
      ++named_again_;
      return nullptr;
    }
    PlannedFile planned;
    planned.file.path = shown;
    planned.open_path = open_path;
    planned.failure = std::move(failure);
    IdentityReader::Answer answer;
    if (open_path != kStandardInput) {
      if (!tree) planned.file.disk_path = open_path;
      answer = identities_.Identify(place);
      planned.is_blob = answer.role == CacheRole::kBlob && users_identity_.Believes(answer, target);
    }
    planned.file.identity = users_identity_.Apply(
        std::move(answer), inner.empty() ? LastPart(shown) : inner, target, shown);
    planned.tree = std::move(tree);
    return &plan_.files.emplace_back(std::move(planned));
  }

  void AddNotes() {
    if (excluded_by_name_ > 0) {
      plan_.notes.push_back(excluded_by_name_ == 1
                                ? "1 file that was named is left out by --exclude"
                                : std::to_string(excluded_by_name_) +
                                      " files that were named are left out by --exclude");
    }
    if (named_again_ > 0) {
      plan_.notes.push_back(named_again_ == 1
                                ? "1 file was named twice, and is scanned once"
                                : std::to_string(named_again_) +
                                      " files were named more than once, and are scanned once");
    }
    for (std::string& note : users_identity_.Disputes()) plan_.notes.push_back(std::move(note));
  }

  static std::string LastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  // A pattern matches a whole path below the target, or a name of one file or folder in it.
  bool Excluded(const std::string& inner) const {
    for (const std::string& glob : options_.excludes) {
      if (fnmatch(glob.c_str(), inner.c_str(), 0) == 0) return true;
      std::size_t begin = 0;
      while (begin <= inner.size()) {
        const std::size_t end = std::min(inner.find('/', begin), inner.size());
        if (fnmatch(glob.c_str(), inner.substr(begin, end - begin).c_str(), 0) == 0) return true;
        begin = end + 1;
      }
    }
    return false;
  }

  const ScanOptions& options_;
  const Environment& environment_;
  const std::function<bool()>& stop_;
  DiskFiles disk_;
  IdentityReader identities_;
  UsersIdentity users_identity_;
  Plan plan_;
  std::unordered_set<std::string> places_;  // of the files planned, absolute
  std::size_t named_again_ = 0;
  std::size_t excluded_by_name_ = 0;
  bool one_target_ = true;
};

}  // namespace

Result<Plan> PlanTargets(const ScanOptions& options, const Environment& environment,
                         const std::function<bool()>& stop) {
  if (!options.repo.empty()) {
    const auto type = RepoTypeFromName(options.repo_type);
    const auto repo = RepoId::Parse(type.value_or(RepoType::kModel), options.repo);
    if (!repo) return Fail(ErrorCode::kUnsupported, "--repo: " + repo.error().message);
  }
  return Planner(options, environment, stop).Make();
}

FileReport ReportOf(FilePlace&& place) {
  FileReport file;
  file.path = std::move(place.path);
  file.disk_path = std::move(place.disk_path);
  file.identity = std::move(place.identity);
  return file;
}

OpenResult OpenPlanned(const PlannedFile& planned) {
  if (planned.tree) return planned.tree->OpenFile(planned.open_path);
  if (planned.open_path == kStandardInput) return OpenStandardInput();
  return OpenNamedFile(planned.open_path);
}

}  // namespace counterscan
