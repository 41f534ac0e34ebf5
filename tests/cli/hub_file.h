// Files of Hub answers, as --hub file: reads them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "scanner/base/digest.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace counterscan {

using nlohmann::json;

inline const std::string kCommit(40, '5');

// A file of Hub answers about org/name at kCommit: the listing, and the status of the repository.
inline std::string HubFile(const TempDir& dir, const json& listing, const json& status) {
  const std::string repo = "https://huggingface.co/api/models/org/name";
  const auto request = [](const std::string& url, const json& body) {
    return json{{"url", url},
                {"status", 200},
                {"time", "2026-11-25T22:00:00Z"},
                {"headers", json::object()},
                {"body", body.dump()}};
  };
  const json answer = {
      {"repo", "org/name"},
      {"repo_type", "model"},
      {"commit", kCommit},
      {"requests",
       {request(repo + "/revision/" + kCommit, {{"id", "org/name"}, {"sha", kCommit}}),
        request(repo + "/tree/" + kCommit + "?recursive=true&expand=true", listing),
        request(repo + "/scan", status)}}};
  const json document = {{"schema", "counterscan.hub/1"},
                         {"endpoint", "https://huggingface.co"},
                         {"answers", {answer}}};
  return "file:" + dir.Write("hub.json", document.dump());
}

// The same with one request, for the listing at `commit`, and whatever came back.
inline std::string HubFileOf(const TempDir& dir, const std::string& commit, int status,
                             const json& headers, const std::string& body) {
  const std::string url =
      "https://huggingface.co/api/models/org/name/tree/" + commit + "?recursive=true&expand=true";
  const json request = {{"url", url},
                        {"status", status},
                        {"time", "2026-11-25T22:00:00Z"},
                        {"headers", headers.is_null() ? json::object() : headers},
                        {"body", body}};
  const json information = {
      {"url", "https://huggingface.co/api/models/org/name/revision/" + commit},
      {"status", 200},
      {"time", "2026-11-25T22:00:00Z"},
      {"body", json{{"id", "org/name"}, {"sha", commit}}.dump()}};
  const json answer = {{"repo", "org/name"},
                       {"repo_type", "model"},
                       {"commit", commit},
                       {"requests", json::array({information, request})}};
  const json document = {{"schema", "counterscan.hub/1"},
                         {"endpoint", "https://huggingface.co"},
                         {"answers", json::array({answer})}};
  return "file:" + dir.Write("hub.json", document.dump());
}

// Two hours after those answers were given.
inline RunOptions AtAFixedTime() {
  RunOptions options;
  options.environment["SOURCE_DATE_EPOCH"] = "1795651200";  // 2026-11-26 00:00 UTC
  return options;
}

inline json SafeEntry(const std::string& path, const std::string& content) {
  const json safe = {{"status", "safe"}};
  return {{"type", "file"},
          {"path", path},
          {"size", content.size()},
          {"oid", GitBlobSha1Hex(content)},
          {"securityFileStatus", {{"status", "safe"}, {"avScan", safe}}}};
}

}  // namespace counterscan
