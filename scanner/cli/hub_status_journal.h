// HubStatusJournal: the answers of a long run of `hub status`, kept as they come.
//
// A file of JSON lines, as `hub status --format jsonl` prints it. Each answer is appended whole by
// one write; a line that was cut by a crash is dropped when the file is opened again. One run at a
// time writes to it.
//
// Whoever can write to the file can make it say anything; but a line that this program would not
// have written is never believed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/base/fd.h"
#include "scanner/base/result.h"
#include "scanner/model/repository_word.h"

namespace counterscan {

// What a journal says.
struct JournalWords {
  std::vector<RepositoryWord> words;  // of two answers about one repository the later
  // Lines that are not, byte for byte, as they are written here, or that contradict themselves.
  // What earlier lines say of the same repository is left out with them, but for its flags and its
  // withdrawal.
  std::size_t left_out = 0;
};

// Reads the text of a journal of `run`, whole lines only. Fails when it is something else, of
// another version, or of a run that asked another Hub or otherwise.
Result<JournalWords> ReadJournal(std::string_view text, const RepositoryReport& run);

class HubStatusJournal {
 public:
  // Opens or creates the file at `path`. An Error is one for the user: it cannot be written, is
  // something else, is of a run that asked another Hub or otherwise, or another run writes to it.
  static Result<HubStatusJournal> Open(const std::string& path, const RepositoryReport& run);

  // What it held when it was opened.
  JournalWords TakeWords() { return std::move(words_); }

  Result<void> Append(const RepositoryWord& word);
  // Flushes to the disk.
  Result<void> Close();

 private:
  explicit HubStatusJournal(UniqueFd file) : file_(std::move(file)) {}

  UniqueFd file_;
  JournalWords words_;
};

}  // namespace counterscan
