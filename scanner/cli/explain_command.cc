// `counterscan explain FILE[::MEMBER]`: what the pickles of one file would do.
//
// The file is read by a sandboxed analysis worker, as in a scan; this process only prints. The exit
// status tells whether all of it could be explained, not whether it is safe: that is what a scan is
// for.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>

#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"
#include "scanner/cli/command.h"
#include "scanner/cli/interrupt.h"
#include "scanner/cli/limit_options.h"
#include "scanner/cli/name_gap.h"
#include "scanner/cli/policy_choice.h"
#include "scanner/cli/standard_input.h"
#include "scanner/cli/terminal.h"
#include "scanner/cli/tree.h"
#include "scanner/cli/worker_program.h"
#include "scanner/report/explain_text.h"
#include "scanner/worker/fleet.h"

namespace counterscan {
namespace {

constexpr int kExitNotFinished = 2;
constexpr std::string_view kStandardInput = "-";

// Keeps the answer to the one job.
class OneAnswer final : public AnswerSink {
 public:
  void OnByteAnswer(ByteAnswer) override {}
  void OnAnalysisAnswer(AnalysisAnswer answer) override { answer_ = std::move(answer); }
  void OnLost(Pool, std::uint64_t, GapReason reason, std::string detail) override {
    answer_ = AnalysisAnswer{};
    answer_->gaps.push_back({.reason = reason, .engine = EngineId::kScan, .detail = detail});
  }
  std::optional<AnalysisAnswer>& answer() { return answer_; }

 private:
  std::optional<AnalysisAnswer> answer_;
};

Result<AnalysisAnswer> Analyse(OpenedFile opened, bool opcodes, const UserPolicyChoice& policy,
                               const Limits& limits) {
  Fleet::Options fleet_options;
  fleet_options.worker_program = TRY(FindWorkerProgram());
  fleet_options.av = AvMode::kOff;
  fleet_options.byte_pass = false;
  fleet_options.workers = 1;
  fleet_options.policy = policy.rows();
  fleet_options.limits = limits;
  const std::unique_ptr<Fleet> fleet = TRY(Fleet::Start(fleet_options));
  AnalysisJob job;
  job.id = 1;
  job.size = static_cast<std::uint64_t>(opened.status.st_size);
  job.explain = true;
  job.explain_opcodes = opcodes;
  fleet->Submit(job, std::make_shared<const UniqueFd>(std::move(opened.descriptor)));
  OneAnswer sink;
  while (!sink.answer()) {
    if (Interrupted()) return Fail(ErrorCode::kIo, "interrupted");
    TRY(fleet->Pump(std::chrono::milliseconds(200), sink));
  }
  return std::move(*sink.answer());
}

// "FILE::MEMBER": an existing file of that whole name wins over the split.
std::pair<std::string, std::string> SplitMember(const std::string& argument) {
  if (argument.starts_with(kStandardInput) && argument.substr(1, 2) == "::") {
    return {std::string(kStandardInput), argument.substr(3)};
  }
  if (access(argument.c_str(), F_OK) == 0) return {argument, ""};
  for (std::size_t at = argument.find("::"); at != std::string::npos;
       at = argument.find("::", at + 1)) {
    const std::string file = argument.substr(0, at);
    if (access(file.c_str(), F_OK) == 0) return {file, argument.substr(at + 2)};
  }
  return {argument, ""};
}

// Keeps what lies at `member` or inside it.
void KeepMember(const std::string& member, FileReport& file,
                std::vector<ExplainedPickle>& pickles) {
  const auto elsewhere = [&](const std::string& where) {
    return where != member && !where.starts_with(member + "::");
  };
  std::erase_if(file.findings, [&](const Finding& f) { return elsewhere(f.where); });
  std::erase_if(file.imports, [&](const Import& i) { return elsewhere(i.where); });
  std::erase_if(file.gaps, [&](const Gap& g) { return !g.where.empty() && elsewhere(g.where); });
  std::erase_if(pickles, [&](const ExplainedPickle& p) { return elsewhere(p.where); });
}

// Why there is nothing at the member that was named, and what could be named instead.
std::string NoSuchMember(const std::string& path, const std::string& member,
                         const std::vector<ExplainedPickle>& pickles) {
  constexpr std::size_t kMostListed = 20;
  std::vector<std::string> places;
  for (const ExplainedPickle& pickle : pickles) {
    if (pickle.where.empty() || std::ranges::find(places, pickle.where) != places.end()) continue;
    places.push_back(pickle.where);
    // Those past it are not listed, but a misspelt one is recognised.
    if (places.size() >= 1000) break;
  }
  std::string message =
      fmt::format("{} has no pickle at '{}'.", Printable(path, 200), Printable(member, 200));
  if (places.empty()) {
    return message + (pickles.empty() ? " It has none at all." : " Its pickles are in no member.");
  }
  if (const auto nearest = Nearest(member, places)) {
    message += " Did you mean '" + Printable(*nearest, 200) + "'?";
  }
  message += " Its pickles are in:";
  for (std::size_t i = 0; i < std::min(places.size(), kMostListed); ++i) {
    message += "\n  " + Printable(places[i], 400);
  }
  if (places.size() > kMostListed) {
    message += fmt::format("\n  and {} more", places.size() - kMostListed);
  }
  return message;
}

int FailWith(const std::string& path, const std::string& message) {
  (void)WriteAll(STDERR_FILENO, fmt::format("counterscan: {}: {}\n", Printable(path), message));
  return kExitNotFinished;
}

}  // namespace

int RunExplain(const std::vector<std::string>& arguments) {
  CLI::App app("show what a pickle would do, without running it", "counterscan explain");
  std::string target, format = "text", color = "auto";
  bool opcodes = false, all = false;
  app.set_help_flag("-h,--help", "show this text");
  app.add_option("FILE[::MEMBER]", target,
                 "a file, or a member of it: model.pt::archive/data.pkl; - is standard input");
  app.add_flag("-x,--opcodes", opcodes, "list every opcode too");
  app.add_flag("-a,--all", all, "fold nothing: show every line, import and finding");
  PolicyWords policy_words;
  DeclarePolicy(app, policy_words);
  LimitWords limit_words;
  DeclareFileLimits(app, limit_words);
  app.add_option("--format", format, "text or json")->option_text("FORMAT");
  app.add_option("--color", color, "auto, always or never")->option_text("WHEN");
  app.footer(
      "\nexit status: 0 explained; 2 not all of it could be read; 64 wrong command line, or no such"
      "\nfile or member; 130 interrupted. What was found does not change it: see counterscan "
      "scan.\n"
      "How to read the lines: counterscan help explanations");
  // "-::MEMBER" looks like options to whoever does not know it.
  std::vector<std::string> options;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("-::")) {
      target = argument;
    } else {
      options.push_back(argument);
    }
  }
  const auto help = ParseArguments(app, options);
  if (!help) return UsageError(help.error().message);
  if (*help) return WriteAll(STDOUT_FILENO, **help) ? 0 : kExitNotFinished;
  if (target.empty()) return UsageError("explain needs a file (see: counterscan help explain)");
  if (format != "text" && format != "json") return UsageError("--format takes text or json.");
  const auto choice = ParseColor(color);
  if (!choice) return UsageError(choice.error().message);

  const auto limits = ParseLimits(limit_words);
  if (!limits) return UsageError(limits.error().message);
  const auto policy = UserPolicyChoice::Load(policy_words);
  if (!policy) return UsageError(policy.error().message);
  WatchForInterrupts();
  const auto [path, member] = SplitMember(target);
  const bool standard_input = path == kStandardInput;
  if (!standard_input && access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
    return UsageError(fmt::format("there is no file '{}'.", Printable(path, 400)));
  }
  if (const auto refused = policy->RefuseFile(path); !standard_input && !refused) {
    return UsageError(refused.error().message);
  }
  std::error_code unknown;
  if (!standard_input && std::filesystem::is_directory(path, unknown)) {
    return UsageError(
        fmt::format("'{}' is a directory: explain takes one file; counterscan scan "
                    "takes directories.",
                    Printable(path, 400)));
  }
  auto opened = standard_input ? OpenStandardInput() : OpenNamedFile(path);
  if (!opened) {
    return Interrupted() ? kExitInterrupted : FailWith(path, opened.error().detail);
  }
  FileReport file;
  file.path = path;
  file.size = static_cast<std::uint64_t>(opened->status.st_size);
  auto answer = Analyse(std::move(*opened), opcodes, *policy, limits->file);
  if (!answer) {
    return Interrupted() ? kExitInterrupted : FailWith(path, answer.error().message);
  }
  file.type = answer->type;
  file.findings = std::move(answer->findings);
  file.imports = std::move(answer->imports);
  file.gaps = std::move(answer->gaps);
  if (auto gap = NameGap(file)) file.gaps.push_back(std::move(*gap));
  if (!member.empty()) {
    const std::string message = NoSuchMember(path, member, answer->pickles);
    KeepMember(member, file, answer->pickles);
    if (answer->pickles.empty()) return UsageError(message);
  }
  Normalise(file);

  TextOptions text_options = TextOptionsFor(*choice);
  text_options.verbose = all;
  const std::string text = format == "json" ? ExplainJson(file, answer->pickles)
                                            : ExplainText(file, answer->pickles, text_options);
  if (!WriteAll(STDOUT_FILENO, text)) return kExitNotFinished;
  return file.gaps.empty() ? 0 : kExitNotFinished;
}

}  // namespace counterscan
