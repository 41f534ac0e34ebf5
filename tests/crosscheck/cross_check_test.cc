#include "scanner/crosscheck/cross_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hubclient/listing.h"
#include "hubclient/rfc3339.h"
#include "scanner/base/digest.h"
#include "scanner/crosscheck/same_bytes.h"

namespace counterscan {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kCommit = "5bb9fc53add422c252f7351a8e28c438cb98ea21";
const std::string kOtherCommit = "9cb322a7c2b4ec7c9f18045f0fa05015b831f256";
const std::string kAskedAt = "2026-11-21T10:00:00Z";

FileReport File(std::string_view content, std::string path = "model.bin") {
  FileReport file;
  file.path = path;
  file.size = content.size();
  file.sha256 = Sha256Hex(content);
  file.git_sha1 = GitBlobSha1Hex(content);
  file.identity = {.repo = "org/name",
                   .repo_type = "model",
                   .commit = kCommit,
                   .path = std::move(path),
                   .expected = "",
                   .comparable = true};
  return file;
}
FileReport Flagged(FileReport file, Level level = Level::kUnsafe) {
  Finding finding;
  finding.level = level;
  file.findings.push_back(finding);
  return file;
}
FileReport WithGap(FileReport file, GapReason reason) {
  file.gaps.push_back({.reason = reason, .where = "", .detail = ""});
  return file;
}

HubEntry InGit(std::string_view content, HubState state, std::string path = "model.bin") {
  HubEntry entry;
  entry.path = std::move(path);
  entry.oid = GitBlobSha1Hex(content);
  entry.size = content.size();
  entry.pinned = entry.status_asked = true;
  entry.state = state;
  entry.asked_at = kAskedAt;
  return entry;
}
HubEntry InLfs(std::string_view content, HubState state, std::string path = "model.bin") {
  HubEntry entry = InGit(content, state, std::move(path));
  entry.in_lfs = true;
  entry.sha256 = Sha256Hex(content);
  const std::string pointer = LfsPointer(entry.sha256, content.size());
  entry.oid = GitBlobSha1Hex(pointer);
  entry.pointer_size = pointer.size();
  return entry;
}
HubEntry Masked(HubEntry entry) {
  entry.masked = true;
  entry.sha256.clear();
  return entry;
}

RepoAnswer Answer(std::vector<HubEntry> entries, std::string repo = "org/name",
                  std::string commit = kCommit) {
  RepoAnswer answer;
  answer.repo = {RepoType::kModel, std::move(repo)};
  answer.commit = std::move(commit);
  answer.entries = std::move(entries);
  answer.listing_complete = true;
  answer.asked_at = kAskedAt;
  return answer;
}
HubAnswers Answers(std::vector<RepoAnswer> list) {
  HubAnswers answers;
  for (RepoAnswer& answer : list) answers.Add(std::move(answer));
  return answers;
}

CrossCheckOptions Options() {
  CrossCheckOptions options;
  options.now = *ParseRfc3339("2026-11-22T10:00:00Z");
  options.comparison_demanded = true;
  return options;
}
FileReport Check(FileReport file, const HubAnswers& answers,
                 const CrossCheckOptions& options = Options()) {
  CrossCheckFile(file, answers, options);
  return file;
}
FileReport Check(FileReport file, std::vector<RepoAnswer> list) {
  return Check(std::move(file), Answers(std::move(list)));
}

TEST(Compare, ByTheHashThatBothSidesHave) {
  const FileReport file = File("content");
  EXPECT_EQ(Compare(file, InGit("content", HubState::kSafe)), Sameness::kSame);
  EXPECT_EQ(Compare(file, InGit("other!!", HubState::kSafe)), Sameness::kDifferent);
  EXPECT_EQ(Compare(file, InLfs("content", HubState::kSafe)), Sameness::kSame);
  EXPECT_EQ(Compare(file, InLfs("other!!", HubState::kSafe)), Sameness::kDifferent);
}

TEST(Compare, AMaskedHashIsFoundThroughTheRebuiltPointer) {
  const FileReport file = File("content");
  EXPECT_EQ(Compare(file, Masked(InLfs("content", HubState::kSafe))), Sameness::kSame);
  EXPECT_EQ(Compare(file, Masked(InLfs("other!!", HubState::kSafe))), Sameness::kDifferent);
  EXPECT_EQ(Compare(file, Masked(InLfs("longer content", HubState::kSafe))), Sameness::kDifferent);
  // A pointer with lines we do not know: unknown, not different.
  HubEntry extended = Masked(InLfs("other!!", HubState::kSafe));
  extended.pointer_size = 200;
  EXPECT_EQ(Compare(file, extended), Sameness::kUnknown);
  extended.oid = "";
  EXPECT_EQ(Compare(file, extended), Sameness::kUnknown);
}

TEST(Compare, APointerThatNobodyHashedIsNoOtherContent) {
  const HubEntry entry = InLfs("content", HubState::kSafe);
  FileReport file = WithGap(File(LfsPointer(Sha256Hex("content"), 7)), GapReason::kPointer);
  file.sha256.clear();
  file.git_sha1.reset();
  EXPECT_EQ(Compare(file, entry), Sameness::kUnknown);
  EXPECT_EQ(Compare(file, Masked(entry)), Sameness::kUnknown);
  HubEntry without_size = entry;
  without_size.pointer_size.reset();
  EXPECT_EQ(Compare(file, without_size), Sameness::kUnknown);
  const FileReport checked = Check(file, {Answer({entry})});
  EXPECT_EQ(checked.agreement, Agreement::kUnknownBoth);
  // A pointer of another length is another pointer.
  file.size += 1;
  EXPECT_EQ(Compare(file, entry), Sameness::kDifferent);
}

TEST(Compare, ThePointerItselfIsNotTheContent) {
  const std::string pointer = LfsPointer(Sha256Hex("content"), 7);
  EXPECT_EQ(Compare(File(pointer), InLfs("content", HubState::kSafe)), Sameness::kPointer);
  EXPECT_EQ(Compare(File(pointer), Masked(InLfs("content", HubState::kSafe))), Sameness::kPointer);
}

TEST(Compare, WithoutAHashOnlyTheSizeCanTell) {
  FileReport file = File("content");
  file.git_sha1.reset();
  EXPECT_EQ(Compare(file, InGit("content", HubState::kSafe)), Sameness::kUnknown);
  EXPECT_EQ(Compare(file, InGit("longer content", HubState::kSafe)), Sameness::kDifferent);
  file.sha256 = "";
  EXPECT_EQ(Compare(file, InLfs("content", HubState::kSafe)), Sameness::kUnknown);
  EXPECT_EQ(Compare(file, Masked(InLfs("content", HubState::kSafe))), Sameness::kUnknown);
}

TEST(CrossCheck, TheSameBytesGiveTheHubsWord) {
  for (const HubState state :
       {HubState::kSafe, HubState::kCaution, HubState::kSuspicious, HubState::kUnsafe,
        HubState::kPending, HubState::kError, HubState::kMissing}) {
    const FileReport file = Check(File("content"), {Answer({InLfs("content", state)})});
    EXPECT_EQ(file.hub.state, state);
    EXPECT_EQ(file.hub.asked_at, kAskedAt);
  }
  EXPECT_EQ(Check(File("content"), {Answer({InLfs("content", HubState::kSafe)})}).agreement,
            Agreement::kAgreeClear);
  EXPECT_EQ(
      Check(Flagged(File("content")), {Answer({InLfs("content", HubState::kSafe)})}).agreement,
      Agreement::kLocalOnly);
  EXPECT_EQ(Check(File("content"), {Answer({InGit("content", HubState::kUnsafe)})}).agreement,
            Agreement::kHubOnly);
}

TEST(CrossCheck, MaskedEntriesConfirmToo) {
  EXPECT_EQ(Check(File("content"), {Answer({Masked(InLfs("content", HubState::kSafe))})}).hub.state,
            HubState::kSafe);
  // At another path, so only the index by the rebuilt pointer can find it.
  EXPECT_EQ(Check(File("content"), {Answer({Masked(InLfs("content", HubState::kUnsafe, "x"))})})
                .hub.state,
            HubState::kUnsafe);
}

TEST(CrossCheck, AFlagForTheseBytesCountsWhereverItIs) {
  const FileReport other_path = Check(File("content", "copy.bin"),
                                      {Answer({InGit("content", HubState::kSafe, "copy.bin"),
                                               InGit("content", HubState::kUnsafe, "model.bin")})});
  EXPECT_EQ(other_path.hub.state, HubState::kUnsafe);
  EXPECT_EQ(other_path.hub.reason, "the Hub flags the same bytes as model.bin in org/name");
  const FileReport other_repo =
      Check(File("content"),
            {Answer({InGit("content", HubState::kSafe)}),
             Answer({InLfs("content", HubState::kCaution, "x")}, "evil/repo", kOtherCommit)});
  EXPECT_EQ(other_repo.hub.state, HubState::kCaution);
  FileReport stranger = File("content");
  stranger.identity = {};
  EXPECT_EQ(Check(stranger, {Answer({InGit("content", HubState::kUnsafe)})}).hub.state,
            HubState::kUnsafe);
}

TEST(CrossCheck, AFlagOutweighsToolFilesMismatchAndAge) {
  FileReport tool = File("content", ".cache/huggingface/x");
  tool.identity.comparable = false;
  EXPECT_EQ(Check(tool, {Answer({InGit("content", HubState::kUnsafe)})}).hub.state,
            HubState::kUnsafe);
  FileReport swapped = File("content");
  swapped.identity.expected = std::string(64, 'a');
  EXPECT_EQ(Check(swapped, {Answer({InGit("content", HubState::kUnsafe, "x")})}).hub.state,
            HubState::kUnsafe);
  CrossCheckOptions later = Options();
  later.now += std::chrono::days(4000);
  EXPECT_EQ(Check(File("content"), Answers({Answer({InGit("content", HubState::kUnsafe)})}), later)
                .hub.state,
            HubState::kUnsafe);
}

TEST(CrossCheck, ToolFilesAreNotComparedOtherwise) {
  FileReport tool = File("content");
  tool.identity.comparable = false;
  for (const HubState state : {HubState::kSafe, HubState::kPending, HubState::kMissing}) {
    EXPECT_EQ(Check(tool, {Answer({InGit("content", state)})}).hub.state, HubState::kNotAsked);
  }
  EXPECT_EQ(Check(tool, {Answer({InGit("other", HubState::kUnsafe)})}).hub.state,
            HubState::kNotAsked);
}

TEST(CrossCheck, OtherBytesAtTheSamePathAreAMismatch) {
  const FileReport file = Check(File("content"), {Answer({InLfs("other", HubState::kSafe)})});
  EXPECT_EQ(file.hub.state, HubState::kMismatch);
  EXPECT_EQ(file.agreement, Agreement::kMismatch);
  EXPECT_EQ(file.hub.reason, "at this path it has 5 bytes, here are 7");
  const FileReport flagged =
      Check(File("content"), {Answer({InLfs("other!!", HubState::kUnsafe)})});
  EXPECT_EQ(flagged.hub.state, HubState::kMismatch);
  EXPECT_THAT(flagged.hub.notes, Contains("the Hub calls its own bytes at this path \"unsafe\""));
}

// Swapped blobs: each is known and safe, but not here.
TEST(CrossCheck, BytesOfAnotherPathAreAMismatchHere) {
  const FileReport file =
      Check(File("content"),
            {Answer({InGit("other", HubState::kSafe), InGit("content", HubState::kSafe, "b")})});
  EXPECT_EQ(file.hub.state, HubState::kMismatch);
}

TEST(CrossCheck, AFileThatBreaksThePromiseOfItsPlaceIsAMismatch) {
  FileReport file = File("content");
  file.identity.expected = Sha256Hex("promised");
  EXPECT_EQ(Check(file, {Answer({})}).hub.state, HubState::kMismatch);
  EXPECT_EQ(Check(file, HubAnswers::NotAsked()).hub.state, HubState::kMismatch);
  EXPECT_EQ(Check(file, HubAnswers::NotAsked()).agreement, Agreement::kMismatch);
  file.identity.expected = GitBlobSha1Hex("promised");
  EXPECT_EQ(Check(file, HubAnswers::NotAsked()).hub.state, HubState::kMismatch);
  file.identity.expected = GitBlobSha1Hex("content");
  EXPECT_EQ(Check(file, HubAnswers::NotAsked()).hub.state, HubState::kNotAsked);
  // Where no digest was made nothing is broken, and nothing confirmed.
  file.identity.expected = Sha256Hex("promised");
  file.sha256 = "";
  EXPECT_EQ(Check(file, HubAnswers::NotAsked()).hub.state, HubState::kNotAsked);
}

TEST(CrossCheck, APointerHasTheWordOfItsContentAndIsStillAGap) {
  const std::string pointer = LfsPointer(Sha256Hex("content"), 7);
  FileReport file = WithGap(File(pointer), GapReason::kPointer);
  file.identity.expected = Sha256Hex("content");
  const FileReport checked = Check(file, {Answer({InLfs("content", HubState::kSafe)})});
  EXPECT_EQ(checked.hub.state, HubState::kSafe);
  EXPECT_EQ(checked.agreement, Agreement::kLocalGap);
  EXPECT_THAT(checked.hub.notes, Contains(HasSubstr("only the Git-LFS pointer is here")));
  EXPECT_EQ(Check(file, {Answer({InLfs("content", HubState::kUnsafe)})}).agreement,
            Agreement::kHubOnlyGap);
  EXPECT_EQ(Check(file, {Answer({InLfs("another", HubState::kSafe)})}).hub.state,
            HubState::kMismatch);
  // Without the gap nothing would say that the content was not read.
  EXPECT_EQ(Check(File(pointer), {Answer({InLfs("content", HubState::kSafe)})}).hub.state,
            HubState::kMissing);
}

TEST(CrossCheck, APointerInsideAnArchiveExcusesNoOtherBytes) {
  FileReport file = File("archive");
  Gap member{.reason = GapReason::kPointer, .where = "model.zip::weights.bin", .detail = ""};
  file.gaps.push_back(member);
  std::vector<RepoAnswer> listed;
  listed.push_back(Answer({InLfs("other bytes", HubState::kSafe)}));
  CrossCheckFile(file, Answers(std::move(listed)), Options());
  EXPECT_EQ(file.hub.state, HubState::kMismatch);

  FileReport promised = File("archive");
  promised.gaps.push_back(member);
  promised.identity.expected = Sha256Hex("other bytes");
  CrossCheckFile(promised, HubAnswers::NotAsked(), Options());
  EXPECT_EQ(promised.hub.state, HubState::kMismatch);
}

TEST(CrossCheck, ABrokenPromiseOrAToolsPlaceExcusesNoFlagByPath) {
  RepoAnswer answer = Answer({});
  answer.issues.push_back({"model.bin", HubState::kUnsafe, "unsafe", kAskedAt});
  std::vector<RepoAnswer> list;
  list.push_back(answer);
  const HubAnswers named = Answers(std::move(list));
  FileReport file = File("content");
  file.identity.expected = Sha256Hex("what a planted record says");
  CrossCheckFile(file, named, Options());
  EXPECT_EQ(file.hub.state, HubState::kUnsafe);
  file.identity.comparable = false;
  CrossCheckFile(file, named, Options());
  EXPECT_EQ(file.hub.state, HubState::kUnsafe);

  answer.issues.front().path = "";
  list.clear();
  list.push_back(answer);
  file.identity.comparable = true;
  CrossCheckFile(file, Answers(std::move(list)), Options());
  EXPECT_EQ(file.hub.state, HubState::kUnsafe);
}

TEST(CrossCheck, IssuesThatCannotBeReadLeaveNoFileConfirmed) {
  RepoAnswer answer = Answer({InGit("content", HubState::kSafe)});
  answer.issues_unreadable = true;
  std::vector<RepoAnswer> list;
  list.push_back(std::move(answer));
  FileReport file = File("content");
  CrossCheckFile(file, Answers(std::move(list)), Options());
  EXPECT_EQ(file.hub.state, HubState::kMissing);
}

TEST(CrossCheck, APathThatIsNotListedIsNotFound) {
  EXPECT_EQ(Check(File("content", "extra.bin"), {Answer({InGit("x", HubState::kSafe)})}).hub.state,
            HubState::kNotFound);
  RepoAnswer part = Answer({InGit("x", HubState::kSafe)});
  part.listing_complete = false;
  EXPECT_EQ(Check(File("content", "extra.bin"), {part}).hub.state, HubState::kMissing);
}

TEST(CrossCheck, AFailureIsTheStateOfFilesWithoutAWord) {
  for (const HubState state : {HubState::kDenied, HubState::kUnreachable, HubState::kNotFound}) {
    RepoAnswer answer = Answer({});
    answer.listing_complete = false;
    answer.failure = state;
    answer.failure_reason = "because";
    const FileReport file = Check(File("content"), {answer});
    EXPECT_EQ(file.hub.state, state);
    EXPECT_EQ(file.hub.reason, "because");
  }
}

TEST(CrossCheck, ADisabledRepositoryIsWithdrawnWhateverElseIsKnown) {
  RepoAnswer answer = Answer({InGit("content", HubState::kSafe)});
  answer.disabled = true;
  EXPECT_EQ(Check(File("content"), {answer}).agreement, Agreement::kWithdrawn);
  EXPECT_EQ(Check(Flagged(File("content")), {answer}).agreement, Agreement::kWithdrawnFlagged);
}

TEST(CrossCheck, AnotherCommitIsStaleOrNotFound) {
  EXPECT_EQ(
      Check(File("content"), {Answer({InGit("other", HubState::kSafe)}, "org/name", kOtherCommit)})
          .hub.state,
      HubState::kStale);
  EXPECT_EQ(Check(File("content", "b"),
                  {Answer({InGit("other", HubState::kSafe)}, "org/name", kOtherCommit)})
                .hub.state,
            HubState::kNotFound);
  // The status is about the bytes: the same bytes at another commit are confirmed.
  EXPECT_EQ(Check(File("content"),
                  {Answer({InGit("content", HubState::kSafe)}, "org/name", kOtherCommit)})
                .hub.state,
            HubState::kSafe);
}

TEST(CrossCheck, WithoutACommitEveryAnswerAboutTheRepositoryCounts) {
  FileReport file = File("content");
  file.identity.commit = "";
  EXPECT_EQ(Check(file, {Answer({InGit("other", HubState::kSafe)})}).hub.state,
            HubState::kMismatch);
  EXPECT_EQ(Check(file, {Answer({InGit("content", HubState::kSafe)})}).hub.state, HubState::kSafe);
}

TEST(CrossCheck, NobodyKnowsTheRepository) {
  FileReport file = File("content");
  EXPECT_EQ(Check(file, HubAnswers()).hub.state, HubState::kMissing);
  EXPECT_EQ(Check(file, HubAnswers()).hub.reason, "the answers say nothing about org/name");
  file.identity = {};
  EXPECT_EQ(Check(file, HubAnswers()).hub.state, HubState::kNotFound);
  CrossCheckOptions relaxed = Options();
  relaxed.comparison_demanded = false;
  EXPECT_EQ(Check(file, HubAnswers(), relaxed).hub.state, HubState::kNotAsked);
  EXPECT_EQ(Check(file, HubAnswers::NotAsked()).hub.state, HubState::kNotAsked);
}

TEST(CrossCheck, AnUnreachableHubIsSaidOfEveryFile) {
  const HubAnswers answers =
      HubAnswers::Unreachable("could not resolve huggingface.co", NoAnswer::kDns);
  EXPECT_EQ(Check(File("content"), answers).hub.state, HubState::kUnreachable);
  EXPECT_EQ(Check(File("content"), answers).hub.reason, "could not resolve huggingface.co");
  FileReport stranger = File("content");
  stranger.identity = {};
  EXPECT_EQ(Check(stranger, answers).hub.state, HubState::kUnreachable);
}

TEST(CrossCheck, ASafeThatIsTooOldIsStaleWhereItWouldConfirm) {
  const HubAnswers answers = Answers({Answer({InGit("content", HubState::kSafe)})});
  CrossCheckOptions options = Options();
  options.now = *ParseRfc3339(kAskedAt) + options.max_age;
  EXPECT_EQ(Check(File("content"), answers, options).hub.state, HubState::kSafe);
  options.now += std::chrono::seconds(1);
  EXPECT_EQ(Check(File("content"), answers, options).hub.state, HubState::kStale);
  EXPECT_EQ(Check(File("content"), answers, options).hub.reason, "the answer is 30 days old");
  EXPECT_EQ(Check(WithGap(File("content"), GapReason::kPointer), answers, options).agreement,
            Agreement::kUnknownBoth);
  // Below the threshold it would still confirm; at the threshold there is nothing to confirm.
  EXPECT_EQ(Check(Flagged(File("content"), Level::kCaution), answers, options).hub.state,
            HubState::kStale);
  const FileReport found = Check(Flagged(File("content")), answers, options);
  EXPECT_EQ(found.agreement, Agreement::kLocalOnly);
  EXPECT_THAT(found.hub.notes, Contains("the answer is 30 days old"));
}

TEST(CrossCheck, AnAnswerWithoutATimeOrFromTheFutureIsStale) {
  for (const char* time : {"", "yesterday", "2027-11-21T10:00:00Z"}) {
    HubEntry entry = InGit("content", HubState::kSafe);
    entry.asked_at = time;
    EXPECT_EQ(Check(File("content"), {Answer({entry})}).hub.state, HubState::kStale) << time;
  }
}

TEST(CrossCheck, TheFilesOwnPlaceSpeaksBeforeCopiesElsewhere) {
  const HubEntry own = InGit("content", HubState::kSafe);
  EXPECT_EQ(Check(File("content"), {Answer({own, InGit("content", HubState::kPending, "copy")})})
                .hub.state,
            HubState::kSafe);
  EXPECT_EQ(
      Check(File("content"), {Answer({own}), Answer({InGit("content", HubState::kError)}, "a/b")})
          .hub.state,
      HubState::kSafe);
  // Two words for the same place: the worse.
  EXPECT_EQ(Check(File("content"), {Answer({own, InGit("content", HubState::kPending)})}).hub.state,
            HubState::kPending);
  EXPECT_EQ(Check(File("content"), {Answer({InGit("content", HubState::kError), own})}).hub.state,
            HubState::kError);
}

TEST(CrossCheck, APlainListingBesideAStatusSaysNothing) {
  HubEntry plain = InGit("content", HubState::kMissing);
  plain.status_asked = false;
  EXPECT_EQ(Check(File("content"), {Answer({plain, InGit("content", HubState::kSafe)})}).hub.state,
            HubState::kSafe);
  EXPECT_EQ(Check(File("content"), {Answer({plain})}).hub.state, HubState::kMissing);
}

TEST(CrossCheck, ScansNotDoneExplainsAMissingStatusOnly) {
  RepoAnswer answer = Answer({InGit("content", HubState::kMissing)});
  answer.scans_done = false;
  EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kPending);
  answer.entries[0].state = HubState::kSafe;
  EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kSafe);
  answer.entries[0].state = HubState::kMissing;
  answer.scans_done = true;
  EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kMissing);
}

TEST(CrossCheck, ARepositoryWithoutIssuesConfirmsNoFile) {
  RepoAnswer answer = Answer({});
  answer.listing_complete = false;
  answer.scans_done = true;
  EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kMissing);
}

TEST(CrossCheck, AnIssueByPathCountsWhereNoListingHasThePath) {
  RepoAnswer answer = Answer({});
  answer.issues.push_back({"model.bin", HubState::kCaution, "caution", kAskedAt});
  answer.issues.push_back({"model.bin", HubState::kUnsafe, "unsafe", kAskedAt});
  const FileReport file = Check(File("content"), {answer});
  EXPECT_EQ(file.hub.state, HubState::kUnsafe);
  EXPECT_THAT(file.hub.reason, HasSubstr("lists this path among the files with issues"));
  EXPECT_EQ(Check(File("content", "other"), {answer}).hub.state, HubState::kNotFound);
}

TEST(CrossCheck, AnIssueThatIsNotNamedCountsForFilesWithoutAWordAndLeavesNoneConfirmed) {
  RepoAnswer answer =
      Answer({InGit("safe one", HubState::kSafe, "a"), InGit("content", HubState::kMissing)});
  answer.issues.push_back({"", HubState::kUnsafe, "unsafe", kAskedAt});
  EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kUnsafe);
  EXPECT_EQ(Check(File("safe one", "a"), {answer}).hub.state, HubState::kMissing);
}

TEST(CrossCheck, AFileThatWasNotHashedIsFlaggedByPathButNeverConfirmed) {
  FileReport file = File("content");
  file.sha256 = "";
  file.git_sha1.reset();
  EXPECT_EQ(Check(file, {Answer({InLfs("content", HubState::kUnsafe)})}).hub.state,
            HubState::kUnsafe);
  const FileReport safe = Check(file, {Answer({InLfs("content", HubState::kSafe)})});
  EXPECT_EQ(safe.hub.state, HubState::kMissing);
  EXPECT_THAT(safe.hub.reason, HasSubstr("was not hashed"));
}

TEST(CrossCheck, NotesOfADriftingDialectExplainSilence) {
  RepoAnswer answer = Answer({InGit("content", HubState::kMissing)});
  answer.notes = {"the Hub's reply: filesWithIssues is not a list"};
  EXPECT_THAT(Check(File("content"), {answer}).hub.notes, Contains(answer.notes[0]));
}

TEST(CrossCheck, TwoWordsOfTheHubForTheSameBytesAreNotedAndNeverLower) {
  const FileReport flagged =
      Check(File("content"), {Answer({InGit("content", HubState::kSafe)}),
                              Answer({InGit("content", HubState::kUnsafe, "x")}, "a/b")});
  EXPECT_EQ(flagged.hub.state, HubState::kUnsafe);
  EXPECT_THAT(
      flagged.hub.notes,
      Contains("the Hub says \"safe\" of the same bytes as model.bin in org/name; the worse "
               "counts"));
  const FileReport safe =
      Check(File("content"),
            {Answer({InGit("content", HubState::kSafe), InGit("content", HubState::kError, "x"),
                     InGit("content", HubState::kError, "y"),
                     InGit("content", HubState::kMissing, "z")})});
  EXPECT_EQ(safe.hub.state, HubState::kSafe);
  EXPECT_THAT(
      safe.hub.notes,
      testing::ElementsAre("the Hub says \"error\" of the same bytes as x in org/name and 1 more"));
  const FileReport pending =
      Check(File("content"), {Answer({InGit("content", HubState::kPending)}),
                              Answer({InGit("content", HubState::kSafe, "x")}, "a/b")});
  EXPECT_EQ(pending.hub.state, HubState::kPending);
  EXPECT_THAT(pending.hub.notes, Contains(HasSubstr("but not in its own place")));
}

TEST(CrossCheck, AFlagInAWithdrawnRepositoryIsStillToldOf) {
  RepoAnswer answer = Answer({InGit("content", HubState::kUnsafe)});
  answer.disabled = true;
  const FileReport file = Check(File("content"), {answer});
  EXPECT_EQ(file.hub.state, HubState::kDisabled);
  EXPECT_THAT(file.hub.notes, Contains(HasSubstr("says \"unsafe\" of the same bytes")));
}

// A dataset may have the name of a model.
TEST(CrossCheck, ARepositoryOfAnotherTypeIsNotTheFilesOwn) {
  RepoAnswer dataset = Answer({InGit("other", HubState::kSafe)});
  dataset.repo.type = RepoType::kDataset;
  EXPECT_EQ(Check(File("content"), {dataset}).hub.state, HubState::kMissing);
  dataset.entries = {InGit("content", HubState::kSafe)};
  RepoAnswer own = Answer({InGit("content", HubState::kPending)});
  EXPECT_EQ(Check(File("content"), {dataset, own}).hub.state, HubState::kPending);
}

// Every state an entry can have, every local verdict: only "safe" of the same bytes is agree-clear.
TEST(CrossCheck, NothingButSafeOfTheSameBytesIsEverAgreeClear) {
  for (int i = 0; i < kHubStateCount; ++i) {
    const auto state = static_cast<HubState>(i);
    for (const char* hub_content : {"content", "other"}) {
      for (const bool masked : {false, true}) {
        for (const bool asked : {false, true}) {
          HubEntry entry = InLfs(hub_content, state);
          if (masked) entry = Masked(entry);
          entry.status_asked = asked;
          const FileReport file = Check(File("content"), {Answer({entry})});
          const bool clear =
              state == HubState::kSafe && std::string_view(hub_content) == "content" && asked;
          EXPECT_EQ(file.agreement == Agreement::kAgreeClear, clear) << Name(state) << hub_content;
        }
      }
    }
  }
}

TEST(CrossCheck, APathThatIsListedTwiceIsNoMatchAndItsFlagCounts) {
  const HubEntry same = InGit("content", HubState::kSafe);
  for (const bool swapped : {false, true}) {
    for (const HubState other : {HubState::kSafe, HubState::kPending, HubState::kCaution,
                                 HubState::kSuspicious, HubState::kUnsafe}) {
      std::vector<HubEntry> entries = {same, InGit("others!", other)};
      if (swapped) std::swap(entries[0], entries[1]);
      const FileReport file = Check(File("content"), {Answer(entries)});
      EXPECT_EQ(file.hub.state, FlagLevel(other) ? other : HubState::kMismatch) << Name(other);
      // In two answers about the same commit.
      const FileReport apart = Check(File("content"), {Answer({entries[0]}), Answer({entries[1]})});
      EXPECT_EQ(apart.hub.state, file.hub.state) << Name(other);
    }
  }
  // Another commit may well have other bytes, where it is not known which one the file is of.
  FileReport file = File("content");
  file.identity.commit = "";
  EXPECT_EQ(Check(file, {Answer({same}),
                         Answer({InGit("others!", HubState::kSafe)}, "org/name", kOtherCommit)})
                .hub.state,
            HubState::kSafe);
}

TEST(CrossCheck, OfSeveralOtherContentsTheWorstIsSaid) {
  for (const bool swapped : {false, true}) {
    std::vector<HubEntry> entries = {InGit("others!", HubState::kSafe),
                                     InGit("another", HubState::kUnsafe)};
    if (swapped) std::swap(entries[0], entries[1]);
    const FileReport file = Check(File("content"), {Answer(entries)});
    EXPECT_EQ(file.hub.state, HubState::kMismatch);
    EXPECT_THAT(file.hub.notes, Contains(HasSubstr("calls its own bytes at this path \"unsafe\"")));
  }
}

TEST(CrossCheck, AnIssueWithoutAPathThatCanBeOneLeavesNoFileConfirmed) {
  for (const char* path : {"", "./model.bin", "/model.bin", "x/../model.bin", "model.bin/",
                           "models/org/name/model.bin", "resolve/main/model.bin"}) {
    RepoAnswer answer = Answer({InGit("content", HubState::kSafe)});
    answer.issues.push_back({path, HubState::kUnsafe, "unsafe", kAskedAt});
    EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kMissing) << path;
    // Where nothing is known of the file itself, it is the flag that counts, if it may be meant.
    EXPECT_EQ(Check(File("unknown", "other.bin"), {answer}).hub.state,
              *path == '\0' ? HubState::kUnsafe : HubState::kNotFound)
        << path;
  }
  RepoAnswer queued = Answer({InGit("content", HubState::kSafe)});
  queued.issues.push_back({"", HubState::kPending, "queued", kAskedAt});
  EXPECT_EQ(Check(File("content"), {queued}).hub.state, HubState::kSafe);
}

// Each file is held against the issues that name none.
TEST(CrossCheck, ManyIssuesWithoutAPathTakeNoTimeForManyFiles) {
  RepoAnswer answer = Answer({InGit("content", HubState::kSafe)});
  for (int i = 0; i < 200'000; ++i) {
    answer.issues.push_back({i % 2 == 0 ? "" : "model.bin", HubState::kUnsafe, "unsafe", kAskedAt});
  }
  const HubAnswers answers = Answers({answer});
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i) {
    FileReport file = File("content");
    CrossCheckFile(file, answers, Options());
    ASSERT_EQ(file.hub.state, HubState::kMissing);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

// Those name another file, at this commit or another one.
TEST(CrossCheck, AFlagForAnotherPathSaysNothingOfThisOne) {
  for (const char* path : {"onnx/model.bin", "model.bin.bak", "a//b", "other.bin"}) {
    RepoAnswer answer = Answer({InGit("content", HubState::kSafe)});
    answer.issues.push_back({path, HubState::kUnsafe, "unsafe", kAskedAt});
    EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kSafe) << path;
  }
}

TEST(CrossCheck, AWithdrawnRepositoryConfirmsNothingElsewhere) {
  RepoAnswer withdrawn = Answer({InGit("content", HubState::kSafe)}, "org/other");
  withdrawn.disabled = true;
  FileReport file = File("content");
  EXPECT_NE(Check(file, {withdrawn}).hub.state, HubState::kSafe);
  EXPECT_EQ(
      Check(file, {withdrawn, Answer({InGit("content", HubState::kSafe)}, "org/third")}).hub.state,
      HubState::kSafe);
}

TEST(CrossCheck, ARepositoryInOtherLettersIsTheSame) {
  RepoAnswer withdrawn = Answer({}, "Org/NAME");
  withdrawn.disabled = true;
  EXPECT_EQ(Check(File("content"), {withdrawn}).hub.state, HubState::kDisabled);
}

TEST(CrossCheck, AListingThatAgreesDoesNotExcuseABrokenPromise) {
  FileReport file = File("content");
  file.identity.expected = Sha256Hex("promised");
  EXPECT_EQ(Check(file, {Answer({InGit("content", HubState::kSafe)})}).hub.state,
            HubState::kMismatch);
}

TEST(CrossCheck, TheSameHashWithAnotherSizeConfirmsNothing) {
  for (HubEntry entry : {InGit("content", HubState::kSafe), InLfs("content", HubState::kSafe)}) {
    EXPECT_EQ(Check(File("content"), {Answer({entry})}).hub.state, HubState::kSafe);
    entry.size = 8;
    EXPECT_EQ(Check(File("content"), {Answer({entry})}).hub.state, HubState::kMissing);
    entry.state = HubState::kUnsafe;
    EXPECT_EQ(Check(File("content"), {Answer({entry})}).hub.state, HubState::kUnsafe);
  }
}

TEST(CrossCheck, ASafeInItsOwnPlaceIsNotSaidToBeElsewhere) {
  RepoAnswer answer = Answer({InGit("content", HubState::kSafe)});
  answer.issues.push_back({"", HubState::kUnsafe, "unsafe", kAskedAt});
  EXPECT_THAT(Check(File("content"), {answer}).hub.notes,
              testing::Not(Contains(HasSubstr("but not in its own place"))));
}

TEST(CrossCheck, ANameAloneDoesNotHideWhyTheListingFailed) {
  HubEntry name;
  name.path = "model.bin";
  name.pinned = true;
  RepoAnswer answer = Answer({name});
  EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kMissing);
  answer.listing_complete = false;
  answer.failure = HubState::kUnreachable;
  answer.failure_reason = "the Hub has a server error";
  EXPECT_EQ(Check(File("content"), {answer}).hub.reason, "the Hub has a server error");
}

TEST(CrossCheck, AListThatBrokeOffConfirmsNothing) {
  RepoAnswer answer = Answer({InGit("content", HubState::kSafe)});
  answer.listing_complete = false;
  EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kSafe);
  answer.listing_cut = true;
  FileReport file = Check(File("content"), {answer});
  EXPECT_EQ(file.hub.state, HubState::kMissing);
  EXPECT_EQ(file.hub.cause, "list-cut");
  EXPECT_THAT(file.hub.reason, HasSubstr("broke off"));
  // Not even where another repository has the same bytes.
  EXPECT_EQ(Check(File("content"),
                  {answer, Answer({InGit("content", HubState::kSafe)}, "org/other", kOtherCommit)})
                .hub.state,
            HubState::kMissing);
  answer.failure_reason = "the Hub has a server error";
  answer.failure_cause = NoAnswer::kServerError;
  file = Check(File("content"), {answer});
  EXPECT_EQ(file.hub.cause, "server-error");
  EXPECT_THAT(file.hub.reason, HasSubstr("the Hub has a server error"));
  answer.entries[0].state = HubState::kUnsafe;
  EXPECT_EQ(Check(File("content"), {answer}).hub.state, HubState::kUnsafe);
}

TEST(CrossCheck, WhatWasAskedForByPathCountsBesideALongListAndSaysSo) {
  RepoAnswer answer = Answer({InGit("content", HubState::kSafe)});
  answer.listing_complete = false;
  answer.listing_cut = true;
  answer.entries[0].asked_by_path = true;
  const FileReport file = Check(File("content"), {answer});
  EXPECT_EQ(file.hub.state, HubState::kSafe);
  EXPECT_THAT(file.hub.notes, Contains(HasSubstr("was not read to its end")));
  EXPECT_EQ(Check(File("content", "other.bin"), {answer}).hub.state, HubState::kMissing);
}

}  // namespace
}  // namespace counterscan
