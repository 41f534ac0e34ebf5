// What the built program finds inside files: packed content, and names that share it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/scan_program.h"
#include "tests/support/eicar.h"
#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Zlib(const std::string& data) {
  uLongf size = compressBound(data.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(data.data()), data.size());
  packed.resize(size);
  return packed;
}

std::string DeflatedZip(const std::string& name, const std::string& data) {
  ZipBuilder zip;
  zip.Deflated(name, data);
  return zip.Build();
}

TEST(ScanContents, SignaturesAreMatchedInPackedContent) {
  TempDir dir;
  const std::string large = std::string(6'000'000, 'x') + Eicar();
  dir.Write("a.zip", DeflatedZip("docs/test.com", Eicar()));
  dir.Write("large.zip", DeflatedZip("test.txt", large));
  dir.Write("nested.zip", DeflatedZip("inner.zip", DeflatedZip("test.com", Eicar())));
  dir.Write("stream.z", Zlib(Eicar()));
  dir.Write("large.z", Zlib(large));
  const json report = Scan({dir.path()});
  EXPECT_EQ(report["exit"], 1);
  EXPECT_EQ(FindingOf(FileAt(report, "a.zip"), "clamav")["where"], "docs/test.com");
  EXPECT_EQ(FindingOf(FileAt(report, "large.zip"), "clamav")["where"], "test.txt");
  EXPECT_EQ(FindingOf(FileAt(report, "nested.zip"), "clamav")["where"], "inner.zip::test.com");
  EXPECT_EQ(FindingOf(FileAt(report, "stream.z"), "clamav")["where"], "(inflated)");
  EXPECT_EQ(FindingOf(FileAt(report, "large.z"), "clamav")["where"], "(inflated)");
}

TEST(ScanContents, APackedStorageIsMatchedToItsEnd) {
  TempDir dir;
  ZipBuilder zip;
  zip.Stored("m/data.pkl", HarmlessPickle());
  zip.Deflated("m/data/0", std::string(1'000'000, '\1') + Eicar());
  zip.Stored("m/version", "3\n");
  dir.Write("model.pt", zip.Build());
  const json report = Scan({dir.path()});
  EXPECT_EQ(FindingOf(FileAt(report, "model.pt"), "clamav")["where"], "m/data/0");
}

TEST(ScanContents, HonestPackedContentIsClean) {
  TempDir dir;
  dir.Write("a.zip", DeflatedZip("readme.txt", std::string(6'000'000, 'x')));
  dir.Write("model.pkl.z", Zlib(HarmlessPickle()));
  for (const char* av : {"builtin", "off"}) {
    const json report = Scan({"--av", av, dir.path()});
    EXPECT_EQ(report["exit"], 0) << report.dump(1);
    EXPECT_EQ(FileAt(report, "a.zip")["verdict"], "clean");
    EXPECT_EQ(FileAt(report, "model.pkl.z")["verdict"], "clean");
  }
}

TEST(ScanContents, PackedContentIsNotCleanWithoutAnEngine) {
  TempDir dir;
  dir.Write("a.zip", DeflatedZip("test.com", Eicar()));
  RunOptions options;
  options.environment["TMPDIR"] = "/proc";
  EXPECT_EQ(Scan({dir.path()}, options)["exit"], 2);
}

TEST(ScanContents, BytesBehindAPackedStreamAreWalkedAndReported) {
  TempDir dir;
  ZipBuilder zip;
  ZipBuilder::Member& member = zip.Deflated("a.txt", "some text");
  const std::string hidden = HostilePickle();
  member.data += hidden;
  member.compressed_size += static_cast<std::uint32_t>(hidden.size());
  dir.Write("a.zip", zip.Build());
  const json report = Scan({dir.path()});
  EXPECT_EQ(report["exit"], 1);
  EXPECT_EQ(FileAt(report, "a.zip")["verdict"], "unsafe") << report.dump(1);
}

TEST(ScanContents, ATextIsAProgramWhereItsNameSaysSo) {
  TempDir dir;
  const std::string python = "import os\nos.system('true')\n";
  dir.Write("code/modeling_x.py", python);
  dir.Write("list.PY", "[1, 2]");
  dir.Write("empty.py", "");
  dir.Write("data.py", HarmlessPickle());
  for (const char* name : {"README.md", "py", "a.python", "a.py.txt"}) dir.Write(name, python);
  std::filesystem::create_hard_link(dir.path() + "/py", dir.path() + "/run.sh");
  const json report = Scan({dir.path()});
  EXPECT_EQ(report["exit"], 2);
  for (const char* name : {"code/modeling_x.py", "list.PY", "run.sh"}) {
    EXPECT_EQ(FileAt(report, name)["type"], "script") << name;
    EXPECT_THAT(GapReasonsOf(FileAt(report, name)), ElementsAre("no-analyser")) << name;
  }
  // A program in spite of what else its bytes are.
  EXPECT_EQ(FileAt(report, "data.py")["type"], "pickle");
  EXPECT_THAT(GapReasonsOf(FileAt(report, "data.py")), ElementsAre("no-analyser"));
  for (const char* name : {"README.md", "py", "a.python", "a.py.txt", "empty.py"}) {
    EXPECT_EQ(FileAt(report, name)["verdict"], "clean") << name;
  }
}

// Eight bytes of a picture are a field that TensorFlow's readers pass over.
TEST(ScanContents, WhatOnlyBeginsLikeAPictureIsNotInert) {
  TempDir dir;
  const std::string start = "\x89PNG\r\n\x1a\n";
  const std::string chunk = std::string("\0\0\0\0IEND1234", 12);
  const std::string picture =
      start + std::string("\0\0\0\rIHDR", 8) + std::string(17, '\1') + chunk;
  dir.Write("logo.png", picture);
  dir.Write("padded.png", picture + std::string(3, '\0'));
  dir.Write("frozen.pb", picture);
  dir.Write("graph.png", start + "\x0a\x20" + std::string(500, 'x'));
  dir.Write("tail.png", picture + "a database");
  const json report = Scan({dir.path()});
  for (const char* name : {"logo.png", "padded.png"}) {
    EXPECT_EQ(FileAt(report, name)["verdict"], "clean") << name;
  }
  EXPECT_THAT(GapReasonsOf(FileAt(report, "frozen.pb")), ElementsAre("no-analyser"));
  EXPECT_THAT(GapReasonsOf(FileAt(report, "graph.png")), ElementsAre("broken-format"));
  EXPECT_THAT(GapReasonsOf(FileAt(report, "tail.png")), ElementsAre("unparsed-bytes"));
}

TEST(ScanContents, TextThatLoadersRunIsNotInert) {
  TempDir dir;
  dir.Write("hparams.yaml", "a: !!python/object/apply:os.system ['true']\n");
  dir.Write("long.json", R"({"a": ")" + std::string(300'000, 'x') + R"(", "py/reduce": []})");
  dir.Write("m.dir", "'key', (0, 123)\n");
  dir.Write("config.json", R"({"model_type": "bert"})");
  ZipBuilder zip;
  zip.Deflated("conf/model.yaml", "model:\n  _target_: os.system\n");
  zip.Stored("modeling.py", "\x89PNG\r\n\x1a\n");
  dir.Write("a.zip", zip.Build());
  const json report = Scan({dir.path()});
  for (const char* name : {"hparams.yaml", "long.json", "m.dir"}) {
    EXPECT_THAT(GapReasonsOf(FileAt(report, name)), ElementsAre("no-analyser")) << name;
  }
  EXPECT_EQ(FileAt(report, "config.json")["verdict"], "clean");
  EXPECT_THAT(GapReasonsOf(FileAt(report, "a.zip")),
              testing::UnorderedElementsAre("no-analyser", "broken-format", "no-analyser"));
}

TEST(ScanContents, EachNameOfTheSameBytesIsHeldToWhatItPromises) {
  TempDir dir;
  dir.Write("a.pkl", HarmlessPickle());
  std::filesystem::create_hard_link(dir.path() + "/a.pkl", dir.path() + "/b.safetensors");
  const json report = Scan({dir.path()});
  EXPECT_THAT(FileAt(report, "a.pkl")["findings"], IsEmpty());
  EXPECT_EQ(FileAt(report, "b.safetensors")["findings"][0]["rule"], "FMT-104");
  EXPECT_EQ(report["exit"], 1);
}

}  // namespace
}  // namespace counterscan
