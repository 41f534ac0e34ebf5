#include "tests/support/recorded_replies.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace counterscan {
namespace {

std::string ReadFixture(const std::string& name) {
  std::ifstream file(COUNTERSCAN_SOURCE_DIR "/fixtures/hub/" + name, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read fixtures/hub/" + name);
  return content.str();
}

}  // namespace

const std::vector<RecordedReply>& RecordedReplies() {
  static const std::vector<RecordedReply> replies = [] {
    std::vector<RecordedReply> list;
    for (const auto& row : nlohmann::json::parse(ReadFixture("index.json"))) {
      const auto text = [&row](const char* name) { return row.value(name, std::string()); };
      list.push_back({.file = text("file"),
                      .method = text("method"),
                      .target = text("target"),
                      .asked_by = text("as"),
                      .sent = text("sent"),
                      .status = row.at("status"),
                      .etag = text("etag"),
                      .error_code = text("error_code"),
                      .error_message = text("error_message"),
                      .body = ReadFixture(text("file"))});
    }
    return list;
  }();
  return replies;
}

const RecordedReply& Recorded(std::string_view file) {
  for (const RecordedReply& reply : RecordedReplies()) {
    if (reply.file == file) return reply;
  }
  throw std::runtime_error("no recorded reply " + std::string(file));
}

}  // namespace counterscan
