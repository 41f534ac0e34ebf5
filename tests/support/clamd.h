// Clamd: Debian's clamd, started with a socket and a database of its own.
#pragma once

#include <sys/types.h>

#include <string>

#include "tests/support/temp_dir.h"

namespace counterscan {

class RunningClamd {
 public:
  // A database that finds EICAR at the start of a file, and what `signatures` (lines of .ndb) say.
  // `settings`: more lines of clamd.conf. Waits until it answers; a test failure when it does not.
  explicit RunningClamd(const std::string& signatures, const std::string& settings = "");
  ~RunningClamd();
  RunningClamd(const RunningClamd&) = delete;
  RunningClamd& operator=(const RunningClamd&) = delete;

  const std::string& socket() const { return socket_; }
  const std::string& settings_path() const { return settings_path_; }
  pid_t process() const { return process_; }
  // Sends a command and returns the first bytes of the reply.
  std::string Ask(const std::string& command) const;
  // Ends it at once, as a crash would.
  void Kill();

 private:
  TempDir directory_;
  std::string socket_;
  std::string settings_path_;
  pid_t process_ = -1;
};

}  // namespace counterscan
