#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "scanner/base/text.h"
#include "scanner/report/age.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_sections.h"

namespace counterscan {
namespace {

// Header text comes from the command line, a server or a file: shown, but not at any length.
constexpr std::size_t kMostCharacters = 300;

void AppendRow(TextLayout& layout, std::string_view label, std::string_view text) {
  layout.Labelled(2, Tint::kNone, label, kTextColumn, text);
}

std::string Joined(std::span<const std::string> texts) {
  std::string out;
  for (const std::string& text : texts) {
    if (!out.empty()) out += ", ";
    out += Printable(text);
  }
  return out;
}

// "acme/demo @ 3f2a91c0 (model)", or how many there are.
std::string Repositories(const Report& report) {
  constexpr std::size_t kMost = 3;
  std::set<std::string> repositories;
  std::set<std::string> with_commit;
  for (const FileReport& file : report.files) {
    if (!file.identity.commit.empty()) with_commit.insert(file.identity.repo);
  }
  for (const FileReport& file : report.files) {
    const Identity& identity = file.identity;
    if (identity.repo.empty()) continue;
    // A record beside a snapshot (refs/main) has no commit of its own.
    if (identity.commit.empty() && with_commit.contains(identity.repo)) continue;
    std::string text = Printable(identity.repo);
    if (!identity.commit.empty()) text += " @ " + Printable(identity.commit.substr(0, 8));
    if (!identity.repo_type.empty()) text += " (" + Printable(identity.repo_type) + ")";
    repositories.insert(std::move(text));
  }
  if (repositories.size() > kMost) return fmt::format("{} of them", repositories.size());
  return fmt::format("{}", fmt::join(repositories, ", "));
}

std::string Asked(const HubInfo& hub, const std::string& created) {
  if (hub.asked_at.empty()) return "asked at an unknown time";
  const auto age = AgeBetween(hub.asked_at, created);
  return fmt::format("asked {}{}", Printable(hub.asked_at, 40),
                     age ? ", " + *age + " before this scan" : "");
}

std::string HubSource(const Report& report) {
  const HubInfo& hub = report.hub;
  std::string text;
  if (hub.mode.empty() || hub.mode == "off") {
    text = "was not asked";
  } else if (hub.mode == "file") {
    text = fmt::format(
        "from {}, {}; {}", Printable(hub.source), Asked(hub, report.header.created),
        hub.authenticated ? "its digest is the one that was given" : "not authenticated");
  } else if (hub.asked_at.empty()) {
    // As its files say it.
    text = hub.endpoint.empty() ? "was not asked" : "could not be reached";
  } else {
    text = fmt::format("{}: {}", Printable(hub.endpoint), Asked(hub, report.header.created));
  }
  if (hub.quota) text += "; " + QuotaWords(*hub.quota);
  if (!hub.note.empty()) text += "; " + PrintableAgain(hub.note, kMostCharacters);
  return text;
}

// " (daily 27817, main 62)", of what has a version.
std::string Versions(const EngineInfo& engines) {
  constexpr std::size_t kMost = 4;
  std::vector<std::string> versions;
  for (const DatabaseFile& file : engines.database_files) {
    const bool used =
        file.state == DatabaseFile::State::kSigned || file.state == DatabaseFile::State::kUnsigned;
    if (!used || file.version == 0 || versions.size() == kMost) continue;
    versions.push_back(fmt::format(
        "{} {}", Printable(file.name.substr(0, file.name.rfind('.')), 40), file.version));
  }
  return versions.empty() ? "" : fmt::format(" ({})", fmt::join(versions, ", "));
}

std::string Clamav(const Report& report) {
  const EngineInfo& engines = report.engines;
  const std::string name =
      engines.clamav_version.empty() ? "ClamAV" : "ClamAV " + Printable(engines.clamav_version, 40);
  if (engines.clamav_state == "off") return "ClamAV off";
  if (engines.clamav_state == "failed") {
    return fmt::format("ClamAV did not start{}{}", engines.message.empty() ? "" : ": ",
                       PrintableAgain(engines.message, kMostCharacters));
  }
  if (engines.clamav_state == "builtin") {
    return fmt::format("{} with the built-in signatures only ({})", name,
                       Count(engines.builtin_signatures, "signature"));
  }
  if (engines.clamav_state == "clamd") {
    const auto age = AgeBetween(engines.database_time, report.header.created);
    return fmt::format("clamd {} at {}, {}, {}; and {} built-in",
                       Printable(engines.clamav_version, 40), Printable(engines.database),
                       PrintableAgain(engines.message, kMostCharacters),
                       age ? "signatures " + *age + " old" : "signatures of unknown age",
                       Count(engines.builtin_signatures, "signature"));
  }
  if (engines.clamav_state == "lib") {
    const std::uint64_t builtin = std::min(engines.builtin_signatures, engines.signatures);
    const auto age = AgeBetween(engines.database_time, report.header.created);
    return fmt::format("{} with {} from {}{}, {}, and {} built-in", name,
                       Count(engines.signatures - builtin, "signature"),
                       Printable(engines.database), Versions(engines),
                       engines.database_time.empty() ? "of unknown age"
                       : age                         ? *age + " old"
                                                     : "of " + Printable(engines.database_time, 40),
                       builtin);
  }
  return engines.clamav_state.empty() ? "ClamAV did not run" : Printable(engines.clamav_state, 40);
}

// How signatures meet bytes.
std::string Matching(const Report& report) {
  const EngineInfo& engines = report.engines;
  if (engines.clamav_state != "lib" && engines.clamav_state != "builtin") return "";
  const std::uint64_t by_bytes = engines.anchored_signatures + engines.residual_signatures;
  return fmt::format("{} in files that hold bytes which they need, {} on every byte, {} by hash",
                     Count(engines.anchored_signatures, "signature"),
                     Count(engines.residual_signatures, "signature"),
                     Count(engines.signatures - std::min(by_bytes, engines.signatures), "file"));
}

// What is said once, because each plain text file would say it.
std::string NotMatched(const EngineInfo& engines) {
  if (engines.text_signatures == 0) return "";
  return fmt::format(
      "{} for normalised text (Target 7): of text they apply to documents and archives that "
      "libclamav takes apart, not to plain text files",
      Count(engines.text_signatures, "signature"));
}

std::string Sandbox(const SandboxInfo& sandbox) {
  std::string text;
  if (sandbox.seccomp) text = "seccomp";
  if (sandbox.landlock) {
    if (!text.empty()) text += ", ";
    text += fmt::format("Landlock (ABI {})", sandbox.landlock_abi);
  }
  if (text.empty()) text = "none";
  if (!sandbox.note.empty()) text += "; " + PrintableAgain(sandbox.note, kMostCharacters);
  return text;
}

// "team.policy allows 3 names and denies 1; 2 findings are excused by it".
std::string Policy(const Report& report) {
  std::string text;
  for (const PolicySource& source : report.policy) {
    text += fmt::format("{}{} allows {} and denies {}", text.empty() ? "" : ", ",
                        Printable(source.name, 200), Count(source.allows, "name"),
                        Count(source.denies, "name"));
  }
  std::uint64_t excused = 0;
  for (const FileReport& file : report.files) {
    for (const Finding& finding : file.findings) excused += finding.suppressed ? 1u : 0u;
  }
  return text + (excused == 0   ? "; no finding is excused"
                 : excused == 1 ? "; 1 finding is excused"
                                : fmt::format("; {} are excused", Count(excused, "finding")));
}

}  // namespace

void AppendHeadline(TextLayout& layout, const Report& report) {
  const Header& header = report.header;
  layout.Line(0, fmt::format("counterscan {}: {}", Printable(header.tool_version, 40),
                             header.targets.empty() ? Count(report.files.size(), "file")
                                                    : Joined(header.targets)));
  const std::string repositories = Repositories(report);
  if (!repositories.empty()) AppendRow(layout, "repository", repositories);
  AppendRow(layout, "the Hub", HubSource(report));
  AppendRow(layout, "engines", "pickle analyser; " + Clamav(report));
  if (!NotMatched(report.engines).empty()) {
    AppendRow(layout, "not matched", NotMatched(report.engines));
  }
  if (layout.options().verbose && !Matching(report).empty()) {
    AppendRow(layout, "matching", Matching(report));
  }
  if (layout.options().verbose && !report.engines.database_digest.empty()) {
    AppendRow(layout, "signatures", "sha256 " + Printable(report.engines.database_digest, 64));
  }
  // Said only where it is weaker than it should be; with -v always.
  const SandboxInfo& sandbox = report.sandbox;
  if (layout.options().verbose || !sandbox.seccomp || !sandbox.landlock || !sandbox.note.empty()) {
    AppendRow(layout, "sandbox", Sandbox(sandbox));
  }
  if (!header.switched_off.empty()) {
    AppendRow(layout, "switched off", Joined(header.switched_off));
  }
  if (!report.accepted.empty()) AppendRow(layout, "accepted", Joined(report.accepted));
  if (!report.policy.empty()) AppendRow(layout, "policy", Policy(report));
  if (layout.options().verbose && !header.created.empty()) {
    AppendRow(layout, "created", Printable(header.created, 40));
  }
}

}  // namespace counterscan
