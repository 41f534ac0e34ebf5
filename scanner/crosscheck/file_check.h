// FileCheck: one file's report against the Hub's answers, step by step.
//
// What was found out about the bytes decides; file_check_issues.cc reads flags that cannot be tied
// to bytes, file_check_silence.cc says why there is no word, and file_check_notes.cc what the Hub
// says besides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hubclient/hub_answers.h"
#include "hubclient/no_answer.h"
#include "scanner/crosscheck/cross_check.h"
#include "scanner/crosscheck/same_bytes.h"
#include "scanner/model/report.h"

namespace counterscan {

class FileCheck {
 public:
  // What it is given must outlive it.
  FileCheck(const FileReport& file, const HubAnswers& answers, const CrossCheckOptions& options)
      : file_(file), answers_(answers), options_(options) {}

  // Once.
  HubView View();

 private:
  // What is listed at the file's own place. A listing that has the path twice, once with these
  // bytes and once with others, says neither: it is no match, and a flag of the others may mean
  // these.
  struct Place {
    const HubHit* same = nullptr;
    const HubHit* other = nullptr;  // with other bytes, the worst of them
  };

  HubView Finished();
  void Decide();
  void NotAsked();
  std::vector<const RepoAnswer*> OwnAnswers() const;
  bool IsPinned(const RepoAnswer& answer) const;
  bool TakeWithdrawal();
  bool TakeFlag();
  static bool IsWorse(HubState state, HubState other);
  bool IsSame(const HubHit& hit) const;
  static std::string Spell(const HubHit& hit);
  std::vector<HubHit> AtOwnPath() const;
  bool IsAtOwnPlace(const HubHit& hit) const;
  Place OwnPlace() const;
  bool TakeMismatch();
  std::string PromiseReason() const;
  std::string SizeWords(const HubEntry& entry) const;
  bool TakeFlagOfPlace();
  std::optional<SameBytes> NearestWord() const;
  bool TakeWord();
  void CheckListing(const RepoAnswer& word_of);
  bool HasUnreadableIssues() const;
  bool KnowsUnnamedIssue() const;
  void CheckFlagsAstray();
  bool TakeUnnamedIssue();
  void CheckAge(const RepoAnswer& word_of);
  void Take(const HubHit& hit);
  void Set(HubState state, std::string reason);
  void TakeCauseOf(const RepoAnswer& answer);
  void SetFailure(const RepoAnswer& answer);
  void SetCause(NoAnswer cause);

  void ExplainSilence();
  void ExplainUnknownRepository();
  void ExplainOtherCommit();
  void ExplainMissing(const RepoAnswer& answer);

  void NoteOtherWords();
  bool IsInPlace(const HubHit& hit) const;
  std::string_view WhichCounts(HubState word) const;
  void NoteCaveats();
  void Note(std::string note);
  void AddNotes();

  const FileReport& file_;
  const HubAnswers& answers_;
  const CrossCheckOptions& options_;
  std::vector<const RepoAnswer*> own_;  // answers about the file's own repository
  std::vector<HubHit> place_;           // entries at its own path there, at any commit
  std::vector<SameBytes> same_;         // everywhere
  HubView view_;
};

}  // namespace counterscan
