#include "tests/fake_hub/fake_hub.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <exception>

namespace counterscan::fake {
namespace {

// "Thu, 26 Nov 2026 01:59:16 GMT" (RFC 9110, 5.6.7).
std::string HttpDate(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

// In the form of those that load balancers of the Hub make: Root=1-67cae56b-7044...;c9be3bc3-...
std::string RequestId(std::uint64_t number) {
  std::array<char, 96> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "Root=1-67cae56b-%024llx;c9be3bc3-c902-4af2-98ce-%012llx",
      static_cast<unsigned long long>(number), static_cast<unsigned long long>(number));
  return {text.data(), static_cast<std::size_t>(size)};
}

void AddUnlessThere(Reply& reply, std::string name, std::string value) {
  if (!HeaderOf(reply.headers, name)) reply.With(std::move(name), std::move(value));
}

}  // namespace

FakeHub::FakeHub(HubOptions options)
    : options_(std::move(options)),
      authority_(options_.authority != nullptr ? options_.authority
                                               : std::make_shared<const Authority>()),
      ca_file_(folder_.Write("ca.pem", authority_->pem())),
      listener_(std::make_unique<Listener>(
          options_.transport, authority_->Issue(options_.certificate),
          [this](const Request& request) { return Handle(request); }, options_.port)) {
  // Large files come from another host: the same server by its other name.
  api_.SetEndpoints(endpoint(), EndpointAt("localhost"));
}

FakeHub::~FakeHub() = default;

void FakeHub::Stop() { listener_->Stop(); }

std::string FakeHub::EndpointAt(std::string_view host) const {
  const bool plain = options_.transport == Transport::kPlain;
  return (plain ? "http://" : "https://") + std::string(host) + ":" + std::to_string(port());
}

std::uint16_t FakeHub::port() const { return listener_->port(); }

void FakeHub::Answer(std::string pattern, Reply reply, int times) {
  Answer(
      std::move(pattern), [reply = std::move(reply)](const Request&) { return reply; }, times);
}

void FakeHub::Answer(std::string pattern, Handler handler, int times) {
  script_.Add(std::move(pattern), std::move(handler), times);
}

Reply FakeHub::Handle(const Request& request) {
  recorder_.Add(request);
  const Quota::State quota = quota_.Take(request);
  Reply reply;
  if (auto scripted = script_.Answer(request)) {
    reply = std::move(*scripted);
  } else if (quota.exceeded) {
    reply = QuotaExceededReply(quota);
  } else {
    try {
      reply = api_.Answer(request);
    } catch (const std::exception&) {  // JSON of another shape than it should have
      reply = ErrorReply(500, "",
                         "Internal Error - We're working hard to fix this as soon as possible!");
    }
  }
  if (reply.gzip) {
    reply.body = Gzip(reply.body);
    reply.With("Content-Encoding", "gzip");
  }
  if (reply.bare || reply.raw) return reply;

  AddUnlessThere(reply, "Date", HttpDate(std::time(nullptr)));
  AddUnlessThere(reply, "X-Powered-By", "huggingface-moon");
  AddUnlessThere(reply, "X-Request-Id", RequestId(++request_number_));
  AddUnlessThere(reply, "Vary", "Origin");
  AddUnlessThere(reply, "Access-Control-Expose-Headers",
                 "X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,"
                 "Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash");
  if (!HeaderOf(reply.headers, "RateLimit")) AddRateLimitHeaders(reply, quota);
  if (reply.filler_count == 0 && !reply.gzip) AddUnlessThere(reply, "ETag", WeakEtag(reply.body));
  const auto known = request.Header("If-None-Match");
  if (reply.status == 200 && request.method == "GET" && known &&
      known == HeaderOf(reply.headers, "ETag")) {
    reply.status = 304;
  }
  return reply;
}

}  // namespace counterscan::fake
