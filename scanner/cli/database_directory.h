// Directories of ClamAV signatures: where they are, and whether they have changed.
//
// Only names, sizes, times and the first line of containers are looked at here; what is in the
// files is the workers' affair.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hubclient/environment.h"

namespace counterscan {

// Where Debian's clamav-freshclam puts its databases.
inline constexpr std::string_view kSystemDatabase = "/var/lib/clamav";

// Where `db import` puts them: $XDG_DATA_HOME/counterscan/db, else ~/.local/share/counterscan/db;
// nothing where no home is known.
std::optional<std::string> ImportedDatabase(const Environment& environment);

// Whether any file there has the name of a signature file.
bool HasSignatures(const std::string& directory);

// Which directory is used where none is named: of the system's and the imported one that which has
// the newer signatures, by what their containers say of themselves; the system's where neither has
// any.
std::string DefaultDatabase(const Environment& environment,
                            const std::string& system = std::string(kSystemDatabase));

// The head of a .cvd or .cld file, as far as it is plain text, checked by nobody.
struct ContainerTitle {
  std::uint64_t version = 0;
  std::uint64_t built = 0;  // seconds since 1970
};
std::optional<ContainerTitle> ReadContainerTitle(const std::string& path);

// Names, sizes, numbers and times of the signature files there, as one text: two that are equal say
// that nobody has written in between.
std::string DirectoryState(const std::string& directory);

}  // namespace counterscan
