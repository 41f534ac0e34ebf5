// The messages between the parent and the zygote, and a worker's first word.
//
// The parent and the zygote trust each other, but what they say is decoded as strictly as a
// worker's answers: it costs nothing, and a mixed-up installation is found at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scanner/base/import_policy.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/model/finding.h"
#include "scanner/model/report.h"
#include "scanner/worker/fleet.h"
#include "scanner/worker/messages.h"

namespace counterscan {

enum class FrameKind : std::uint8_t {
  kConfigure,  // parent to zygote, first
  kSpawn,      // parent to zygote, with the worker's socket and slot
  kSpawned,    // zygote to parent, with a pidfd
  kDied,       // zygote to parent
  kLoading,    // zygote to parent, any number before kEngine
  kEngine,     // zygote to parent, once
  kFailure,    // zygote or worker to parent: it cannot go on
  kReady,      // worker to parent, first
  kJobs,       // parent to worker, with one descriptor a job
  kAnswers,    // worker to parent
};

struct Configuration {
  std::string version;  // both programs must be of one build
  AvMode av = AvMode::kOff;
  std::string database;
  std::string scratch;          // directory for the engine, "" when there is none
  std::string scratch_problem;  // why there is none
  bool sandbox = true;
  // Nothing but the database is looked at, by the process that gets this: it closes a sandbox
  // around itself, says kEngine and starts no worker.
  bool inspect = false;
  Limits limits;
  std::vector<ImportRow> policy;  // what the user adds to the policy of imports
};

struct SpawnRequest {
  std::uint64_t worker = 0;
  Pool pool = Pool::kBytePass;
  std::vector<std::uint32_t> groups;  // of signatures, to be loaded before it is forked
};

struct Spawned {
  std::uint64_t worker = 0;
};

struct Died {
  std::uint64_t worker = 0;
  std::int32_t wait_status = 0;
};

// How far the loading of signatures has come.
struct Loading {
  std::uint8_t percent = 0;
};

struct EngineReport {
  EngineInfo info;
  std::vector<Gap> gaps;
};

struct Failure {
  GapReason reason = GapReason::kEngineFailed;
  std::string message;
};

struct Ready {
  SandboxInfo sandbox;
  std::string engine_problem;  // why this worker matches no signatures though it should
};

std::string Encode(const Configuration& configuration);
std::string Encode(const SpawnRequest& request);
std::string Encode(const Spawned& spawned);
std::string Encode(const Died& died);
std::string Encode(const Loading& loading);
std::string Encode(const EngineReport& report);
std::string Encode(const Failure& failure);
std::string Encode(const Ready& ready);

Result<Configuration> DecodeConfiguration(std::span<const std::byte> bytes);
Result<SpawnRequest> DecodeSpawnRequest(std::span<const std::byte> bytes);
Result<Spawned> DecodeSpawned(std::span<const std::byte> bytes);
Result<Died> DecodeDied(std::span<const std::byte> bytes);
Result<Loading> DecodeLoading(std::span<const std::byte> bytes);
Result<EngineReport> DecodeEngineReport(std::span<const std::byte> bytes);
Result<Failure> DecodeFailure(std::span<const std::byte> bytes);
Result<Ready> DecodeReady(std::span<const std::byte> bytes);

}  // namespace counterscan
