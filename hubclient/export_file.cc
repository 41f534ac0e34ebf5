#include "hubclient/export_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "hubclient/answer_budget.h"
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

// The names of RFC 9110 section 5.1.
bool IsHeaderName(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != kOthers.npos;
  });
}

// A member of a request that is no text; "" for none.
std::string_view MemberThatIsNoText(const JsonValue& item) {
  constexpr auto kTexts = std::to_array<std::string_view>(
      {"body", "cause", "error", "method", "request_body", "time", "url"});
  for (const JsonValue::Member& member : item.members) {
    const bool should_be = std::find(kTexts.begin(), kTexts.end(), member.name) != kTexts.end();
    const bool is_text = member.value.kind == JsonValue::Kind::kString || member.value.IsNull();
    if (should_be && !is_text) return member.name;
  }
  return "";
}

// Why something in `item` is not what it should be; "" for a good one. What can be read of it is
// read all the same: it may hold a flag.
std::string ReadHeaders(const JsonValue& item, std::map<std::string, std::string>& headers) {
  const JsonValue* all = item.Find("headers");
  if (all == nullptr || all->IsNull()) return "";
  if (!all->IsObject()) return "the headers of a request are no object";
  std::string flaw;
  for (const auto& [name, value] : all->members) {
    if (!IsHeaderName(name) || value.kind != JsonValue::Kind::kString) {
      flaw = fmt::format("the header \"{}\" of a request is malformed", Printable(name, 60));
    }
    std::string& text = headers[AsciiLower(name)];
    text += (text.empty() ? "" : ", ") + value.text;  // RFC 9110 section 5.3
  }
  return flaw;
}

struct SavedExchange {
  HubExchange exchange;
  std::string flaw;  // why it confirms nothing; "" for a good one
};

// Takes the body out of `item`: bodies are nearly all of the file. An Error is for what cannot be
// read at all.
Result<SavedExchange> ReadExchange(JsonValue& item) {
  SavedExchange saved;
  HubExchange& exchange = saved.exchange;
  const std::string* url = item.Text("url");
  if (url == nullptr) return Fail(ErrorCode::kMalformed, "a request has no url");
  exchange.url = *url;
  exchange.method = TextOr(item, "method", "GET");
  if (exchange.method != "GET" && exchange.method != "POST") {
    saved.flaw = fmt::format("a request has the method {}", Printable(exchange.method, 20));
  }
  const auto status = item.Number("status");
  // RFC 9110 section 15: three digits. 0 is ours, for no reply.
  const bool has_status = status && (*status == 0 || (*status >= 100 && *status <= 599));
  exchange.status = has_status ? static_cast<int>(*status) : 200;
  if (!has_status) saved.flaw = "a request has no status";
  if (std::string flaw = ReadHeaders(item, exchange.headers); !flaw.empty()) {
    saved.flaw = std::move(flaw);
  }
  if (const std::string_view member = MemberThatIsNoText(item); !member.empty()) {
    saved.flaw = fmt::format("\"{}\" of a request is no text", member);
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
  return saved;
}

// Only the information about a repository tells whether it is withdrawn.
bool LacksInformation(const HubRecord& record) {
  bool lists_files = false;
  for (const HubExchange& exchange : record.exchanges) {
    const std::string_view path = std::string_view(exchange.url).substr(0, exchange.url.find('?'));
    if (path.find("/revision/") != path.npos || path.ends_with("/" + record.repo.id)) return false;
    lists_files |= path.find("/tree/") != path.npos || path.find("/paths-info/") != path.npos;
  }
  return lists_files;
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
  const auto problem = [&](const std::string& words) {
    if (first_problem.empty()) first_problem = words;
    if (saved->problems_.size() < limits.notes_per_file) saved->problems_.push_back(words);
  };
  std::size_t request_count = 0;
  for (JsonValue& item : answers->items) {
    auto record = ReadAnswer(item);
    if (!record) {
      problem(record.error().message);
      continue;
    }
    JsonValue* const requests = Array(item, "requests");
    if (requests == nullptr) {
      problem("an answer has no list of requests");
    } else {
      for (JsonValue& request : requests->items) {
        if (++request_count > limits.requests) {
          return Fail(ErrorCode::kLimit,
                      fmt::format("holds more than {} requests", limits.requests));
        }
        auto exchange = ReadExchange(request);
        if (!exchange) {
          problem(exchange.error().message);
          continue;
        }
        if (!exchange->flaw.empty()) problem(exchange->flaw);
        record->exchanges.push_back(std::move(exchange->exchange));
      }
    }
    saved->records_.push_back(std::move(*record));
  }
  for (HubRecord& record : saved->records_) {
    // What was left out may have flagged the bytes that the rest calls safe.
    if (!first_problem.empty()) {
      record.doubt = "parts of the file of answers are malformed or left out: " + first_problem;
    } else if (LacksInformation(record)) {
      record.doubt =
          "the file of answers has no information about the repository, so nothing tells whether "
          "it "
          "is withdrawn";
    }
  }
  return saved;
}

void SavedAnswers::Ask(std::span<const HubQuery> queries, const OnRecord& on_record) {
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const HubQuery& query = queries[i];
    const auto commit = CommitFrom(query.revision);
    for (const HubRecord& record : records_) {
      // To the Hub, names that differ in case alone are one repository.
      const bool is_asked = query.repo.type == record.repo.type &&
                            AsciiLower(query.repo.id) == AsciiLower(record.repo.id);
      if (!is_asked) continue;
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
  std::uint64_t kept_bytes = 0;
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
    kept_bytes += MemoryOf(answer);
    if (kept_bytes > options.limits.answers_bytes) {
      return Fail(ErrorCode::kLimit, fmt::format("its answers take more than {} of memory",
                                                 HumanBytes(options.limits.answers_bytes)));
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
