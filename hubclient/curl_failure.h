// What a failed transfer of libcurl means: the cause, told apart as the user needs it.
#pragma once

#include <string>

#include "hubclient/no_answer.h"

namespace counterscan {

// What libcurl says of a transfer that failed.
struct CurlFailure {
  int code = 0;            // CURLcode
  long system_error = 0;   // CURLINFO_OS_ERRNO
  long verify_result = 0;  // CURLINFO_SSL_VERIFYRESULT: an X509_V_ERR of OpenSSL
  long proxy_status = 0;   // CURLINFO_HTTP_CONNECTCODE
  bool connected = false;  // the connection stood, TLS and all
  bool through_proxy = false;
  std::string text{};  // libcurl's own words: hostile, and perhaps with secrets of a proxy
};

NoAnswer CauseOf(const CurlFailure& failure);

}  // namespace counterscan
