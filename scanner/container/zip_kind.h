// ZipKind: which kinds of model file a zip is, from the names of its members, and what each member
// is to the loaders of these kinds.
//
// A zip can be several at once: a checkpoint of torch whose members are arrays of NumPy, with a
// Keras model beside them. Every loader finds what it looks for and minds nothing else, so all
// kinds are told, and each is asked about a member.
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/container/zip_archive.h"
#include "scanner/detect/file_type.h"

namespace counterscan::container {

class ZipKind {
 public:
  // What the zip is called: the first kind that was added.
  detect::FileType type() const { return type_; }
  bool Is(detect::FileType kind) const { return kinds_.test(static_cast<std::size_t>(kind)); }
  // Of torch, one that keeps tensors in members of their own.
  bool IsTorch() const { return IsCheckpoint() || Is(detect::FileType::kTorchPackage); }

  // `root` is the folder of the records that torch reads, with its '/' and in small letters; "" for
  // kinds that have none.
  void Add(detect::FileType kind, std::string root = "");

  // True for the records that torch reads as the bytes of one tensor and never unpickles. None in
  // a zip that is two kinds of torch's: what one of them takes for numbers, the other may unpickle.
  // None with an extension: torch gives no record one, and other loaders go by it.
  bool IsStorage(std::string_view name) const;

  // The Python code that loading or serving the archive runs: all of a torch.package's, and of what
  // TorchServe unpacks.
  static std::vector<std::string> CodeThatRuns(const std::vector<ZipMember>& members);

  // The kind whose loader builds objects from a member that nothing here judges, if there is one.
  // Code in text is a gap wherever it stands, and not asked for here.
  std::optional<detect::FileType> UnjudgedCode(std::string_view name) const;

 private:
  bool IsCheckpoint() const {
    return Is(detect::FileType::kTorchZip) || Is(detect::FileType::kTorchScript);
  }

  detect::FileType type_ = detect::FileType::kZip;
  std::bitset<detect::kFileTypeCount> kinds_;
  std::string checkpoint_root_;
  std::string package_root_;
};

// Names that differ from an earlier one only in case, which torch does not regard.
std::vector<std::string> NamesTorchTakesForOne(const std::vector<ZipMember>& members);

ZipKind KindOf(const std::vector<ZipMember>& members);

}  // namespace counterscan::container
