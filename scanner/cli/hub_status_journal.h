// HubStatusJournal: the answers of a long run of `hub status`, kept as they come.
//
// A file of JSON lines, as `hub status --format jsonl` prints it. Each answer is appended whole by
// one write; a line that was cut by a crash is dropped when the file is opened again. One run at a
// time writes to it.
#pragma once

#include <string>
#include <vector>

#include "scanner/base/fd.h"
#include "scanner/base/result.h"
#include "scanner/model/repository_word.h"

namespace counterscan {

class HubStatusJournal {
 public:
  // Opens or creates the file at `path`. An Error is one for the user: it cannot be written, is
  // something else, is of a run that asked another Hub or otherwise, or another run writes to it.
  static Result<HubStatusJournal> Open(const std::string& path, const RepositoryReport& run);

  // What it held when it was opened; of two answers about one repository the later.
  std::vector<RepositoryWord> TakeWords() { return std::move(words_); }

  Result<void> Append(const RepositoryWord& word);
  // Flushes to the disk.
  Result<void> Close();

 private:
  explicit HubStatusJournal(UniqueFd file) : file_(std::move(file)) {}

  UniqueFd file_;
  std::vector<RepositoryWord> words_;
};

}  // namespace counterscan
