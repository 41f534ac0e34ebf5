#include "scanner/detect/name_promise.h"

#include <gtest/gtest.h>

namespace counterscan::detect {
namespace {

TEST(BrokenPromise, ANameThatPromisesAHarmlessFormatIsHeldToIt) {
  EXPECT_EQ(BrokenPromise("model.safetensors", FileType::kPickle), ".safetensors");
  EXPECT_EQ(BrokenPromise("a/MODEL.SafeTensors", FileType::kTorchZip), ".safetensors");
  EXPECT_EQ(BrokenPromise("picture.png", FileType::kElf), ".png");
  EXPECT_EQ(BrokenPromise("model.pkl", FileType::kPickle), "");
  EXPECT_EQ(BrokenPromise("model.safetensors", FileType::kSafetensors), "");
  EXPECT_EQ(BrokenPromise("safetensors", FileType::kPickle), "");
  EXPECT_EQ(BrokenPromise("", FileType::kPickle), "");
}

TEST(UnjudgedByName, AScriptIsOneWhateverItsBytesAre) {
  for (const FileType type : {FileType::kText, FileType::kJson, FileType::kImage, FileType::kMedia,
                              FileType::kPickle, FileType::kZip, FileType::kSafetensors}) {
    EXPECT_NE(UnjudgedByName("modeling_x.py", type), "") << Name(type);
    EXPECT_NE(UnjudgedByName("RUN.SH", type), "") << Name(type);
  }
  // These have gaps or findings of their own, or nothing in them.
  for (const FileType type : {FileType::kScript, FileType::kElf, FileType::kUnknown,
                              FileType::kEmpty, FileType::kPointer}) {
    EXPECT_EQ(UnjudgedByName("modeling_x.py", type), "") << Name(type);
  }
}

TEST(UnjudgedByName, APictureIsCalledOne) {
  EXPECT_EQ(UnjudgedByName("a.PNG", FileType::kImage), "");
  EXPECT_EQ(UnjudgedByName("speech.flac", FileType::kMedia), "");
  EXPECT_NE(UnjudgedByName("frozen.pb", FileType::kImage), "");
  EXPECT_NE(UnjudgedByName("m.dat", FileType::kImage), "");
  EXPECT_NE(UnjudgedByName("weights", FileType::kMedia), "");
}

TEST(UnjudgedByName, LoadersGoByTheirFormatsNames) {
  for (const FileType type : {FileType::kText, FileType::kPickle, FileType::kNumpy}) {
    EXPECT_NE(UnjudgedByName("frozen.pb", type), "") << Name(type);
    EXPECT_NE(UnjudgedByName("model.H5", type), "") << Name(type);
    EXPECT_EQ(UnjudgedByName("model.bin", type), "") << Name(type);
    EXPECT_EQ(UnjudgedByName("readme", type), "") << Name(type);
  }
  EXPECT_EQ(UnjudgedByName("model.keras", FileType::kKeras), "");
  EXPECT_EQ(UnjudgedByName("model.keras", FileType::kZip), "");
  EXPECT_EQ(UnjudgedByName("model.h5", FileType::kHdf5), "");
}

TEST(FileTypes, AreFoundByTheirNames) {
  for (const FileTypeRow& row : FileTypes()) EXPECT_EQ(FileTypeFromName(row.name), row.type);
  EXPECT_EQ(FileTypeFromName("Pickle"), FileType::kUnknown);
  EXPECT_EQ(FileTypeFromName(""), FileType::kUnknown);
}

}  // namespace
}  // namespace counterscan::detect
