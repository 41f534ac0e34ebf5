#include "scanner/worker/control.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "scanner/worker/wire.h"

namespace counterscan {
namespace {

// Gaps that loading the signatures may leave: one for each file of a directory.
constexpr std::size_t kMaxLoadGaps = 10'000;
constexpr std::size_t kMaxDatabaseFiles = 10'000;
// Least bytes of one: four texts, a state and four numbers.
constexpr std::size_t kDatabaseFileBytes = 4 * 4 + 1 + 4 * 8;

// Limits travels as it lies in memory: both programs are of one build, which the version checks.
static_assert(std::is_trivially_copyable_v<Limits>);

// Least bytes of a row: four texts and three numbers.
constexpr std::size_t kRowBytes = 4 * 4 + 3;

void WriteRow(WireWriter& writer, const ImportRow& row) {
  writer.Enum(row.verb);
  writer.Text(row.module);
  writer.Text(row.name);
  writer.Enum(row.use);
  writer.Enum(row.level);
  writer.Text(row.reason);
  writer.Text(row.origin);
}

Result<ImportRow> ReadRow(WireReader& reader) {
  ImportRow row;
  row.verb = TRY(reader.Enum(ImportRow::Verb::kDeny));
  row.module = TRY(reader.Text());
  row.name = TRY(reader.Text());
  row.use = TRY(reader.Enum(ImportRow::Use::kCall));
  row.level = TRY(reader.Enum(Level::kUnsafe));
  row.reason = TRY(reader.Text());
  row.origin = TRY(reader.Text());
  return row;
}

void WriteDatabaseFile(WireWriter& writer, const DatabaseFile& file) {
  writer.Text(file.name);
  writer.Text(file.sha256);
  writer.Number(file.size);
  writer.Enum(file.state);
  writer.Number(file.version);
  writer.Text(file.built);
  writer.Number(file.declared_signatures);
  writer.Number(file.signatures);
  writer.Text(file.problem);
}

Result<DatabaseFile> ReadDatabaseFile(WireReader& reader) {
  DatabaseFile file;
  file.name = TRY(reader.Text());
  file.sha256 = TRY(reader.Text());
  file.size = TRY(reader.Number<std::uint64_t>());
  file.state = TRY(reader.Enum(DatabaseFile::State::kLeftOut));
  file.version = TRY(reader.Number<std::uint64_t>());
  file.built = TRY(reader.Text());
  file.declared_signatures = TRY(reader.Number<std::uint64_t>());
  file.signatures = TRY(reader.Number<std::uint64_t>());
  file.problem = TRY(reader.Text());
  return file;
}

}  // namespace

std::string Encode(const Configuration& configuration) {
  WireWriter writer;
  writer.Text(configuration.version);
  writer.Enum(configuration.av);
  writer.Text(configuration.database);
  writer.Text(configuration.scratch);
  writer.Text(configuration.scratch_problem);
  writer.Flag(configuration.sandbox);
  writer.Flag(configuration.inspect);
  std::string limits(sizeof(Limits), '\0');
  std::memcpy(limits.data(), &configuration.limits, sizeof(Limits));
  writer.Text(limits);
  const std::size_t rows = std::min(configuration.policy.size(), kMaxImportRows);
  writer.Count(rows);
  for (const ImportRow& row : std::span(configuration.policy).first(rows)) WriteRow(writer, row);
  return writer.Take();
}

Result<Configuration> DecodeConfiguration(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  Configuration configuration;
  configuration.version = TRY(reader.Text());
  configuration.av = TRY(reader.Enum(AvMode::kOff));
  configuration.database = TRY(reader.Text());
  configuration.scratch = TRY(reader.Text());
  configuration.scratch_problem = TRY(reader.Text());
  configuration.sandbox = TRY(reader.Flag());
  configuration.inspect = TRY(reader.Flag());
  const std::string limits = TRY(reader.Text());
  if (limits.size() != sizeof(Limits)) return Fail(ErrorCode::kMalformed, "limits of another size");
  std::memcpy(&configuration.limits, limits.data(), sizeof(Limits));
  const std::size_t rows = TRY(reader.Count(kMaxImportRows, kRowBytes));
  configuration.policy.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i) configuration.policy.push_back(TRY(ReadRow(reader)));
  TRY(reader.Done());
  return configuration;
}

std::string Encode(const SpawnRequest& request) {
  WireWriter writer;
  writer.Number(request.worker);
  writer.Enum(request.pool);
  WriteGroups(writer, request.groups);
  return writer.Take();
}

Result<SpawnRequest> DecodeSpawnRequest(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  SpawnRequest request;
  request.worker = TRY(reader.Number<std::uint64_t>());
  request.pool = TRY(reader.Enum(Pool::kParse));
  request.groups = TRY(ReadGroups(reader));
  TRY(reader.Done());
  return request;
}

std::string Encode(const Spawned& spawned) {
  WireWriter writer;
  writer.Number(spawned.worker);
  return writer.Take();
}

Result<Spawned> DecodeSpawned(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  Spawned spawned;
  spawned.worker = TRY(reader.Number<std::uint64_t>());
  TRY(reader.Done());
  return spawned;
}

std::string Encode(const Died& died) {
  WireWriter writer;
  writer.Number(died.worker);
  writer.Number(died.wait_status);
  return writer.Take();
}

Result<Died> DecodeDied(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  Died died;
  died.worker = TRY(reader.Number<std::uint64_t>());
  died.wait_status = TRY(reader.Number<std::int32_t>());
  TRY(reader.Done());
  return died;
}

std::string Encode(const Loading& loading) {
  WireWriter writer;
  writer.Number(loading.percent);
  return writer.Take();
}

Result<Loading> DecodeLoading(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  Loading loading;
  loading.percent = TRY(reader.Number<std::uint8_t>());
  if (loading.percent > 100) return Fail(ErrorCode::kMalformed, "more than all is loaded");
  TRY(reader.Done());
  return loading;
}

std::string Encode(const EngineReport& report) {
  WireWriter writer;
  writer.Text(report.info.clamav_state);
  writer.Text(report.info.clamav_version);
  writer.Number(report.info.signatures);
  writer.Number(report.info.builtin_signatures);
  writer.Number(report.info.anchored_signatures);
  writer.Number(report.info.residual_signatures);
  writer.Number(report.info.logical_signatures);
  writer.Number(report.info.text_signatures);
  writer.Text(report.info.database);
  writer.Text(report.info.database_digest);
  writer.Text(report.info.database_time);
  writer.Text(report.info.message);
  const std::size_t file_count = std::min(report.info.database_files.size(), kMaxDatabaseFiles);
  writer.Count(file_count);
  for (const DatabaseFile& file : std::span(report.info.database_files).first(file_count)) {
    WriteDatabaseFile(writer, file);
  }
  const std::size_t gap_count = std::min(report.gaps.size(), kMaxLoadGaps);
  writer.Count(gap_count);
  for (const Gap& gap : std::span(report.gaps).first(gap_count)) WriteGap(writer, gap);
  return writer.Take();
}

Result<EngineReport> DecodeEngineReport(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  EngineReport report;
  report.info.clamav_state = TRY(reader.Text());
  report.info.clamav_version = TRY(reader.Text());
  report.info.signatures = TRY(reader.Number<std::uint64_t>());
  report.info.builtin_signatures = TRY(reader.Number<std::uint64_t>());
  report.info.anchored_signatures = TRY(reader.Number<std::uint64_t>());
  report.info.residual_signatures = TRY(reader.Number<std::uint64_t>());
  report.info.logical_signatures = TRY(reader.Number<std::uint64_t>());
  report.info.text_signatures = TRY(reader.Number<std::uint64_t>());
  report.info.database = TRY(reader.Text());
  report.info.database_digest = TRY(reader.Text());
  report.info.database_time = TRY(reader.Text());
  report.info.message = TRY(reader.Text());
  const std::size_t file_count = TRY(reader.Count(kMaxDatabaseFiles, kDatabaseFileBytes));
  report.info.database_files.reserve(file_count);
  for (std::size_t i = 0; i < file_count; ++i) {
    report.info.database_files.push_back(TRY(ReadDatabaseFile(reader)));
  }
  const std::size_t gap_count = TRY(reader.Count(kMaxLoadGaps, kWireGapBytes));
  report.gaps.reserve(gap_count);
  for (std::size_t i = 0; i < gap_count; ++i) report.gaps.push_back(TRY(ReadGap(reader)));
  TRY(reader.Done());
  return report;
}

std::string Encode(const Failure& failure) {
  WireWriter writer;
  writer.Enum(failure.reason);
  writer.Text(failure.message);
  return writer.Take();
}

Result<Failure> DecodeFailure(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  Failure failure;
  failure.reason = TRY(reader.Enum(GapReasons().back().reason));
  failure.message = TRY(reader.Text());
  TRY(reader.Done());
  return failure;
}

std::string Encode(const Ready& ready) {
  WireWriter writer;
  writer.Flag(ready.sandbox.seccomp);
  writer.Flag(ready.sandbox.landlock);
  writer.Number(static_cast<std::int32_t>(ready.sandbox.landlock_abi));
  writer.Flag(ready.sandbox.unprivileged);
  writer.Text(ready.sandbox.note);
  writer.Text(ready.engine_problem);
  return writer.Take();
}

Result<Ready> DecodeReady(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  Ready ready;
  ready.sandbox.seccomp = TRY(reader.Flag());
  ready.sandbox.landlock = TRY(reader.Flag());
  ready.sandbox.landlock_abi = TRY(reader.Number<std::int32_t>());
  ready.sandbox.unprivileged = TRY(reader.Flag());
  ready.sandbox.note = TRY(reader.Text());
  ready.engine_problem = TRY(reader.Text());
  TRY(reader.Done());
  return ready;
}

}  // namespace counterscan
