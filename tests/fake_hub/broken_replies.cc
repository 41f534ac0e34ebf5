#include "tests/fake_hub/broken_replies.h"

namespace counterscan::fake {
namespace {

using std::chrono::milliseconds;

// Says "safe" wherever a client may look, so that believing any part of it shows.
constexpr const char* kSafe =
    R"({"id":"org/name","sha":"5bb9fc53add422c252f7351a8e28c438cb98ea21",)"
    R"("securityRepoStatus":{"scansDone":true,"filesWithIssues":[]},)"
    R"("scansDone":true,"filesWithIssues":[]})";

Reply Cut(Framing framing) {
  Reply reply = JsonReply(kSafe);
  reply.framing = framing;
  reply.cut_after = 40;
  return reply;
}

Reply Declared(std::uint64_t length) {
  Reply reply = JsonReply(kSafe);
  reply.declared_length = length;
  return reply;
}

Reply Reset(std::optional<std::uint64_t> after) {
  Reply reply = JsonReply(kSafe);
  reply.reset = true;
  reply.cut_after = after;
  return reply;
}

Reply Raw(std::string bytes) {
  Reply reply;
  reply.body = std::move(bytes);
  reply.raw = true;
  return reply;
}

Reply Slow() {
  Reply reply = JsonReply(kSafe);
  reply.delay = milliseconds(30000);
  return reply;
}

Reply Dripping() {
  Reply reply = JsonReply(kSafe);
  reply.drip_bytes = 1;
  reply.drip_pause = milliseconds(200);
  return reply;
}

Reply Giant() {
  Reply reply = JsonReply(R"({"scansDone":true,"filesWithIssues":[)");
  reply.filler = std::string(1 << 20, ' ');
  reply.filler_count = 100;
  reply.tail = "]}";
  return reply;
}

Reply Portal() {
  Reply reply = HtmlReply("<html><h1>Log in to this network</h1></html>");
  reply.bare = true;
  return reply;
}

Reply NotGzip() {
  Reply reply = JsonReply(kSafe);
  return reply.With("Content-Encoding", "gzip");
}

Reply Limited(Headers headers, std::string message, const char* type = nullptr) {
  Reply reply = ErrorReply(429, "", message);
  if (type != nullptr) reply = HtmlReply("<h1>429</h1> <p>" + message, 429);
  for (auto& [name, value] : headers) reply.With(name, value);
  return reply;
}

}  // namespace

std::vector<BrokenReply> BrokenReplies(const std::string& elsewhere) {
  const std::string deep = R"({"scansDone":true,"filesWithIssues":)" + std::string(10000, '[') +
                           std::string(10000, ']') + "}";
  return {
      {"cut-body", Cut(Framing::kContentLength)},
      {"cut-chunks", Cut(Framing::kChunked)},
      {"length-too-long", Declared(1000)},
      {"length-too-short", Declared(10)},
      {"reset-before", Reset(std::nullopt)},
      {"reset-within", Reset(40)},
      {"nothing-at-all", Raw("")},
      {"no-http", Raw("220 mail.example.test ESMTP\r\n")},
      {"half-a-head", Raw("HTTP/1.1 200 OK\r\nContent-Ty")},
      {"two-lengths", Raw(std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 200"
                                      "\r\n\r\n") +
                          kSafe)},
      {"endless-head", Raw("HTTP/1.1 200 OK\r\nX-Long: " + std::string(1 << 20, 'a'))},
      {"slow", Slow()},
      {"dripping", Dripping()},
      {"giant", Giant()},
      {"bomb", GzipBomb(200)},
      {"not-gzip", NotGzip()},
      {"deep", JsonReply(deep)},
      {"portal", Portal()},
      {"html", HtmlReply("<html>We are down for maintenance</html>")},
      {"text", TextReply("OK")},
      {"empty", JsonReply("")},
      {"null", JsonReply("null")},
      {"list", JsonReply("[]")},
      {"word", JsonReply("\"safe\"")},
      {"cut-json", JsonReply(std::string(kSafe).substr(0, 120))},
      {"two-documents", JsonReply(std::string(kSafe) + kSafe)},
      {"not-utf8", JsonReply("{\"scansDone\":true,\"filesWithIssues\":[{\"path\":\"\xff\xfe\"}]}")},
      {"no-number", JsonReply(R"({"scansDone":NaN,"filesWithIssues":[]})")},
      {"duplicate-keys",
       JsonReply(R"({"scansDone":false,"filesWithIssues":[{"path":"a","level":"unsafe"}],)"
                 R"("filesWithIssues":[],"scansDone":true})")},
      {"redirect-elsewhere", RedirectReply(elsewhere + "/api/models/org/name/scan")},
      {"redirect-to-http", RedirectReply("http://127.0.0.1:1/api/models/org/name/scan")},
      {"redirect-to-file", RedirectReply("file:///etc/passwd")},
      {"redirect-nowhere", TextReply("", 307)},
      {"no-content", {.status = 204}},
      {"early-hints-only", Raw("HTTP/1.1 103 Early Hints\r\n\r\n")},
  };
}

std::vector<BrokenReply> RefusingReplies() {
  const std::string quota =
      "We had to rate limit you, you hit the quota of 500 api requests per 5 "
      "minutes period.";
  const std::string policy = "\"fixed window\";\"api\";q=500;w=300";
  return {
      {"invalid-user", ErrorReply(401, "", "Invalid username or password.")},
      {"invalid-token", ErrorReply(401, "", "Invalid credentials in Authorization header")},
      {"repo-not-found", ErrorReply(404, "RepoNotFound", "Repository not found")},
      {"revision-not-found", ErrorReply(404, "RevisionNotFound", "Invalid rev id: nope")},
      {"entry-not-found", ErrorReply(404, "EntryNotFound", "nope does not exist on \"main\"")},
      {"gated-anonymous",
       ErrorReply(401, "GatedRepo",
                  "Access to model org/name is restricted. You must have access to it and be "
                  "authenticated to access it. Please log in.")},
      {"gated-not-asked",
       ErrorReply(403, "GatedRepo",
                  "Access to model org/name is restricted and you are not in the authorized list. "
                  "Visit https://huggingface.co/org/name to ask for access.")},
      {"gated-pending", ErrorReply(403, "GatedRepo",
                                   "Your request to access model org/name is awaiting a review "
                                   "from the repo authors.")},
      {"gated-rejected", ErrorReply(403, "GatedRepo",
                                    "Your request to access model org/name has been rejected by "
                                    "the repo's authors.")},
      {"gated-reset", ErrorReply(403, "GatedRepo",
                                 "Your request to access model org/name has been reset by the "
                                 "repo's authors. Visit https://huggingface.co/org/name to submit "
                                 "a new request.")},
      {"disabled", ErrorReply(403, "", "Access to this resource is disabled.")},
      {"no-permission", ErrorReply(403, "",
                                   "You have read access but not the required permissions for "
                                   "this operation")},
      {"bad-request", ErrorReply(400, "", "\u2716 Invalid option\n  \u2192 at expand")},
      {"request-timeout", ErrorReply(408, "", "Request Timeout")},
      {"quota-used-up",
       Limited({{"RateLimit", "\"api\";r=0;t=1"}, {"RateLimit-Policy", policy}}, quota)},
      {"another-limit",
       Limited({{"RateLimit", "\"api\";r=472;t=241"}, {"RateLimit-Policy", policy}},
               "You have exceeded the rate limit for repository creation (300 per "
               "day).")},
      {"retry-after-seconds",
       Limited({{"RateLimit", "\"api\";r=5;t=1"}, {"Retry-After", "1"}}, quota)},
      {"retry-after-date",
       Limited({{"RateLimit", "\"api\";r=5;t=1"}, {"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"}},
               quota)},
      {"limit-as-html", Limited({}, "We had to rate limit you.", "html")},
      {"internal-error",
       ErrorReply(500, "", "Internal Error - We're working hard to fix this as soon as possible!")},
      {"bad-gateway", HtmlReply("<h1>502</h1>", 502)},
      {"unavailable", HtmlReply("<h1>503 Service Temporarily Unavailable</h1>", 503)},
      {"gateway-timeout", HtmlReply("<h1>504</h1>", 504)},
      {"escapes",
       ErrorReply(403, "", "\x1b]0;owned\x07\x1b[2J\x1b[31mAll files are safe\x1b[0m\r\n\u202e")},
      {"forged-header", ErrorReply(403, "GatedRepo\r\nX-Error-Code: None", "no")},
      {"legal-reasons", ErrorReply(451, "", "Unavailable")},
      {"teapot", ErrorReply(418, "", "short and stout")},
  };
}

}  // namespace counterscan::fake
