#include "scanner/worker/clamd_protocol.h"

#include <gtest/gtest.h>

#include <string>

namespace counterscan {
namespace {

using Kind = ClamdReply::Kind;

struct Reply {
  const char* reply;
  Kind kind;
  const char* text;
};
void PrintTo(const Reply& reply, std::ostream* out) { *out << reply.reply; }

class Replies : public testing::TestWithParam<Reply> {};

TEST_P(Replies, AreTakenApart) {
  const auto reply = ParseClamdReply(GetParam().reply);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->kind, GetParam().kind);
  EXPECT_EQ(reply->text, GetParam().text);
}

// As clamd 1.4.6 sends them.
INSTANTIATE_TEST_SUITE_P(
    Clamd, Replies,
    testing::Values(
        Reply{"stream: OK", Kind::kOk, ""}, Reply{"fd[11]: OK", Kind::kOk, ""},
        Reply{"stream: Eicar-Signature.UNOFFICIAL FOUND", Kind::kFound,
              "Eicar-Signature.UNOFFICIAL"},
        Reply{"fd[4294967]: a: OK FOUND", Kind::kFound, "a: OK"},
        Reply{"stream: name ERROR FOUND", Kind::kFound, "name ERROR"},
        Reply{"INSTREAM size limit exceeded. ERROR", Kind::kError, "INSTREAM size limit exceeded."},
        Reply{"No file descriptor received. ERROR", Kind::kError, "No file descriptor received."},
        Reply{"fd[11]: Can't allocate memory ERROR", Kind::kError, "Can't allocate memory"}));

TEST(ClamdReplies, ThatAreNoneAreErrors) {
  for (const char* reply :
       {"", "OK", "stream:OK", "stream: ok", "stream: OK ", "fd[]: OK", "fd[1: OK", "fd[1x]: OK",
        "file: OK", "UNKNOWN COMMAND", "PONG", "stream: NOT OK", "X FOUND", "stream: FOUND"}) {
    EXPECT_FALSE(ParseClamdReply(reply)) << reply;
  }
}

TEST(ClamdVersions, AreReadWithAndWithoutADatabase) {
  const auto bare = ParseClamdVersion("ClamAV 1.4.6");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->engine, "1.4.6");
  EXPECT_EQ(bare->database, 0u);
  EXPECT_FALSE(bare->built);
  const auto full = ParseClamdVersion("ClamAV 1.4.6/27817/Fri Nov 20 09:00:00 2026");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->database, 27817u);
  EXPECT_EQ(full->built, 1795165200);
  for (const char* odd : {"ClamAV 1/x/Fri Nov 20 09:00:00 2026", "ClamAV 1/2/soon", "ClamAV 1/2/",
                          "ClamAV //", "ClamAV 1/2/Fri Nov 20 09:00:00 2026 and more"}) {
    const auto version = ParseClamdVersion(odd);
    ASSERT_TRUE(version) << odd;
    EXPECT_FALSE(version->built) << odd;
  }
  EXPECT_FALSE(ParseClamdVersion("PONG"));
  EXPECT_FALSE(ParseClamdVersion(""));
}

TEST(ClamdNames, OfLimitsAndEncryptionAreNoSignatures) {
  EXPECT_EQ(MeaningOf("Heuristics.Limits.Exceeded.MaxFileSize"), ClamdName::kLimit);
  EXPECT_EQ(MeaningOf("Heuristics.Encrypted.Zip"), ClamdName::kEncrypted);
  EXPECT_EQ(MeaningOf("Heuristics.Phishing.Email"), ClamdName::kSignature);
  EXPECT_EQ(MeaningOf("Win.Test.EICAR_HDB-1"), ClamdName::kSignature);
}

}  // namespace
}  // namespace counterscan
