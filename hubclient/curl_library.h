// CurlLibrary: libcurl's functions, loaded when the Hub is first asked.
//
// libcurl brings twenty-five libraries with it (Kerberos, LDAP, SSH, GnuTLS). Linked, they would be
// a quarter of the time that a scan of a small file takes, and code in a process that reads what
// strangers wrote: most scans ask nobody.
#pragma once

#include <curl/curl.h>

#include <string>

#include "scanner/base/result.h"

namespace counterscan {

struct CurlLibrary {
  // The library of this process, initialised; the reason of dlopen(3) if it cannot be had. Safe in
  // any thread. It is never unloaded.
  static const Result<CurlLibrary>& Load();

  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  // With parentheses, as libcurl's headers also have macros of these names.
  decltype(&(curl_easy_setopt)) easy_setopt = nullptr;
  decltype(&(curl_easy_getinfo)) easy_getinfo = nullptr;
  decltype(&curl_multi_init) multi_init = nullptr;
  decltype(&curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&(curl_multi_setopt)) multi_setopt = nullptr;
  decltype(&curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&curl_multi_perform) multi_perform = nullptr;
  decltype(&curl_multi_poll) multi_poll = nullptr;
  decltype(&curl_multi_info_read) multi_info_read = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
};

}  // namespace counterscan
