// What the fake answers must be what the real Hub was recorded to answer, byte for byte.
#include "tests/support/recorded_replies.h"

#include <gtest/gtest.h>

#include "scanner/base/digest.h"
#include "tests/fake_hub/hub_api.h"
#include "tests/fake_hub/presets.h"

namespace counterscan::fake {
namespace {

class RecordedReplyTest : public testing::TestWithParam<RecordedReply> {};

TEST_P(RecordedReplyTest, FitsItsEtag) { EXPECT_EQ(WeakEtag(GetParam().body), GetParam().etag); }

TEST_P(RecordedReplyTest, IsWhatTheFakeAnswers) {
  const RecordedReply& recorded = GetParam();
  HubApi api;
  api.SetEndpoints("https://huggingface.co", "https://us.aws.cdn.hf.co");
  for (const User& user : PresetUsers()) api.AddUser(user);
  for (const char* const name : {"recorded-model", "recorded-dataset", "recorded-gated-model"}) {
    api.Add(MakePreset(name));
  }
  Request request = RequestTo(recorded.method, recorded.target);
  request.headers.emplace_back("Content-Type", "application/json");
  if (!recorded.asked_by.empty()) {
    request.headers.emplace_back("Authorization", "Bearer hf_" + recorded.asked_by);
  }
  request.body = recorded.sent;
  const Reply reply = api.Answer(request);
  EXPECT_EQ(reply.body, recorded.body);
  EXPECT_EQ(reply.status, recorded.status);
  EXPECT_EQ(HeaderOf(reply.headers, "X-Error-Code").value_or(""), recorded.error_code);
  EXPECT_EQ(HeaderOf(reply.headers, "X-Error-Message").value_or(""), recorded.error_message);
  const bool is_json = recorded.file.ends_with(".json");
  EXPECT_EQ(HeaderOf(reply.headers, "Content-Type"),
            is_json ? "application/json; charset=utf-8" : "text/plain; charset=utf-8");
}

INSTANTIATE_TEST_SUITE_P(All, RecordedReplyTest, testing::ValuesIn(RecordedReplies()),
                         [](const auto& one) {
                           std::string name = one.param.file;
                           for (char& c : name) c = c == '-' || c == '.' ? '_' : c;
                           return name;
                         });

// The reply to it was recorded with its headers only.
TEST(HubApi, RedirectsASmallFileAsRecorded) {
  HubApi api;
  api.Add(MakePreset("recorded-model"));
  const Reply reply = api.Answer(RequestTo("HEAD", "/wzshiming/gpt2/resolve/main/config.json"));
  EXPECT_EQ(reply.status, 307);
  EXPECT_EQ(HeaderOf(reply.headers, "Location"),
            "/api/resolve-cache/models/wzshiming/gpt2/ae329b6937f31305a0d6c6779f6cd4072cc4097e/"
            "config.json?%2Fwzshiming%2Fgpt2%2Fresolve%2Fmain%2Fconfig.json=&etag="
            "%2210c66461e4c109db5a2196bff4bb59be30396ed8%22");
  EXPECT_EQ(reply.body.size(), 232u);
  EXPECT_EQ(HeaderOf(reply.headers, "X-Linked-ETag"),
            "\"10c66461e4c109db5a2196bff4bb59be30396ed8\"");
}

}  // namespace
}  // namespace counterscan::fake
