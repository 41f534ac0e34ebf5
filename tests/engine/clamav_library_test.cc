// RawMatcher against libclamav as it comes: the same hits, though file types are switched off.

#include "scanner/engine/clamav_library.h"

#include <clamav.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>

#include "scanner/base/byte_reader.h"
#include "scanner/base/byte_source.h"
#include "scanner/base/digest.h"
#include "scanner/base/text.h"
#include "tests/engine/clamav_test_sources.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::IsEmpty;

// An engine with file types and the default depth, asked for raw matching.
class DefaultEngine {
 public:
  explicit DefaultEngine(const std::string& database) : engine_(cl_engine_new()) {
    unsigned count = 0;
    EXPECT_EQ(cl_load(database.c_str(), engine_, &count, CL_DB_STDOPT), CL_SUCCESS);
    cl_engine_set_num(engine_, CL_ENGINE_MAX_FILESIZE, 0);
    cl_engine_set_num(engine_, CL_ENGINE_MAX_SCANSIZE, 0);
    cl_engine_set_num(engine_, CL_ENGINE_DISABLE_CACHE, 1);
    cl_engine_set_clcb_virus_found(engine_, [](int, const char* name, void* names) {
      static_cast<std::set<std::string>*>(names)->insert(name);
    });
    EXPECT_EQ(cl_engine_compile(engine_), CL_SUCCESS);
  }
  ~DefaultEngine() { cl_engine_free(engine_); }
  DefaultEngine(const DefaultEngine&) = delete;
  DefaultEngine& operator=(const DefaultEngine&) = delete;

  std::set<std::string> Match(const std::string& bytes) {
    std::set<std::string> names;
    cl_scan_options options = {};
    options.general = CL_SCAN_GENERAL_ALLMATCHES;
    const char* name = nullptr;
    unsigned long scanned = 0;
    cl_fmap_t* const map = cl_fmap_open_memory(bytes.data(), bytes.size());
    cl_scanmap_callback(map, nullptr, &name, &scanned, engine_, &options, &names);
    cl_fmap_close(map);
    return names;
  }

 private:
  cl_engine* engine_;
};

// Files that begin as those of many types do, and what Debian's clamav-testfiles has, if it is
// there.
std::vector<std::string> Fixtures() {
  std::vector<std::string> files;
  std::mt19937 random(7);
  for (const std::string_view magic :
       {"MZ", "PK\3\4", "%PDF-1.5\n", "ID3\0\0", "OggS",
        "\x7f"
        "ELF\2\1\1",
        "\x89PNG\r\n\x1a\n", "SQLite format 3", "<html><body>", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "\x80\2}q", "GGUF", "From: a@example.org\nSubject: b\n\n", "Rar!\x1a\7", "\x1f\x8b\x08",
        "BZh9", "{\\rtf1"}) {
    std::string file(magic);
    while (file.size() < 300'000) file.push_back(static_cast<char>(random()));
    files.push_back(std::move(file));
  }
  std::error_code missing;
  for (const auto& entry :
       std::filesystem::directory_iterator("/usr/share/clamav-testfiles", missing)) {
    files.push_back(ReadWholeFile(entry.path()));
  }
  return files;
}

// Signatures taken from the fixtures: hashes, floating pieces, pieces at offsets from both ends,
// parts, logical.
void WriteSignatures(const TempDir& directory, const std::vector<std::string>& files) {
  std::string hashes;
  std::string bodies;
  std::string logical;
  const auto piece = [](const std::string& file, std::size_t offset) {
    return Hex(AsBytes(std::string_view(file).substr(offset, 12)));
  };
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string& file = files[i];
    const std::string n = std::to_string(i);
    hashes += Sha256Hex(file) + ":" + std::to_string(file.size()) + ":Hash." + n + ":73\n";
    bodies += "Middle." + n + ":0:*:" + piece(file, file.size() / 2) + "\n";
    bodies += "Offset." + n + ":0:100:" + piece(file, 100) + "\n";
    bodies += "End." + n + ":0:EOF-200:" + piece(file, file.size() - 200) + "\n";
    bodies += "Parts." + n + ":0:*:" + piece(file, 50) + "*" + piece(file, file.size() - 60) + "\n";
    logical += "Logical." + n + ";Engine:81-255,Target:0;0&1;" + piece(file, 150) + ";" +
               piece(file, file.size() - 100) + "\n";
  }
  directory.Write("a.hsb", hashes);
  directory.Write("a.ndb", bodies);
  directory.Write("a.ldb", logical);
}

TEST(RawMatcher, GivesTheHitsOfAnEngineWithFileTypes) {
  const TempDir directory;
  const TempDir scratch;
  const std::vector<std::string> files = Fixtures();
  WriteSignatures(directory, files);
  auto matcher = RawMatcher::Create(scratch.path());
  ASSERT_TRUE(matcher) << matcher.error().message;
  for (const char* name : {"a.hsb", "a.ndb", "a.ldb"}) {
    ASSERT_TRUE((*matcher)->Load(directory / name, RawMatcher::Naming::kUnofficial));
  }
  ASSERT_TRUE((*matcher)->Compile());
  DefaultEngine engine(directory.path());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string& file = files[i];
    const std::set<std::string> expected = engine.Match(file);
    EXPECT_GE(expected.size(), 5U) << i;
    const RawMatcher::Outcome memory = (*matcher)->MatchMemory(AsBytes(file));
    EXPECT_EQ(memory.names, expected) << i;
    EXPECT_THAT(memory.complaints, IsEmpty()) << i;

    const MemorySource source(AsBytes(file));
    const auto through =
        (*matcher)->MatchThrough(file.size(), [&](std::uint64_t offset, std::span<std::byte> out) {
          return source.ReadAt(offset, out).value_or(0);
        });
    ASSERT_TRUE(through);
    EXPECT_EQ(through->names, expected) << i;
    EXPECT_THAT(through->complaints, IsEmpty()) << i;
  }
}

TEST(RawMatcher, CountsEveryByteOfEverySize) {
  const TempDir scratch;
  auto matcher = RawMatcher::Create(scratch.path());
  ASSERT_TRUE(matcher);
  ASSERT_TRUE((*matcher)->Load(scratch.Write("a.ndb", "A:0:*:6162636465666768\n"),
                               RawMatcher::Naming::kUnofficial));
  ASSERT_TRUE((*matcher)->Compile());
  const std::string bytes(600'000, 'x');
  for (std::size_t size = 0; size < bytes.size(); size += size < 10     ? 1
                                                          : size < 9000 ? 511
                                                                        : 9973) {
    EXPECT_THAT((*matcher)->MatchMemory(AsBytes(bytes).first(size)).complaints, IsEmpty()) << size;
  }
}

// A map that forgets parts and reads them again asks libclamav's own question about its descriptor,
// and where the answer displeases it, what should have been read again is passed over as clean.
TEST(RawMatcher, PartsOfAFileThatWereForgottenAreReadAgain) {
  const TempDir scratch;
  auto matcher = RawMatcher::Create(scratch.path());
  ASSERT_TRUE(matcher);
  std::string file(48 * 1024 * 1024, 'x');
  std::string signatures;
  std::set<std::string> expected;
  constexpr int kMarkers = 22;
  for (int i = 0; i < kMarkers; ++i) {
    const std::string marker = "marker number " + std::to_string(i) + ";";
    file.replace(file.size() / kMarkers * static_cast<std::size_t>(i) + 4000, marker.size(),
                 marker);
    const std::string name = "Marker." + std::to_string(i);
    signatures += name + ":0:*:" + Hex(AsBytes(marker)) + "\n";
    expected.insert(name + ".UNOFFICIAL");
  }
  ASSERT_TRUE(
      (*matcher)->Load(scratch.Write("a.ndb", signatures), RawMatcher::Naming::kUnofficial));
  ASSERT_TRUE((*matcher)->Compile());
  const MemorySource source(AsBytes(file));
  std::uint64_t bytes_read = 0;
  const auto outcome =
      (*matcher)->MatchThrough(file.size(), [&](std::uint64_t offset, std::span<std::byte> out) {
        const std::size_t got = source.ReadAt(offset, out).value_or(0);
        bytes_read += got;
        return got;
      });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->names, expected);
  EXPECT_THAT(outcome->complaints, IsEmpty());
  EXPECT_GT(bytes_read, file.size() + file.size() / 2);
}

TEST(RawMatcher, EngineThatWasNotCompiledComplains) {
  const TempDir scratch;
  auto matcher = RawMatcher::Create(scratch.path());
  ASSERT_TRUE(matcher);
  const std::string bytes(100'000, 'x');
  EXPECT_FALSE((*matcher)->MatchMemory(AsBytes(bytes)).complaints.empty());
}

}  // namespace
}  // namespace counterscan
