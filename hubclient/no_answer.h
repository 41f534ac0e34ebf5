// NoAnswer: why the Hub has no word, each cause told apart from the others.
//
// One row a cause, as data: what it is called in reports, which state of the Hub it leaves files
// in, what to say and what the reader can do next. None of them is ever safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/model/hub_view.h"

namespace counterscan {

enum class NoAnswer : std::uint8_t {
  // No connection.
  kDns,
  kConnectionRefused,
  kNoConnection,
  kConnectTimeout,
  kProxy,
  kProxyDenied,
  kTls,
  kCertificateUntrusted,
  kCertificateExpired,
  kCertificateWrongHost,
  kCertificateStore,
  // A connection, and no whole reply.
  kTimeout,
  kSlow,
  kBrokenOff,
  kTooLarge,
  kTooLargeTogether,
  kHeadersTooLarge,
  kBadEncoding,
  kNotHttp,
  // We did not ask, or stopped.
  kDeadline,
  kInterrupted,
  kOffline,
  kBadSettings,
  kRequestRefused,
  kTooManyPages,
  kListTooLarge,
  kTooSlow,
  kNoReply,
  // Redirects.
  kRedirectElsewhere,
  kRedirectLoop,
  // Refusals.
  kLoginNeeded,
  kTokenRefused,
  kGatedLoginNeeded,
  kGatedTokenRefused,
  kGatedNeverAsked,
  kGatedPending,
  kGatedRejected,
  kGatedReset,
  kGated,
  kForbidden,
  kDisabled,
  kRepositoryNotFound,
  kRevisionNotFound,
  kEntryNotFound,
  kNotFound,
  kGone,
  kRateLimit,
  kOtherLimit,
  kBadRequest,
  kHubTimeout,
  kServerError,
  kOverloaded,
  kUnexpectedStatus,
  // A reply of 200 that is no answer.
  kHtmlPage,
  kNotJson,
  kJsonBreaksOff,
  kJsonTooLarge,
  kWrongShape,
  kDamaged,
  kInconsistent,
  kListCut,
};
inline constexpr std::size_t kNoAnswerCount = 61;

struct NoAnswerRow {
  NoAnswer cause;
  std::string_view name;  // as in reports: "dns"
  HubState state;
  std::string_view words;      // "the name of the Hub's host cannot be found"
  std::string_view next_step;  // what the reader can do
  // How often the same request is tried again, with a growing pause.
  int retries = 0;
  // Nobody at this address answers: what holds for one repository holds for all.
  bool of_the_host = false;
};

const NoAnswerRow& RowOf(NoAnswer cause);
inline std::string_view Name(NoAnswer cause) { return RowOf(cause).name; }
std::optional<NoAnswer> NoAnswerFromName(std::string_view name);

// What to do about a state that came with the Hub's answer: pending, error, missing, ...; "" for
// states that leave nothing to do.
std::string_view NextStepFor(HubState state);

}  // namespace counterscan
