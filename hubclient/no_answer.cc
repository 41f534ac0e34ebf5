#include "hubclient/no_answer.h"

#include <array>
#include <cstddef>

namespace counterscan {
namespace {

using S = HubState;
using N = NoAnswer;

constexpr std::string_view kTryLater =
    "try later, or hold the files against saved answers: --hub file:PATH";
constexpr std::string_view kNetwork =
    "check the network and HF_ENDPOINT, or use saved answers: --hub file:PATH";
constexpr std::string_view kTrust =
    "do not go on with this connection; where a proxy of yours opens TLS, name its certificate "
    "with SSL_CERT_FILE";
constexpr std::string_view kLogin =
    "log in (hf auth login) or set HF_TOKEN, and check how the repository is spelled";
constexpr std::string_view kSpelling = "check the spelling, and whether it was renamed or deleted";

// In the order of NoAnswer.
constexpr auto kRows = std::to_array<NoAnswerRow>({
    // clang-format off
    {N::kDns, "dns", S::kUnreachable, "its name cannot be resolved", kNetwork, 2, true},
    {N::kConnectionRefused, "connection-refused", S::kUnreachable, "it refuses connections", kNetwork, 2, true},
    {N::kNoConnection, "no-connection", S::kUnreachable, "it cannot be reached", kNetwork, 2, true},
    {N::kConnectTimeout, "connect-timeout", S::kUnreachable, "connecting to it timed out", kNetwork, 2, true},
    {N::kProxy, "proxy", S::kUnreachable, "the proxy does not work", "check HTTPS_PROXY, ALL_PROXY and NO_PROXY", 2, true},
    {N::kProxyDenied, "proxy-denied", S::kUnreachable, "the proxy refuses the connection", "check the user and password in HTTPS_PROXY, and whether the proxy lets this host through", 0, true},
    {N::kTls, "tls", S::kUnreachable, "no secure connection could be made (TLS)", kTrust, 1, true},
    {N::kCertificateUntrusted, "tls-untrusted", S::kUnreachable, "its certificate is from nobody who is trusted", kTrust, 0, true},
    {N::kCertificateExpired, "tls-expired", S::kUnreachable, "its certificate is not valid at this time", "check the clock of this machine; if it is right, do not go on with this connection", 0, true},
    {N::kCertificateWrongHost, "tls-wrong-host", S::kUnreachable, "its certificate is for another host", kTrust, 0, true},
    {N::kCertificateStore, "tls-store", S::kUnreachable, "the file of trusted certificates cannot be read", "check SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, or install ca-certificates", 0, true},

    {N::kTimeout, "timeout", S::kUnreachable, "it did not reply in time", kTryLater, 2},
    {N::kSlow, "slow", S::kUnreachable, "its reply came too slowly", kTryLater, 1},
    {N::kBrokenOff, "broken-off", S::kUnreachable, "the connection broke off before the end of the reply", kTryLater, 4},
    {N::kTooLarge, "too-large", S::kUnreachable, "its reply is larger than any of the Hub's", "make sure that HF_ENDPOINT is a Hub", 0},
    {N::kTooLargeTogether, "too-large-together", S::kUnreachable, "its replies on their way are larger than any of the Hub's", "ask about fewer repositories at once, and make sure that HF_ENDPOINT is a Hub", 2},
    {N::kHeadersTooLarge, "headers-too-large", S::kUnreachable, "its reply has more headers than any of the Hub's", "make sure that HF_ENDPOINT is a Hub", 0},
    {N::kBadEncoding, "bad-encoding", S::kUnreachable, "its reply is packed in a way that cannot be unpacked", kTryLater, 1},
    {N::kNotHttp, "not-http", S::kUnreachable, "what answers does not speak HTTP", "make sure that HF_ENDPOINT is a Hub", 0},

    {N::kDeadline, "deadline", S::kUnreachable, "it had not answered when the time was over", "give it more time: --hub-timeout SECONDS", 0},
    {N::kInterrupted, "interrupted", S::kUnreachable, "the scan was interrupted before it answered", "run the command again", 0},
    {N::kOffline, "offline", S::kUnreachable, "nobody was asked", "ask without --offline, or use saved answers: --hub file:PATH", 0},
    {N::kBadSettings, "bad-settings", S::kUnreachable, "the settings do not allow to ask", "correct the setting", 0},
    {N::kRequestRefused, "request-refused", S::kUnreachable, "the request was not sent: it leads to another server or is malformed", "report this", 0},
    {N::kTooManyPages, "too-many-pages", S::kUnreachable, "its listing has no end", "make sure that HF_ENDPOINT is a Hub", 0},
    {N::kListTooLarge, "list-too-large", S::kUnreachable, "its list of files is larger than is kept in memory", "ask about this repository alone, or with hub status --quick for what the Hub flags in it", 0},
    {N::kTooSlow, "too-slow", S::kUnreachable, "its replies about this repository take too long", "ask about this repository with hub status --quick, or later", 0},
    {N::kNoReply, "no-reply", S::kUnreachable, "the Hub gave no reply", kTryLater, 0},

    {N::kRedirectElsewhere, "redirect-elsewhere", S::kUnreachable, "the Hub redirects elsewhere", "where a login page of the network stands before the internet, log in there; else set HF_ENDPOINT to the server that is meant", 0},
    {N::kRedirectLoop, "redirect-loop", S::kUnreachable, "the Hub redirects again and again", kTryLater, 0},

    {N::kLoginNeeded, "login-needed", S::kDenied, "not found, private, or login needed", kLogin, 0},
    {N::kTokenRefused, "token-refused", S::kDenied, "the Hub does not accept the token", "make a new token at https://huggingface.co/settings/tokens, and set HF_TOKEN or run hf auth login", 0},
    {N::kGatedLoginNeeded, "gated-login-needed", S::kDenied, "the repository is gated, and nobody is logged in", "log in (hf auth login) or set HF_TOKEN, with an account that has access", 0},
    {N::kGatedTokenRefused, "gated-token-refused", S::kDenied, "the repository is gated, and the Hub does not accept the token", "make a new token at https://huggingface.co/settings/tokens, with read access to gated repositories", 0},
    {N::kGatedNeverAsked, "gated-never-asked", S::kDenied, "the repository is gated, and this account has not asked for access", "ask for access on the page of the repository", 0},
    {N::kGatedPending, "gated-pending", S::kDenied, "the repository is gated, and the request for access waits for its authors", "wait for the authors' decision", 0},
    {N::kGatedRejected, "gated-rejected", S::kDenied, "the repository is gated, and its authors rejected the request for access", "write to the authors, or use another account", 0},
    {N::kGatedReset, "gated-reset", S::kDenied, "the repository is gated, and its authors took the access back", "ask for access again on the page of the repository", 0},
    {N::kGated, "gated", S::kDenied, "the repository is gated", "ask for access on the page of the repository, and log in", 0},
    {N::kForbidden, "forbidden", S::kDenied, "the Hub refuses access", "use a token that may read this repository", 0},
    {N::kDisabled, "disabled", S::kDisabled, "the Hub has disabled this repository", "do not use the files", 0},
    {N::kRepositoryNotFound, "repository-not-found", S::kNotFound, "the Hub knows no such repository", kSpelling, 0},
    {N::kRevisionNotFound, "revision-not-found", S::kNotFound, "the Hub knows no such revision", "check the revision: its branch may have been rewritten since the download", 0},
    {N::kEntryNotFound, "entry-not-found", S::kNotFound, "the Hub knows no such path", "check the path", 0},
    {N::kNotFound, "not-found", S::kNotFound, "not found", kSpelling, 0},
    {N::kGone, "gone", S::kNotFound, "gone", kSpelling, 0},
    {N::kRateLimit, "rate-limit", S::kUnreachable, "the Hub's rate limit is used up", "wait for the next window; with a token the Hub takes more requests; --hub-timeout SECONDS waits longer", 5},
    {N::kOtherLimit, "other-limit", S::kUnreachable, "the Hub takes no more requests of this kind", kTryLater, 5},
    {N::kBadRequest, "bad-request", S::kUnreachable, "the Hub does not understand the request", "report this, and use saved answers: --hub file:PATH", 0},
    {N::kHubTimeout, "hub-timeout", S::kUnreachable, "the Hub timed out", kTryLater, 5},
    {N::kServerError, "server-error", S::kUnreachable, "the Hub has a server error", kTryLater, 5},
    {N::kOverloaded, "overloaded", S::kUnreachable, "the Hub is overloaded or under maintenance", kTryLater, 5},
    {N::kUnexpectedStatus, "unexpected-status", S::kUnreachable, "the Hub did not answer the question", kTryLater, 0},

    {N::kHtmlPage, "html-page", S::kUnreachable, "the Hub's reply is a web page, not data", "a proxy or login page may stand in between; else try later", 0},
    {N::kNotJson, "not-json", S::kUnreachable, "the Hub's reply is not JSON", kTryLater, 0},
    {N::kJsonBreaksOff, "json-breaks-off", S::kMissing, "the Hub's reply breaks off", kTryLater, 0},
    {N::kJsonTooLarge, "json-too-large", S::kUnreachable, "the Hub's reply is larger or deeper than it could be", "make sure that HF_ENDPOINT is a Hub", 0},
    {N::kWrongShape, "wrong-shape", S::kMissing, "the Hub's reply has a form that is not known", "this version may be too old for the Hub: look for a newer one", 0},
    {N::kDamaged, "damaged", S::kMissing, "the Hub's reply is damaged", kTryLater, 0},
    {N::kInconsistent, "inconsistent", S::kMissing, "the Hub's replies contradict each other", "try later; where it stays so, make sure that HF_ENDPOINT is a Hub", 0},
    {N::kListCut, "list-cut", S::kMissing, "the Hub's list of files broke off", kTryLater, 0},
    // clang-format on
});
static_assert(kRows.size() == kNoAnswerCount);
static_assert([] {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].cause) != i) return false;
  }
  return true;
}());

}  // namespace

const NoAnswerRow& RowOf(NoAnswer cause) { return kRows[static_cast<std::size_t>(cause)]; }

std::optional<NoAnswer> NoAnswerFromName(std::string_view name) {
  for (const NoAnswerRow& row : kRows) {
    if (row.name == name) return row.cause;
  }
  return std::nullopt;
}

std::string_view NextStepFor(HubState state) {
  switch (state) {
    case HubState::kPending:
      return "ask again in a few minutes";
    case HubState::kError:
      return "ask again later; only the authors can have it scanned anew";
    case HubState::kMissing:
      return "see whether the Hub has a status for other repositories; if not, its scans are out "
             "of "
             "order";
    case HubState::kUnreachable:
      return kTryLater;
    case HubState::kDenied:
      return kLogin;
    case HubState::kNotFound:
      return "check that repository and revision are the ones the files come from: --repo, "
             "--revision";
    case HubState::kStale:
      return "ask the Hub anew";
    case HubState::kDisabled:
      return RowOf(NoAnswer::kDisabled).next_step;
    case HubState::kMismatch:
      return "download the file again, and find out where this one comes from";
    case HubState::kNotAsked:
    case HubState::kSafe:
    case HubState::kCaution:
    case HubState::kSuspicious:
    case HubState::kUnsafe:
      return "";
  }
  return "";
}

}  // namespace counterscan
