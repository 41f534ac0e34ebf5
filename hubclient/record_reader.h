// RecordReader: reads one record of raw replies, reply by reply, into a RepoAnswer.
//
// record_listing.cc adds up the pages of a listing; record_doubt.cc holds what makes that nothing
// of a reply, or of the whole answer, confirms anything.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hubclient/http_outcome.h"
#include "hubclient/hub_answers.h"
#include "hubclient/hub_json.h"
#include "hubclient/hub_record.h"
#include "hubclient/hub_url.h"
#include "hubclient/no_answer.h"
#include "hubclient/page_chain.h"
#include "hubclient/repo_status.h"
#include "scanner/base/limits.h"

namespace counterscan {

class RecordReader {
 public:
  // What it is given must outlive it.
  RecordReader(const HubRecord& record, std::string_view endpoint, const HubLimits& limits);

  // `after` is called with the number of each exchange that has been read.
  RepoAnswer Read(const std::function<void(std::size_t)>& after = {}, const StopReading& stop = {});

 private:
  void ReadExchange(const HubExchange& exchange);
  std::optional<HubUrl> ParseUrl(std::string_view url);
  bool IsMove(const HubExchange& exchange);
  void ReadBody(const HubExchange& exchange, const std::string& time, const HubUrl& url,
                const JsonValue& root, const std::string& distrust);
  void ReadInfo(const std::string& time, const HubUrl& url, const JsonValue& root,
                const std::string& distrust);
  void ReadName(const JsonValue& root);
  void TakeStatus(RepoStatus status, const std::string& asked_at, const std::string& distrust);
  void KeepOldest(const std::string& time, const HubUrl& url);
  void Note(std::string note);

  void TakeStrayFlags(const JsonValue& list, const std::string& asked_at);
  void NoteAbsent(std::string_view request_body, const std::vector<HubEntry>& entries);
  void AddEntries(std::vector<HubEntry> entries);
  static bool IsFirstPage(const HubUrl& url);
  void AddPage(const HubExchange& exchange, const HubUrl& url, std::vector<std::string> folders);
  bool ListingIsComplete();
  bool FoldersAreListed();
  void CheckPaths(const std::vector<HubEntry>& entries);
  void BreakTree(const std::string& why);

  void TakeFlagsOfRefusal(const HubExchange& exchange, const std::string& time, const HubUrl& url,
                          const Refusal& refusal);
  void ReadRefusal(const HubUrl& url, const Refusal& refusal);
  void TakeFailure(const Refusal& refusal);
  Refusal Damaged(const std::string& distrust) const;
  void CheckWhatStandsBeside();
  void DoubtAll(NoAnswer cause, std::string why);
  void Doubt();
  void CheckNames();
  void Answered(const std::string& distrust);

  const HubRecord& record_;
  std::string_view endpoint_;
  const HubLimits& limits_;
  RepoAnswer answer_;
  PageChain pages_;                   // of the listing at the pinned commit
  std::vector<std::string> folders_;  // that it names
  std::optional<std::chrono::sys_seconds> oldest_;
  std::uint64_t kept_bytes_ = 0;  // of the entries
  bool too_many_entries_ = false;
  bool timeless_ = false;                 // some reply does not say when it came
  bool tree_broken_ = false;              // a page of the listing did not come as it was sent
  std::vector<RepoId> names_;             // of the repository, the newest last
  bool answered_ = false;                 // some reply was an answer
  std::string asked_as_;                  // the name in the URL that is read, in small letters
  std::vector<std::string> answered_as_;  // names that were answered for
  std::string doubt_;                     // why nothing of the answer confirms anything
  NoAnswer doubt_cause_ = NoAnswer::kInconsistent;
  std::optional<NoAnswer> stopped_;  // before all was read
  bool ends_with_move_ = false;
  NoAnswer distrust_cause_ = NoAnswer::kDamaged;  // of the reply that is read
  std::optional<Refusal> beside_refusal_;         // of /scan or information
  std::optional<Refusal> information_refusal_;    // of information at the commit
  std::optional<Refusal> scan_refusal_;           // of /scan
  bool scan_unreadable_ = false;                  // /scan was answered with something else
};

}  // namespace counterscan
