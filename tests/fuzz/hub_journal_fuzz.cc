// The file of `hub status --resume`: whatever stands in it, only lines that are written here in
// just this way become words, and each of these holds together.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "scanner/cli/hub_status_journal.h"
#include "scanner/crosscheck/kept_word.h"
#include "scanner/report/repository_json.h"

namespace {

void Check(const std::string& text, const counterscan::RepositoryReport& run) {
  using namespace counterscan;
  const auto journal = ReadJournal(text, run);
  if (!journal) return;
  const HubScope scope = run.quick ? HubScope::kRepository : HubScope::kFiles;
  for (const RepositoryWord& word : journal->words) {
    if (!HoldsTogether(word, scope)) std::abort();
    if (text.find("\n" + RepositoryJsonlWord(word)) == text.npos) std::abort();
    const bool is_safe = word.state == HubState::kSafe;
    if (is_safe && (!word.flags.empty() || word.more_flags > 0 || !word.counts)) std::abort();
    if (!word.flags.empty() && !FlagLevel(word.state) && word.state != HubState::kDisabled) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const bool quick : {false, true}) {
    counterscan::RepositoryReport run;
    run.tool_version = "0.1.0";
    run.created = "2026-11-21T10:00:00Z";
    run.endpoint = "https://huggingface.co";
    run.quick = quick;
    Check(text, run);
    Check(counterscan::RepositoryJsonlHeader(run) + text, run);
  }
  return 0;
}
