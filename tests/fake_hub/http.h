// What the fake Hub is asked, and what it answers: a request as it arrived, and a reply that can
// be delivered as badly as any server ever did.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace counterscan::fake {

// In the order in which they came or are to go, as they were spelt.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The first value of that name, in any case.
std::optional<std::string> HeaderOf(const Headers& headers, std::string_view name);

// "a%2Fb+c" is "a/b+c"; with `form`, '+' is a space.
std::string PercentDecoded(std::string_view text, bool form = false);
// Everything but letters, digits, "-._~" and the characters of `kept` escaped.
std::string PercentEncoded(std::string_view text, std::string_view kept = "");

// name=value&name=value, both decoded. A name without '=' has the value "".
std::vector<std::pair<std::string, std::string>> ParseForm(std::string_view text);

struct Request {
  std::string method;
  std::string target;  // as sent: path and query, or host:port after CONNECT
  std::string path;    // of the target, still percent-encoded
  std::vector<std::pair<std::string, std::string>> query;
  Headers headers;
  std::string body;              // its first 4 MiB
  std::string head;              // request line and headers, byte for byte
  std::uint64_t connection = 0;  // which one of its listener, from 1
  std::chrono::steady_clock::time_point arrived;

  std::optional<std::string> Header(std::string_view name) const;
  std::optional<std::string> Query(std::string_view name) const;
  // The token of "Authorization: Bearer TOKEN", or "".
  std::string Token() const;
  // Whether these bytes stand anywhere in it, headers and body.
  bool Contains(std::string_view text) const;
};

// One that has only a first line.
Request RequestTo(std::string method, std::string target);

enum class Framing {
  kContentLength,
  kChunked,
  kUntilClose,  // neither length nor chunks: the end of the connection is the end of the body
};

struct Reply {
  int status = 200;
  std::string reason{};  // "" for the usual one of the status
  // Sent as they are, CR and LF in them included. Content-Length and Transfer-Encoding follow from
  // `framing`, and are left out where they stand here.
  Headers headers{};
  std::string body{};

  // A body larger than memory: `body`, then `filler` this many times, then `tail`.
  std::string filler{};
  std::uint64_t filler_count = 0;
  std::string tail{};

  Framing framing = Framing::kContentLength;
  std::optional<std::uint64_t> declared_length{};  // Content-Length that may not be true
  std::chrono::milliseconds delay{0};              // before the first byte
  std::size_t drip_bytes = 0;                // so many bytes of the body at a time (0: all) ...
  std::chrono::milliseconds drip_pause{0};   // ... with a pause after each
  std::optional<std::uint64_t> cut_after{};  // end the connection after so many bytes of the body
  bool reset = false;                        // end it by TCP reset; without cut_after at once
  bool close = false;                        // answer, then close (with "Connection: close")
  bool raw = false;   // `body` is all that goes out, head included; then the connection ends
  bool bare = false;  // without the headers that the Hub puts on every reply
  bool gzip = false;  // compress `body` whatever the client accepts

  Reply& With(std::string name, std::string value);
};

using Handler = std::function<Reply(const Request&)>;

// 200 with "application/json; charset=utf-8".
Reply JsonReply(std::string body, int status = 200);
// A page of HTML, as captive portals and content networks give instead of an answer.
Reply HtmlReply(std::string body, int status = 200);
Reply TextReply(std::string body, int status = 200);
// As the Hub's API refuses: {"error": message}, X-Error-Message (its non-ASCII folded), and
// X-Error-Code unless "". A 401 also asks for a token.
Reply ErrorReply(int status, std::string_view code, std::string_view message);
// 307 unless told.
Reply RedirectReply(std::string location, int status = 307);
// A body of `megabytes` MiB of zeros once decompressed, a thousandth of that on the wire.
Reply GzipBomb(std::uint64_t megabytes);

// W/"<length in hex>-<27 characters of base64(sha1(body))>", as the Hub makes its ETags.
std::string WeakEtag(std::string_view body);

// "Not Found" and so on.
std::string_view ReasonOf(int status);

// Standard gzip of the text.
std::string Gzip(std::string_view text);

}  // namespace counterscan::fake
