#include "pickle/sniff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "scanner/base/byte_reader.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

bool Looks(std::string_view text) {
  const auto bytes = AsBytes(text);
  return LooksLikePickle(bytes.first(std::min<std::size_t>(bytes.size(), 4096)),
                         MemorySource(bytes));
}

TEST(LooksLikePickle, HeadersAreCertain) {
  EXPECT_TRUE(Looks("\x80\x02}."));
  EXPECT_TRUE(Looks("\x80\x04\x95"));
  EXPECT_TRUE(Looks("\x80\x05"));
  EXPECT_FALSE(Looks("\x80\x02\0\0\0\0\0\0"s));
  EXPECT_FALSE(Looks("\x80\x63N."));
}

TEST(LooksLikePickle, TextPicklesAreRecognised) {
  for (
      const std::string& text :
      {"cos\nsystem\n(S'true'\ntR."s, "(S'true'\nios\nsystem\n."s, "(cos\nsystem\nS'true'\no."s,
       "(lp0\nI1\naS'x'\nap1\n."s, "(lp0\nI1\naS'x'\n"s, "(dp0\nVkey\np1\nI1\ns."s, "I5\n."s,
       "]q\0(K\x01K\x02"
       "e."s,
       "K\x05."s, "N."s, "F1.5\n."s, "(I1\nI2\ntp0\n."s,
       "ccopy_reg\n_reconstructor\np0\n(c__main__\nNet\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n."s,
       "cos\nsystem\n"s, "cos\nsystem\n\xff\xff\xff"s, "\x8c\x02os\x8c\x06system\x93."s}) {
    EXPECT_TRUE(Looks(text)) << text;
  }
}

TEST(LooksLikePickle, WhatComesBeforeReadersStopIsCarriedOut) {
  const std::string call = "cevilpkg\nrun\n(tR";
  for (const std::string& text :
       {"(lNaI0\nNs0" + call + ".", call + "Sunquoted\n.", call + "0I1\n(tR.", call + "cx y\nz\n.",
        call + "0VtextI0\n\nNs", "S'x' \n0" + call + ".", "Nparbitrary key\n0" + call + "."}) {
    EXPECT_TRUE(Looks(text)) << text;
  }
}

TEST(LooksLikePickle, AHeadOfALongTextPickleIsEnough) {
  std::string text = "(lp0\n";
  for (int i = 0; i < 5000; ++i) text += "I" + std::to_string(i) + "\na";
  text += ".";
  EXPECT_EQ(GuessPickle(AsBytes(text).first(512), text.size()), Guess::kYes);
}

TEST(LooksLikePickle, PlainTextIsNot) {
  for (const std::string& text :
       {"{\"a\": [1, 2, 3]}"s,
        "[1, 2]"s,
        "# Model card\n\nSome text.\n"s,
        "a,b,c\n1,2,3\n"s,
        "1,2,3\n4,5,6\n"s,
        "(c) 2020 Somebody\nAll rights reserved\n"s,
        "import os\nimport sys\n"s,
        "from x import y\n"s,
        "class Net:\n    pass\n"s,
        "def f():\n  return 1\n"s,
        "Some sentence. Another.\n"s,
        "Version 1.0\nNotes\n"s,
        "I am text\nand more\n"s,
        "N.B. this is text\n"s,
        "config\nvalue\nother\n"s,
        "cat\ndog\nNone\n"s,
        "<html></html>"s,
        "---\na: 1\nb: 2\n"s,
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"s,
        "Please read this\nfirst\n"s,
        "Kernel panic\n"s,
        "GGUF\3\0\0\0"s,
        "PK\3\4"s,
        "\x93NUMPY\1\0"s,
        "label\tvalue\n"s,
        "Hello\n"s,
        "\n\n\n"s,
        "0.1 0.2 0.3\n"s,
        "(1, 2)\n"s,
        ")))\n"s,
        "the quick brown fox\n"s,
        "License\n\nCopyright (c)\n"s,
        "e\n"s,
        ""s,
        "\0\0\0\0"s,
        "Q: what?\nA: that.\n"s,
        "V for vendetta\nby someone\n"s,
        "GIF89a"s,
        "MZ\x90\0"s,
        "]\n[\n"s,
        "car\nbus\n"s,
        "}\n"s,
        "MIT License\n"s,
        "Just text\n"s}) {
    EXPECT_FALSE(Looks(text)) << text;
  }
}

TEST(LooksLikePickle, APayloadBehindInstructionsWithoutEffectIsFound) {
  for (const std::size_t padding : {10u, 5'000u, 300'000u}) {
    std::string text;
    for (std::size_t i = 0; i < padding; ++i) text += "N0";
    text += "cposix\nsystem\n(S'true'\ntR.";
    const MemorySource source(AsBytes(text));
    const auto head = AsBytes(text).first(std::min<std::size_t>(text.size(), 4096));
    EXPECT_TRUE(LooksLikePickle(head, source)) << padding;
  }
  for (const std::size_t pickles : {1u, 10u, 5'000u, 300'000u}) {
    std::string text;
    for (std::size_t i = 0; i < pickles; ++i) text += "N.";
    text += "cposix\nsystem\n(S'true'\ntR.";
    const MemorySource source(AsBytes(text));
    const auto head = AsBytes(text).first(std::min<std::size_t>(text.size(), 4096));
    EXPECT_TRUE(LooksLikePickle(head, source)) << pickles;
  }
  EXPECT_FALSE(Looks(std::string(50'000, 'N')));
}

TEST(GuessPickle, SaysNoOnlyForWhatItHasSeen) {
  const std::string call = "cevilpkg\nrun\n(tR.";
  // Windows end inside of a string, of idle instructions, of idle pickles, behind an odd name.
  for (const std::string& start : {"V" + std::string(700, 'x'), std::string(700, 'N'),
                                   std::string(700, '}'), "cx y\nz\n" + std::string(700, 'N')}) {
    EXPECT_EQ(GuessPickle(AsBytes(start).first(256), start.size()), Guess::kNotYet) << start;
  }
  std::string pickles;
  for (int i = 0; i < 700; ++i) pickles += "N.";
  EXPECT_EQ(GuessPickle(AsBytes(pickles), pickles.size() + 1), Guess::kNotYet);
  EXPECT_TRUE(Looks("V" + std::string(700'000, 'x') + "\n" + call));
}

TEST(GuessPickle, ALimitOfTheTrialIsNoAnswer) {
  EXPECT_TRUE(Looks(std::string(70'000, 'N')));
  EXPECT_TRUE(Looks(std::string(70'000, '(')));
  std::string idle;
  for (int i = 0; i < 5'000'000; ++i) idle += "N0";
  EXPECT_TRUE(Looks(idle));
  // Names that the memo of a trial has no room for are called all the same.
  std::string slots = "cevilpkg\nrun\n";
  for (int i = 0; i < 140'000; ++i) slots += "p" + std::to_string(2 * i) + "\n";
  EXPECT_TRUE(Looks("N" + slots + "0g278000\n(tR."));
  // Python 2 takes any line for a slot.
  std::string lines = "N";
  for (int i = 0; i < 2'000; ++i) lines += "pslot " + std::to_string(i) + "\n";
  EXPECT_TRUE(Looks(lines + "cevilpkg\nrun\n(tR."));
}

TEST(LooksLikePickle, EveryByteFirstIsAnswered) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string text(1, static_cast<char>(byte));
    Looks(text);
    text += std::string(5000, static_cast<char>(byte));
    Looks(text);
  }
}

TEST(Sniff, AProgramMayCallNamesThatNobodyHas) {
  for (const std::string& name : {std::string("os\r\nsystem"), std::string("\nsystem"),
                                  std::string("os\n"), std::string("os\0\nsystem", 10)}) {
    const std::string call = "c" + name + "\n(S'true'\ntR.";
    EXPECT_TRUE(Looks(call)) << name;
    const std::string prose = "c" + name + "\nand so on\n";
    EXPECT_FALSE(Looks(prose)) << name;
  }
}

}  // namespace
}  // namespace counterscan::pickle
