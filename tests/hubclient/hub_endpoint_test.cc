#include "hubclient/hub_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace counterscan {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HubEndpoint, HttpsGoesAnywhereAndIsPutInOneForm) {
  const auto hub = HubEndpoint::Parse("https://huggingface.co");
  ASSERT_TRUE(hub);
  EXPECT_EQ(hub->url, "https://huggingface.co");
  EXPECT_EQ(hub->host, "huggingface.co");
  EXPECT_TRUE(hub->is_hugging_face);
  EXPECT_FALSE(hub->is_loopback);
  const auto mirror = HubEndpoint::Parse("HTTPS://Mirror.Example:8443/api/hub//");
  ASSERT_TRUE(mirror);
  EXPECT_EQ(mirror->url, "https://mirror.example:8443/api/hub");
  EXPECT_EQ(mirror->origin, "https://mirror.example:8443");
  EXPECT_FALSE(mirror->is_hugging_face);
  EXPECT_TRUE(HubEndpoint::Parse("https://HuggingFace.co:443/")->is_hugging_face);
  EXPECT_FALSE(HubEndpoint::Parse("https://huggingface.co:8443")->is_hugging_face);
  EXPECT_FALSE(HubEndpoint::Parse("https://huggingface.co/mirror")->is_hugging_face);
}

TEST(HubEndpoint, PlainHttpStaysOnThisMachine) {
  for (const char* loopback :
       {"http://127.0.0.1:8080", "http://localhost", "http://[::1]:9000", "http://127.1.2.3"}) {
    const auto endpoint = HubEndpoint::Parse(loopback);
    ASSERT_TRUE(endpoint) << loopback;
    EXPECT_TRUE(endpoint->is_loopback) << loopback;
  }
  EXPECT_EQ(HubEndpoint::Parse("http://[::1]:9000")->host, "::1");
  for (const char* elsewhere :
       {"http://huggingface.co", "http://127.0.0.1.evil.example", "http://localhost.evil.example",
        "http://10.0.0.1", "http://[fe80::1]", "http://127.1", "http://0x7f.0.0.1",
        "http://127.0.0.999:80", "http://127.0..1", "http://127.0.0."}) {
    EXPECT_FALSE(HubEndpoint::Parse(elsewhere)) << elsewhere;
  }
}

TEST(HubEndpoint, OtherTextIsNoServer) {
  for (const char* bad : {"",
                          "huggingface.co",
                          "ftp://huggingface.co",
                          "file:///etc/passwd",
                          "https://",
                          "https:///api",
                          "https://-a",
                          "https://a..b",
                          "https://a b",
                          "https://a\r\nb",
                          "https://a:0",
                          "https://a:65536",
                          "https://a:",
                          "https://a:8o",
                          "https://[::1",
                          "https://[zz]",
                          "https://[::1]x",
                          "https://a/b?c",
                          "https://a/b#c",
                          "https://a/../b",
                          "https://a/%2e%2e",
                          "https://a\\b",
                          "https://\xC3\xA9",
                          "https://a//b"}) {
    EXPECT_FALSE(HubEndpoint::Parse(bad)) << bad;
  }
  EXPECT_FALSE(HubEndpoint::Parse("https://" + std::string(1000, 'a')));
}

TEST(HubEndpoint, APasswordIsNotRepeated) {
  const auto endpoint = HubEndpoint::Parse("https://user:geheim@mirror.example");
  ASSERT_FALSE(endpoint);
  EXPECT_THAT(endpoint.error().message, Not(HasSubstr("geheim")));
  EXPECT_THAT(endpoint.error().message, HasSubstr("user name"));
}

}  // namespace
}  // namespace counterscan
