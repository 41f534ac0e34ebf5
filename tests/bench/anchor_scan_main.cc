// anchor-scan: how fast files are searched for the anchors of signatures, without all else.
//
//     anchor-scan a.ndb b.ldb FILE... [--libclamav]
//
// Of the signatures that can match raw bytes, prints how many have no anchor, what building took,
// and megabytes a CPU second. With --libclamav also those of one matcher with all the signatures,
// over the first bytes of each file.

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/engine/anchor_scanner.h"
#include "scanner/engine/clamav_library.h"
#include "scanner/engine/clamav_signature.h"

namespace counterscan {
namespace {

constexpr AnchorScanner::Group kSignaturesOfGroup = 1000;
constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kMatchedBytes = 16 * 1024 * 1024;

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double MegabytesPerSecond(std::size_t bytes, double seconds) {
  return static_cast<double>(bytes) / 1e6 / seconds;
}

struct Signatures {
  AnchorScanner scanner;
  std::string raw[2];  // lines that can match raw bytes, .ndb and .ldb
  std::size_t count = 0;
  std::size_t without_anchor = 0;
};

void Read(const std::string& path, Signatures& signatures) {
  const bool logical = path.ends_with(".ldb");
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    const SignatureLine signature =
        logical ? ParseLogicalSignature(line) : ParseExtendedSignature(line);
    if (signature.needs == SignatureNeeds::kNothing) continue;
    const Anchors anchors = logical ? AnchorsOfLogical(line) : AnchorsOfExtended(line);
    if (anchors.empty()) ++signatures.without_anchor;
    for (const Anchor& anchor : anchors) {
      signatures.scanner.Add(
          anchor, static_cast<AnchorScanner::Group>(signatures.count) / kSignaturesOfGroup);
    }
    ++signatures.count;
    signatures.raw[logical ? 1 : 0] += line + "\n";
  }
}

// One matcher with all of the signatures; none when libclamav refuses them.
std::unique_ptr<RawMatcher> LoadAll(const Signatures& signatures) {
  const std::string folder = std::filesystem::temp_directory_path().string();
  auto matcher = RawMatcher::Create(folder);
  for (const bool logical : {false, true}) {
    if (!matcher || signatures.raw[logical ? 1 : 0].empty()) continue;
    const std::string path =
        folder + "/anchor-scan-" + std::to_string(std::clock()) + (logical ? ".ldb" : ".ndb");
    std::ofstream(path, std::ios::binary) << signatures.raw[logical ? 1 : 0];
    const auto loaded = (*matcher)->Load(path, RawMatcher::Naming::kUnofficial);
    std::filesystem::remove(path);
    if (!loaded) return nullptr;
  }
  if (!matcher || !(*matcher)->Compile()) return nullptr;
  return std::move(*matcher);
}

void Search(const char* path, const Signatures& signatures) {
  std::vector<char> buffer(kPieceBytes);
  std::ifstream file(path, std::ios::binary);
  AnchorScanner::Pass pass(signatures.scanner, signatures.count / kSignaturesOfGroup + 1);
  std::size_t bytes = 0;
  double searching = 0;
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         file.gcount() > 0) {
    const auto count = static_cast<std::size_t>(file.gcount());
    const double begin = CpuSeconds();
    pass.Feed(AsBytes({buffer.data(), count}));
    searching += CpuSeconds() - begin;
    bytes += count;
  }
  std::printf("%s: %.0f MB/s, %zu groups with an anchor\n", path,
              MegabytesPerSecond(bytes, searching), pass.Finish().size());
}

void Match(const char* path, RawMatcher& matcher) {
  std::string bytes(kMatchedBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  const double begin = CpuSeconds();
  const RawMatcher::Outcome outcome = matcher.MatchMemory(AsBytes(bytes));
  std::printf("%s: one matcher with all signatures: %.1f MB/s, %zu matches\n", path,
              MegabytesPerSecond(bytes.size(), CpuSeconds() - begin), outcome.names.size());
}

int Main(int argc, char** argv) {
  std::vector<const char*> files;
  Signatures signatures;
  bool libclamav = false;
  double begin = CpuSeconds();
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--libclamav") {
      libclamav = true;
    } else if (argument.ends_with(".ndb") || argument.ends_with(".ldb")) {
      Read(argv[i], signatures);
    } else {
      files.push_back(argv[i]);
    }
  }
  const double read = CpuSeconds() - begin;
  begin = CpuSeconds();
  signatures.scanner.Build();
  std::printf("%zu signatures, %zu without anchor, %zu anchors: read in %.3f s, built in %.3f s\n",
              signatures.count, signatures.without_anchor, signatures.scanner.anchors(), read,
              CpuSeconds() - begin);
  for (const char* const file : files) Search(file, signatures);
  if (!libclamav) return 0;
  const std::unique_ptr<RawMatcher> matcher = LoadAll(signatures);
  if (matcher == nullptr) return 1;
  for (const char* const file : files) Match(file, *matcher);
  return 0;
}

}  // namespace
}  // namespace counterscan

int main(int argc, char** argv) { return counterscan::Main(argc, argv); }
