#include "hubclient/listing.h"

#include <gtest/gtest.h>

#include "scanner/base/digest.h"
#include "tests/support/recorded_replies.h"

namespace counterscan {
namespace {

std::vector<HubEntry> Read(std::string_view json, const ListingContext& context = {}) {
  const HubLimits limits;
  const auto document = ParseHubJson(json, limits.body_bytes, limits);
  EXPECT_TRUE(document) << json;
  return ReadListing(document->root, context, limits).files;
}

TEST(Listing, TheRecordedDatasetReply) {
  const auto entries = Read(Recorded("paths-info-dataset.json").body, {.status_asked = true});
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].path, "README.md");
  EXPECT_EQ(entries[0].oid, "072da2918ce4d084616646eca739fdc36b534a96");
  EXPECT_EQ(entries[0].size, 365u);
  EXPECT_FALSE(entries[0].in_lfs);
  EXPECT_EQ(entries[0].state, HubState::kSafe);
  EXPECT_EQ(entries[0].scanners.size(), 4u);
}

TEST(Listing, TheRecordedModelReply) {
  const auto entries = Read(Recorded("paths-info-model.json").body, {.status_asked = true});
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].state, HubState::kSafe);
  EXPECT_EQ(entries[1].path, "64-8bits.tflite");
  EXPECT_TRUE(entries[1].in_lfs);
  EXPECT_FALSE(entries[1].masked);
  EXPECT_EQ(entries[1].sha256, "c966da3b74697803352ca7c6f2f220e7090a557b619de9da0c6b34d89f7825c1");
  EXPECT_EQ(entries[1].oid, "90e59f00f62c654b1a88a5f127dff14df4611cdc");
  EXPECT_EQ(entries[1].size, 125162496u);
  EXPECT_EQ(entries[1].pointer_size, 134u);
  EXPECT_EQ(entries[1].state, HubState::kSafe);
}

// The oid of a file in LFS is that of the pointer: the recorded values prove our rebuilding.
TEST(Listing, ThePointerRebuiltFromRecordedValuesHasTheRecordedOid) {
  const std::string pointer =
      LfsPointer("c966da3b74697803352ca7c6f2f220e7090a557b619de9da0c6b34d89f7825c1", 125162496);
  EXPECT_EQ(pointer.size(), 134u);
  EXPECT_EQ(GitBlobSha1Hex(pointer), "90e59f00f62c654b1a88a5f127dff14df4611cdc");
}

TEST(Listing, AMaskedHashIsUnknown) {
  const auto entries = Read(Recorded("tree-masked.json").body);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_TRUE(entries[2].in_lfs);
  EXPECT_TRUE(entries[2].masked);
  EXPECT_EQ(entries[2].sha256, "");
  EXPECT_EQ(entries[2].oid, "73500655b76ca057265c754b218fbfab58751f0b");
  EXPECT_EQ(entries[2].state, HubState::kMissing);
  EXPECT_FALSE(entries[2].status_asked);
  EXPECT_FALSE(entries[0].masked);
}

TEST(Listing, SiblingsOfInformationSpeakOfBlobIdAndSha256) {
  const auto entries = Read(
      R"([{"blobId":"86b812515e075a1ae216e1239e615a1d9e0b316e","rfilename":"eicar_test_file","size":70},{"blobId":"cd1c6d8bde5006076655711a49feae66f07d707e","lfs":{"pointerSize":127,"sha256":"f9343d7d7ec5c3d8bcced056c438fc9f1d3819e9ca3d42418a40857050e10e20","size":22},"rfilename":"pytorch_model.bin","size":22}])");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].path, "eicar_test_file");
  EXPECT_EQ(entries[0].oid, "86b812515e075a1ae216e1239e615a1d9e0b316e");
  EXPECT_EQ(entries[1].sha256, "f9343d7d7ec5c3d8bcced056c438fc9f1d3819e9ca3d42418a40857050e10e20");
  EXPECT_EQ(entries[1].state, HubState::kMissing);
}

TEST(Listing, DirectoriesAndOtherThingsAreLeftOut) {
  EXPECT_TRUE(
      Read(
          R"([{"type":"directory","oid":"072da2918ce4d084616646eca739fdc36b534a96","size":0,"path":"onnx"},7,null,"x",[]])")
          .empty());
  EXPECT_TRUE(Read(Recorded("list-empty.json").body).empty());
}

// Each row is what stands in an entry of a tree that is otherwise good.
TEST(Listing, AnEntryThatCannotBeOneConfirmsNothing) {
  const std::string status = R"("securityFileStatus":{"status":"safe","avScan":{"status":"safe"}})";
  const std::string oid = R"("oid":"90e59f00f62c654b1a88a5f127dff14df4611cdc")";
  const std::string lfs =
      R"("lfs":{"oid":"c966da3b74697803352ca7c6f2f220e7090a557b619de9da0c6b34d89f7825c1","size":125162496,"pointerSize":134})";
  const auto read = [&](const std::string& text, bool is_file_list) {
    return Read("[{" + text + "}]", {.status_asked = true, .is_file_list = is_file_list}).at(0);
  };
  const std::string good = R"("path":"a",)" + oid + "," + status;
  EXPECT_EQ(read(good, true).state, HubState::kSafe);
  EXPECT_EQ(read(good + R"(,"size":125162496,)" + lfs, true).flaw, "");
  for (const std::string& text :
       {oid + "," + status, R"("path":"",)" + oid + "," + status,
        R"("path":"../a",)" + oid + "," + status, R"("path":7,)" + oid + "," + status,
        R"("path":"a",)" + status, R"("path":"a","oid":null,)" + status,
        R"("path":"a","oid":"90e5",)" + status, good + R"(,"size":-1)", good + R"(,"size":1.5)",
        good + R"(,"size":"9")", good + R"(,"size":null)", good + R"(,"size":9,)" + lfs,
        good + R"(,"lfs":{"size":-1})"}) {
    const HubEntry entry = read(text, true);
    EXPECT_EQ(entry.state, HubState::kMissing) << text;
    EXPECT_NE(entry.flaw, "") << text;
    EXPECT_NE(entry.reason, "") << text;
  }
  // Information about a repository lists names alone.
  EXPECT_EQ(read(R"("rfilename":"a",)" + status, false).flaw, "");
  // The pointer to other bytes: the status is that of the blob.
  EXPECT_EQ(
      read(R"("path":"a","oid":"8acd02161fff53f9df9597e377e22b04bc34feff",)" + status + "," + lfs,
           true)
          .state,
      HubState::kMissing);
}

TEST(Listing, AStatusOfAnotherBlobPathOrRepositoryConfirmsNothing) {
  const std::vector<RepoId> names = {{RepoType::kModel, "org/name"}};
  const auto state = [&](std::string_view owner) {
    return Read(
               R"([{"path":"a","oid":"90e59f00f62c654b1a88a5f127dff14df4611cdc","security":{"safe":true,"avScan":{"virusFound":false},)" +
                   std::string(owner) + "}}]",
               {.status_asked = true, .is_file_list = true, .names = names})
        .at(0)
        .state;
  };
  EXPECT_EQ(
      state(
          R"("blobId":"90E59F00F62C654B1A88A5F127DFF14DF4611CDC","name":"a","repositoryId":"models/org/name")"),
      HubState::kSafe);
  for (const char* owner : {R"("blobId":"8acd02161fff53f9df9597e377e22b04bc34feff")",
                            R"("name":"b")", R"("repositoryId":"models/org/other")"}) {
    EXPECT_EQ(state(owner), HubState::kMissing) << owner;
  }
}

TEST(Listing, HashesInCapitalsAreTheSameHashes) {
  const HubEntry entry =
      Read(
          R"([{"path":"a","oid":"90E59F00F62C654B1A88A5F127DFF14DF4611CDC","lfs":{"oid":"C966DA3B74697803352CA7C6F2F220E7090A557B619DE9DA0C6B34D89F7825C1","size":125162496,"pointerSize":134}}])")
          .at(0);
  EXPECT_EQ(entry.oid, "90e59f00f62c654b1a88a5f127dff14df4611cdc");
  EXPECT_EQ(entry.sha256, "c966da3b74697803352ca7c6f2f220e7090a557b619de9da0c6b34d89f7825c1");
  EXPECT_FALSE(entry.masked);
  EXPECT_EQ(entry.flaw, "");
}

TEST(Listing, MalformedHashesSizesAndPathsAreUnknown) {
  const auto entries = Read(
      R"([{"path":"../x","oid":"072DA2918CE4D084616646ECA739FDC36B534A96","size":-1},{"path":"a//b","oid":7,"size":"9"},{"path":"ok","oid":"","lfs":"no"},{"path":"n","lfs":null}])");
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[0].path, "");
  // Digits in capitals are the same hash.
  EXPECT_EQ(entries[0].oid, "072da2918ce4d084616646eca739fdc36b534a96");
  EXPECT_FALSE(entries[0].size);
  EXPECT_EQ(entries[1].path, "");
  EXPECT_FALSE(entries[1].size);
  EXPECT_TRUE(entries[2].in_lfs);
  EXPECT_TRUE(entries[2].masked);
  EXPECT_FALSE(entries[3].in_lfs);
}

TEST(Listing, AReplyThatIsNotTrustedConfirmsNothingButItsFlagsStay) {
  const auto entries = Read(
      R"([{"path":"a","securityFileStatus":{"status":"safe","avScan":{"status":"safe"}}},{"path":"b","securityFileStatus":{"status":"unsafe","avScan":{"status":"unsafe"}}}])",
      {.status_asked = true, .distrust = "damaged"});
  EXPECT_EQ(entries.at(0).state, HubState::kMissing);
  EXPECT_EQ(entries.at(0).reason, "damaged");
  EXPECT_EQ(entries.at(1).state, HubState::kUnsafe);
}

TEST(Listing, TheNumberOfEntriesIsBounded) {
  HubLimits limits;
  limits.entries = 2;
  const auto document = ParseHubJson(R"([{"path":"a"},{"path":"b"},{"path":"c"}])", 1000, limits);
  EXPECT_EQ(ReadListing(document->root, {}, limits).files.size(), 2u);
  const auto folders = ParseHubJson(
      R"([{"type":"directory","path":"a"},{"type":"directory","path":"b"},{"type":"directory","path":"c"}])",
      1000, limits);
  EXPECT_EQ(ReadListing(folders->root, {}, limits).folders.size(), 2u);
}

TEST(Listing, TheFoldersOfAListAreKnown) {
  const HubLimits limits;
  const auto document = ParseHubJson(
      R"([{"type":"directory","path":"a/b","lastCommit":{"title":"unsafe"}},{"type":"directory","path":"../c"},{"type":"directory"}])",
      1000, limits);
  const Listing listing = ReadListing(document->root, {}, limits);
  EXPECT_TRUE(listing.files.empty());
  EXPECT_EQ(listing.folders, (std::vector<std::string>{"a/b", "", ""}));
}

TEST(Listing, AFlagOfWhatIsCalledADirectoryIsAFlagOfAFile) {
  for (const char* flag :
       {R"("infected":true)", R"("status":"unsafe")", R"("safe":false)", R"("malware":["X"])",
        R"("scanResult":"unsafe")", R"("scan":{"level":"suspicious"})"}) {
    const auto entries =
        Read(std::string(R"([{"type":"directory","size":0,"path":"d",)") + flag + "}]");
    ASSERT_EQ(entries.size(), 1u) << flag;
    EXPECT_TRUE(FlagLevel(entries[0].state)) << flag;
  }
}

}  // namespace
}  // namespace counterscan
