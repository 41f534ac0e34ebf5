#include "hubclient/network_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace counterscan {
namespace {

using testing::HasSubstr;
using testing::Not;

NetworkSettings Read(const std::map<std::string, std::string>& variables,
                     const std::string& endpoint = "https://huggingface.co") {
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  return ReadNetworkSettings(environment, *HubEndpoint::Parse(endpoint),
                             [](const std::string& path) { return path.ends_with(".d"); });
}

TEST(NetworkSettings, ProxiesComeFromTheUsualVariables) {
  EXPECT_EQ(Read({}).proxy, "");
  EXPECT_EQ(Read({{"HTTPS_PROXY", "http://a:1"}, {"ALL_PROXY", "http://b:1"}}).proxy, "http://a:1");
  EXPECT_EQ(Read({{"HTTPS_PROXY", ""}, {"ALL_PROXY", "socks5h://b"}}).proxy, "socks5h://b");
  EXPECT_EQ(Read({{"https_proxy", "p:3128"}, {"HTTPS_PROXY", "http://a"}}).proxy, "p:3128");
  EXPECT_EQ(Read({{"HTTP_PROXY", "http://a"}}).proxy, "") << "nothing here is plain http";
  EXPECT_EQ(Read({{"NO_PROXY", "a,b"}}).no_proxy, "a,b");
}

TEST(NetworkSettings, LoopbackIsReachedWithoutAProxy) {
  const std::map<std::string, std::string> variables = {{"HTTPS_PROXY", "http://proxy:1"},
                                                        {"ALL_PROXY", "http://proxy:1"}};
  EXPECT_EQ(Read(variables, "http://127.0.0.1:80").proxy, "");
  EXPECT_EQ(Read(variables, "https://localhost").proxy, "");
}

TEST(NetworkSettings, AProxyThatIsNoneIsSaidWithoutItsPassword) {
  for (const char* bad :
       {"ftp://u:geheim@p", "file:///etc/passwd", "http://u:geheim@p\r\nX: y", "http://p geheim"}) {
    const NetworkSettings settings = Read({{"HTTPS_PROXY", bad}});
    EXPECT_EQ(settings.proxy, "") << bad;
    EXPECT_THAT(settings.problem, HasSubstr("HTTPS_PROXY")) << bad;
    EXPECT_THAT(settings.problem, Not(HasSubstr("geheim"))) << bad;
  }
}

TEST(NetworkSettings, NamedCertificatesReplaceTheSystems) {
  EXPECT_EQ(Read({}).ca_file, "");
  EXPECT_EQ(Read({{"SSL_CERT_FILE", "a"}, {"REQUESTS_CA_BUNDLE", "b"}}).ca_file, "a");
  EXPECT_EQ(Read({{"REQUESTS_CA_BUNDLE", "b"}, {"CURL_CA_BUNDLE", "c"}}).ca_file, "b");
  EXPECT_EQ(Read({{"CURL_CA_BUNDLE", "c"}}).ca_file, "c");
  EXPECT_EQ(Read({{"SSL_CERT_DIR", "/certs"}}).ca_folder, "/certs");
  const NetworkSettings folder = Read({{"REQUESTS_CA_BUNDLE", "/ca.d"}});
  EXPECT_EQ(folder.ca_file, "");
  EXPECT_EQ(folder.ca_folder, "/ca.d");
}

}  // namespace
}  // namespace counterscan
