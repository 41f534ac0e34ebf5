#include "hubclient/curl_failure.h"

#include <curl/curl.h>

#include <cerrno>
#include <string_view>

namespace counterscan {
namespace {

// openssl/x509_vfy.h
constexpr long kUnspecified = 1;
constexpr long kNotYetValid = 9;
constexpr long kHasExpired = 10;
constexpr long kHostnameMismatch = 62;
constexpr long kAddressMismatch = 64;

NoAnswer CertificateCause(const CurlFailure& failure) {
  switch (failure.verify_result) {
    case kNotYetValid:
    case kHasExpired:
      return NoAnswer::kCertificateExpired;
    // libcurl compares the names itself, once OpenSSL has nothing against the chain; the result is
    // still what it was set to at first.
    case 0:
    case kUnspecified:
    case kHostnameMismatch:
    case kAddressMismatch:
      return NoAnswer::kCertificateWrongHost;
    default:
      return NoAnswer::kCertificateUntrusted;
  }
}

NoAnswer ConnectCause(const CurlFailure& failure) {
  if (failure.through_proxy) return NoAnswer::kProxy;
  switch (failure.system_error) {
    case ECONNREFUSED:
      return NoAnswer::kConnectionRefused;
    case ETIMEDOUT:
      return NoAnswer::kConnectTimeout;
    default:
      return NoAnswer::kNoConnection;
  }
}

// libcurl has one code for three things that a user must tell apart.
NoAnswer TimeoutCause(const CurlFailure& failure) {
  if (!failure.connected) {
    return failure.through_proxy ? NoAnswer::kProxy : NoAnswer::kConnectTimeout;
  }
  const bool too_slow = failure.text.find("too slow") != std::string::npos;
  return too_slow ? NoAnswer::kSlow : NoAnswer::kTimeout;
}

}  // namespace

NoAnswer CauseOf(const CurlFailure& failure) {
  // The proxy answered, and did not let us through: libcurl says "receive error" or "proxy error".
  constexpr long kFirstError = 400;
  if (failure.proxy_status >= kFirstError && !failure.connected) return NoAnswer::kProxyDenied;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return NoAnswer::kDns;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return NoAnswer::kProxy;
    case CURLE_COULDNT_CONNECT:
      return ConnectCause(failure);
    case CURLE_OPERATION_TIMEDOUT:
      return TimeoutCause(failure);
    case CURLE_PEER_FAILED_VERIFICATION:
      return CertificateCause(failure);
    case CURLE_SSL_CACERT_BADFILE:
      return NoAnswer::kCertificateStore;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_ISSUER_ERROR:
      return NoAnswer::kTls;
    case CURLE_FILESIZE_EXCEEDED:
      return NoAnswer::kTooLarge;
    case CURLE_BAD_CONTENT_ENCODING:
      return NoAnswer::kBadEncoding;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return NoAnswer::kNotHttp;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return failure.connected ? NoAnswer::kBrokenOff : NoAnswer::kTls;
    default:
      return NoAnswer::kNoReply;
  }
}

}  // namespace counterscan
