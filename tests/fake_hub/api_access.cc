// Who asks for access to gated repositories, and what their owners answer.
//
// The rules and every message are those that were observed, also where the documentation says
// otherwise: an owner's rights are checked before the request is read.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "tests/fake_hub/api_parts.h"

namespace counterscan::fake {
namespace {

constexpr std::array<std::string_view, 4> kStatuses = {"pending", "accepted", "rejected", "reset"};
constexpr std::string_view kReviewTime = "2026-10-06T13:50:05.677Z";

bool IsStatus(std::string_view text) {
  return std::find(kStatuses.begin(), kStatuses.end(), text) != kStatuses.end();
}

std::string UserId(std::string_view name) {
  return MadeUpCommit("user " + std::string(name)).substr(0, 24);
}

std::string RequestId(std::string_view name) {
  return MadeUpCommit("request of " + std::string(name)).substr(0, 24);
}

std::string FullName(const World& world, const std::string& name) {
  const User* const user = world.FindUser(name);
  return user == nullptr || user->fullname.empty() ? name : user->fullname;
}

Json UserJson(const World& world, const std::string& name, bool with_email) {
  Json json{{"_id", UserId(name)}, {"avatarUrl", "/avatars/eccbd8a248c3753b1ba445d9b80ee712.svg"},
            {"isPro", false},      {"fullname", FullName(world, name)},
            {"user", name},        {"type", "user"}};
  if (with_email) {
    json["verifiedOrgNames"] = Json::array();
    const User* const user = world.FindUser(name);
    if (user != nullptr && !user->email.empty()) json["email"] = user->email;
  }
  return json;
}

Json RequestJson(const World& world, const std::string& name, const AccessRequest& request) {
  // "requestId" is newer than the recordings; huggingface_hub asks for it since version 2.4.
  Json json{{"requestId", RequestId(name)},
            {"user", UserJson(world, name, true)},
            {"timestamp", request.timestamp}};
  if (!request.reviewed_at.empty()) json["reviewedAt"] = request.reviewed_at;
  json["status"] = request.status;
  if (!request.granted_by.empty()) json["grantedBy"] = UserJson(world, request.granted_by, false);
  if (!request.fields.empty()) json["fields"] = request.fields;
  return json;
}

// Nothing when the caller owns the repository.
std::optional<Reply> OwnerRefusal(const RepoRequest& request) {
  if (request.caller.user == nullptr) return InvalidUserReply();
  if (IsOwner(request.repo, request.caller)) return std::nullopt;
  return ErrorReply(403, "",
                    "You have read access but not the required permissions for this operation");
}

Reply Invalid(const std::string& what, std::string_view where) {
  return ErrorReply(400, "", "\u2716 " + what + "\n  \u2192 at " + std::string(where));
}

Reply InvalidStatus() {
  return Invalid("Invalid option: expected one of \"accepted\"|\"rejected\"|\"pending\"|\"reset\"",
                 "status");
}

Reply List(const RepoRequest& request) {
  const std::string& status = request.rest[1];
  if (!IsStatus(status)) return InvalidStatus();
  if (const auto limit = request.http.Query("limit")) {
    int number = 0;
    std::from_chars(limit->data(), limit->data() + limit->size(), number);
    if (number < 10) return Invalid("Too small: expected number to be >=10", "limit");
    if (number > 1000) return Invalid("Too big: expected number to be <=1000", "limit");
  }
  const std::string prefix = request.http.Query("q").value_or("");
  std::vector<Json> listed;
  for (const auto& [name, one] : request.repo.requests) {
    if (one.status != status) continue;
    const bool fits =
        name.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), name.begin(),
                                                   [](unsigned char a, unsigned char b) {
                                                     return std::tolower(a) == std::tolower(b);
                                                   });
    if (fits) listed.push_back(RequestJson(request.world, name, one));
  }
  return Page(request.http, request.world, listed, 1000);
}

// The user that a body names by name or by id, or by the id of the request.
std::optional<std::string> NamedUser(const World& world, const Json& body) {
  for (const User& user : world.users) {
    if (body.value("user", "") == user.name || body.value("userId", "") == UserId(user.name) ||
        body.value("requestId", "") == RequestId(user.name)) {
      return user.name;
    }
  }
  return std::nullopt;
}

std::optional<Reply> InvalidReason(const Json& body) {
  for (const char* const reason : {"rejectionReason", "resetReason"}) {
    if (body.contains(reason) && body[reason].is_string() &&
        body[reason].get_ref<const std::string&>().size() > 200) {
      return Invalid("Too big: expected string to have <=200 characters", reason);
    }
  }
  return std::nullopt;
}

bool NamesOneUser(const Json& body) {
  return int{body.contains("user")} + int{body.contains("userId")} +
             int{body.contains("requestId")} ==
         1;
}

Reply EitherUserOrId() {
  return ErrorReply(400, "", "\u2716 Either userId or user must be provided, but not both");
}

void Review(AccessRequest& one, const std::string& status, const std::string& owner) {
  one.status = status;
  one.reviewed_at = status == "pending" ? "" : kReviewTime;
  one.granted_by = status == "accepted" ? owner : "";
}

Reply HandleOne(const RepoRequest& request, const Json& body) {
  const std::string status = body.value("status", "");
  if (!IsStatus(status)) return InvalidStatus();
  if (auto invalid = InvalidReason(body)) return *invalid;
  if (!NamesOneUser(body)) return EitherUserOrId();
  const auto name = NamedUser(request.world, body);
  if (!name) return ErrorReply(404, "", "User not found");
  const auto found = request.repo.requests.find(*name);
  if (found == request.repo.requests.end() || found->second.status == status) {
    return ErrorReply(404, "", "No access request found matching your criteria");
  }
  Review(found->second, status, request.caller.user->name);
  return JsonReply("{}");
}

Reply Grant(const RepoRequest& request, const Json& body) {
  if (!NamesOneUser(body)) return EitherUserOrId();
  const auto name = NamedUser(request.world, body);
  if (!name) return ErrorReply(404, "", "User not found");
  AccessRequest& one = request.repo.requests[*name];
  if (one.status == "accepted") {
    return ErrorReply(400, "", "That user already has access to the repo");
  }
  Review(one, "accepted", request.caller.user->name);
  return JsonReply("{}");
}

Reply HandleBatch(const RepoRequest& request, const Json& body) {
  const std::string status = body.value("status", "");
  if (!IsStatus(status)) return InvalidStatus();
  if (auto invalid = InvalidReason(body)) return *invalid;
  const Json requests = body.value("requests", Json::array());
  if (!requests.is_array() || requests.empty()) {
    return Invalid("Too small: expected array to have >=1 items", "requests");
  }
  if (requests.size() > 100) {
    return Invalid("Too big: expected array to have <=100 items", "requests");
  }
  Json results = Json::array();
  for (const Json& one : requests) {
    Json result = one;
    const auto name = NamedUser(request.world, one);
    const auto found = request.repo.requests.find(name.value_or(""));
    result["ok"] = name && found != request.repo.requests.end();
    if (!name) {
      result["error"] = "user_not_found";
    } else if (found == request.repo.requests.end()) {
      result["error"] = "request_not_found";
    } else {
      Review(found->second, status, request.caller.user->name);
    }
    results.push_back(std::move(result));
  }
  return JsonReply(results.dump());
}

Reply Cancel(const RepoRequest& request) {
  if (request.caller.user == nullptr) return InvalidUserReply();
  const auto found = request.repo.requests.find(request.caller.user->name);
  if (found == request.repo.requests.end() || found->second.status != "pending") {
    return ErrorReply(404, "", "No pending access request found for this repo and this user");
  }
  request.repo.requests.erase(found);
  return JsonReply(R"({"ok":true})");
}

}  // namespace

Reply AccessRequestsReply(const RepoRequest& request) {
  const std::string& what = request.rest[1];
  if (request.http.method == "POST" && what == "cancel") return Cancel(request);
  if (auto refusal = OwnerRefusal(request)) return *refusal;
  if (request.http.method == "GET") return List(request);
  const Json body = Json::parse(request.http.body, nullptr, false);
  if (!body.is_object()) return Invalid("Invalid input: expected object", "body");
  if (what == "handle") return HandleOne(request, body);
  if (what == "grant") return Grant(request, body);
  if (what == "batch") return HandleBatch(request, body);
  return ErrorReply(404, "", "Sorry, we can't find the page you are looking for.");
}

Reply AskAccessReply(const RepoRequest& request) {
  if (request.caller.user == nullptr) return InvalidUserReply();
  AccessRequest& one = request.repo.requests[request.caller.user->name];
  const Json body = Json::parse(request.http.body, nullptr, false);
  if (body.is_object()) {
    for (const auto& [label, value] : body.items()) {
      if (value.is_string()) one.fields[label] = value;
    }
  }
  // Who was rejected may ask, is told the same as others, and stays rejected.
  if (one.status.empty() || one.status == "reset") {
    one.status = request.repo.gated == "auto" ? "accepted" : "pending";
  }
  return RedirectReply(PageOf(request.repo), 303);
}

Reply AccessReportReply(const RepoRequest& request) {
  if (auto refusal = OwnerRefusal(request)) return *refusal;
  Json report = Json::array();
  for (const auto& [name, one] : request.repo.requests) {
    const User* const user = request.world.FindUser(name);
    Json row{{"fullname", FullName(request.world, name)}, {"user", name}};
    if (user != nullptr && !user->email.empty()) row["email"] = user->email;
    row["time"] = one.timestamp;
    if (!one.reviewed_at.empty()) row["reviewedAt"] = one.reviewed_at;
    row["status"] = one.status;
    if (!one.granted_by.empty()) {
      row["grantedBy"] = {{"fullname", FullName(request.world, one.granted_by)},
                          {"user", one.granted_by}};
    }
    report.push_back(std::move(row));
  }
  std::string name = request.repo.id;
  std::replace(name.begin(), name.end(), '/', '-');
  Reply reply = JsonReply(report.dump());
  return reply.With("Content-Disposition",
                    "attachment; filename=user-access-report-" + name + ".json");
}

Reply WhoAmIReply(const Request& request, const World& world) {
  const Caller caller = world.CallerOf(request);
  if (caller.user == nullptr) return InvalidUserReply();
  const Json who{
      {"type", "user"},
      {"id", UserId(caller.user->name)},
      {"name", caller.user->name},
      {"fullname", FullName(world, caller.user->name)},
      {"email", caller.user->email},
      {"emailVerified", true},
      {"canPay", false},
      {"isPro", false},
      {"avatarUrl", "/avatars/eccbd8a248c3753b1ba445d9b80ee712.svg"},
      {"orgs", Json::array()},
      {"auth",
       {{"type", "access_token"},
        {"accessToken",
         {{"displayName", "test"}, {"role", "read"}, {"createdAt", "2026-10-06T13:24:35.000Z"}}}}}};
  return JsonReply(who.dump());
}

}  // namespace counterscan::fake
