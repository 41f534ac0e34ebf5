// HubStatusRun: one run of `hub status`, from its options to its exit status.
//
// hub_status_kept.cc has the answers that earlier runs kept, hub_status_output.cc what is printed.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hubclient/environment.h"
#include "hubclient/export_file.h"
#include "hubclient/hub_source.h"
#include "hubclient/offline_hub.h"
#include "scanner/base/result.h"
#include "scanner/cli/clock.h"
#include "scanner/cli/hub_status_journal.h"
#include "scanner/cli/hub_status_options.h"
#include "scanner/cli/hub_status_progress.h"
#include "scanner/cli/hub_status_targets.h"
#include "scanner/cli/live_source.h"
#include "scanner/crosscheck/repository_word.h"
#include "scanner/model/repository_word.h"

namespace counterscan {

class HubStatusRun {
 public:
  HubStatusRun(HubStatusOptions options, Environment environment, const Clock& clock);

  // Once. The exit status.
  int Run();

 private:
  struct KeptAnswers {
    std::size_t count = 0, too_old = 0;
    std::chrono::seconds oldest{0};
    void Take(std::chrono::seconds age) {
      ++count;
      oldest = std::max(oldest, age);
    }
  };

  Result<void> OpenSource();
  Result<void> GoOffline(std::string why);
  Result<void> OpenFile();
  std::size_t Total() const;
  WordOptions WordRules() const;
  void Ask();

  void TakeKnown();
  void SayWhatWasKept(const KeptAnswers& taken, std::size_t left_out);
  RepositoryWord BesideOldFlag(std::size_t place, RepositoryWord word, bool& append);
  void Keep(std::size_t place, RepositoryWord word, bool append);
  void LoseJournal(const std::string& why);

  int Conclude();
  std::string TextOf() const;
  bool Write();
  void Stream(const std::string& line);
  void Say() const;

  const HubStatusOptions options_;
  const Environment environment_;
  const Clock clock_;
  HubStatusProgress progress_;
  std::optional<LiveSource> live_;
  std::unique_ptr<SavedAnswers> saved_;
  std::optional<OfflineHub> offline_;
  HubSource* source_ = nullptr;  // one of the three
  std::optional<HubStatusJournal> journal_;
  std::vector<WantedRepository> wanted_;
  std::vector<bool> known_;  // of each wanted repository, whether there is a word
  // Flags and withdrawals that were kept, and are too old to be the answer.
  std::unordered_map<std::size_t, RepositoryWord> old_flags_;
  std::vector<std::pair<std::size_t, RepositoryWord>> words_;
  RepositoryReport report_;
  std::size_t flag_bytes_ = 0;  // of all words
  std::string lines_;           // JSON lines on their way to a file
  bool stream_is_good_ = true;
};

}  // namespace counterscan
