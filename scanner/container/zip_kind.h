// ZipKind: which kind of model file a zip is, from the names of its members, and what each member
// is to that kind's loader.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scanner/container/zip_archive.h"
#include "scanner/detect/file_type.h"

namespace counterscan::container {

struct ZipKind {
  detect::FileType type = detect::FileType::kZip;
  std::string root;  // folder of the torch archives' records, with its '/'; "" for the others

  // True for the records that torch reads as the bytes of one tensor and never unpickles.
  bool IsStorage(std::string_view name) const;

  // True for members that the loader builds objects from, and that nothing here judges. Code in
  // text is a gap wherever it stands, and not asked for here.
  bool IsUnjudgedCode(std::string_view name) const;
};

ZipKind KindOf(const std::vector<ZipMember>& members);

}  // namespace counterscan::container
