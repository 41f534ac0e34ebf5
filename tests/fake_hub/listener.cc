#include "tests/fake_hub/listener.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "tests/fake_hub/request_reader.h"

namespace counterscan::fake {
namespace {

int SelectHttp11(SSL* /*tls*/, const unsigned char** out, unsigned char* out_length,
                 const unsigned char* in, unsigned int in_length, void* /*unused*/) {
  static constexpr unsigned char kOffer[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kOffer, sizeof kOffer - 1, in, in_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

SSL_CTX* NewContext(const Identity& identity) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  BIO* const certificate_pem = BIO_new_mem_buf(identity.certificate_pem.data(),
                                               static_cast<int>(identity.certificate_pem.size()));
  BIO* const key_pem =
      BIO_new_mem_buf(identity.key_pem.data(), static_cast<int>(identity.key_pem.size()));
  X509* const certificate = PEM_read_bio_X509(certificate_pem, nullptr, nullptr, nullptr);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_pem, nullptr, nullptr, nullptr);
  const bool good = context != nullptr && SSL_CTX_use_certificate(context, certificate) == 1 &&
                    SSL_CTX_use_PrivateKey(context, key) == 1;
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_pem);
  BIO_free(key_pem);
  if (!good) throw std::runtime_error("no usable certificate");
  SSL_CTX_set_alpn_select_cb(context, SelectHttp11, nullptr);
  return context;
}

bool HasNoBody(const Request& request, const Reply& reply) {
  return request.method == "HEAD" || reply.status == 204 || reply.status == 304;
}

std::string HeadOf(const Reply& reply, std::uint64_t length, bool closes) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " " +
                     (reply.reason.empty() ? std::string(ReasonOf(reply.status)) : reply.reason) +
                     "\r\n";
  for (const auto& [name, value] : reply.headers) {
    if (strcasecmp(name.c_str(), "Content-Length") == 0 ||
        strcasecmp(name.c_str(), "Transfer-Encoding") == 0) {
      continue;
    }
    head += name + ": " + value + "\r\n";
  }
  if (reply.framing == Framing::kContentLength) {
    head += "Content-Length: " + std::to_string(reply.declared_length.value_or(length)) + "\r\n";
  } else if (reply.framing == Framing::kChunked) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (closes) head += "Connection: close\r\n";
  return head + "\r\n";
}

std::string ChunkHead(std::size_t size) {
  char digits[17] = {};
  std::to_chars(digits, digits + 16, size, 16);
  return std::string(digits) + "\r\n";
}

}  // namespace

void Listener::ContextFreeing::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Listener::Listener(Transport transport, const Identity& identity, Handler handler,
                   std::uint16_t port)
    : transport_(transport),
      handler_(std::move(handler)),
      context_(transport == Transport::kTls ? NewContext(identity) : nullptr),
      server_(port, [this](int descriptor, std::uint64_t number) { Serve(descriptor, number); }) {}

void Listener::Serve(int descriptor, std::uint64_t number) {
  Stream stream(descriptor, context_ == nullptr ? nullptr : SSL_new(context_.get()));
  if (transport_ == Transport::kRefusesTls || transport_ == Transport::kResets) {
    std::string greeting;
    stream.Read(greeting);
    if (transport_ == Transport::kResets) stream.ResetAtEnd();
    // Alert record of TLS 1.2: fatal, handshake_failure (RFC 5246, 7.2).
    if (transport_ == Transport::kRefusesTls) stream.Write({"\x15\x03\x03\x00\x02\x02\x28", 7});
    return;
  }
  if (transport_ == Transport::kSilent) {
    std::string ignored;
    while (stream.Read(ignored)) ignored.clear();
    return;
  }
  if (!stream.Handshake()) return;
  RequestReader reader(stream);
  while (auto request = reader.Next()) {
    request->connection = number;
    if (!Deliver(stream, *request, handler_(*request))) return;
  }
}

bool Listener::Deliver(Stream& stream, const Request& request, const Reply& reply) {
  if (reply.delay.count() > 0 && !server_.Wait(reply.delay)) return false;
  if (reply.reset) stream.ResetAtEnd();
  if (reply.reset && !reply.cut_after) return false;
  if (reply.raw) {
    stream.Write(reply.body);
    stream.Goodbye();
    return false;
  }
  const auto asked_to_close = request.Header("Connection");
  const bool closes = reply.close || reply.framing == Framing::kUntilClose ||
                      (asked_to_close && strcasecmp(asked_to_close->c_str(), "close") == 0);
  const std::uint64_t length =
      reply.body.size() + reply.filler.size() * reply.filler_count + reply.tail.size();
  std::string head = HeadOf(reply, length, closes);
  const bool whole = HasNoBody(request, reply) ||
                     (reply.framing == Framing::kContentLength && reply.filler_count == 0 &&
                      reply.drip_bytes == 0 && !reply.cut_after);
  if (whole) {
    // One write, so one TLS record: most replies by far.
    if (!HasNoBody(request, reply)) head += reply.body + reply.tail;
    if (!stream.Write(head)) return false;
  } else if (!stream.Write(head) || !DeliverBody(stream, reply)) {
    return false;
  }
  const bool lied = reply.declared_length && *reply.declared_length != length;
  if (closes || lied) stream.Goodbye();
  return !closes && !lied;
}

bool Listener::DeliverBody(Stream& stream, const Reply& reply) {
  std::uint64_t left = reply.cut_after.value_or(UINT64_MAX);
  const auto send = [&](std::string_view part) {
    while (!part.empty()) {
      if (left == 0) return false;
      std::string_view piece =
          part.substr(0, reply.drip_bytes == 0 ? part.size() : reply.drip_bytes);
      piece =
          piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), left)));
      part.remove_prefix(piece.size());
      left -= piece.size();
      const bool sent = reply.framing == Framing::kChunked
                            ? stream.Write(ChunkHead(piece.size()) + std::string(piece) + "\r\n")
                            : stream.Write(piece);
      if (!sent) return false;
      if (reply.drip_pause.count() > 0 && !server_.Wait(reply.drip_pause)) return false;
    }
    return true;
  };
  if (!send(reply.body)) return false;
  for (std::uint64_t i = 0; i < reply.filler_count; ++i) {
    if (!send(reply.filler)) return false;
  }
  if (!send(reply.tail)) return false;
  if (left == 0) return false;
  return reply.framing != Framing::kChunked || stream.Write("0\r\n\r\n");
}

}  // namespace counterscan::fake
