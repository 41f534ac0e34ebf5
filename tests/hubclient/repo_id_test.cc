#include "hubclient/repo_id.h"

#include <gtest/gtest.h>

namespace counterscan {
namespace {

TEST(RepoId, NamesOfRealRepositories) {
  for (const char* id :
       {"gpt2", "google-bert/bert-base-uncased", "org/name.v1.5_x", "a/b", "_x/y_"}) {
    EXPECT_TRUE(RepoId::Parse(RepoType::kModel, id)) << id;
  }
}

TEST(RepoId, WhatCouldClimbEndALineOrDecodeIsNoName) {
  for (const char* id :
       {"",       "/",     "a/",      "/a",         "a/b/c",   "..",     "a/..",   "../a",
        "a/b..c", "a/.b",  "a/b.",    "a/-b",       "a/b-",    "a--b/c", "a/b--c", "a/b.git",
        "a b/c",  "a/b\n", "a\r\n/b", "a%2fb",      "a%2Fb/c", "a@b/c",  "a\\b",   "a/b?x",
        "a/b#x",  "~/b",   "a/b\x01", "\xC3\xA9/b", "$HOME/x"}) {
    EXPECT_FALSE(RepoId::Parse(RepoType::kModel, id)) << id;
  }
  EXPECT_FALSE(RepoId::Parse(RepoType::kModel, std::string_view("a/b\0c", 5)));
  EXPECT_TRUE(RepoId::Parse(RepoType::kModel, std::string(96, 'x')));
  EXPECT_FALSE(RepoId::Parse(RepoType::kModel, std::string(97, 'x')));
}

TEST(RepoId, CacheFoldersGoBothWays) {
  for (const auto& [type, id, folder] :
       {std::tuple(RepoType::kModel, "org/name", "models--org--name"),
        std::tuple(RepoType::kModel, "gpt2", "models--gpt2"),
        std::tuple(RepoType::kDataset, "o/d", "datasets--o--d"),
        std::tuple(RepoType::kSpace, "o/s", "spaces--o--s")}) {
    const auto repo = RepoId::Parse(type, id);
    ASSERT_TRUE(repo);
    EXPECT_EQ(repo->CacheFolder(), folder);
    EXPECT_EQ(RepoId::FromCacheFolder(folder), *repo);
  }
  for (const char* folder : {"", "models", "models--", "models--a--b--c", "model--a--b", "blobs",
                             "models--..--b", "Models--a--b", "--a--b", "models--a/b"}) {
    if (std::string_view(folder) == "models--a/b") continue;  // never one part of a path
    EXPECT_FALSE(RepoId::FromCacheFolder(folder)) << folder;
  }
}

TEST(RepoRef, EveryFormAUserMayType) {
  struct Row {
    const char* text;
    RepoType type;
    const char *id, *revision, *path;
  };
  const char* commit = "5bb9fc53add422c252f7351a8e28c438cb98ea21";
  const std::string pinned = std::string("org/name@") + commit;
  const Row rows[] = {
      {"org/name", RepoType::kModel, "org/name", "main", ""},
      {"gpt2", RepoType::kModel, "gpt2", "main", ""},
      {pinned.c_str(), RepoType::kModel, "org/name", commit, ""},
      {"org/name@feature/x", RepoType::kModel, "org/name", "feature/x", ""},
      {"org/name@refs/pr/3", RepoType::kModel, "org/name", "refs/pr/3", ""},
      {"models/org/name", RepoType::kModel, "org/name", "main", ""},
      {"datasets/org/name@v1.0", RepoType::kDataset, "org/name", "v1.0", ""},
      {"spaces/org/name", RepoType::kSpace, "org/name", "main", ""},
      {"hf://org/name", RepoType::kModel, "org/name", "main", ""},
      {"hf://datasets/org/name/data/train.csv", RepoType::kDataset, "org/name", "main",
       "data/train.csv"},
      {"hf://org/name@v1/a/b.bin", RepoType::kModel, "org/name", "v1", "a/b.bin"},
      {"hf://org/name@refs/pr/3/a.bin", RepoType::kModel, "org/name", "refs/pr/3", "a.bin"},
      {"hf://org/name@refs/convert/parquet/x", RepoType::kModel, "org/name", "refs/convert/parquet",
       "x"},
  };
  for (const Row& row : rows) {
    const auto ref = RepoRef::Parse(row.text);
    ASSERT_TRUE(ref) << row.text;
    EXPECT_EQ(ref->repo.type, row.type) << row.text;
    EXPECT_EQ(ref->repo.id, row.id) << row.text;
    EXPECT_EQ(ref->revision, row.revision) << row.text;
    EXPECT_EQ(ref->path, row.path) << row.text;
  }
}

TEST(RepoRef, HostileFormsAreRefused) {
  for (const char* text : {"",
                           "hf://",
                           "datasets/",
                           "datasets",
                           "org/name@",
                           "org/name@..",
                           "org/name@a..b",
                           "org/name@-x",
                           "org/name@a b",
                           "org/name@a\nb",
                           "org/name@a%2fb",
                           "org/name@/a",
                           "org/name@a//b",
                           "org/name@.a",
                           "org/name@a.lock",
                           "org/name@x^",
                           "org/name@{u}x@{",
                           "org/../name",
                           "hf://org/name/../../etc/passwd",
                           "hf://org/name/a//b",
                           "hf://org/name@v1/..",
                           "hf://org/name/",
                           "org/name/",
                           "hf://org/name/a\\b",
                           "https://huggingface.co/org/../name",
                           "./org",
                           "/etc/passwd",
                           "org/name@a:b",
                           "org/name@\xFF"}) {
    EXPECT_FALSE(RepoRef::Parse(text)) << text;
  }
  EXPECT_FALSE(RepoRef::Parse("org/name@" + std::string(256, 'x')));
}

TEST(RepoRef, TheMessageIsFitToPrint) {
  const auto ref = RepoRef::Parse("org/\x1b[31mname\n");
  ASSERT_FALSE(ref);
  EXPECT_EQ(ref.error().message, "'org/\\x1b[31mname\\n' is not the name of a repository");
}

TEST(Hashes, OnlyLowerCaseOfTheRightLength) {
  EXPECT_TRUE(IsCommit(std::string(40, 'a')));
  EXPECT_FALSE(IsCommit(std::string(40, 'A')));
  EXPECT_FALSE(IsCommit(std::string(39, 'a')));
  EXPECT_FALSE(IsCommit(std::string(40, 'g')));
  EXPECT_TRUE(IsSha256(std::string(64, '0')));
  EXPECT_FALSE(IsSha256(std::string(64, '*')));
}

TEST(RepoPath, StaysBelowWhereItStarts) {
  for (const char* path : {"a", "a/b", "..a/b..", "a b", "%2e%2e/x", "\xFF"}) {
    EXPECT_TRUE(CheckRepoPath(path)) << path;
  }
  for (const char* path : {"", "/a", "a/", "a//b", ".", "..", "a/./b", "a/../b", "a\\b"}) {
    EXPECT_FALSE(CheckRepoPath(path)) << path;
  }
  EXPECT_FALSE(CheckRepoPath(std::string_view("a\0b", 3)));
  EXPECT_TRUE(IsGitPath("a\\b"));
  EXPECT_FALSE(IsGitPath("a//b"));
  EXPECT_TRUE(CheckRepoPath(std::string(4096, 'a')));
  EXPECT_FALSE(CheckRepoPath(std::string(4097, 'a')));
}

TEST(Hashes, AreTakenInAnyCaseAndKeptInOne) {
  const std::string commit = "5bb9fc53add422c252f7351a8e28c438cb98ea21";
  EXPECT_EQ(CommitFrom(commit), commit);
  EXPECT_EQ(CommitFrom("5BB9fc53add422c252f7351a8e28c438cb98EA21"), commit);
  for (const std::string& text : {std::string(), commit.substr(1), commit + "0",
                                  "g" + commit.substr(1), " " + commit, commit + commit}) {
    EXPECT_FALSE(CommitFrom(text)) << text;
  }
  EXPECT_EQ(Sha256From(std::string(64, 'A')), std::string(64, 'a'));
  EXPECT_FALSE(Sha256From(std::string(64, '*')));
  EXPECT_FALSE(Sha256From(std::string(65, 'a')));
}

TEST(RepoRef, TheAddressOfAPageIsAName) {
  struct Row {
    const char* text;
    RepoType type;
    const char* id;
    const char* revision;
    const char* path;
  };
  constexpr auto kModel = RepoType::kModel;
  constexpr Row kRows[] = {
      {"https://huggingface.co/o/ok", kModel, "o/ok", "main", ""},
      {"https://huggingface.co/o/ok/", kModel, "o/ok", "main", ""},
      {"https://hf.co/o/ok?library=x#y", kModel, "o/ok", "main", ""},
      {"huggingface.co/o/ok", kModel, "o/ok", "main", ""},
      {"https://huggingface.co/gpt2", kModel, "gpt2", "main", ""},
      {"https://huggingface.co/gpt2/tree/v1", kModel, "gpt2", "v1", ""},
      {"https://huggingface.co/datasets/o/ok", RepoType::kDataset, "o/ok", "main", ""},
      {"https://huggingface.co/spaces/o/ok/tree/main", RepoType::kSpace, "o/ok", "main", ""},
      {"https://huggingface.co/o/ok/tree/refs%2Fpr%2F1", kModel, "o/ok", "refs/pr/1", ""},
      {"https://huggingface.co/o/ok/blob/main/a/b.bin", kModel, "o/ok", "main", "a/b.bin"},
  };
  for (const Row& row : kRows) {
    const auto ref = RepoRef::Parse(row.text);
    ASSERT_TRUE(ref) << row.text << ": " << ref.error().message;
    EXPECT_EQ(ref->repo, (RepoId{row.type, row.id})) << row.text;
    EXPECT_EQ(ref->revision, row.revision) << row.text;
    EXPECT_EQ(ref->path, row.path) << row.text;
  }
  for (const char* text :
       {"https://huggingface.co/", "https://huggingface.co/o/ok/discussions/1",
        "https://huggingface.co/../ok", "https://huggingface.co/o/ok/tree/..%2F..",
        "https://huggingface.co/o/ok/blob/main/..%2Fx", "https://evil.example/o/ok",
        "https://huggingface.co@evil.example/o/ok", "http://127.0.0.1/o/ok"}) {
    EXPECT_FALSE(RepoRef::Parse(text)) << text;
  }
  EXPECT_NE(RepoRef::Parse("https://mirror.example/o/ok").error().message.find("ORG/NAME"),
            std::string::npos);
}

}  // namespace
}  // namespace counterscan
