// Replies of the Hub: the input is the body of an expanded tree, of /scan, of information and of a
// list of repositories.
//
// Whatever the body holds, a file is called safe only where the exact word stands in it.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hubclient/hub_record.h"
#include "hubclient/repository_list.h"
#include "scanner/crosscheck/agreement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const std::string body(reinterpret_cast<const char*>(data), size);
  const std::string commit(40, 'a');
  const std::string base = "https://huggingface.co/api/models/org/name";
  // JSON may spell the word with escapes; without any there is only one way.
  const bool may_say_safe = body.find("safe") != std::string::npos ||
                            body.find("virusFound") != std::string::npos ||
                            body.find('\\') != std::string::npos;
  for (const std::string& path :
       {"/tree/" + commit + "?recursive=true&expand=true", std::string("/scan"),
        std::string("?securityStatus=true"), "/paths-info/" + commit}) {
    HubExchange exchange;
    exchange.url = base + path;
    exchange.status = 200;
    exchange.time = "2026-11-21T10:00:00Z";
    exchange.body = body;
    const RepoAnswer answer = ReadRecord({{RepoType::kModel, "org/name"}, commit, {exchange}},
                                         "https://huggingface.co", HubLimits{});
    for (const HubEntry& entry : answer.entries) {
      if (entry.state == HubState::kSafe && !may_say_safe) std::abort();
      if (AgreementOf(Verdict::kClean, entry.state) == Agreement::kAgreeClear && !may_say_safe) {
        std::abort();
      }
    }
  }
  HubExchange page;
  page.status = 200;
  page.body = body;
  for (const RepoId& repo : ReadListPage(page, RepoType::kModel, HubLimits{}).repositories) {
    if (!RepoId::Parse(repo.type, repo.id)) std::abort();
  }
  return 0;
}
