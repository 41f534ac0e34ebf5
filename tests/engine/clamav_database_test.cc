#include "scanner/engine/clamav_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>
#ifdef COUNTERSCAN_SANITIZED
#include <sanitizer/lsan_interface.h>
#endif

#include <filesystem>
#include <string>

#include "scanner/base/byte_reader.h"
#include "scanner/base/digest.h"
#include "scanner/base/limits.h"
#include "scanner/base/text.h"
#include "tests/engine/clamav_test_sources.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// In the order in which they are loaded, but for the built-in ones. The signatures of these tests
// are too short for an anchor.
std::vector<SignatureFile> Files(const SignatureDirectory& directory) {
  std::vector<SignatureFile> files = directory.sets.exceptions;
  for (const SignatureSet* const set : {&directory.sets.hashed, &directory.sets.always}) {
    files.insert(files.end(), set->files.begin(), set->files.end());
  }
  std::erase_if(files, [](const SignatureFile& file) { return file.name.empty(); });
  return files;
}

std::vector<std::string> Names(const SignatureDirectory& directory) {
  std::vector<std::string> names;
  for (const SignatureFile& file : Files(directory)) names.push_back(file.name);
  return names;
}

std::vector<DatabaseFile> LeftOut(const SignatureDirectory& directory) {
  std::vector<DatabaseFile> files = directory.files;
  std::erase_if(
      files, [](const DatabaseFile& file) { return file.state != DatabaseFile::State::kLeftOut; });
  return files;
}

std::string Fixture(const std::string& name) {
  return ReadWholeFile(COUNTERSCAN_SOURCE_DIR "/fixtures/clamav/" + name);
}

// An unsigned container: a header of 512 bytes, then a gzipped tar of one file.
std::string Container(const std::string& name, const std::string& content) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(100, 7, "0000644");
  char size[12];
  std::snprintf(size, sizeof size, "%011zo", content.size());
  header.replace(124, 11, size);
  header[156] = '0';
  header.replace(257, 8,
                 std::string("ustar\0"
                             "00",
                             8));
  header.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char checksum[8];
  std::snprintf(checksum, sizeof checksum, "%06o", sum);
  header.replace(148, 7, std::string(checksum, 7));
  std::string tar = header + content;
  tar.resize((tar.size() + 511) / 512 * 512 + 1024);

  std::string packed(tar.size() + 1000, '\0');
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(tar.data());
  stream.avail_in = static_cast<uInt>(tar.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);

  std::string file =
      "ClamAV-VDB:22 Nov 2026 00-00 +0000:1:1:90:" + Md5Hex(packed) + ":signature:me:1795305600";
  file.resize(512, ' ');
  return file + packed;
}

class Database : public testing::Test {
 protected:
  Result<SignatureDirectory> Read() {
    return ReadSignatureDirectory(database_.path(), scratch_.path());
  }
  TempDir database_;
  TempDir scratch_;
};

TEST_F(Database, KeepsLinesThatMatchRawBytes) {
  database_.Write("a.ndb", "# comment\nA:1:*:6162\nB:0:*:6162\r\nC:7:*:6162\nD:0:0:6162\n");
  const auto directory = Read();
  ASSERT_TRUE(directory);
  ASSERT_EQ(Files(*directory).size(), 1U);
  EXPECT_EQ(ReadWholeFile(Files(*directory)[0].path), "B:0:*:6162\nD:0:0:6162\n");
  EXPECT_EQ(Files(*directory)[0].source, database_ / "a.ndb");
  const SignatureNeedsTable& needs = directory->sets.always.needs;
  EXPECT_FALSE(needs.whole_file());
  EXPECT_TRUE(needs.OnlyAtStart("D"));
  EXPECT_TRUE(needs.OnlyAtStart("D.UNOFFICIAL"));
  EXPECT_FALSE(needs.OnlyAtStart("B"));
  EXPECT_FALSE(needs.OnlyAtEnd("D"));
}

TEST_F(Database, SignaturesWithAnchorsGoIntoSmallSets) {
  std::string lines;
  for (int i = 1000; i < 2700; ++i) {
    const std::string number = std::to_string(i);
    lines += "A" + number + ":0:*:" + Hex(AsBytes("marker-" + number)) + "\n";
  }
  database_.Write("a.ndb", lines + "Short:0:*:6162\n");
  database_.Write("b.ldb",
                  "L;Engine:81-255,Target:0;0&1;" + Hex(AsBytes("another-mark")) + ";6162\n");
  const auto directory = Read();
  ASSERT_TRUE(directory);
  const SignatureSets& sets = directory->sets;
  EXPECT_THAT(Names(*directory), ElementsAre("a.ndb"));
  // Four of these, and that of the built-in signatures.
  ASSERT_EQ(sets.anchored.size(), 5U);
  AnchorScanner::Pass pass(sets.anchors, sets.anchored.size());
  pass.Feed(AsBytes("... marker-1600 ... another-mark ..."));
  EXPECT_THAT(pass.Finish(), ElementsAre(1U, 3U));
  EXPECT_FALSE(sets.anchored[1].needs.whole_file());
  EXPECT_TRUE(sets.anchored[3].needs.whole_file());
  ASSERT_EQ(sets.anchored[4].files.size(), 1U);
  EXPECT_EQ(sets.anchored[4].files[0].name, "");
  EXPECT_THAT(ReadWholeFile(sets.anchored[1].files[0].path), HasSubstr("A1600:"));
}

TEST_F(Database, VeryManySignaturesShareABoundedNumberOfSets) {
  std::string lines;
  for (int i = 10'000; i < 60'000; ++i) {
    const std::string number = std::to_string(i);
    lines += "A" + number + ":0:*:" + Hex(AsBytes("marker-" + number)) + "\n";
  }
  database_.Write("a.ndb", lines);
  const auto directory = Read();
  ASSERT_TRUE(directory);
  const SignatureSets& sets = directory->sets;
  EXPECT_LE(sets.anchored.size(), 40U);
  AnchorScanner::Pass pass(sets.anchors, sets.anchored.size());
  pass.Feed(AsBytes("... marker-59999 ..."));
  const auto hits = pass.Finish();
  ASSERT_EQ(hits.size(), 1U);
  bool found = false;
  for (const SignatureFile& file : sets.anchored[hits[0]].files) {
    found = found || ReadWholeFile(file.path).find("A59999:") != std::string::npos;
  }
  EXPECT_TRUE(found);
}

TEST_F(Database, HashesNeedTheWholeFile) {
  database_.Write("a.hdb", "44d88612fea8a8f36de82e1278abb02f:68:Name\n");
  const auto directory = Read();
  ASSERT_TRUE(directory);
  EXPECT_THAT(Names(*directory), ElementsAre("a.hdb"));
  EXPECT_TRUE(directory->sets.hashed.needs.whole_file());
  EXPECT_TRUE(directory->sets.hashes.MayHaveSize(68));
  EXPECT_FALSE(directory->sets.hashes.MayHaveSize(69));
}

TEST_F(Database, LoadsWhatTakesBackBeforeWhatIsTakenBack) {
  database_.Write("a.ndb", "A:0:*:6162\n");
  database_.Write("b.ign2", "A\n");
  database_.Write("c.txt", "no signatures");
  database_.Write("d.mdb", "1:44d88612fea8a8f36de82e1278abb02f:for executables\n");
  const auto directory = Read();
  ASSERT_TRUE(directory);
  EXPECT_THAT(Names(*directory), ElementsAre("b.ign2", "a.ndb"));
}

TEST_F(Database, UnpacksContainers) {
  database_.Write("mine.cud", Container("inside.ndb", "A:0:*:6162\nB:1:*:6162\n"));
  const auto directory = Read();
  ASSERT_TRUE(directory) << directory.error().message;
  EXPECT_THAT(LeftOut(*directory), IsEmpty());
  ASSERT_THAT(Names(*directory), ElementsAre("mine.cud"));
  EXPECT_EQ(ReadWholeFile(Files(*directory)[0].path), "A:0:*:6162\n");
  EXPECT_EQ(Files(*directory)[0].naming, RawMatcher::Naming::kUnofficial);
  // Not signed: its time proves nothing.
  EXPECT_EQ(directory->build_time, "");
}

TEST_F(Database, ContainerWhoseSignatureIsNotClamavsIsLeftOut) {
  database_.Write("daily.cvd", Container("inside.ndb", "A:0:*:6162\n"));
  const auto directory = Read();
  ASSERT_TRUE(directory);
  EXPECT_THAT(Files(*directory), IsEmpty());
  ASSERT_EQ(LeftOut(*directory).size(), 1U);
  EXPECT_EQ(LeftOut(*directory)[0].name, "daily.cvd");
  EXPECT_THAT(LeftOut(*directory)[0].problem, Not(IsEmpty()));
  EXPECT_EQ(directory->build_time, "");
}

TEST_F(Database, EveryTruncationOfAContainerIsLeftOut) {
  const std::string whole = Container("inside.ndb", "A:0:*:6162\n");
  for (std::size_t length = 0; length < whole.size(); length += length < 500 ? 100 : 9) {
    database_.Write("mine.cud", whole.substr(0, length));
    TempDir scratch;
    const auto directory = ReadSignatureDirectory(database_.path(), scratch.path());
    ASSERT_TRUE(directory) << length;
    EXPECT_EQ(LeftOut(*directory).size(), 1U) << length;
    EXPECT_THAT(Files(*directory), IsEmpty()) << length;
  }
}

TEST_F(Database, WhatClamavSignedIsTakenWithItsVersionAndDate) {
  for (const char* ending : {"cvd", "cld"}) {
    TempDir database;
    TempDir scratch;
    const std::string name = std::string("test.") + ending;
    database.Write(name, Fixture(std::string("test-6.") + ending));
    const auto directory = ReadSignatureDirectory(database.path(), scratch.path());
    ASSERT_TRUE(directory) << directory.error().message;
    EXPECT_THAT(LeftOut(*directory), IsEmpty()) << ending;
    ASSERT_EQ(directory->files.size(), 1U);
    const DatabaseFile& file = directory->files[0];
    EXPECT_EQ(file.state, DatabaseFile::State::kSigned) << ending << file.problem;
    EXPECT_EQ(file.version, 6U);
    EXPECT_EQ(file.declared_signatures, 14U);
    EXPECT_EQ(file.built, "2021-06-23T01:34:05Z");
    EXPECT_EQ(directory->build_time, file.built);
    ASSERT_THAT(Files(*directory), Not(IsEmpty()));
    for (const SignatureFile& part : Files(*directory)) {
      EXPECT_EQ(part.naming, RawMatcher::Naming::kAsWritten);
    }
  }
}

TEST_F(Database, OfTwoContainersOfOneNameTheNewerIsUsed) {
  database_.Write("test.cvd", Fixture("test-5.cvd"));
  database_.Write("test.cld", Fixture("test-6.cld"));
  auto directory = Read();
  ASSERT_TRUE(directory);
  ASSERT_EQ(directory->files.size(), 2U);
  EXPECT_EQ(directory->files[0].state, DatabaseFile::State::kSigned);
  EXPECT_EQ(directory->files[1].state, DatabaseFile::State::kSuperseded);
  EXPECT_EQ(directory->files[1].name, "test.cvd");
  EXPECT_NE(directory->files[1].sha256, "");
  // A newer one that is broken speaks for nothing.
  std::string broken = Fixture("test-6.cld");
  broken[broken.find("Eicar")] ^= 1;
  database_.Write("test.cld", broken);
  TempDir scratch;
  directory = ReadSignatureDirectory(database_.path(), scratch.path());
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->files[0].state, DatabaseFile::State::kLeftOut);
  EXPECT_EQ(directory->files[1].state, DatabaseFile::State::kSigned);
  EXPECT_EQ(directory->files[1].version, 5U);
}

// The same file with one thing about it that is not ClamAV's.
TEST_F(Database, NothingOfASignedContainerCanBeForged) {
  const std::string published = Fixture("test-6.cvd");
  const std::string updated = Fixture("test-6.cld");
  const auto with = [](std::string file, std::string_view from, std::string_view to) {
    const std::size_t place = file.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    EXPECT_EQ(from.size(), to.size());
    return place == std::string::npos ? file : file.replace(place, to.size(), to);
  };
  const std::pair<const char*, std::string> forged[] = {
      {"test.cvd", with(published, ":6:14:", ":9:14:")},
      {"test.cvd", with(published, ":1624412045", ":1924412045")},
      {"test.cld", with(updated, ":6:14:", ":9:14:")},
      {"test.cld", with(updated, ":1624412045", ":1924412045")},
      {"test.cld", with(updated, "Eicar-Test", "Eicar-Pest")},
      {"test.cld", with(updated, "DSIG:T", "DSIG:U")},
      {"main.cvd", published},
      {"main.cld", updated},
  };
  for (const auto& [name, content] : forged) {
    TempDir database;
    TempDir scratch;
    database.Write(name, content);
    const auto directory = ReadSignatureDirectory(database.path(), scratch.path());
    ASSERT_TRUE(directory);
    ASSERT_EQ(LeftOut(*directory).size(), 1U) << name;
    EXPECT_THAT(Files(*directory), IsEmpty()) << name;
    EXPECT_EQ(directory->build_time, "");
  }
}

// cl_cvdverify leaves a hash context behind when a container is cut off. A database is read once by
// a process of its own.
class LibclamavMayLeak {
#ifdef COUNTERSCAN_SANITIZED
  __lsan::ScopedDisabler disabler_;
#endif
};

TEST_F(Database, EveryTruncationOfASignedContainerIsLeftOut) {
  [[maybe_unused]] const LibclamavMayLeak may_leak;
  const std::string published = Fixture("test-6.cvd");
  const std::string updated = Fixture("test-6.cld");
  const std::size_t updated_end = updated.find_last_not_of('\0');
  for (std::size_t cut = 0; cut < 25; ++cut) {
    for (const auto& [name, content] :
         {std::pair{"test.cvd", published.substr(0, published.size() * cut / 25)},
          std::pair{"test.cld", updated.substr(0, updated_end * cut / 25)}}) {
      TempDir database;
      TempDir scratch;
      database.Write(name, content);
      const auto directory = ReadSignatureDirectory(database.path(), scratch.path());
      ASSERT_TRUE(directory);
      EXPECT_EQ(LeftOut(*directory).size(), 1U) << name << ' ' << cut;
      EXPECT_THAT(Files(*directory), IsEmpty()) << name << ' ' << cut;
    }
  }
}

TEST_F(Database, DigestTellsContentsAndNamesApart) {
  database_.Write("a.ndb", "A:0:*:6162\n");
  const std::string first = Read()->digest;
  EXPECT_EQ(Read()->digest, first);
  database_.Write("a.ndb", "A:0:*:6163\n");
  EXPECT_NE(Read()->digest, first);
  database_.Write("a.ndb", "A:0:*:6162\n");
  EXPECT_EQ(Read()->digest, first);
  database_.Write("b.ndb", "A:0:*:6162\n");
  EXPECT_NE(Read()->digest, first);
}

TEST_F(Database, WhatOnlyHasTheNameOfASignatureFileIsLeftOutAloud) {
  database_.Write("a.ndb", "A:0:*:6162\n");
  database_.Link("main.cvd", "gone");
  database_.MakeDirectory("extra.ldb");
  ASSERT_EQ(mkfifo((database_ / "daily.cld").c_str(), 0600), 0);
  const auto directory = Read();
  ASSERT_TRUE(directory);
  EXPECT_THAT(Names(*directory), ElementsAre("a.ndb"));
  std::vector<std::string> left_out;
  for (const DatabaseFile& file : LeftOut(*directory)) {
    left_out.push_back(file.name + ": " + file.problem);
  }
  EXPECT_THAT(left_out,
              ElementsAre("daily.cld: not a regular file", "extra.ldb: not a regular file",
                          "main.cvd: not a regular file"));
}

TEST_F(Database, BinaryIsLeftOutAtItsFirstLine) {
  database_.Write("a.ndb", "A:0:*:6162\n");
  database_.Write("b.ndb", std::string("B:0:*:61\0"
                                       "62\nB:0:*:6162\n",
                                       22));
  const auto directory = Read();
  ASSERT_TRUE(directory);
  EXPECT_THAT(Names(*directory), ElementsAre("a.ndb"));
  ASSERT_EQ(LeftOut(*directory).size(), 1U);
  EXPECT_EQ(LeftOut(*directory)[0].problem, "not text");
}

TEST_F(Database, AFileOrLineThatIsTooLongIsLeftOutWithoutBeingRead) {
  database_.Write("a.ndb", "A:0:*:6162");
  const std::string longest(kSignatureLineBytes - 1, '#');
  database_.Write("b.ndb", longest + "\nB:0:*:6162\n");
  database_.Write("c.ndb", longest + "#\nC:0:*:6162\n");
  database_.Write("d.hdb", longest + "#\n");
  database_.Write("e.ndb", "");
  std::filesystem::resize_file(database_ / "e.ndb", kSignatureFileBytes + 1);
  const auto directory = Read();
  ASSERT_TRUE(directory);
  EXPECT_THAT(Names(*directory), ElementsAre("a.ndb", "b.ndb"));
  ASSERT_EQ(LeftOut(*directory).size(), 3U);
  EXPECT_EQ(LeftOut(*directory)[0].problem, "a line is longer than any signature");
  EXPECT_EQ(LeftOut(*directory)[1].name, "d.hdb");
  EXPECT_THAT(LeftOut(*directory)[2].problem, HasSubstr("longer than 1"));
  EXPECT_EQ(ReadWholeFile(Files(*directory)[0].path), "A:0:*:6162\n");
}

TEST_F(Database, EmptyOrMissingDirectoryIsAnError) {
  const auto empty = Read();
  ASSERT_FALSE(empty);
  EXPECT_THAT(empty.error().message, HasSubstr("holds no signature file"));
  EXPECT_FALSE(ReadSignatureDirectory(database_ / "missing", scratch_.path()));
}

}  // namespace
}  // namespace counterscan
