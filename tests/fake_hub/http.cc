#include "tests/fake_hub/http.h"

#include <strings.h>
#include <zlib.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "scanner/base/digest.h"
#include "scanner/base/text.h"

namespace counterscan::fake {
namespace {

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What the Hub does to put a message into a header: the text of an error has signs like a cross.
std::string AsciiFolded(std::string_view text) {
  std::string folded;
  while (!text.empty()) {
    const auto point = FirstCodePoint(text);
    if (!point || point->length == 1) {
      const char c = text.front();
      folded += c == '\n' || c == '\r' ? ' ' : c;
      text.remove_prefix(1);
    } else {
      folded += '*';
      text.remove_prefix(point->length);
    }
  }
  return folded;
}

// Raw deflate of a piece that can stand between others: it ends on a byte and refers to nothing
// before it.
std::string DeflatedPiece(std::string_view text, int flush) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  std::string in(text);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, flush);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string GzipHead() { return {"\x1f\x8b\x08\0\0\0\0\0\0\xff", 10}; }

std::string GzipTail(std::uint64_t crc, std::uint64_t size) {
  std::string tail;
  for (const std::uint64_t value : {crc, size}) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      tail += static_cast<char>((value >> shift) & 0xff);
    }
  }
  return tail;
}

std::uint64_t Crc(std::string_view text) {
  return crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
}

}  // namespace

std::optional<std::string> HeaderOf(const Headers& headers, std::string_view name) {
  for (const auto& [own, value] : headers) {
    if (SameName(own, name)) return value;
  }
  return std::nullopt;
}

std::string PercentDecoded(std::string_view text, bool form) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      decoded += form && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string PercentEncoded(std::string_view text, std::string_view kept) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos ||
                       kept.find(c) != std::string_view::npos;
    if (plain) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

std::vector<std::pair<std::string, std::string>> ParseForm(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    const std::string_view value = field.substr(std::min(equals + 1, field.size()));
    fields.emplace_back(PercentDecoded(field.substr(0, equals), true), PercentDecoded(value, true));
  }
  return fields;
}

Request RequestTo(std::string method, std::string target) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  const std::size_t query = std::min(request.target.find('?'), request.target.size());
  request.path = request.target.substr(0, query);
  if (query < request.target.size()) request.query = ParseForm(request.target.substr(query + 1));
  return request;
}

std::optional<std::string> Request::Header(std::string_view name) const {
  return HeaderOf(headers, name);
}

std::optional<std::string> Request::Query(std::string_view name) const {
  for (const auto& [own, value] : query) {
    if (own == name) return value;
  }
  return std::nullopt;
}

std::string Request::Token() const {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string value = Header("Authorization").value_or("");
  return value.starts_with(kBearer) ? value.substr(kBearer.size()) : "";
}

bool Request::Contains(std::string_view text) const {
  return head.find(text) != std::string::npos || body.find(text) != std::string::npos;
}

Reply& Reply::With(std::string name, std::string value) {
  headers.emplace_back(std::move(name), std::move(value));
  return *this;
}

Reply JsonReply(std::string body, int status) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json; charset=utf-8"}},
          .body = std::move(body)};
}

Reply HtmlReply(std::string body, int status) {
  return {.status = status,
          .headers = {{"Content-Type", "text/html; charset=utf-8"}},
          .body = std::move(body)};
}

Reply TextReply(std::string body, int status) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

Reply ErrorReply(int status, std::string_view code, std::string_view message) {
  Reply reply = JsonReply(nlohmann::json{{"error", message}}.dump(), status);
  if (!code.empty()) reply.With("X-Error-Code", std::string(code));
  reply.With("X-Error-Message", AsciiFolded(message));
  if (status == 401) {
    reply.With("WWW-Authenticate", "Bearer realm=\"Authentication required\", charset=\"UTF-8\"");
  }
  return reply;
}

Reply RedirectReply(std::string location, int status) {
  const std::string said = std::string(ReasonOf(status)) + ". Redirecting to " + location;
  Reply reply = TextReply(said, status);
  reply.With("Location", std::move(location));
  return reply;
}

Reply GzipBomb(std::uint64_t megabytes) {
  const std::string zeros(1 << 20, '\0');
  std::uint64_t crc = crc32(0, nullptr, 0);
  for (std::uint64_t i = 0; i < megabytes; ++i) {
    crc = crc32_combine(crc, Crc(zeros), static_cast<z_off_t>(zeros.size()));
  }
  Reply reply = JsonReply(GzipHead());
  reply.With("Content-Encoding", "gzip");
  reply.filler = DeflatedPiece(zeros, Z_FULL_FLUSH);
  reply.filler_count = megabytes;
  reply.tail = DeflatedPiece("", Z_FINISH) + GzipTail(crc, megabytes * zeros.size());
  return reply;
}

std::string WeakEtag(std::string_view body) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string length;
  for (std::size_t rest = body.size(); rest != 0 || length.empty(); rest >>= 4) {
    length.insert(length.begin(), kHex[rest & 15]);
  }
  return "W/\"" + length + "-" + Base64(Sha1(body)).substr(0, 27) + "\"";
}

std::string_view ReasonOf(int status) {
  struct Row {
    int status;
    std::string_view reason;
  };
  constexpr Row kReasons[] = {{100, "Continue"},
                              {200, "OK"},
                              {201, "Created"},
                              {204, "No Content"},
                              {206, "Partial Content"},
                              {301, "Moved Permanently"},
                              {302, "Found"},
                              {303, "See Other"},
                              {304, "Not Modified"},
                              {307, "Temporary Redirect"},
                              {308, "Permanent Redirect"},
                              {400, "Bad Request"},
                              {401, "Unauthorized"},
                              {403, "Forbidden"},
                              {404, "Not Found"},
                              {405, "Method Not Allowed"},
                              {408, "Request Timeout"},
                              {409, "Conflict"},
                              {416, "Range Not Satisfiable"},
                              {429, "Too Many Requests"},
                              {451, "Unavailable For Legal Reasons"},
                              {500, "Internal Server Error"},
                              {502, "Bad Gateway"},
                              {503, "Service Temporarily Unavailable"},
                              {504, "Gateway Timeout"}};
  for (const Row& row : kReasons) {
    if (row.status == status) return row.reason;
  }
  return "Whatever";
}

std::string Gzip(std::string_view text) {
  return GzipHead() + DeflatedPiece(text, Z_FINISH) + GzipTail(Crc(text), text.size());
}

}  // namespace counterscan::fake
