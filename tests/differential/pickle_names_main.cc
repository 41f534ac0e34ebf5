// pickle_names: what the analyser names in each of many streams, for the differential test.
//
// Standard input holds streams, each behind its length (32 bits, little-endian); standard output
// gets one record a stream, in order:
//
//   imports, each  module, name      a text is its length and its bytes; the length of one that
//                                    cannot be known is kUnknown
//   rules, each    id                one for every rule that was broken
//   end            64 bits           first byte that the analysis leaves to its caller
//   gaps           32 bits           how many
//
// Counts and lengths have 32 bits.
#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>
#include <string>

#include "pickle/analysis.h"
#include "scanner/base/byte_reader.h"

namespace counterscan::pickle {
namespace {

constexpr std::uint32_t kUnknown = 0xffffffff;
constexpr std::uint32_t kLongestStream = 64 * 1024 * 1024;

class Answer {
 public:
  void Number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
  }
  void Text(const std::optional<std::string>& text) {
    Number(text ? text->size() : kUnknown, 4);
    if (text) bytes_ += *text;
  }
  bool Write() {
    const bool written = std::fwrite(bytes_.data(), 1, bytes_.size(), stdout) == bytes_.size();
    bytes_.clear();
    return written;
  }

 private:
  std::string bytes_;
};

void Describe(const Analysis& analysis, Answer& answer) {
  answer.Number(analysis.imports.size(), 4);
  for (const Import& import : analysis.imports) {
    answer.Text(import.module);
    answer.Text(import.name);
  }
  std::set<std::string> rules;
  for (const Finding& finding : analysis.findings) rules.insert(finding.rule);
  answer.Number(rules.size(), 4);
  for (const std::string& rule : rules) answer.Text(rule);
  answer.Number(analysis.end, 8);
  answer.Number(analysis.gaps.size(), 4);
}

int Main() {
  std::string stream;
  Answer answer;
  unsigned char head[4];
  while (std::fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
    const std::uint32_t size = head[0] | static_cast<std::uint32_t>(head[1]) << 8 |
                               static_cast<std::uint32_t>(head[2]) << 16 |
                               static_cast<std::uint32_t>(head[3]) << 24;
    if (size > kLongestStream) return 1;
    stream.resize(size);
    if (std::fread(stream.data(), 1, size, stdin) != size) return 1;
    const MemorySource source(AsBytes(stream));
    Describe(Analyze(source, {}), answer);
    if (!answer.Write()) return 1;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace counterscan::pickle

int main() { return counterscan::pickle::Main(); }
