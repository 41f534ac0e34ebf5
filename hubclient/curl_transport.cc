#include "hubclient/curl_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "hubclient/curl_failure.h"
#include "hubclient/curl_library.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// Only where Load() has succeeded.
const CurlLibrary& Curl() { return *CurlLibrary::Load(); }

// libcurl's interface is one function with untyped arguments: each of its types is written out
// once.
template <class Value>
void Set(CURL* easy, CURLoption option, Value value) {
  (void)Curl().easy_setopt(easy, option, value);
}

template <class Value>
Value Get(CURL* easy, CURLINFO what) {
  Value value{};
  (void)Curl().easy_getinfo(easy, what, &value);
  return value;
}

// Sockets must not leak into a worker that is started while they are open.
curl_socket_t OpenSocket(void*, curlsocktype purpose, curl_sockaddr* address) {
  if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// A request target: printable ASCII, so that nothing in it ends the line.
bool IsRequestUrl(std::string_view url) {
  constexpr std::size_t kMaxUrlBytes = 16 * 1024;
  return url.size() <= kMaxUrlBytes && std::all_of(url.begin(), url.end(), [](char c) {
           return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
         });
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

struct EasyDeleter {
  void operator()(CURL* easy) const { Curl().easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { Curl().multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { Curl().slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, ListDeleter>;

void Append(Headers& headers, const char* line) {
  curl_slist* longer = Curl().slist_append(headers.get(), line);
  if (longer == nullptr) return;
  (void)headers.release();
  headers.reset(longer);
}

}  // namespace

class CurlTransport::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    if (!CurlLibrary::Load()) return;  // each request is refused
    multi_.reset(Curl().multi_init());
    const auto connections = static_cast<long>(options_.limits.in_flight);
    Curl().multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    Curl().multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
    Curl().multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, connections);
    MakeHeaders();
  }

  ~Impl() {
    CancelAll();
    // libcurl's copy of the token; that in a request's own buffer is beyond our reach.
    for (curl_slist* line : {get_headers_.get(), post_headers_.get()}) {
      for (; line != nullptr; line = line->next) {
        explicit_bzero(line->data, std::string_view(line->data).size());
      }
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Start(std::uint64_t id, HttpRequest request) {
    const auto& library = CurlLibrary::Load();
    if (!library) return Refuse(id, NoAnswer::kBadSettings, library.error().message);
    if (!options_.network.problem.empty()) {
      return Refuse(id, NoAnswer::kBadSettings, options_.network.problem);
    }
    if (!request.url.starts_with(options_.endpoint.url + "/") || !IsRequestUrl(request.url)) {
      return Refuse(id, NoAnswer::kRequestRefused,
                    std::string(RowOf(NoAnswer::kRequestRefused).words));
    }
    auto transfer = std::make_unique<Transfer>();
    transfer->id = id;
    transfer->owner = this;
    transfer->request = std::move(request);
    transfer->easy.reset(Curl().easy_init());
    Prepare(*transfer);
    CURL* const easy = transfer->easy.get();
    transfers_.insert_or_assign(easy, std::move(transfer));
    if (Curl().multi_add_handle(multi_.get(), easy) != CURLM_OK) {
      transfers_.erase(easy);
      Refuse(id, NoAnswer::kNoReply, "the request could not be started");
    }
  }

  std::vector<Finished> Wait(std::chrono::milliseconds timeout) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    if (!multi_) return std::exchange(finished_, {});
    while (true) {
      int running = 0;
      Curl().multi_perform(multi_.get(), &running);
      Collect();
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      if (!finished_.empty() || left.count() <= 0) return std::exchange(finished_, {});
      Curl().multi_poll(multi_.get(), nullptr, 0, static_cast<int>(left.count()), nullptr);
    }
  }

  void CancelAll() {
    for (auto& [easy, transfer] : transfers_) Curl().multi_remove_handle(multi_.get(), easy);
    transfers_.clear();
    finished_.clear();
    buffered_ = 0;
  }

 private:
  struct Transfer {
    std::uint64_t id = 0;
    Impl* owner = nullptr;
    HttpRequest request;
    HttpReply reply;
    std::size_t header_bytes = 0;
    std::size_t held = 0;               // what its body takes of buffered_
    std::optional<NoAnswer> stopped{};  // we ended it
    std::array<char, CURL_ERROR_SIZE> text{};
    std::unique_ptr<CURL, EasyDeleter> easy;
  };

  void Refuse(std::uint64_t id, NoAnswer cause, std::string error) {
    Finished refused{.id = id, .reply = {}};
    refused.reply.cause = cause;
    refused.reply.error = std::move(error);
    finished_.push_back(std::move(refused));
  }

  void MakeHeaders() {
    authorized_ = options_.token.has_value();
    for (Headers* headers : {&get_headers_, &post_headers_}) {
      Append(*headers, "Accept: application/json");
      Append(*headers, "User-Agent: counterscan/" COUNTERSCAN_VERSION);
      Append(*headers, "Expect:");  // no round trip before a small body
      if (options_.token) Append(*headers, Token::Header(*options_.token).c_str());
    }
    Append(post_headers_, "Content-Type: application/json");
  }

  void Prepare(Transfer& transfer) {
    CURL* const easy = transfer.easy.get();
    const HttpLimits& limits = options_.limits;
    Set(easy, CURLOPT_URL, transfer.request.url.c_str());
    Set(easy, CURLOPT_PROTOCOLS_STR,
        options_.endpoint.url.starts_with("https:") ? "https" : "http");
    Set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
    Set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    Set(easy, CURLOPT_PATH_AS_IS, 1L);
    Set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    Set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    Set(easy, CURLOPT_NOSIGNAL, 1L);
    Set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    Set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    Set(easy, CURLOPT_PIPEWAIT, 1L);
    Set(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    Set(easy, CURLOPT_OPENSOCKETFUNCTION, &OpenSocket);

    Set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    Set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    Set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    TrustWhatIsNamed(easy);
    // Never from libcurl's own look into the environment: ours has the rules.
    Set(easy, CURLOPT_PROXY, options_.network.proxy.c_str());
    Set(easy, CURLOPT_NOPROXY, options_.network.no_proxy.c_str());
    Set(easy, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    Set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

    const bool is_post = transfer.request.method == "POST";
    Set(easy, CURLOPT_HTTPHEADER, is_post ? post_headers_.get() : get_headers_.get());
    // The request must not carry our headers, with the token in them, to the proxy.
    Set(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    if (is_post) {
      Set(easy, CURLOPT_POST, 1L);
      Set(easy, CURLOPT_POSTFIELDS, transfer.request.body.c_str());
      Set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.request.body.size()));
    } else if (transfer.request.method != "GET") {
      Set(easy, CURLOPT_CUSTOMREQUEST, transfer.request.method.c_str());
    }

    Set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
    Set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
    Set(easy, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(limits.slow_bytes_per_second));
    Set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.slow.count()));
    Set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options_.body_bytes));

    Set(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
    Set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
    Set(easy, CURLOPT_WRITEFUNCTION, &OnBody);
    Set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
    Set(easy, CURLOPT_ERRORBUFFER, transfer.text.data());
  }

  void TrustWhatIsNamed(CURL* easy) const {
    const NetworkSettings& network = options_.network;
    if (network.ca_file.empty() && network.ca_folder.empty()) return;
    const char* file = network.ca_file.empty() ? nullptr : network.ca_file.c_str();
    const char* folder = network.ca_folder.empty() ? nullptr : network.ca_folder.c_str();
    Set(easy, CURLOPT_CAINFO, file);
    Set(easy, CURLOPT_CAPATH, folder);
    Set(easy, CURLOPT_PROXY_CAINFO, file);
    Set(easy, CURLOPT_PROXY_CAPATH, folder);
  }

  // Called for each line of the headers, the status line and the empty one too.
  static std::size_t OnHeader(char* bytes, std::size_t size, std::size_t count, void* data) {
    Transfer& transfer = *static_cast<Transfer*>(data);
    const std::string_view line(bytes, size * count);
    transfer.header_bytes += line.size();
    if (transfer.header_bytes > transfer.owner->options_.limits.header_bytes) {
      transfer.stopped = NoAnswer::kHeadersTooLarge;
      return 0;
    }
    if (line.starts_with("HTTP/")) {  // after a reply of 1xx another one follows
      transfer.reply.headers.clear();
      return line.size();
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return line.size();
    std::string name(Trimmed(line.substr(0, colon)));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    std::string& value = transfer.reply.headers[name];
    if (!value.empty()) value += ", ";
    value += Trimmed(line.substr(colon + 1));
    return line.size();
  }

  static std::size_t OnBody(char* bytes, std::size_t size, std::size_t count, void* data) {
    Transfer& transfer = *static_cast<Transfer*>(data);
    const std::size_t length = size * count;
    std::string& body = transfer.reply.body;
    if (length > transfer.owner->options_.body_bytes - body.size()) {
      transfer.stopped = NoAnswer::kTooLarge;
      return 0;
    }
    transfer.owner->MakeRoom(transfer, body.size() + length);
    if (transfer.stopped) return 0;
    body.append(bytes, length);
    return length;
  }

  // Room for a body of `size` bytes. Where all bodies together would take too much, the largest is
  // given up first: small replies go on beside one that has no end.
  void MakeRoom(Transfer& transfer, std::size_t size) {
    constexpr std::size_t kLeast = 16 * 1024;
    if (size <= transfer.held) return;
    const std::size_t room = std::max({kLeast, 2 * transfer.held, size});
    buffered_ += room - std::exchange(transfer.held, room);
    while (buffered_ > options_.limits.buffered_bytes) {
      const auto largest = std::max_element(
          transfers_.begin(), transfers_.end(),
          [](const auto& a, const auto& b) { return a.second->held < b.second->held; });
      Transfer& victim = *largest->second;
      victim.stopped = NoAnswer::kTooLargeTogether;
      Release(victim);
    }
    if (!transfer.stopped) transfer.reply.body.reserve(room);
  }

  void Release(Transfer& transfer) {
    buffered_ -= std::exchange(transfer.held, 0);
    std::string().swap(transfer.reply.body);  // assigning would keep the memory
  }

  void Collect() {
    int left = 0;
    while (const CURLMsg* message = Curl().multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const easy = message->easy_handle;
      const CURLcode code = message->data.result;
      const auto found = transfers_.find(easy);
      if (found == transfers_.end()) continue;
      Finish(*found->second, code);
      Curl().multi_remove_handle(multi_.get(), easy);
      transfers_.erase(found);
    }
    // What was given up in favour of others need not send another byte.
    for (auto at = transfers_.begin(); at != transfers_.end();) {
      const auto transfer = at++;
      if (!transfer->second->stopped) continue;
      Finish(*transfer->second, CURLE_WRITE_ERROR);
      Curl().multi_remove_handle(multi_.get(), transfer->first);
      transfers_.erase(transfer);
    }
  }

  // A proxy that looks for faults, a mirror or somebody hostile may send the token back: nothing
  // that is made of a reply is to hold it. A body that is changed by this no longer fits its ETag,
  // and confirms nothing.
  void HideToken(HttpReply& reply) const {
    if (!options_.token) return;
    options_.token->HideIn(reply.body);
    for (auto& [name, value] : reply.headers) options_.token->HideIn(value);
  }

  void Finish(Transfer& transfer, CURLcode code) {
    CURL* const easy = transfer.easy.get();
    Finished finished{.id = transfer.id, .reply = std::move(transfer.reply)};
    buffered_ -= std::exchange(transfer.held, 0);
    HttpReply& reply = finished.reply;
    if (code == CURLE_OK && !transfer.stopped) {
      reply.status = static_cast<int>(Get<long>(easy, CURLINFO_RESPONSE_CODE));
    } else {
      CurlFailure failure;
      failure.code = static_cast<int>(code);
      failure.system_error = Get<long>(easy, CURLINFO_OS_ERRNO);
      failure.verify_result = Get<long>(easy, CURLINFO_SSL_VERIFYRESULT);
      failure.proxy_status = Get<long>(easy, CURLINFO_HTTP_CONNECTCODE);
      failure.connected = Get<curl_off_t>(easy, CURLINFO_PRETRANSFER_TIME_T) > 0;
      failure.through_proxy = !options_.network.proxy.empty();
      failure.text = transfer.text.data();
      std::string().swap(reply.body);  // assigning would keep the memory
      reply = {};
      reply.cause = transfer.stopped.value_or(CauseOf(failure));
      reply.error =
          fmt::format("{}: {}", EndpointWords(options_.endpoint), RowOf(reply.cause).words);
    }
    reply.authorized = authorized_;
    HideToken(reply);
    finished_.push_back(std::move(finished));
  }

  Options options_;
  bool authorized_ = false;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  Headers get_headers_, post_headers_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::vector<Finished> finished_;
  std::uint64_t buffered_ = 0;  // by the bodies of all transfers
};

CurlTransport::CurlTransport(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
CurlTransport::~CurlTransport() = default;

void CurlTransport::Start(std::uint64_t id, HttpRequest request) {
  impl_->Start(id, std::move(request));
}
std::vector<HttpTransport::Finished> CurlTransport::Wait(std::chrono::milliseconds timeout) {
  return impl_->Wait(timeout);
}
void CurlTransport::CancelAll() { impl_->CancelAll(); }

}  // namespace counterscan
