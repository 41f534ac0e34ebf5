// zip_members: what the walk looks at inside each of many archives, for the differential test.
//
// Standard input holds archives, each behind its length (32 bits, little-endian); standard output
// gets one record an archive, in order:
//
//   contents, each  place, bytes
//   rules, each     id               one for every rule that was broken
//   gaps, each      name             one for every reason
//
// A place is "inner.zip::b/data.pkl", "" for the archive itself. A text is its length and its
// bytes; counts and lengths have 32 bits.
#include <cstdint>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/engine/file_analysis.h"

namespace counterscan {
namespace {

constexpr std::uint32_t kLongestArchive = 64 * 1024 * 1024;
// The readers that this is compared with return less of a member. A hole can be of any size.
constexpr std::size_t kKeptBytes = 8 * 1024 * 1024;

class Answer {
 public:
  void Number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
  }
  void Text(const std::string& text) {
    Number(text.size(), 4);
    bytes_ += text;
  }
  void Texts(const std::set<std::string>& texts) {
    Number(texts.size(), 4);
    for (const std::string& text : texts) Text(text);
  }
  bool Write() {
    const bool written = std::fwrite(bytes_.data(), 1, bytes_.size(), stdout) == bytes_.size();
    bytes_.clear();
    return written;
  }

 private:
  std::string bytes_;
};

class Collector final : public ContentWitness {
 public:
  void Saw(const ByteSource& content, const std::string& where) override {
    std::vector<std::byte> buffer(64 * 1024);
    std::string bytes;
    while (bytes.size() < kKeptBytes) {
      const auto got = content.ReadAt(bytes.size(), buffer);
      if (!got || *got == 0) break;
      bytes += AsText(std::span<const std::byte>(buffer).first(*got));
    }
    seen_.emplace(where, std::move(bytes));
  }

  void Describe(Answer& answer) const {
    answer.Number(seen_.size(), 4);
    for (const auto& [where, bytes] : seen_) {
      answer.Text(where);
      answer.Text(bytes);
    }
  }

 private:
  std::set<std::pair<std::string, std::string>> seen_;
};

int Main() {
  std::string archive;
  Answer answer;
  unsigned char head[4];
  while (std::fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
    const std::uint32_t size = head[0] | static_cast<std::uint32_t>(head[1]) << 8 |
                               static_cast<std::uint32_t>(head[2]) << 16 |
                               static_cast<std::uint32_t>(head[3]) << 24;
    if (size > kLongestArchive) return 1;
    archive.resize(size);
    if (std::fread(archive.data(), 1, size, stdin) != size) return 1;
    Collector collector;
    AnalysisOptions options;
    options.witness = &collector;
    // Of what a few bytes unpack to, all is kept here.
    options.limits.inflated_bytes = kLongestArchive;
    const FileAnalysis analysis = AnalyseFile(MemorySource(AsBytes(archive)), options);
    collector.Describe(answer);
    std::set<std::string> rules;
    for (const Finding& finding : analysis.findings) rules.insert(finding.rule);
    answer.Texts(rules);
    std::set<std::string> gaps;
    for (const Gap& gap : analysis.gaps) gaps.emplace(Name(gap.reason));
    answer.Texts(gaps);
    if (!answer.Write()) return 1;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace counterscan

int main() { return counterscan::Main(); }
