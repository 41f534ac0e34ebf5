// A container of ClamAV signatures: .cvd (as published), .cld (updated here by freshclam), .cud
// (signed by nobody).
//
// What is unpacked from a .cvd or .cld is held against the list of files that ClamAV signed, file
// by file, with SHA-256: the signature of a .cvd's own header covers an MD5 only, that of a .cld
// covers nothing, and neither says anything of the version and the date that stand beside it.
#pragma once

#include <string>

#include "scanner/base/result.h"
#include "scanner/engine/clamav_library.h"

namespace counterscan {

// ".cvd", ".cld" or ".cud", as libclamav tells them: by the last characters of the name.
enum class ContainerKind : std::uint8_t { kPublished, kUpdated, kUnsigned };

// Unpacks `path` into the existing, empty directory `unpacked`; `scratch` is an existing directory.
// The head says what ClamAV signed where it signed something, else what the container says of
// itself. An Error: it is damaged, cut, or not what ClamAV signed.
Result<ContainerHead> UnpackContainer(const std::string& path, ContainerKind kind,
                                      const std::string& unpacked, const std::string& scratch);

}  // namespace counterscan
