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

// The parts of such an archive: its signature with the archive header, a block of any type with its
// data, and the block at the end.
std::string RarStart();
std::string RarBlock(char type, const std::string& data);
std::string RarEnd();

// The same of version 5. `fields` stand behind the sizes, and `name` names a file (type 2) or a
// service (type 3).
std::string Rar5Start();
std::string Rar5Raw(const std::string& header);  // with its checksum and its size
std::string WithCrc(const std::string& bytes);   // behind their checksum
std::string Rar5Block(char type, const std::string& data, const std::string& fields = "");
std::string Rar5File(const std::string& name, const std::string& content, char type = 2);
std::string Rar5End();

}  // namespace counterscan
