// The files of a repository: its tree, page by page, and what is known of single paths.
#include <algorithm>
#include <map>

#include "tests/fake_hub/api_parts.h"

namespace counterscan::fake {
namespace {

struct EntryOptions {
  bool expand = false;
  bool masked = false;
};

Json LastCommit(const CommitName& name) {
  return {{"id", name.id}, {"title", name.title}, {"date", name.date}};
}

Json FileEntry(const File& file, const Commit& commit, EntryOptions options) {
  Json entry{{"type", "file"}, {"oid", file.Oid()}, {"size", file.Size()}};
  if (file.lfs) {
    entry["lfs"] = {{"oid", options.masked ? kMask : file.Sha256()},
                    {"size", file.Size()},
                    {"pointerSize", file.PointerSize()}};
  }
  if (!file.xet_hash.empty()) entry["xetHash"] = options.masked ? kMask : file.xet_hash;
  entry["path"] = file.path;
  if (options.expand) {
    entry["lastCommit"] = LastCommit(file.last_commit.value_or(commit.name));
    if (file.security_file_status) entry["securityFileStatus"] = *file.security_file_status;
    if (file.security) entry["security"] = *file.security;
  }
  return entry;
}

Json FolderEntry(const std::string& path, const Commit& commit, EntryOptions options) {
  Json entry{{"type", "directory"}, {"oid", GitTreeId(commit, path)}, {"size", 0}, {"path", path}};
  if (options.expand) entry["lastCommit"] = LastCommit(commit.name);
  return entry;
}

// Everything below `folder` ("" for the whole tree): folders first, each kind by path.
std::vector<Json> Below(const Commit& commit, const std::string& folder, bool recursive,
                        EntryOptions options) {
  std::map<std::string, Json> folders;
  std::map<std::string, Json> files;
  const std::string prefix = folder.empty() ? "" : folder + "/";
  for (const File& file : commit.files) {
    if (!file.path.starts_with(prefix)) continue;
    std::size_t slash = file.path.find('/', prefix.size());
    const bool direct = slash == std::string::npos;
    for (; slash != std::string::npos; slash = file.path.find('/', slash + 1)) {
      const std::string parent = file.path.substr(0, slash);
      if (!folders.contains(parent)) folders[parent] = FolderEntry(parent, commit, options);
      if (!recursive) break;
    }
    if (direct || recursive) files[file.path] = FileEntry(file, commit, options);
  }
  std::vector<Json> list;
  list.reserve(folders.size() + files.size());
  for (auto& [path, entry] : folders) list.push_back(std::move(entry));
  for (auto& [path, entry] : files) list.push_back(std::move(entry));
  return list;
}

struct PathsQuestion {
  std::vector<std::string> paths;
  bool expand = false;
};

// JSON, as JavaScript clients send it, or a form, as Python ones do.
std::optional<PathsQuestion> ReadPathsQuestion(const Request& request) {
  PathsQuestion question;
  const std::string type = request.Header("Content-Type").value_or("");
  if (!type.starts_with("application/json")) {
    for (auto& [name, value] : ParseForm(request.body)) {
      if (name == "paths" || name == "paths[]") question.paths.push_back(value);
      if (name == "expand") question.expand = value == "true" || value == "True" || value == "1";
    }
    return question;
  }
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("paths")) return std::nullopt;
  const Json& paths = body["paths"];
  if (paths.is_string()) {
    question.paths.push_back(paths);
  } else if (paths.is_array()) {
    for (const Json& path : paths) {
      if (!path.is_string()) return std::nullopt;
      question.paths.push_back(path);
    }
  } else {
    return std::nullopt;
  }
  question.expand = body.contains("expand") && body["expand"] == true;
  return question;
}

}  // namespace

Reply TreeReply(const RepoRequest& request) {
  const std::string revision = request.rest[1];
  const Commit* const commit = request.repo.At(revision);
  if (commit == nullptr) return RevisionNotFoundReply(revision);
  const std::string folder = request.PathFrom(2);
  const EntryOptions options{.expand = Flag(request.http, "expand"), .masked = IsMasked(request)};
  const std::vector<Json> entries =
      Below(*commit, folder, Flag(request.http, "recursive"), options);
  if (entries.empty() && !folder.empty()) {
    return ErrorReply(404, "EntryNotFound", folder + " does not exist on \"" + revision + "\"");
  }
  return Page(request.http, request.world, entries, options.expand ? 100 : 1000);
}

Reply PathsInfoReply(const RepoRequest& request) {
  const std::string revision = request.PathFrom(1);
  const Commit* const commit = request.repo.At(revision);
  if (commit == nullptr) return RevisionNotFoundReply(revision);
  const auto question = ReadPathsQuestion(request.http);
  if (!question) {
    return ErrorReply(400, "",
                      "\u2716 Invalid input: expected array, received undefined\n"
                      "  \u2192 at paths");
  }
  const EntryOptions options{.expand = question->expand, .masked = IsMasked(request)};
  Json entries = Json::array();
  for (const std::string& path : question->paths) {
    if (const File* const file = commit->Find(path)) {
      entries.push_back(FileEntry(*file, *commit, options));
    } else if (std::any_of(commit->files.begin(), commit->files.end(),
                           [&path](const File& one) { return one.path.starts_with(path + "/"); })) {
      entries.push_back(FolderEntry(path, *commit, options));
    }
    // What is not there is left out without a word.
  }
  return JsonReply(entries.dump());
}

}  // namespace counterscan::fake
