#include "tests/fake_hub/scenario.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <stdexcept>

#include "tests/fake_hub/presets.h"
#include "tests/fake_hub/security.h"

namespace counterscan::fake {
namespace {

using std::chrono::milliseconds;

[[noreturn]] void Refuse(const std::string& what) { throw std::runtime_error("scenario: " + what); }

void OnlyKnown(const Json& object, std::string_view what,
               std::initializer_list<std::string_view> names) {
  if (!object.is_object()) Refuse(std::string(what) + " is no object");
  for (const auto& [name, value] : object.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      Refuse("unknown member '" + name + "' of " + std::string(what));
    }
  }
}

template <class T>
struct Word {
  std::string_view name;
  T value;
};

template <class T, std::size_t kCount>
T FromWord(const std::array<Word<T>, kCount>& words, const std::string& name) {
  for (const Word<T>& word : words) {
    if (word.name == name) return word.value;
  }
  Refuse("unknown word '" + name + "'");
}

constexpr std::array kTransports = std::to_array<Word<Transport>>({
    {"tls", Transport::kTls},
    {"plain", Transport::kPlain},
    {"refuses-tls", Transport::kRefusesTls},
    {"resets", Transport::kResets},
    {"silent", Transport::kSilent},
});

constexpr std::array kCertificates = std::to_array<Word<CertificateKind>>({
    {"good", CertificateKind::kGood},
    {"expired", CertificateKind::kExpired},
    {"not-yet-valid", CertificateKind::kNotYetValid},
    {"wrong-host", CertificateKind::kWrongHost},
    {"self-signed", CertificateKind::kSelfSigned},
});

constexpr std::array kFramings = std::to_array<Word<Framing>>({
    {"length", Framing::kContentLength},
    {"chunked", Framing::kChunked},
    {"close", Framing::kUntilClose},
});

std::string FromBase64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>((bits >> count) & 0xff);
    }
  }
  return bytes;
}

std::string FileContent(const Json& file, const std::string& folder) {
  if (file.contains("base64")) return FromBase64(file["base64"].get<std::string>());
  if (!file.contains("from")) return file.value("text", "");
  const std::filesystem::path path =
      std::filesystem::path(folder) / file["from"].get<std::string>();
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) Refuse("cannot read " + path.string());
  return content.str();
}

Scans ReadScans(const Json& scans) {
  OnlyKnown(scans, "scans",
            {"av", "pickle", "protect_ai", "virus_total", "jfrog", "imports", "av_message"});
  Scans read;
  read.av = scans.value("av", read.av);
  read.pickle = scans.value("pickle", read.pickle);
  read.protect_ai = scans.value("protect_ai", read.protect_ai);
  read.virus_total = scans.value("virus_total", read.virus_total);
  read.jfrog = scans.value("jfrog", read.jfrog);
  read.av_message = scans.value("av_message", read.av_message);
  for (const Json& import : scans.value("imports", Json::array())) {
    read.imports.push_back({import.at("module"), import.at("name"), import.at("safety")});
  }
  return read;
}

File ReadFile(const Json& json, const std::string& folder) {
  OnlyKnown(json, "a file",
            {"path", "text", "base64", "from", "lfs", "xetHash", "scans", "securityFileStatus",
             "security"});
  File file{.path = json.at("path"), .content = FileContent(json, folder)};
  file.lfs = json.value("lfs", false);
  file.xet_hash = json.value("xetHash", "");
  if (json.contains("scans"))
    file.security_file_status = SecurityFileStatus(ReadScans(json["scans"]));
  if (json.contains("securityFileStatus")) file.security_file_status = json["securityFileStatus"];
  if (json.contains("security")) file.security = json["security"];
  return file;
}

Repo ReadRepo(const Json& json, const std::string& folder) {
  OnlyKnown(json, "a repository",
            {"type", "id", "gated", "private", "disabled", "moved_to", "commit", "files", "status",
             "tags"});
  const auto kind = KindFromSingular(json.value("type", "model"));
  if (!kind) Refuse("unknown type of repository");
  Repo repo{.kind = *kind, .id = json.at("id")};
  repo.gated = json.value("gated", "");
  repo.is_private = json.value("private", false);
  repo.disabled = json.value("disabled", false);
  repo.moved_to = json.value("moved_to", "");
  if (json.contains("tags")) repo.tags = json["tags"].get<std::vector<std::string>>();
  if (json.contains("status")) repo.repo_status = json["status"];
  Commit commit{.name = {.id = json.value("commit", MadeUpCommit(repo.id))}, .files = {}};
  for (const Json& file : json.value("files", Json::array())) {
    commit.files.push_back(ReadFile(file, folder));
  }
  repo.commits.push_back(std::move(commit));
  return repo;
}

Reply ReadContent(const Json& json) {
  const int status = json.value("status", 200);
  if (json.contains("error")) {
    return ErrorReply(status, json.value("code", ""), json["error"].get<std::string>());
  }
  if (json.contains("redirect")) {
    return RedirectReply(json["redirect"], json.value("status", 307));
  }
  if (json.contains("bomb_megabytes")) return GzipBomb(json["bomb_megabytes"]);
  if (json.contains("html")) return HtmlReply(json["html"], status);
  if (json.contains("text")) return TextReply(json["text"], status);
  Reply reply = JsonReply(json.contains("json") ? json["json"].dump() : "", status);
  if (json.contains("megabytes")) {
    reply.body = "[";
    reply.filler = std::string(1 << 20, ' ');
    reply.filler_count = json["megabytes"];
    reply.tail = "]";
  }
  if (json.contains("depth")) {
    const std::size_t depth = json["depth"];
    reply.body = std::string(depth, '[') + std::string(depth, ']');
  }
  return reply;
}

Reply ReadReply(const Json& json) {
  OnlyKnown(json, "an answer",
            {"to",    "times",    "status",     "headers",  "json",      "text",
             "html",  "error",    "code",       "redirect", "megabytes", "bomb_megabytes",
             "depth", "delay_ms", "drip_bytes", "drip_ms",  "cut_after", "declared_length",
             "reset", "close",    "gzip",       "bare",     "framing"});
  Reply reply = ReadContent(json);
  const Json headers = json.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    reply.With(name, value);
  }
  reply.delay = milliseconds(json.value("delay_ms", 0));
  reply.drip_bytes = json.value("drip_bytes", std::size_t{0});
  reply.drip_pause = milliseconds(json.value("drip_ms", 0));
  if (json.contains("cut_after")) reply.cut_after = json["cut_after"].get<std::uint64_t>();
  if (json.contains("declared_length")) {
    reply.declared_length = json["declared_length"].get<std::uint64_t>();
  }
  reply.reset = json.value("reset", false);
  reply.close = json.value("close", false);
  reply.gzip = json.value("gzip", false);
  reply.bare = json.value("bare", false);
  reply.framing = FromWord(kFramings, json.value("framing", "length"));
  return reply;
}

void AddPresets(const Json& presets, FakeHub& hub) {
  for (User& user : PresetUsers()) hub.AddUser(std::move(user));
  if (presets == "all") {
    for (const Preset& preset : Presets()) hub.Add(preset.make());
    return;
  }
  for (const Json& name : presets) hub.Add(MakePreset(name.get<std::string>()));
}

}  // namespace

HubOptions OptionsOf(const Json& scenario) {
  OnlyKnown(scenario, "the scenario",
            {"presets", "users", "repositories", "bulk", "large", "answers", "quota", "transport",
             "certificate"});
  HubOptions options;
  options.transport = FromWord(kTransports, scenario.value("transport", "tls"));
  options.certificate = FromWord(kCertificates, scenario.value("certificate", "good"));
  return options;
}

void Play(const Json& scenario, FakeHub& hub, const std::string& folder) {
  try {
    if (scenario.contains("presets")) AddPresets(scenario["presets"], hub);
    for (const Json& user : scenario.value("users", Json::array())) {
      OnlyKnown(user, "a user", {"name", "token", "fullname", "email"});
      hub.AddUser({.name = user.at("name"),
                   .token = user.at("token"),
                   .fullname = user.value("fullname", ""),
                   .email = user.value("email", "")});
    }
    for (Repo& repo : BulkModels(scenario.value("bulk", std::size_t{0}))) hub.Add(std::move(repo));
    if (scenario.contains("large")) hub.Add(LargeModel(scenario["large"]));
    for (const Json& repo : scenario.value("repositories", Json::array())) {
      hub.Add(ReadRepo(repo, folder));
    }
    for (const Json& answer : scenario.value("answers", Json::array())) {
      const std::string to = answer.value("to", "*");
      hub.Answer(to, ReadReply(answer), answer.value("times", kAlways));
    }
    const Json quotas = scenario.value("quota", Json::object());
    for (const auto& [bucket, rule] : quotas.items()) {
      OnlyKnown(rule, "a quota", {"quota", "window_seconds"});
      hub.SetQuota(bucket, {.quota = rule.at("quota"),
                            .window = std::chrono::seconds(rule.value("window_seconds", 300))});
    }
  } catch (const nlohmann::json::exception& wrong) {
    Refuse(wrong.what());
  }
}

}  // namespace counterscan::fake
