// Reports that the tests of several writers share. Hashes, counts and dates are made up.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/model/explanation.h"
#include "scanner/model/report.h"

namespace counterscan::sample {

inline constexpr std::string_view kHash =
    "3a7c0f1e9b2d4c5566778899aabbccddeeff00112233445566778899aabbccdd";

inline Report Base() {
  Report report;
  report.header.tool_version = "0.1.0";
  report.header.created = "2026-11-21T22:40:00Z";
  report.header.targets = {"acme/demo"};
  report.header.depth = "full";
  report.engines.clamav_state = "lib";
  report.engines.clamav_version = "1.4.6";
  report.engines.signatures = 8'720'739;
  report.engines.builtin_signatures = 12;
  report.engines.anchored_signatures = 61'000;
  report.engines.residual_signatures = 34;
  report.engines.database = "/var/lib/clamav";
  report.engines.database_digest = std::string(kHash);
  report.engines.database_time = "2026-11-20T09:00:00Z";
  report.sandbox.seccomp = true;
  report.sandbox.landlock = true;
  report.sandbox.landlock_abi = 3;
  report.sandbox.unprivileged = true;
  report.hub.mode = "file";
  report.hub.source = "demo-hub.json";
  report.hub.endpoint = "https://huggingface.co";
  report.hub.asked_at = "2026-11-19T09:12:00Z";
  report.hub.digest = std::string(kHash);
  return report;
}

inline FileReport File(std::string path, HubState state = HubState::kSafe,
                       Agreement agreement = Agreement::kAgreeClear) {
  FileReport file;
  file.path = std::move(path);
  file.disk_path = "here/" + file.path;
  file.size = 438'012'345;
  file.sha256 = std::string(kHash);
  file.type = "torch-zip";
  file.identity.repo = "acme/demo";
  file.identity.repo_type = "model";
  file.identity.commit = "3f2a91c0112233445566778899aabbccddeeff00";
  file.identity.path = file.path;
  file.identity.expected = file.sha256;
  file.hub.state = state;
  if (state != HubState::kNotAsked) file.hub.asked_at = "2026-11-19T09:12:00Z";
  if (state == HubState::kSafe) {
    file.hub.scanners = {{.name = "avScan",
                          .status = "safe",
                          .message = "",
                          .version = "1.4",
                          .report_link = "",
                          .imports = {}},
                         {.name = "pickleImportScan",
                          .status = "safe",
                          .message = "",
                          .version = "",
                          .report_link = "",
                          .imports = {{"torch._utils", "_rebuild_tensor_v2", "innocuous"}}}};
  }
  file.agreement = agreement;
  return file;
}

inline Finding PickleFinding(Level level = Level::kUnsafe) {
  Finding finding;
  finding.rule = "PKL-101";
  finding.level = level;
  finding.engine = EngineId::kPickle;
  finding.where = "archive/data.pkl";
  finding.offset = 41;
  finding.message = "calls posix.system('true')";
  return finding;
}

inline Finding ClamavFinding() {
  Finding finding;
  finding.rule = "CLAM-1";
  finding.level = Level::kUnsafe;
  finding.engine = EngineId::kClamav;
  finding.message = "ClamAV: Eicar-Test-Signature";
  return finding;
}

inline Gap GapOf(GapReason reason, std::string where = "", std::string detail = "") {
  Gap gap;
  gap.reason = reason;
  gap.engine = EngineId::kArchive;
  gap.where = std::move(where);
  gap.detail = std::move(detail);
  return gap;
}

inline Report Clean() {
  Report report = Base();
  report.files = {File("config.json"), File("model.safetensors"), File("pytorch_model.bin")};
  report.files[0].size = 570;
  report.files[0].type = "json";
  report.files[0].hub.scanners.clear();
  report.files[2].imports = {{.module = "torch._utils",
                              .name = "_rebuild_tensor_v2",
                              .level = Level::kClean,
                              .where = "archive/data.pkl",
                              .offset = 20}};
  return report;
}

inline Report LocalOnly() {
  Report report = Clean();
  FileReport file = File("pytorch_model-2.bin", HubState::kSafe, Agreement::kLocalOnly);
  file.findings = {PickleFinding()};
  file.imports = {{.module = "posix",
                   .name = "system",
                   .level = Level::kUnsafe,
                   .where = "archive/data.pkl",
                   .offset = 2},
                  {.module = std::nullopt,
                   .name = "load",
                   .level = Level::kSuspicious,
                   .where = "archive/data.pkl",
                   .offset = 90}};
  file.hub.disagreements = {{"pickleImportScan", "posix.system is unsafe here",
                             "the Hub's pickleImportScan lists 1 import and not this one",
                             "look at what it does before you believe either"}};
  report.files.push_back(file);
  FileReport eicar = File("eicar.dat", HubState::kUnsafe, Agreement::kAgreeFlagged);
  eicar.size = 68;
  eicar.type = "unknown";
  eicar.findings = {ClamavFinding()};
  eicar.hub.scanners = {{.name = "avScan",
                         .status = "unsafe",
                         .message = "Eicar-Test-Signature FOUND",
                         .version = "",
                         .report_link = "",
                         .imports = {}}};
  report.files.push_back(eicar);
  report.exit_status = 1;
  return report;
}

inline Report HubOnly() {
  Report report = Clean();
  report.hub.mode = "auto";
  report.hub.asked_at = "2026-11-21T22:39:50Z";
  FileReport file = File("unet/weights.keras", HubState::kUnsafe, Agreement::kHubOnly);
  file.type = "keras";
  file.hub.scanners = {{.name = "avScan",
                        .status = "safe",
                        .message = "",
                        .version = "",
                        .report_link = "",
                        .imports = {}},
                       {.name = "jFrogScan",
                        .status = "unsafe",
                        .message = "Lambda layer executes code",
                        .version = "",
                        .report_link = "https://example.org/report/1",
                        .imports = {}}};
  report.files.push_back(file);
  FileReport gap = File("extra.zip", HubState::kSuspicious, Agreement::kHubOnlyGap);
  gap.type = "zip";
  gap.gaps = {GapOf(GapReason::kEncryptedMember, "secret.bin", "zip member is encrypted")};
  report.files.push_back(gap);
  report.exit_status = 1;
  return report;
}

inline Report Gaps() {
  Report report = Clean();
  report.engines.clamav_state = "builtin";
  report.engines.signatures = 12;
  report.engines.anchored_signatures = 12;
  report.engines.residual_signatures = 0;
  report.engines.database.clear();
  report.engines.database_time.clear();
  report.engines.database_digest.clear();
  report.header.switched_off = {"--depth structure"};
  report.accepted = {"pointer-only"};
  report.sandbox.landlock = false;
  report.sandbox.note = "this kernel has no Landlock";
  for (FileReport& file : report.files) {
    file.gaps = {GapOf(GapReason::kNoSignatures)};
    file.gaps[0].engine = EngineId::kClamav;
    file.agreement = Agreement::kLocalGap;
  }
  for (int i = 0; i < 5; ++i) {
    FileReport file =
        File("archive-" + std::to_string(i) + ".zip", HubState::kSafe, Agreement::kLocalGap);
    file.gaps = {GapOf(GapReason::kNoSignatures),
                 GapOf(GapReason::kEncryptedMember, "secret.bin", "zip member is encrypted"),
                 GapOf(GapReason::kEncryptedMember, "secret2.bin", "zip member is encrypted")};
    report.files.push_back(file);
  }
  FileReport pointer = File("weights.bin", HubState::kSafe, Agreement::kLocalGap);
  pointer.size = 134;
  pointer.gaps = {GapOf(GapReason::kNoSignatures), GapOf(GapReason::kPointer)};
  pointer.gaps[1].last = 134;
  report.files.push_back(pointer);
  FileReport unread = File("socket", HubState::kNotFound, Agreement::kUnknownBoth);
  unread.sha256.clear();
  unread.type.clear();
  unread.nothing_read = true;
  unread.gaps = {GapOf(GapReason::kNoSignatures), GapOf(GapReason::kNotRegular)};
  report.files.push_back(unread);
  report.errors = {"nothing to scan in empty/"};
  report.notes = {"a/loop leads back to a, which is scanned once"};
  report.exit_status = 2;
  return report;
}

inline Report Mismatch() {
  Report report = Clean();
  FileReport file = File("model-2.safetensors", HubState::kMismatch, Agreement::kMismatch);
  file.sha256[0] = '9';
  file.hub.reason = "the Hub has sha256 3a7c0f1e9b2d";
  report.files.push_back(file);
  report.exit_status = 4;
  return report;
}

inline Report Unconfirmed() {
  Report report = Clean();
  report.hub.mode = "auto";
  report.hub.note = "the canary has no status either: the Hub's scan service, not this repository";
  for (FileReport& file : report.files) {
    file.hub = {};
    file.hub.state = HubState::kMissing;
    file.hub.reason = "no \"securityFileStatus\" in the answer";
    file.agreement = Agreement::kUnconfirmed;
  }
  report.files.front().hub.cause = "html-page";
  report.files.front().hub.next_step = "a proxy may stand in between";
  FileReport pending = File("optimizer.pt", HubState::kPending, Agreement::kUnconfirmed);
  pending.hub.disagreements = {{"pickleImportScan", "4 imports found here",
                                "the Hub's pickleImportScan says \"queued\"",
                                "only what was found here speaks for them"}};
  report.files.push_back(pending);
  FileReport found = File("old.pkl", HubState::kUnreachable, Agreement::kLocalUnconfirmed);
  found.hub.reason = "connection timed out (3 tries)";
  found.findings = {PickleFinding(Level::kCaution)};
  report.files.push_back(found);
  report.exit_status = 3;
  return report;
}

inline Report Withdrawn() {
  Report report = Clean();
  for (FileReport& file : report.files) {
    file.hub = {};
    file.hub.state = HubState::kDisabled;
    file.agreement = Agreement::kWithdrawn;
  }
  report.files[2].findings = {PickleFinding()};
  report.files[2].agreement = Agreement::kWithdrawnFlagged;
  report.exit_status = 1;
  return report;
}

inline Report NotCompared() {
  Report report = Clean();
  report.hub = {};
  report.hub.mode = "off";
  report.header.switched_off = {"--hub off", "--av off"};
  report.engines = {};
  report.engines.clamav_state = "off";
  for (FileReport& file : report.files) {
    file.hub = {};
    file.agreement = Agreement::kNotCompared;
    file.identity = {};
  }
  report.files[1].findings = {PickleFinding(Level::kCaution)};
  report.files[1].findings.push_back(PickleFinding());
  report.files[1].findings[1].suppressed = "reviewed by A. Person";
  report.files[1].agreement = Agreement::kNotComparedFlagged;
  return report;
}

inline Report Empty() {
  Report report = Base();
  report.engines = {};
  report.sandbox = {};
  report.errors = {"nothing to scan in empty/"};
  report.exit_status = 2;
  return report;
}

inline Report Interrupted() {
  Report report = Clean();
  report.files[2].gaps = {GapOf(GapReason::kNotFinished)};
  report.files[2].agreement = Agreement::kLocalGap;
  report.complete = false;
  report.exit_status = 130;
  return report;
}

// Every byte once, then what is worst about terminals, UTF-8 and markup.
inline std::string HostileText() {
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text.push_back(static_cast<char>(byte));
  text += "\x1b[2K\x1b[1A\rclean.bin: nothing found\n";
  text +=
      "\xC2\x9B"
      "2J \u202Efdp.exe\u2066\u200B\u2028\u2029\uFEFF\U000E0041";
  text += "\xED\xA0\x80\xF4\x90\x80\x80\xC0\xAF\xE2\x82";
  text += "</script><!--]]>&\"'`$(true)%s{}\\u0041\\x41";
  return text;
}

// A report in which every text that comes from outside is `text`.
inline Report FullOf(const std::string& text) {
  Report report = LocalOnly();
  report.header.targets = {text};
  report.header.switched_off = {text};
  report.header.created = text;
  report.header.tool_version = text;
  report.accepted = {text};
  report.errors = {text};
  report.notes = {text};
  EngineInfo& engines = report.engines;
  engines.clamav_version = engines.database = engines.database_digest = text;
  engines.database_time = engines.message = text;
  report.sandbox.note = text;
  report.hub.source = report.hub.endpoint = report.hub.asked_at = text;
  report.hub.digest = report.hub.note = text;
  for (FileReport& file : report.files) {
    file.path = file.disk_path = file.sha256 = file.type = text;
    file.git_sha1 = text;
    Identity& identity = file.identity;
    identity.repo = identity.repo_type = identity.commit = identity.path = identity.expected = text;
    for (Finding& finding : file.findings) {
      finding.rule = finding.where = finding.message = text;
    }
    file.imports = {
        {.module = text, .name = text, .level = Level::kUnsafe, .where = text, .offset = 1}};
    file.gaps = {GapOf(GapReason::kEncryptedMember, text, text)};
    file.hub.reason = file.hub.asked_at = text;
    file.hub.notes = {text};
    file.hub.disagreements = {{text, text, text, text}};
    file.hub.scanners = {{.name = text,
                          .status = text,
                          .message = text,
                          .version = text,
                          .report_link = text,
                          .imports = {{text, text, text}}},
                         {.name = text,
                          .status = "safe",
                          .message = "",
                          .version = "",
                          .report_link = "",
                          .imports = {}}};
  }
  FileReport mismatch = report.files[0];
  mismatch.hub.state = HubState::kMismatch;
  mismatch.agreement = Agreement::kMismatchGap;
  report.files.push_back(mismatch);
  FileReport unconfirmed = report.files[0];
  unconfirmed.hub.state = HubState::kMissing;
  unconfirmed.agreement = Agreement::kUnconfirmed;
  report.files.push_back(unconfirmed);
  FileReport withdrawn = report.files[0];
  withdrawn.hub.state = HubState::kDisabled;
  withdrawn.agreement = Agreement::kWithdrawn;
  withdrawn.gaps.clear();
  report.files.push_back(withdrawn);
  FileReport suppressed = report.files[0];
  suppressed.findings = {PickleFinding()};
  suppressed.findings[0].suppressed = text;
  suppressed.gaps.clear();
  report.files.push_back(suppressed);
  FileReport quiet = report.files[0];
  quiet.gaps.clear();
  report.files.push_back(quiet);
  return report;
}

// A name a person can follow in a golden file: an escape sequence, a forged line, a direction
// override, broken UTF-8.
inline Report HostileNames() {
  Report report = LocalOnly();
  report.files[3].path = "a\x1b[2K\x1b[1Gb\nclean.bin: nothing found\xff.bin";
  report.files[3].disk_path = report.files[3].path;
  report.files[3].findings[0].where = "\u202Egpj.data.pkl";
  report.files[4].path = "it's $(touch x);\u200B.dat";
  report.files[4].hub.scanners[0].message = "\"safe\"\r\n  NOTHING FOUND";
  return report;
}

struct Story {
  std::string_view name;  // also the golden files'
  Report report;
};

inline std::vector<Story> Stories() {
  return {{"clean", Clean()},
          {"local-only", LocalOnly()},
          {"hub-only", HubOnly()},
          {"gaps", Gaps()},
          {"mismatch", Mismatch()},
          {"unconfirmed", Unconfirmed()},
          {"withdrawn", Withdrawn()},
          {"not-compared", NotCompared()},
          {"hostile-names", HostileNames()},
          {"empty", Empty()},
          {"interrupted", Interrupted()}};
}

struct Explained {
  FileReport file;
  std::vector<ExplainedPickle> pickles;
};

inline Explained Explanation() {
  Explained explained;
  explained.file = File("danger.bin");
  explained.file.findings = {PickleFinding()};
  explained.file.imports = {{.module = "posix",
                             .name = "system",
                             .level = Level::kUnsafe,
                             .where = "archive/data.pkl",
                             .offset = 2},
                            {.module = "collections",
                             .name = "OrderedDict",
                             .level = Level::kClean,
                             .where = "archive/data.pkl",
                             .offset = 60},
                            {.module = "torch._utils",
                             .name = "_rebuild_tensor_v2",
                             .level = Level::kClean,
                             .where = "archive/data.pkl",
                             .offset = 70},
                            {.module = std::nullopt,
                             .name = "load",
                             .level = Level::kSuspicious,
                             .where = "archive/data.pkl",
                             .offset = 90}};
  explained.file.gaps = {
      GapOf(GapReason::kBrokenPickle, "archive/data.pkl", "ends inside an opcode")};
  ExplainedPickle pickle;
  pickle.where = "archive/data.pkl";
  pickle.size = 104;
  pickle.protocol = 2;
  pickle.opcode_count = 31;
  pickle.lines = {{.offset = 2,
                   .level = Level::kUnsafe,
                   .rule = "PKL-101",
                   .text = "from posix import system",
                   .kind = LineKind::kImport,
                   .subject = "posix.system"},
                  {.offset = 41,
                   .level = Level::kUnsafe,
                   .rule = "PKL-101",
                   .text = "system_1 = system('true')",
                   .kind = LineKind::kCall,
                   .subject = "posix.system"}};
  for (int i = 0; i < 1234; ++i) {
    pickle.lines.push_back({.offset = 70,
                            .text = "ordered_dict_1['weight'] = _rebuild_tensor_v2(...)",
                            .kind = LineKind::kStore,
                            .subject = "collections.OrderedDict"});
  }
  pickle.lines.push_back({.offset = 103, .text = "return system_1", .kind = LineKind::kReturn});
  pickle.summary = {"1,234 tensors of torch.FloatStorage, 124,439,808 elements"};
  pickle.opcodes = {{.offset = 0, .name = "PROTO", .argument = "2", .stack = 0},
                    {.offset = 2, .name = "GLOBAL", .argument = "'posix system'", .stack = 0},
                    {.offset = 103, .name = "STOP", .argument = "", .stack = 1}};
  explained.pickles.push_back(pickle);
  pickle.offset = 104;
  pickle.size = 9;
  pickle.lines.clear();
  pickle.opcodes.clear();
  pickle.opcode_count = 3;
  pickle.summary.clear();
  pickle.within = "a constant at +0x5a";
  pickle.lines_left_out = 20'000;
  pickle.cut = true;
  pickle.error = "ends inside an opcode";
  explained.pickles.push_back(pickle);
  pickle.within.clear();
  pickle.reading = "from a stream, which drops the rest of a frame";
  explained.pickles.push_back(pickle);
  return explained;
}

inline Explained ExplanationFullOf(const std::string& text) {
  Explained explained = Explanation();
  explained.file = FullOf(text).files[3];
  for (ExplainedPickle& pickle : explained.pickles) {
    pickle.where = pickle.error = pickle.within = pickle.reading = text;
    pickle.summary = {text};
    for (ExplainedLine& line : pickle.lines) line.rule = line.text = line.subject = text;
    for (ExplainedOpcode& opcode : pickle.opcodes) opcode.name = opcode.argument = text;
  }
  return explained;
}

}  // namespace counterscan::sample
