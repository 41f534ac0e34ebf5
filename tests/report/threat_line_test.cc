#include "scanner/report/threat_line.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/report/sample_reports.h"
#include "tests/report/showable.h"

namespace counterscan {
namespace {

TEST(ThreatLine, NamesLevelPlaceEvidenceAndRule) {
  Finding finding = sample::PickleFinding();
  EXPECT_EQ(ThreatLine("model.pt", finding),
            "unsafe  model.pt::archive/data.pkl+0x29: calls posix.system('true')  [PKL-101]");
  finding.where.clear();
  EXPECT_EQ(ThreatLine("a.pkl", finding),
            "unsafe  a.pkl+0x29: calls posix.system('true')  [PKL-101]");
  EXPECT_EQ(ThreatLine("e.dat", sample::ClamavFinding()),
            "unsafe  e.dat: ClamAV: Eicar-Test-Signature  [CLAM-1]");
}

TEST(ThreatLine, ColoursTheLevelOnly) {
  TextOptions options;
  options.color = true;
  EXPECT_EQ(ThreatLine("e.dat", sample::ClamavFinding(), options),
            "\x1b[1;31munsafe\x1b[0m  e.dat: ClamAV: Eicar-Test-Signature  [CLAM-1]");
}

TEST(ThreatLine, IsOneShortLineWhateverTheFileBrings) {
  Finding finding = sample::PickleFinding();
  finding.rule = finding.where = sample::HostileText();
  finding.message = sample::HostileText() + std::string(100'000, 'x');
  const std::string text = ThreatLine(sample::HostileText(), finding);
  ExpectShowable(text);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_LT(text.size(), 8000u);
}

}  // namespace
}  // namespace counterscan
