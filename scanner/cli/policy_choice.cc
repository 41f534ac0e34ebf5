#include "scanner/cli/policy_choice.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "hubclient/local_files.h"
#include "scanner/base/limits.h"
#include "scanner/base/text.h"
#include "scanner/cli/policy_text.h"

namespace counterscan {
namespace {

constexpr std::uint64_t kPolicyBytes = 4 * kMiB;

// True when `place` is the directory or lies below it. Compared by device and inode: names of one
// directory differ.
bool LiesIn(std::filesystem::path place, const struct stat& directory) {
  for (;;) {
    struct stat status {};
    if (stat(place.c_str(), &status) == 0 && status.st_dev == directory.st_dev &&
        status.st_ino == directory.st_ino) {
      return true;
    }
    std::filesystem::path above = place.parent_path();
    if (above == place || above.empty()) return false;
    place = std::move(above);
  }
}

}  // namespace

void DeclarePolicy(CLI::App& app, PolicyWords& words) {
  app.add_option("--policy", words.files,
                 "allow and deny imports by the rows of FILE (repeatable; see: help policy)")
      ->option_text("FILE")
      ->allow_extra_args(false);
  app.add_option("--allow-import", words.allowed,
                 "allow one import that is on no list (repeatable)")
      ->option_text("MODULE.NAME[:instantiate|call]")
      ->allow_extra_args(false);
  app.add_option("--deny-import", words.denied,
                 "call an import unsafe; MODULE.* is all of a module (repeatable)")
      ->option_text("MODULE.NAME")
      ->allow_extra_args(false);
}

Result<UserPolicyChoice> UserPolicyChoice::Load(const PolicyWords& words) {
  UserPolicyChoice choice;
  for (const std::string& path : words.files) TRY(choice.LoadFile(path));
  PolicySource flags{.name = "the command line", .allows = 0, .denies = 0};
  for (const std::string& argument : words.allowed) {
    const auto rows = TRY(ParseAllowedImport(argument));
    choice.rows_.insert(choice.rows_.end(), rows.begin(), rows.end());
    ++flags.allows;
  }
  for (const std::string& argument : words.denied) {
    const auto rows = TRY(ParseDeniedImport(argument));
    choice.rows_.insert(choice.rows_.end(), rows.begin(), rows.end());
    ++flags.denies;
  }
  if (flags.allows + flags.denies > 0) choice.sources_.push_back(flags);
  if (choice.rows_.size() > kMaxImportRows) {
    return WrongUsage(fmt::format("the policy has more than {} rows.", kMaxImportRows));
  }
  return choice;
}

Result<void> UserPolicyChoice::LoadFile(const std::string& path) {
  const auto text = ReadNamedFile(path, kPolicyBytes);
  if (!text) return WrongUsage("--policy " + Printable(path) + ": " + text.error().message);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return WrongUsage("--policy " + Printable(path) + ": it has gone.");
  }
  const auto rows = ParsePolicy(*text, path);
  if (!rows) return WrongUsage(rows.error().message);
  const auto allows =
      static_cast<std::size_t>(std::count_if(rows->begin(), rows->end(), [](const ImportRow& row) {
        return row.verb == ImportRow::Verb::kAllow;
      }));
  sources_.push_back({.name = path, .allows = allows, .denies = rows->size() - allows});
  rows_.insert(rows_.end(), rows->begin(), rows->end());
  files_.push_back(
      {.shown = path, .device = status.st_dev, .inode = status.st_ino, .links = status.st_nlink});
  return {};
}

bool UserPolicyChoice::has_other_names() const {
  return std::any_of(files_.begin(), files_.end(), [](const File& file) { return file.links > 1; });
}

Result<void> UserPolicyChoice::RefuseBelow(const std::string& root) const {
  struct stat directory {};
  if (files_.empty() || stat(root.c_str(), &directory) != 0) return {};
  for (const File& file : files_) {
    std::error_code error;
    const std::filesystem::path named =
        std::filesystem::absolute(file.shown, error).lexically_normal();
    const std::filesystem::path real = std::filesystem::canonical(file.shown, error);
    const std::filesystem::path beside = std::filesystem::canonical(named.parent_path(), error);
    // Where the name stands, and where it leads.
    if (LiesIn(named.parent_path(), directory) || LiesIn(beside, directory) ||
        LiesIn(real, directory)) {
      return WrongUsage(fmt::format(
          "--policy {}: it lies in what is scanned ({}). A policy must come from elsewhere: a "
          "model cannot say what is to be allowed in it.",
          Printable(file.shown, 200), Printable(root, 200)));
    }
  }
  return {};
}

Result<void> UserPolicyChoice::RefuseFile(const std::string& path) const {
  struct stat status {};
  if (files_.empty() || stat(path.c_str(), &status) != 0) return {};
  for (const File& file : files_) {
    if (file.device != status.st_dev || file.inode != status.st_ino) continue;
    return WrongUsage(
        fmt::format("--policy {}: it is itself among what is scanned ({}). A policy must come from "
                    "elsewhere: a model cannot say what is to be allowed in it.",
                    Printable(file.shown, 200), Printable(path, 200)));
  }
  return {};
}

}  // namespace counterscan
