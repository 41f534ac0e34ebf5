#include "hubclient/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace counterscan {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kOfficial(kDefaultEndpoint);
const std::string kMirror = "https://mirror.example";

// Credentials with these variables and files.
Credentials Read(const std::map<std::string, std::string>& variables,
                 const std::map<std::string, std::string>& files = {},
                 const std::string& endpoint = kOfficial) {
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  const FileReader read = [&](const std::string& path, std::uint64_t) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return Fail(ErrorCode::kIo, "no such file");
    return found->second;
  };
  return ReadCredentials(environment, *HubEndpoint::Parse(endpoint), read);
}

std::string Sent(const Credentials& credentials) {
  if (!credentials.token) return "";
  return Token::Header(*credentials.token).c_str() + std::string("Authorization: Bearer ").size();
}

const std::map<std::string, std::string> kFile = {
    {"/home/u/.cache/huggingface/token", "hf_file\n"}};
const std::map<std::string, std::string> kHome = {{"HOME", "/home/u"}};

TEST(Credentials, AnExplicitTokenComesFirst) {
  auto variables = kHome;
  variables["HUGGING_FACE_HUB_TOKEN"] = "hf_old";
  EXPECT_EQ(Sent(Read(variables, kFile)), "hf_old");
  variables["HF_TOKEN"] = "hf_new";
  const Credentials credentials = Read(variables, kFile);
  EXPECT_EQ(Sent(credentials), "hf_new");
  EXPECT_EQ(credentials.source, "HF_TOKEN");
  variables["HF_TOKEN"] = "";  // set, but empty: as if it were not
  EXPECT_EQ(Sent(Read(variables, kFile)), "hf_old");
}

TEST(Credentials, TheStoredTokenIsFoundWhereTheToolsPutIt) {
  EXPECT_EQ(Sent(Read(kHome, kFile)), "hf_file");
  EXPECT_EQ(Sent(Read({{"HF_HOME", "/hf"}}, {{"/hf/token", " hf_home \r\n"}})), "hf_home");
  EXPECT_EQ(Sent(Read({{"HF_TOKEN_PATH", "/t"}, {"HF_HOME", "/hf"}},
                      {{"/t", "hf_path"}, {"/hf/token", "hf_home"}})),
            "hf_path");
  EXPECT_EQ(Read(kHome).note, "");
  EXPECT_FALSE(Read({}).token) << "no home is known";
}

TEST(Credentials, AStoredTokenIsForTheHubAlone) {
  const Credentials credentials = Read(kHome, kFile, kMirror);
  EXPECT_FALSE(credentials.token);
  EXPECT_THAT(credentials.note, HasSubstr("https://mirror.example"));
  EXPECT_THAT(credentials.note, Not(HasSubstr("hf_file")));
  for (const char* other : {"https://huggingface.co:8443", "https://huggingface.co.evil.example",
                            "http://127.0.0.1:80", "https://huggingface.co/mirror"}) {
    EXPECT_FALSE(Read(kHome, kFile, other).token) << other;
  }
}

TEST(Credentials, AnExplicitTokenGoesToAMirror) {
  EXPECT_EQ(Sent(Read({{"HF_TOKEN", "hf_given"}}, {}, kMirror)), "hf_given");
}

TEST(Credentials, NoneIsSentWhereTheUserSaysSo) {
  auto variables = kHome;
  variables["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1";
  variables["HF_TOKEN"] = "hf_given";
  EXPECT_FALSE(Read(variables, kFile).token);
}

TEST(Credentials, AMalformedTokenIsNotSentNorShownNorReplacedByAnother) {
  auto variables = kHome;
  variables["HF_TOKEN"] = "hf_se cret";
  const Credentials given = Read(variables, kFile);
  EXPECT_FALSE(given.token);
  EXPECT_THAT(given.note, HasSubstr("HF_TOKEN"));
  EXPECT_THAT(given.note, Not(HasSubstr("cret")));
  const Credentials stored = Read({{"HF_HOME", "/hf"}}, {{"/hf/token", "hf_se\ncret\n"}});
  EXPECT_FALSE(stored.token);
  EXPECT_THAT(stored.note, HasSubstr("token file"));
  EXPECT_THAT(stored.note, Not(HasSubstr("cret")));
}

}  // namespace
}  // namespace counterscan
