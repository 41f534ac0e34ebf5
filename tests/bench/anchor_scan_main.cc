// anchor-scan: how fast files are searched for the anchors of signatures, without all else.
//
//     anchor-scan a.ndb b.ldb FILE...
//
// Of the signatures that can match raw bytes, prints how many have no anchor, what building took,
// and megabytes a CPU second.

#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/engine/anchor_scanner.h"
#include "scanner/engine/clamav_signature.h"

namespace {

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int argc, char** argv) {
  using namespace counterscan;
  constexpr AnchorScanner::Group kSignaturesOfGroup = 1000;
  AnchorScanner scanner;
  std::size_t signatures = 0;
  std::size_t without = 0;
  double begin = CpuSeconds();
  int argument = 1;
  for (; argument < argc; ++argument) {
    const std::string path = argv[argument];
    if (!path.ends_with(".ndb") && !path.ends_with(".ldb")) break;
    std::ifstream lines(path);
    for (std::string line; std::getline(lines, line);) {
      const SignatureLine signature =
          path.ends_with(".ndb") ? ParseExtendedSignature(line) : ParseLogicalSignature(line);
      if (signature.needs == SignatureNeeds::kNothing) continue;
      const Anchors anchors =
          path.ends_with(".ndb") ? AnchorsOfExtended(line) : AnchorsOfLogical(line);
      if (anchors.empty()) ++without;
      for (const Anchor& anchor : anchors) {
        scanner.Add(anchor, static_cast<AnchorScanner::Group>(signatures) / kSignaturesOfGroup);
      }
      ++signatures;
    }
  }
  const double read = CpuSeconds() - begin;
  begin = CpuSeconds();
  scanner.Build();
  std::printf("%zu signatures, %zu without anchor, %zu anchors: read in %.3f s, built in %.3f s\n",
              signatures, without, scanner.anchors(), read, CpuSeconds() - begin);
  std::vector<char> buffer(256 * 1024);
  for (; argument < argc; ++argument) {
    std::ifstream file(argv[argument], std::ios::binary);
    AnchorScanner::Pass pass(scanner, signatures / kSignaturesOfGroup + 1);
    std::size_t bytes = 0;
    double searching = 0;
    while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
           file.gcount() > 0) {
      const auto count = static_cast<std::size_t>(file.gcount());
      begin = CpuSeconds();
      pass.Feed(AsBytes({buffer.data(), count}));
      searching += CpuSeconds() - begin;
      bytes += count;
    }
    std::printf("%s: %.0f MB/s, %zu groups with an anchor\n", argv[argument],
                static_cast<double>(bytes) / 1e6 / searching, pass.Finish().size());
  }
  return 0;
}
