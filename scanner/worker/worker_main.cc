// counterscan-worker: started by counterscan, never by a person. Reads the files that counterscan
// has opened, in sandboxed processes of its own.

#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "pickle/policy/user_policy.h"
#include "scanner/base/standard_descriptors.h"
#include "scanner/container/archive_reader.h"
#include "scanner/engine/clamav.h"
#include "scanner/worker/analysis.h"
#include "scanner/worker/byte_pass.h"
#include "scanner/worker/zygote.h"

namespace counterscan {
namespace {

constexpr int kControlSocket = 3;
constexpr int kUsage = 64;  // EX_USAGE

bool IsUnixSocket(int descriptor) {
  int domain = 0;
  socklen_t size = sizeof(domain);
  return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

EngineReport LoadEngine(const Configuration& configuration, const OnLoadingPercent& on_percent,
                        std::unique_ptr<ClamavEngine>& engine) {
  ClamavEngine::Options options;
  if (configuration.av == AvMode::kLibrary) options.database = configuration.database;
  options.scratch = configuration.scratch;
  options.on_loading = on_percent;
  EngineReport report;
  auto loaded = ClamavEngine::Load(options);
  if (loaded) {
    engine = std::move(*loaded);
    report.info = engine->info();
    report.gaps = engine->load_gaps();
    return report;
  }
  report.info.clamav_state = "failed";
  report.info.database = configuration.database;
  report.info.message = loaded.error().message;
  report.gaps.push_back(Gap{.reason = GapReason::kEngineFailed,
                            .engine = EngineId::kClamav,
                            .where = {},
                            .first = 0,
                            .last = 0,
                            .detail = loaded.error().message});
  return report;
}

int Main() {
  if (!IsUnixSocket(kControlSocket)) {
    std::fputs("counterscan-worker is started by counterscan; run counterscan instead\n", stderr);
    return kUsage;
  }
  container::WarmUpArchiveReader();
  std::unique_ptr<ClamavEngine> engine;
  std::unique_ptr<ParseEngine> parser;
  std::unique_ptr<const pickle::UserPolicy> policy;  // made at the first job, in each worker
  const WorkerProgram program{
      .load_engine =
          [&engine](const Configuration& configuration, const OnLoadingPercent& on_percent) {
            return LoadEngine(configuration, on_percent, engine);
          },
      .load_groups =
          [&engine](const std::vector<std::uint32_t>& groups) { engine->LoadGroups(groups); },
      .load_parser =
          [&engine, &parser](const Configuration& configuration) {
            auto loaded = ParseEngine::Load(engine->info(), configuration.scratch);
            if (!loaded) return loaded.error().message;
            parser = std::move(*loaded);
            // One scan now, so that what it sets up is shared by all workers.
            return std::string(parser->SelfTest() ? "" : "its self-test failed");
          },
      .parser_self_test =
          [&parser](const std::string& temporary) {
            return parser->UseTemporary(temporary) && parser->SelfTest();
          },
      .run_parse_job = [&parser](const AnalysisJob& job,
                                 int descriptor) { return RunParseJob(job, descriptor, *parser); },
      .self_test = [&engine] { return engine->SelfTest(); },
      .run_byte_job =
          [&engine](const ByteJob& job, int descriptor, const OnBytesRead& on_bytes_read) {
            return RunByteJob(job, descriptor, engine.get(), on_bytes_read);
          },
      .run_analysis_job =
          [&policy](const AnalysisJob& job, int descriptor, const Configuration& configuration) {
            if (policy == nullptr && !configuration.policy.empty()) {
              policy = std::make_unique<pickle::UserPolicy>(configuration.policy);
            }
            return RunAnalysisJob(job, descriptor, configuration.limits, policy.get());
          },
      .run_members_job =
          [&engine](const AnalysisJob& job, int descriptor, const Limits& limits) {
            return RunMembersJob(job, descriptor, limits, *engine);
          },
  };
  return RunZygote(UniqueFd(kControlSocket), program);
}

}  // namespace
}  // namespace counterscan

int main() {
  counterscan::OccupyStandardDescriptors();
  return counterscan::Main();
}
