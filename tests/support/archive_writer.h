// Archives of formats whose writers are libarchive's, and a rar by hand.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace counterscan {

using NamedContents = std::vector<std::pair<std::string, std::string>>;

// A 7z archive. `compression`: "store", "deflate", "bzip2", "lzma1", "lzma2" or "ppmd".
std::string SevenZip(const NamedContents& members, const std::string& compression = "lzma2");

// A rar archive of version 4 whose members are stored as they are; `encrypted` only marks them.
std::string StoredRar(const NamedContents& members, bool encrypted = false);

}  // namespace counterscan
