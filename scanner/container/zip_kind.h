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
  // Folder of the torch archives' records, with its '/' and in small letters; "" for the others.
  std::string root;

  bool IsTorch() const;

  // True for the records that torch reads as the bytes of one tensor and never unpickles.
  bool IsStorage(std::string_view name) const;

  // The Python code that loading or serving the archive runs: all of a torch.package's, and of what
  // TorchServe unpacks.
  static std::vector<std::string> CodeThatRuns(const std::vector<ZipMember>& members);

  // True for members that the loader builds objects from, and that nothing here judges. Code in
  // text is a gap wherever it stands, and not asked for here.
  bool IsUnjudgedCode(std::string_view name) const;
};

// Names that differ from an earlier one only in case, which torch does not regard.
std::vector<std::string> NamesTorchTakesForOne(const std::vector<ZipMember>& members);

ZipKind KindOf(const std::vector<ZipMember>& members);

}  // namespace counterscan::container
