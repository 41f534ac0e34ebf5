// The machine's inner loop and its plain way must agree. A reader with the smallest window never
// enters the loop; one with the usual window enters it wherever it can.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "pickle/analyze_internal.h"
#include "pickle/stream/instruction_reader.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

// Writes random pickles that mostly hold together: it knows how deep the stack is and where the
// marks are, not what lies on it. What lies on it is shown by calls now and then.
class Soup {
 public:
  explicit Soup(std::uint32_t seed) : random_(seed) {}

  std::string Make(int instructions) {
    bytes_ = "\x80" + std::string(1, static_cast<char>(2 + Pick(4)));
    for (int i = 0; i < instructions; ++i) Add();
    // One in four goes wrong at some byte, whatever that then means.
    if (Pick(4) == 0) bytes_[Pick(bytes_.size())] = static_cast<char>(Pick(256));
    return bytes_ + "]" + std::string(150, 'N') + ".";
  }

 private:
  std::size_t Pick(std::size_t below) { return random_() % below; }
  const std::string& OneOf(const std::vector<std::string>& choices) {
    return choices[Pick(choices.size())];
  }
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  void Push(const std::string& bytes) {
    bytes_ += bytes;
    ++depth_;
  }
  void Constant() {
    static const std::vector<std::string> constants = {
        "N",
        "\x88",
        "\x89",
        "K\x07",
        "M\x01\x02",
        "J\xff\xff\xff\xff",
        "G\x3f\xf8\0\0\0\0\0\0"s,
        "I7\n",
        "I-12\n",
        "I00\n",
        "I01\n",
        "I-0\n",
        "I007\n",
        "I 5\n",
        "I0x1f\n",
        "I1_0\n",
        "I1234567890123456\n",
        "I12345678901234567\n",
        "I99999999999999999\n",
        "L-99999999999999999L\n",
        "I99999999999999999999999\n",
        "I5L\n",
        "L7L\n",
        "L-7L\n",
        "L7\n",
        "L1234567890123456L\n",
        "L12345678901234567L\n",
        "L0L\n",
        "\x8c\x03"
        "abc",
        "\x8c\0"s,
        "\x8c\x08__init__",
        "X\x03\0\0\0abc"s,
        "X\0\0\0\0"s,
        "X\x04\0\0\0__x_"s,
        "U\x02zz",
        "T\x01\0\0\0_"s,
        "Vtext\n",
        "V\n",
        "V__call__\n",
        "V\\u005f_x\n",
        "S'ab'\n",
        "S\"__x\"\n",
        "S''\n",
        "S'\n",
        "S'ab\n",
        "Sab\n",
        "S'__a\"\n",
        "F\n",
        "F-\n",
        "F1e\n",
        "F1.\n",
        "F.5\n",
        "F1e5\n",
        "Finf\n",
        "F 1.5\n",
        "F1.5x\n",
        "F1.5\n",
        "F-3e-7\n",
        "Fnan\n",
        "F1_0.5\n",
        "\x8c\xf0" + std::string(240, 'l'),
        "X\xc8\0\0\0"s + std::string(200, '_'),
        "\x8a\x01\x05",
        "]",
        "}",
        ")",
        "\x8f",
        "C\x02hi",
    };
    Push(OneOf(constants));
  }
  // An object whose state is a dict with keys of every kind: a special one is a finding.
  void State() {
    Push("cunlisted\nClass\n)\x81}");
    const bool singly = Pick(2) == 0;
    if (!singly) bytes_ += '(';
    for (std::size_t pairs = Pick(4); pairs > 0; --pairs) {
      bytes_ += OneOf({"K\x01", "\x8c\x01x", "\x8c\x0c__getstate__", "V__call__\n",
                       "X\x07\0\0\0__new__"s, "V\\u005f_call__\n", "U\x07__new__", "\x88"});
      bytes_ += singly ? "Ns" : "N";
    }
    bytes_ += singly ? "b" : "ub";
  }
  void Add() {
    // Now and then without regard to what is there.
    if (Pick(200) == 0) {
      bytes_ += OneOf({"0",     "a",    "s",    "u",    "e",    "t",    "d",          "l",
                       "1",     "\x85", "\x86", "\x87", "\x94", "q\1",  "r\1\0\0\0"s, "p1\n",
                       "p-1\n", "(u",   "(e",   "(0",   "(a",   "(s",   "(\x94",      "(\x85",
                       "2",     "(2",   "((ta", "((ts", "]((e", "}((u", "((t00"});
      return;
    }
    const std::size_t above = depth_ - floor();
    switch (Pick(24)) {
      case 0:
        bytes_ += '(';
        marks_.push_back(depth_);
        return;
      case 1:
      case 2:
      case 3: {  // to the mark
        if (marks_.empty()) return Constant();
        const std::size_t items = above;
        const std::size_t first = marks_.back();
        marks_.pop_back();
        const bool below = first > floor();
        bytes_ +=
            below ? OneOf(items % 2 == 0 ? std::vector<std::string>{"u", "d", "e", "l", "t", "\x90"}
                                         : std::vector<std::string>{"e", "l", "t", "1"})
                  : OneOf({"l", "t", "1"});
        const char last = bytes_.back();
        depth_ = first + (last == 'd' || last == 'l' || last == 't' ? 1 : 0);
        return;
      }
      case 4:
        if (above < 3) return Constant();
        bytes_ += 's';
        depth_ -= 2;
        return;
      case 5:
        if (above < 2) return Constant();
        bytes_ += 'a';
        --depth_;
        return;
      case 6:
        if (above < 3) return Constant();
        bytes_ += OneOf({"\x85", "\x86", "\x87"});
        depth_ -= static_cast<std::size_t>(static_cast<unsigned char>(bytes_.back()) - 0x85);
        return;
      case 7:
      case 8:
      case 9:
        if (above == 0) return Constant();
        Put();
        return;
      case 10:
      case 11:
      case 12:
        if (memo_ == 0) return Constant();
        Get();
        return;
      case 13:
        if (above == 0) return Constant();
        bytes_ += '0';
        --depth_;
        return;
      case 14: {  // a frame that ends somewhere
        if (Pick(4) != 0) return;
        const std::size_t length = 1 + Pick(200);
        bytes_ += "\x95" + std::string(1, static_cast<char>(length)) + std::string(7, '\0');
        return;
      }
      case 15:  // shows the top of the stack
        if (above == 0) return Constant();
        bytes_ += "p9\ncunlisted\nshow\ng9\n\x85R";
        memo_ = std::max<std::size_t>(memo_, 1);
        ++depth_;
        return;
      case 16:
        return State();
      default:
        Constant();
    }
  }
  void Put() {
    const std::string index = std::to_string(Pick(4) == 0 ? memo_ + Pick(600) : memo_);
    const auto low = static_cast<char>(memo_ % 251);
    switch (Pick(6)) {
      case 0:
      case 1:
        bytes_ += '\x94';
        break;
      case 2:
        bytes_ += "q"s + low;
        break;
      case 3:
        bytes_ += "r"s + low + "\0\0\0"s;
        break;
      case 4:
        bytes_ += "p" + index + "\n";
        break;
      default:
        bytes_ += "p0" + index + "\n";
    }
    ++memo_;
  }
  void Get() {
    const std::size_t index = Pick(20) == 0 ? memo_ + 3 : Pick(memo_);
    const auto low = static_cast<char>(index % 251);
    Push(OneOf({"h"s + low, "j"s + low + "\0\0\0"s, "g" + std::to_string(index) + "\n",
                "g " + std::to_string(index) + "\n"}));
  }

  std::mt19937 random_;
  std::string bytes_;
  std::size_t depth_ = 0;
  std::vector<std::size_t> marks_;
  std::size_t memo_ = 0;
};

TEST(PlainRun, AgreesWithThePlainWay) {
  Options options;
  options.explain = true;
  std::uint64_t carried_out = 0;
  for (std::uint32_t seed = 0; seed < 6000; ++seed) {
    const std::string bytes = Soup(seed).Make(20 + static_cast<int>(seed % 180));
    const MemorySource source(AsBytes(bytes));
    const Analysis slow = AnalyzeWithWindow(source, options, InstructionReader::kSmallestWindow);
    const std::string expected = Summary(slow);
    for (const Pickle& pickle : slow.pickles) carried_out += pickle.opcode_count;
    for (const std::size_t window : {std::size_t{100}, InstructionReader::kWindowBytes}) {
      ASSERT_EQ(Summary(AnalyzeWithWindow(source, options, window)), expected)
          << "seed " << seed << ", window " << window;
    }
  }
  // Most of them went far, or the test would say little.
  EXPECT_GT(carried_out, 200'000u);
}

TEST(PlainRun, LimitsAreReachedAtTheSamePlace) {
  const std::string bytes = "(" + std::string(5000, 'N') + "t]" + std::string(3000, '\x94') + ".";
  const MemorySource source(AsBytes(bytes));
  for (std::uint64_t limit : {1u, 255u, 256u, 257u, 4000u, 6000u, 8003u, 8004u, 9000u}) {
    for (const int which : {0, 1, 2}) {
      Options options;
      if (which == 0) options.limits.pickle_opcodes = limit;
      if (which == 1) options.limits.pickle_stack_items = static_cast<std::size_t>(limit);
      if (which == 2) options.limits.pickle_memo_entries = static_cast<std::size_t>(limit);
      EXPECT_EQ(Summary(AnalyzeWithWindow(source, options, InstructionReader::kWindowBytes)),
                Summary(AnalyzeWithWindow(source, options, InstructionReader::kSmallestWindow)))
          << limit << " " << which;
    }
  }
}

}  // namespace
}  // namespace counterscan::pickle
