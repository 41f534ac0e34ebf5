// The blocks of a rar archive, versions 4 and 5: where it ends, and what of it no reader of files
// comes to.
//
// Both versions are a chain of blocks, each of which says how long it and its data are (RAR 4.x
// "technote.txt"; "RAR 5.0 archive format"). libarchive reads the files; it passes over the other
// blocks, and over what stands behind the block that ends the archive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/container/range_set.h"

namespace counterscan::container {

struct RarBlocks {
  // One past the block that ends the archive, or past the last one that could be followed.
  std::uint64_t end = 0;
  // Why the end was not found, "" when it was.
  std::string problem;
  // The headers are encrypted, so that nobody can follow them without the password.
  bool encrypted = false;
  std::uint64_t files = 0;  // headers of files, folders and links
  // Files that begin or go on in another volume.
  std::uint64_t split_files = 0;
  // Bytes before the end that are no header's fields and no file's data, in order: comments,
  // recovery records, unknown blocks, data that is longer than what it unpacks to.
  std::vector<Range> unread;
};

// Reads the headers only, and what a quick-open block repeats of them. `source` begins with the
// signature.
RarBlocks ReadRarBlocks(const ByteSource& source);

}  // namespace counterscan::container
