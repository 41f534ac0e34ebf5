#include "hubclient/curl_library.h"

#include <dlfcn.h>

#include <string_view>

namespace counterscan {
namespace {

// The name of the interface (its soname): Debian's is built with OpenSSL. The headers that we are
// compiled with are of the same one.
constexpr const char* kSoname = "libcurl.so.4";

// Puts the function of this name at `function`; true if there is one.
template <class Function>
bool Find(void* library, const char* name, Function& function) {
  // POSIX has it that a pointer to an object may be one to a function: dlsym(3).
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

tl::unexpected<Error> FailLoading() {
  const char* const why = dlerror();
  return Fail(ErrorCode::kIo, std::string(kSoname) +
                                  " (of the package libcurl4) cannot be loaded: " +
                                  (why != nullptr ? why : "unknown"));
}

Result<CurlLibrary> Open() {
  void* const library = dlopen(kSoname, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return FailLoading();
  decltype(&curl_global_init) initialise = nullptr;
  CurlLibrary curl;
  const bool whole = Find(library, "curl_global_init", initialise) &&
                     Find(library, "curl_easy_init", curl.easy_init) &&
                     Find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
                     Find(library, "curl_easy_setopt", curl.easy_setopt) &&
                     Find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
                     Find(library, "curl_multi_init", curl.multi_init) &&
                     Find(library, "curl_multi_cleanup", curl.multi_cleanup) &&
                     Find(library, "curl_multi_setopt", curl.multi_setopt) &&
                     Find(library, "curl_multi_add_handle", curl.multi_add_handle) &&
                     Find(library, "curl_multi_remove_handle", curl.multi_remove_handle) &&
                     Find(library, "curl_multi_perform", curl.multi_perform) &&
                     Find(library, "curl_multi_poll", curl.multi_poll) &&
                     Find(library, "curl_multi_info_read", curl.multi_info_read) &&
                     Find(library, "curl_slist_append", curl.slist_append) &&
                     Find(library, "curl_slist_free_all", curl.slist_free_all);
  if (!whole) return FailLoading();
  if (initialise(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return Fail(ErrorCode::kIo, std::string(kSoname) + " cannot be initialised");
  }
  return curl;
}

}  // namespace

const Result<CurlLibrary>& CurlLibrary::Load() {
  static const Result<CurlLibrary> library = Open();
  return library;
}

}  // namespace counterscan
