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

TEST(FileTypes, AreFoundByTheirNames) {
  for (const FileTypeRow& row : FileTypes()) EXPECT_EQ(FileTypeFromName(row.name), row.type);
  EXPECT_EQ(FileTypeFromName("Pickle"), FileType::kUnknown);
  EXPECT_EQ(FileTypeFromName(""), FileType::kUnknown);
}

}  // namespace
}  // namespace counterscan::detect
