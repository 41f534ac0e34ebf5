#include "scanner/cli/database_directory.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <memory>
#include <vector>

namespace counterscan {
namespace {

// Kinds of file that libclamav loads signatures from (clamav's own documentation of databases).
constexpr auto kDatabaseEndings = std::to_array<std::string_view>(
    {".cvd", ".cld", ".cud", ".ndb", ".ndu", ".ldb", ".ldu", ".hdb", ".hdu", ".hsb", ".hsu", ".yar",
     ".yara", ".db", ".mdb", ".msb", ".fp", ".sfp"});

constexpr std::size_t kTitleBytes = 512;
constexpr std::string_view kTitleMark = "ClamAV-VDB:";

// Sorted.
std::vector<std::string> SignatureFiles(const std::string& directory) {
  const auto closer = [](DIR* open) { closedir(open); };
  const std::unique_ptr<DIR, decltype(closer)> listing(opendir(directory.c_str()), closer);
  std::vector<std::string> names;
  if (listing == nullptr) return names;
  while (const dirent* entry = readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (std::any_of(kDatabaseEndings.begin(), kDatabaseEndings.end(),
                    [&](std::string_view ending) { return name.ends_with(ending); })) {
      names.emplace_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::uint64_t NewestBuild(const std::string& directory) {
  std::uint64_t newest = 0;
  for (const std::string& name : SignatureFiles(directory)) {
    if (!name.ends_with(".cvd") && !name.ends_with(".cld")) continue;
    if (const auto title = ReadContainerTitle(directory + "/" + name)) {
      newest = std::max(newest, title->built);
    }
  }
  return newest;
}

std::optional<std::uint64_t> Number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || last != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::string> ImportedDatabase(const Environment& environment) {
  if (const auto data = environment("XDG_DATA_HOME"); data && data->starts_with('/')) {
    return *data + "/counterscan/db";
  }
  const auto home = environment("HOME");
  if (!home || !home->starts_with('/')) return std::nullopt;
  return *home + "/.local/share/counterscan/db";
}

bool HasSignatures(const std::string& directory) { return !SignatureFiles(directory).empty(); }

std::string DefaultDatabase(const Environment& environment, const std::string& system) {
  const auto imported = ImportedDatabase(environment);
  if (!imported || !HasSignatures(*imported)) return system;
  if (!HasSignatures(system)) return *imported;
  return NewestBuild(*imported) > NewestBuild(system) ? *imported : system;
}

// "ClamAV-VDB:TIME:VERSION:SIGNATURES:LEVEL:MD5:SIGNATURE:BUILDER:SECONDS", padded with spaces.
std::optional<ContainerTitle> ReadContainerTitle(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::array<char, kTitleBytes> head{};
  if (!file.read(head.data(), head.size())) return std::nullopt;
  std::string_view text(head.data(), head.size());
  if (!text.starts_with(kTitleMark)) return std::nullopt;
  text.remove_suffix(text.size() - std::min(text.find_last_not_of(" \n") + 1, text.size()));
  std::vector<std::string_view> fields;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(':', start), text.size());
    fields.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  constexpr std::size_t kVersionField = 2;
  constexpr std::size_t kSecondsField = 8;
  if (fields.size() <= kSecondsField) return std::nullopt;
  const auto version = Number(fields[kVersionField]);
  const auto built = Number(fields[kSecondsField]);
  if (!version || !built) return std::nullopt;
  return ContainerTitle{.version = *version, .built = *built};
}

std::string DirectoryState(const std::string& directory) {
  std::string state;
  for (const std::string& name : SignatureFiles(directory)) {
    struct stat status {};
    if (stat((directory + "/" + name).c_str(), &status) != 0) continue;
    state += fmt::format("{} {} {} {}.{} {}.{}\n", name, status.st_ino, status.st_size,
                         status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                         status.st_ctim.tv_nsec);
  }
  return state;
}

}  // namespace counterscan
