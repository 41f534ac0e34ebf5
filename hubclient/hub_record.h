// HubRecord: the raw replies about one repository, and how they become a RepoAnswer.
//
// A live client and a file of saved answers produce the same records, so both are read by the same
// code: what was saved can always be read again from its raw bodies.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hubclient/hub_answers.h"
#include "hubclient/no_answer.h"
#include "hubclient/repo_id.h"
#include "scanner/base/limits.h"

namespace counterscan {

// One request and what came back.
struct HubExchange {
  std::string method = "GET";
  std::string url{};                             // absolute
  std::string request_body{};                    // raw, with POST
  bool authorized = false;                       // a token was sent with it
  int status = 0;                                // HTTP status; 0 when there was no reply
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string time{};                            // RFC 3339, when the reply came
  std::string body{};                            // raw
  // With status 0, why there was no reply: a cause by its name in no_answer.h, and in words.
  std::string cause{};
  std::string error{};
};

struct HubRecord {
  RepoId repo;
  std::string commit;  // the pinned commit, "" when it could not be learned
  std::vector<HubExchange> exchanges;
  // Why nothing of it may confirm anything: some of what was asked is not among the exchanges.
  std::string doubt{};
};

// Reads every exchange. Replies that break off, repeat a key, do not fit their ETag, are not a
// whole 200 in JSON, or answer for another commit confirm nothing; where one answers for another
// repository, nothing of the answer does. Flags count all the same. Never fails: what cannot be
// read is a reason in the answer.
RepoAnswer ReadRecord(const HubRecord& record, std::string_view endpoint, const HubLimits& limits);
// Asked before each reply is read: why reading has to end there, or nothing.
using StopReading = std::function<std::optional<NoAnswer>()>;
// The same, and each reply's body is gone as soon as it has been read: a long listing is not held
// twice. Where it was stopped, nothing of the answer confirms anything.
RepoAnswer ReadRecord(HubRecord&& record, std::string_view endpoint, const HubLimits& limits,
                      const StopReading& stop = {});

}  // namespace counterscan
