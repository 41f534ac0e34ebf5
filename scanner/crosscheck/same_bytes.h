// Are these the bytes that an entry of the Hub describes?
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hubclient/hub_answers.h"
#include "scanner/model/report.h"

namespace counterscan {

enum class Sameness {
  kSame,       // a hash of the content is equal
  kPointer,    // the file is the Git-LFS pointer that stands for the entry's content
  kDifferent,  // a hash or the size differs
  kUnknown,    // there is no hash on one of the two sides to tell by
};

// True when the analysis saw that the file itself is a pointer, whoever's it is. One inside an
// archive says nothing about the archive's bytes.
bool IsPointer(const FileReport& file);

// A masked SHA-256 is not different: the pointer is rebuilt from the file's own SHA-256 and size,
// and its git blob id held against the entry's.
Sameness Compare(const FileReport& file, const HubEntry& entry);

// Entries that describe the bytes of a file, or whose pointer it is: see HubBlobs::Alike.
struct SameBytes {
  HubHit hit;
  std::size_t count = 1;
  Sameness sameness = Sameness::kSame;
};

// Finds them for one file. Both must outlive the finder.
class SameBytesFinder {
 public:
  SameBytesFinder(const FileReport& file, const HubAnswers& answers);

  std::vector<SameBytes> In(const HubBlobs& blobs) const;

 private:
  const FileReport& file_;
  // The git blob id of the pointer to this content, where masked entries may have it.
  std::string pointer_oid_;
};

}  // namespace counterscan
