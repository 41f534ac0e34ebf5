#include "hubclient/export_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include "hubclient/hub_json.h"
#include "hubclient/hub_url.h"
#include "hubclient/rfc3339.h"
#include "scanner/base/digest.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr std::string_view kSchema = "counterscan.hub/1";

std::string TextOr(const JsonValue& object, std::string_view name, std::string_view otherwise) {
  const std::string* text = object.Text(name);
  return text != nullptr ? *text : std::string(otherwise);
}

JsonValue* Array(JsonValue& object, std::string_view name) {
  for (JsonValue::Member& member : object.members) {
    if (member.name == name) return member.value.IsArray() ? &member.value : nullptr;
  }
  return nullptr;
}

// Takes the body out of `item`: bodies are nearly all of the file.
Result<HubExchange> ReadExchange(JsonValue& item) {
  HubExchange exchange;
  const std::string* url = item.Text("url");
  if (url == nullptr) return Fail(ErrorCode::kMalformed, "a request has no url");
  exchange.url = *url;
  exchange.method = TextOr(item, "method", "GET");
  const auto status = item.Number("status");
  // RFC 9110 section 15: three digits. 0 is ours, for no reply.
  if (!status || *status > 599) return Fail(ErrorCode::kMalformed, "a request has no status");
  exchange.status = static_cast<int>(*status);
  if (const JsonValue* headers = item.Object("headers")) {
    for (const auto& [name, value] : headers->members) {
      exchange.headers.insert_or_assign(AsciiLower(name), value.text);
    }
  }
  exchange.time = TextOr(item, "time", "");
  exchange.error = TextOr(item, "error", "");
  exchange.cause = TextOr(item, "cause", "");
  exchange.request_body = TextOr(item, "request_body", "");
  exchange.authorized = item.Bool("authorized").value_or(false);
  if (item.Text("body") == nullptr && exchange.status != 0) {
    return Fail(ErrorCode::kMalformed, "a request has no body");
  }
  for (JsonValue::Member& member : item.members) {
    if (member.name == "body") exchange.body = std::move(member.value.text);
  }
  return exchange;
}

Result<HubRecord> ReadAnswer(const JsonValue& item) {
  const auto type = RepoTypeFromName(TextOr(item, "repo_type", "model"));
  if (!type) return Fail(ErrorCode::kMalformed, "an answer has an unknown repo_type");
  HubRecord record;
  record.repo = TRY(RepoId::Parse(*type, TextOr(item, "repo", "")));
  const std::string commit = TextOr(item, "commit", "");
  record.commit = CommitFrom(commit).value_or("");
  if (record.commit.empty() && !commit.empty()) {
    return Fail(ErrorCode::kMalformed, "an answer has a commit that is none");
  }
  return record;
}

}  // namespace

Result<std::unique_ptr<SavedAnswers>> SavedAnswers::Parse(std::string_view bytes,
                                                          const HubLimits& limits) {
  JsonDocument document = TRY(ParseHubJson(bytes, limits.export_bytes, limits));
  if (document.broken) return tl::make_unexpected(*document.broken);
  // Bodies are compared with their ETags, so nothing may have been replaced in them.
  if (document.repaired_utf8) return Fail(ErrorCode::kMalformed, "not UTF-8");
  JsonValue& root = document.root;
  const std::string schema = TextOr(root, "schema", "");
  if (schema != kSchema) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("not a file of Hub answers: its schema is '{}', not '{}'",
                            Printable(schema, 60), kSchema));
  }
  JsonValue* answers = Array(root, "answers");
  if (answers == nullptr) return Fail(ErrorCode::kMalformed, "has no list of answers");

  auto saved = std::make_unique<SavedAnswers>();
  saved->endpoint_ = TextOr(root, "endpoint", "");
  while (saved->endpoint_.ends_with('/')) saved->endpoint_.pop_back();
  if (OriginOf(saved->endpoint_).empty()) {
    return Fail(ErrorCode::kMalformed, "its endpoint is not an http or https address");
  }
  std::string first_problem;
  const auto problem = [&](const Error& error) {
    if (first_problem.empty()) first_problem = error.message;
    if (saved->problems_.size() < limits.notes_per_file) saved->problems_.push_back(error.message);
  };
  std::size_t request_count = 0;
  for (JsonValue& item : answers->items) {
    auto record = ReadAnswer(item);
    if (!record) {
      problem(record.error());
      continue;
    }
    if (JsonValue* requests = Array(item, "requests")) {
      for (JsonValue& request : requests->items) {
        if (++request_count > limits.requests) {
          return Fail(ErrorCode::kLimit,
                      fmt::format("holds more than {} requests", limits.requests));
        }
        auto exchange = ReadExchange(request);
        if (exchange) {
          record->exchanges.push_back(std::move(*exchange));
        } else {
          problem(exchange.error());
        }
      }
    }
    saved->records_.push_back(std::move(*record));
  }
  // What was left out may have flagged the bytes that the rest calls safe.
  if (!first_problem.empty()) {
    for (HubRecord& record : saved->records_) {
      record.doubt = "parts of the file of answers were left out: " + first_problem;
    }
  }
  return saved;
}

void SavedAnswers::Ask(std::span<const HubQuery> queries, const OnRecord& on_record) {
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const HubQuery& query = queries[i];
    const auto commit = CommitFrom(query.revision);
    for (const HubRecord& record : records_) {
      if (query.repo != record.repo) continue;
      if (commit && *commit != record.commit) continue;
      if (!on_record(i, record)) return;
    }
  }
}

std::optional<Refusal> SavedAnswers::ListRepositories(const RepositorySearch& search,
                                                      const OnRepository& on_repository) {
  std::set<std::string> listed;
  for (const HubRecord& record : records_) {
    const std::string& id = record.repo.id;
    const std::string name = AsciiLower(id);
    if (record.repo.type != search.type || name.find(AsciiLower(search.search)) == name.npos ||
        (!search.author.empty() && !name.starts_with(AsciiLower(search.author) + "/")) ||
        !listed.insert(id).second) {
      continue;
    }
    if (!on_repository(record.repo) || listed.size() == search.limit) break;
  }
  return std::nullopt;
}

Result<HubAnswers> LoadHubExport(std::string_view bytes, const ExportOptions& options) {
  if (bytes.size() > options.limits.export_bytes) {
    return Fail(ErrorCode::kLimit,
                fmt::format("longer than {}", HumanBytes(options.limits.export_bytes)));
  }
  const std::string digest = Sha256Hex(bytes);
  if (!options.expected_digest.empty() && AsciiLower(options.expected_digest) != digest) {
    return Fail(ErrorCode::kMalformed, fmt::format("has SHA-256 {}, not the one given", digest));
  }
  const auto saved = TRY(SavedAnswers::Parse(bytes, options.limits));
  HubAnswers answers;
  answers.info.mode = "file";
  answers.info.source = options.source;
  answers.info.endpoint = saved->endpoint();
  answers.info.digest = digest;
  answers.info.authenticated = !options.expected_digest.empty();
  std::optional<std::chrono::sys_seconds> oldest;
  for (const HubRecord& record : saved->records()) {
    RepoAnswer answer = ReadRecord(record, saved->endpoint(), options.limits);
    const auto asked_at = ParseRfc3339(answer.asked_at);
    if (asked_at && (!oldest || *asked_at < *oldest)) {
      oldest = asked_at;
      answers.info.asked_at = answer.asked_at;
    }
    const std::size_t others = answers.About(Name(record.repo.type), record.repo.id).size();
    if (others >= options.limits.answers_per_repository) {
      return Fail(ErrorCode::kLimit, fmt::format("holds more than {} answers about {}", others,
                                                 Printable(record.repo.id)));
    }
    answers.Add(std::move(answer));
  }
  if (!saved->problems().empty()) {
    answers.info.note = fmt::format("{} parts of the file were left out: {}",
                                    saved->problems().size(), saved->problems().front());
  }
  return answers;
}

}  // namespace counterscan
