#include "hubclient/local_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kCommit = "5bb9fc53add422c252f7351a8e28c438cb98ea21";
const std::string kOtherCommit = "9cb322a7c2b4ec7c9f18045f0fa05015b831f256";
const std::string kSha256(64, 'a');
const std::string kBlob(40, 'b');

class LocalCache : public testing::Test {
 protected:
  // A cache as `hf download org/name` leaves it.
  void MakeCache() {
    const std::string repo = "models--org--name/";
    cache_.Write("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");
    cache_.Write(repo + "refs/main", kCommit);
    cache_.Write(repo + "refs/refs/pr/1", kOtherCommit + "\n");
    cache_.Write(repo + "blobs/" + kSha256, "weights");
    cache_.Write(repo + "blobs/" + kBlob, "{}");
    cache_.Write(repo + "blobs/" + kBlob + ".12345678.incomplete", "{");
    cache_.Write(repo + ".no_exist/" + kCommit + "/x.json", "");
    cache_.Write(".locks/models--org--name/abc.lock", "");
    cache_.Link(repo + "snapshots/" + kCommit + "/model.bin", "../../blobs/" + kSha256);
    cache_.Link(repo + "snapshots/" + kCommit + "/a/b/config.json", "../../../../blobs/" + kBlob);
    cache_.MakeDirectory(repo + "snapshots/" + kOtherCommit);
  }
  IdentityReader::Answer Identify(const std::string& path) {
    IdentityReader reader(files_);
    return reader.Identify(cache_ / path);
  }
  Result<CachedSnapshot> Find(const std::string& text) {
    return FindInCache(files_, cache_.path(), *RepoRef::Parse(text));
  }
  std::string InSnapshot(const std::string& path) {
    return "models--org--name/snapshots/" + kCommit + "/" + path;
  }

  TempDir cache_;
  DiskFiles files_;
};

TEST_F(LocalCache, ARepositoryIsFoundByBranchPullRequestAndCommit) {
  MakeCache();
  const auto main = Find("org/name");
  ASSERT_TRUE(main);
  EXPECT_EQ(main->commit, kCommit);
  EXPECT_EQ(main->repo_dir, cache_ / "models--org--name");
  EXPECT_EQ(main->snapshot, cache_ / ("models--org--name/snapshots/" + kCommit));
  EXPECT_EQ(Find("org/name@refs/pr/1")->commit, kOtherCommit);
  EXPECT_EQ(Find("org/name@" + kOtherCommit)->commit, kOtherCommit);
}

TEST_F(LocalCache, WhatWasMeantIsSaid) {
  MakeCache();
  EXPECT_THAT(Find("Org/NAME").error().message, HasSubstr("; there is org/name"));
  EXPECT_THAT(Find("datasets/Org/NAME").error().message, Not(HasSubstr("there is org/name")));
  EXPECT_THAT(Find("org/name@" + kCommit.substr(0, 8)).error().message,
              HasSubstr("did you mean org/name@" + kCommit + "?"));
}

TEST_F(LocalCache, WhatIsMissingIsSaid) {
  MakeCache();
  EXPECT_THAT(Find("org/other").error().message, HasSubstr("model org/other is not in the cache"));
  EXPECT_THAT(Find("datasets/org/name").error().message, HasSubstr("dataset org/name is not"));
  EXPECT_THAT(Find("org/name@v9").error().message,
              HasSubstr("but not its revision v9; there is @" + kCommit + ", @" + kOtherCommit));
  EXPECT_THAT(Find("org/name@" + std::string(40, 'c')).error().message,
              HasSubstr("has no files of commit cccc"));
}

TEST_F(LocalCache, AReferenceThatIsNoCommitIsNotFollowed) {
  MakeCache();
  for (const char* text : {"", "main", "../../../etc", "5bb9fc53add422c252f7351a8e28c438cb98ea2"}) {
    cache_.Write("models--org--name/refs/main", text);
    EXPECT_FALSE(Find("org/name")) << text;
  }
  cache_.Write("models--org--name/refs/main", "5BB9FC53ADD422C252F7351A8E28C438CB98EA21");
  EXPECT_EQ(Find("org/name")->commit, kCommit);
  cache_.Write("models--org--name/refs/main", std::string(100'000, 'a'));
  EXPECT_FALSE(Find("org/name"));
}

TEST_F(LocalCache, ASnapshotFileKnowsItsRepositoryCommitPathAndHash) {
  MakeCache();
  const auto answer = Identify(InSnapshot("a/b/config.json"));
  EXPECT_EQ(answer.role, CacheRole::kSnapshotFile);
  EXPECT_EQ(answer.identity.repo, "org/name");
  EXPECT_EQ(answer.identity.repo_type, "model");
  EXPECT_EQ(answer.identity.commit, kCommit);
  EXPECT_EQ(answer.identity.path, "a/b/config.json");
  EXPECT_EQ(answer.identity.expected, kBlob);
  EXPECT_TRUE(answer.identity.comparable);
  EXPECT_EQ(Identify(InSnapshot("model.bin")).identity.expected, kSha256);
}

TEST_F(LocalCache, ALinkToAnywhereElsePromisesNoHash) {
  MakeCache();
  const std::string hash(64, 'c');
  for (const std::string& target :
       {"../../../other/blobs/" + hash, "../blobs/" + hash, "../../blobs/../" + hash,
        "/tmp/blobs/" + hash, "../../blobs/" + hash + ".incomplete",
        "../../blobs/" + hash.substr(1)}) {
    const std::string name = std::to_string(std::hash<std::string>()(target));
    cache_.Link(InSnapshot(name), target);
    EXPECT_EQ(Identify(InSnapshot(name)).identity.expected, "") << target;
  }
}

// HF_HUB_DISABLE_SYMLINKS: real files, and the name of the blob is lost.
TEST_F(LocalCache, WithoutLinksTheListOfTheCommitKnowsTheHash) {
  cache_.Write(InSnapshot("model.bin"), "weights");
  EXPECT_EQ(Identify(InSnapshot("model.bin")).identity.expected, "");
  cache_.Write("models--org--name/trees/" + kCommit + ".json",
               R"({"format_version":1,"files":{"model.bin":{"size":7,"blob_id":")" + kBlob +
                   R"(","lfs_sha256":")" + kSha256 + "\"}}}");
  EXPECT_EQ(Identify(InSnapshot("model.bin")).identity.expected, kSha256);
  EXPECT_EQ(Identify(InSnapshot("other.bin")).identity.expected, "");
}

TEST_F(LocalCache, BlobsAndToolFilesAreTold) {
  MakeCache();
  const auto blob = Identify("models--org--name/blobs/" + kSha256);
  EXPECT_EQ(blob.role, CacheRole::kBlob);
  EXPECT_EQ(blob.identity.expected, kSha256);
  EXPECT_EQ(blob.identity.repo, "org/name");
  EXPECT_TRUE(blob.identity.comparable);
  const auto partial = Identify("models--org--name/blobs/" + kBlob + ".12345678.incomplete");
  EXPECT_EQ(partial.role, CacheRole::kBlob);
  EXPECT_FALSE(partial.identity.comparable);
  for (const std::string& path :
       {std::string("models--org--name/refs/main"),
        "models--org--name/.no_exist/" + kCommit + "/x.json",
        "models--org--name/trees/" + kCommit + ".json", std::string("CACHEDIR.TAG"),
        std::string(".locks/models--org--name/abc.lock"), std::string("checkout/.git/config")}) {
    EXPECT_EQ(Identify(path).role, CacheRole::kToolFile) << path;
    EXPECT_FALSE(Identify(path).identity.comparable) << path;
  }
}

// Whoever makes a folder can give it a tool's name: only what tools write into it is theirs.
TEST_F(LocalCache, AFileInAToolsPlaceThatHoldsSomethingElseIsCompared) {
  const std::string repo = "models--org--name/";
  for (const std::string& path :
       {repo + "refs/f.bin", repo + ".no_exist/" + kCommit + "/f.bin", repo + "blobs/f.bin",
        repo + "blobs/f.incomplete", repo + "trees/f.bin", std::string("a/.locks/f.lock"),
        std::string("CACHEDIR.TAG/f.bin"), std::string("a/CACHEDIR.TAG"), std::string("b/.git"),
        std::string("c/.git/w.safetensors"), std::string("c/.git/HEAD/w.bin"),
        std::string("c/.git/models/w.bin"), std::string("c/.git/hooks")}) {
    cache_.Write(path, "unlisted text\n");
    EXPECT_TRUE(Identify(path).identity.comparable) << path;
  }
  for (const char* path : {"c/.git/HEAD", "c/.git/hooks/pre-commit", "c/.git/objects/ab/cd",
                           "c/.git/lfs/objects/ab/cd/x", "d/c/.git/logs/refs/heads/main"}) {
    EXPECT_FALSE(Identify(path).identity.comparable) << path;
  }
  cache_.Write("worktree/.git", "gitdir: ../.git/worktrees/x\n");
  EXPECT_FALSE(Identify("worktree/.git").identity.comparable);
}

TEST_F(LocalCache, RecordsAreNotReadThroughLinksThatLeadOut) {
  TempDir outside;
  const std::string hash(64, 'c');
  outside.Write("tree.json",
                R"({"format_version":1,"files":{"model.bin":{"blob_id":")" + kBlob + "\"}}}");
  outside.Write("record", kCommit + "\n" + hash + "\n99999999999\n");
  outside.Write("reference", kCommit);
  cache_.Write(InSnapshot("model.bin"), "weights");
  cache_.Link("models--org--name/trees/" + kCommit + ".json", outside / "tree.json");
  EXPECT_EQ(Identify(InSnapshot("model.bin")).identity.expected, "");
  cache_.Link("models--org--name/refs/main", outside / "reference");
  EXPECT_FALSE(Find("org/name"));
  cache_.Write("dir/model.bin", "weights");
  cache_.Link("dir/.cache/huggingface/download/model.bin.metadata", outside / "record");
  EXPECT_EQ(Identify("dir/model.bin").identity.commit, "");
  cache_.Write("real/record", kCommit + "\n" + hash + "\n99999999999\n");
  cache_.Write("real/model.bin", "weights");
  cache_.Link("real/.cache/huggingface/download/model.bin.metadata", "../../../record");
  EXPECT_EQ(Identify("real/model.bin").identity.commit, kCommit);
}

// The author of a repository may ship folders that look like a cache or like tool files.
TEST_F(LocalCache, TheOutermostCacheDecides) {
  const std::string inner = "models--good--name/snapshots/" + kOtherCommit + "/x.bin";
  const auto answer = Identify(InSnapshot(inner));
  EXPECT_EQ(answer.identity.repo, "org/name");
  EXPECT_EQ(answer.identity.commit, kCommit);
  EXPECT_EQ(answer.identity.path, inner);
  const auto tool = Identify(InSnapshot(".cache/huggingface/evil.bin"));
  EXPECT_TRUE(tool.identity.comparable);
  EXPECT_EQ(tool.role, CacheRole::kSnapshotFile);
  EXPECT_TRUE(Identify(InSnapshot("blobs/" + kSha256)).identity.comparable);
}

TEST_F(LocalCache, AnOrdinaryFileHasNoIdentity) {
  for (const char* path : {"model.bin", "models--org--name", "models--org--name/x",
                           "models--org--name/snapshots/main/x", "snapshots/x"}) {
    const auto answer = Identify(path);
    EXPECT_EQ(answer.role, CacheRole::kOther) << path;
    EXPECT_EQ(answer.identity.repo, "") << path;
    EXPECT_EQ(answer.identity.expected, "") << path;
    EXPECT_TRUE(answer.identity.comparable) << path;
  }
  IdentityReader reader(files_);
  EXPECT_EQ(reader.Identify("relative/path").role, CacheRole::kOther);
  EXPECT_EQ(reader.Identify("").role, CacheRole::kOther);
}

class LocalDir : public LocalCache {
 protected:
  void Record(const std::string& path, const std::string& content) {
    cache_.Write(".cache/huggingface/download/" + path + ".metadata", content);
  }
};

TEST_F(LocalDir, TheDownloadRecordGivesCommitAndHash) {
  cache_.Write("a/model.bin", "weights");
  Record("a/model.bin", kCommit + "\n" + kSha256 + "\n99999999999.5\n");
  const auto answer = Identify("a/model.bin");
  EXPECT_EQ(answer.role, CacheRole::kOther);
  EXPECT_EQ(answer.identity.repo, "");
  EXPECT_EQ(answer.identity.commit, kCommit);
  EXPECT_EQ(answer.identity.path, "a/model.bin");
  EXPECT_EQ(answer.identity.expected, kSha256);
}

TEST_F(LocalDir, AFileChangedAfterItsDownloadHasNoPromiseButACommit) {
  cache_.Write("model.bin", "weights");
  Record("model.bin", kCommit + "\n" + kSha256 + "\n1712656091.123\n");
  EXPECT_EQ(Identify("model.bin").identity.commit, kCommit);
  EXPECT_EQ(Identify("model.bin").identity.expected, "");
}

TEST_F(LocalDir, EveryTruncationOfARecordIsReadOrIgnored) {
  cache_.Write("model.bin", "weights");
  const std::string whole = kCommit + "\n" + kSha256 + "\n99999999999.5\n";
  const std::size_t usable = whole.find("\n9") + 2;  // the first digit of the time
  for (std::size_t length = 0; length < whole.size(); ++length) {
    Record("model.bin", whole.substr(0, length));
    const auto answer = Identify("model.bin");
    EXPECT_EQ(answer.identity.path, "model.bin");
    EXPECT_EQ(answer.identity.commit, length >= usable ? kCommit : "") << length;
  }
}

TEST_F(LocalDir, RecordsThatAreNoneAreIgnored) {
  cache_.Write("model.bin", "weights");
  for (const std::string& text :
       {std::string("x\ny\nz\n"), kCommit + "\n\"etag\"\n1\n",
        kCommit + "\n" + kSha256 + "\nnever\n", std::string("../..\n") + kSha256 + "\n1\n",
        std::string(100'000, 'a')}) {
    Record("model.bin", text);
    EXPECT_EQ(Identify("model.bin").identity.commit, "") << text.substr(0, 60);
  }
}

const std::string kRecordText = kCommit + "\n" + kSha256 + "\n1712656091.123\n";

TEST_F(LocalDir, TheRecordsThemselvesAreNotOfTheRepository) {
  const std::pair<std::string, std::string> records[] = {
      {"download/a/model.bin.metadata", kRecordText},
      {"download/a/model.bin.lock", ""},
      {"download/a/Zm9vYmFyYmF6Zm9vYmFyYmF6Zm8=." + kSha256 + ".incomplete", "half of wei"},
      {"download/a/model.bin." + kBlob + ".incomplete", ""},
      {".gitignore", "*"},
      {".gitignore.lock", ""},
      {"CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# for huggingface_hub\n"},
      {"trees/" + kCommit + ".json", R"({"format_version":1,"files":{}})"},
  };
  for (const auto& [path, content] : records) {
    cache_.Write(".cache/huggingface/" + path, content);
    const auto answer = Identify(".cache/huggingface/" + path);
    EXPECT_NE(answer.role, CacheRole::kOther) << path;
    EXPECT_FALSE(answer.identity.comparable) << path;
  }
  EXPECT_TRUE(Identify(".cache/other/x").identity.comparable);
}

// A repository may hold such paths, and `hf download` puts its files exactly there.
TEST_F(LocalDir, WhatOnlyLiesAmongTheRecordsIsAFileLikeAnyOther) {
  cache_.MakeDirectory(".cache/huggingface/download");
  const std::pair<std::string, std::string> files[] = {
      {"sub/w.safetensors", "weights"},
      {"model.pkl", "weights"},
      {"download/model.pkl", "weights"},
      {"download/model.pkl.metadata", "x"},
      {"download/model.pkl.metadata", kRecordText + "x"},
      {"model.pkl.metadata", kRecordText},
      {"download/model.pkl.lock", "x"},
      {"sub/model.pkl.lock", ""},
      {"download/model.pkl.incomplete", "weights"},
      {"download/model.pkl.abcd.incomplete", "weights"},
      {"sub/model.pkl." + kSha256 + ".incomplete", "weights"},
      {".gitignore", "*\n!model.pkl"},
      {"sub/.gitignore", "*"},
      {"CACHEDIR.TAG", "x"},
      {"trees/" + kCommit + ".json", "[]"},
      {"trees/main.json", R"({"format_version":1,"files":{}})"},
  };
  for (const auto& [path, content] : files) {
    const std::string whole = ".cache/huggingface/" + path;
    cache_.Write(whole, content);
    const auto answer = Identify(whole);
    EXPECT_EQ(answer.role, CacheRole::kOther) << path;
    EXPECT_TRUE(answer.identity.comparable) << path;
    EXPECT_EQ(answer.identity.path, whole);
  }
}

TEST_F(LocalDir, TheOutermostDownloadDecides) {
  cache_.Write("sub/model.bin", "weights");
  Record("sub/model.bin", kCommit + "\n" + kSha256 + "\n99999999999\n");
  cache_.Write("sub/.cache/huggingface/download/model.bin.metadata",
               kOtherCommit + "\n" + std::string(64, 'f') + "\n99999999999\n");
  EXPECT_EQ(Identify("sub/model.bin").identity.commit, kCommit);
  EXPECT_EQ(Identify("sub/model.bin").identity.path, "sub/model.bin");
}

TEST_F(LocalDir, ACacheInsideADownloadCameWithIt) {
  const std::string inner = InSnapshot("x.bin");
  cache_.Write("d/" + inner, "weights");
  EXPECT_EQ(Identify("d/" + inner).identity.repo, "org/name");
  cache_.Write("d/.cache/huggingface/download/" + inner + ".metadata",
               kOtherCommit + "\n" + kSha256 + "\n99999999999\n");
  EXPECT_EQ(Identify("d/" + inner).identity.repo, "");
  EXPECT_EQ(Identify("d/" + inner).identity.path, inner);
  EXPECT_EQ(Identify("d/" + inner).root, cache_ / "d");
  // Someone's home folder, into which something was downloaded once.
  cache_.MakeDirectory("home/.cache/huggingface/download");
  const std::string hub = "home/.cache/huggingface/hub/";
  cache_.Write(hub + inner, "weights");
  EXPECT_EQ(Identify(hub + inner).identity.repo, "org/name");
}

TEST_F(LocalCache, ReadingNeverBlocksOnAFifoAndIsBounded) {
  const std::string fifo = cache_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const auto& read : {ReadNamedFile(fifo, 10), files_.Read(cache_.path(), "fifo", 10),
                           ReadNamedFile(cache_.path(), 10), files_.Read(cache_.path(), ".", 10),
                           ReadNamedFile("/dev/zero", 10), files_.Read("/dev", "zero", 10)}) {
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, "not a regular file");
  }
  cache_.Write("x", "0123456789");
  EXPECT_EQ(*files_.Read(cache_.path(), "x", 10), "0123456789");
  EXPECT_EQ(*ReadNamedFile(cache_ / "x", 10), "0123456789");
  EXPECT_EQ(files_.Read(cache_.path(), "x", 9).error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace counterscan
