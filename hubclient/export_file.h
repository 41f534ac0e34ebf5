// The file of saved Hub answers, schema "counterscan.hub/1", for machines without a network.
//
//     {"schema": "counterscan.hub/1",
//      "tool": {"name": "counterscan", "version": "0.1.0"},
//      "endpoint": "https://huggingface.co",
//      "answers": [
//        {"repo": "org/name", "repo_type": "model", "commit": "<40 hex digits>",
//         "requests": [
//           {"url":
//           "https://huggingface.co/api/models/org/name/tree/<commit>?recursive=true&expand=true",
//            "method": "GET", "status": 200, "headers": {"etag": "W/\"...\""},
//            "time": "2026-11-21T10:00:00Z", "body": "<raw text>"}]}]}
//
// A request that got no reply has status 0, an "error" in words and a "cause" (no_answer.h); one
// with POST has its "request_body"; one that a token was sent with is "authorized". Everything is
// read again from the raw bodies by their URLs; there is no summary to believe. Where an answer has
// a listing of files it needs the repository's information too (".../revision/<commit>"), which
// alone tells of a withdrawal. The file is hostile input, and proves nothing against whoever
// prepared it, unless the caller knows its SHA-256.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hubclient/hub_answers.h"
#include "hubclient/hub_source.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"

namespace counterscan {

// A file of saved answers is a source like any other.
class SavedAnswers final : public HubSource {
 public:
  // Takes the file apart, without looking into the bodies. Fails when it is not such a file, breaks
  // off, or is too large. Parts that are malformed inside (a request without a URL) are left out or
  // read as far as they can be, and problems() says so; then nothing in the file confirms anything,
  // and its flags count.
  static Result<std::unique_ptr<SavedAnswers>> Parse(std::string_view bytes,
                                                     const HubLimits& limits = {});

  const std::string& endpoint() const override { return endpoint_; }
  // Records of the commit that was asked for, or of all where a branch or nothing was.
  void Ask(std::span<const HubQuery> queries, const OnRecord& on_record) override;
  // Those that the file has a record of.
  std::optional<Refusal> ListRepositories(const RepositorySearch& search,
                                          const OnRepository& on_repository) override;

  const std::vector<HubRecord>& records() const { return records_; }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::string endpoint_;
  std::vector<HubRecord> records_;
  std::vector<std::string> problems_;
};

struct ExportOptions {
  std::string source;           // as shown: the path the user gave
  std::string expected_digest;  // --hub-digest, "" for none
  HubLimits limits;
};

// Everything the file says, as answers. A file that does not have the expected digest is refused.
Result<HubAnswers> LoadHubExport(std::string_view bytes, const ExportOptions& options);

}  // namespace counterscan
