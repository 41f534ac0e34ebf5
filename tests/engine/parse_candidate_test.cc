#include "scanner/engine/parse_candidate.h"

#include <gtest/gtest.h>

#include <string>

#include "scanner/base/byte_reader.h"

namespace counterscan {
namespace {

using detect::FileType;

bool Worth(FileType type, const std::string& content) {
  return WorthParsing(type, MemorySource(AsBytes(content)));
}

TEST(ParseCandidate, ProgramsDocumentsArchivesAndWhatNobodyKnows) {
  for (const FileType type : {FileType::kPe, FileType::kElf, FileType::kPdf, FileType::kZip,
                              FileType::kSevenZip, FileType::kScript, FileType::kUnknown}) {
    EXPECT_TRUE(Worth(type, "content")) << Name(type);
    EXPECT_FALSE(Worth(type, "")) << Name(type);
  }
}

TEST(ParseCandidate, NoWeightsNoTorchArchivesNoPictures) {
  for (const FileType type :
       {FileType::kSafetensors, FileType::kPickle, FileType::kTorchZip, FileType::kTorchScript,
        FileType::kGguf, FileType::kImage, FileType::kPointer}) {
    EXPECT_FALSE(Worth(type, "<html>")) << Name(type);
  }
}

TEST(ParseCandidate, TextThatIsAMailAWebPageOrHasAFileEncodedInIt) {
  for (const char* text : {
           "Subject: hello\n\nbody",
           "first\r\nReceived: from\r\n",
           "some\nMIME-VERSION: 1.0\n",
           "\xef\xbb\xbf"
           "From: a@b\n",
           "a page <HTML> here",
           "# Model\n<img src=x>\n",
           "<?xml version=\"1.0\"?>",
           "text\nbegin 644 file\n",
           "(This file must be converted with BinHex 4.0)",
           "{\\rtf1\\ansi}",
           "%PDF-1.4",
       }) {
    EXPECT_TRUE(Worth(FileType::kText, text)) << text;
    EXPECT_TRUE(Worth(FileType::kJson, text)) << text;
  }
}

TEST(ParseCandidate, PlainTextIsNot) {
  for (const char* text : {
           "# A model\n\nIt answers questions.\n",
           "{\"model_type\": \"bert\", \"vocab\": {\"<s>\": 0, \"</s>\": 1}}",
           "the subject: not at the start of a line",
           "a < b and c > d",
           "\n\n\n",
           "<",
       }) {
    EXPECT_FALSE(Worth(FileType::kText, text)) << text;
  }
}

TEST(ParseCandidate, AMarkIsSeenWhereverItLies) {
  for (const std::size_t place : {std::size_t{65'530}, std::size_t{65'536}, std::size_t{65'510},
                                  std::size_t{131'070}, std::size_t{200'000}}) {
    for (const std::string mark : {"\nSubject: x", "<script>"}) {
      std::string text(place, 'x');
      text += mark;
      EXPECT_TRUE(Worth(FileType::kText, text)) << place << mark;
      EXPECT_TRUE(Worth(FileType::kText, text + std::string(100'000, 'y'))) << place << mark;
    }
    // A line that only seems to begin there, because a piece does.
    EXPECT_FALSE(
        Worth(FileType::kText, std::string(place, 'x') + "subject: x" + std::string(100'000, 'y')))
        << place;
  }
}

}  // namespace
}  // namespace counterscan
