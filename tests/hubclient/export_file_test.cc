#include "hubclient/export_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scanner/base/digest.h"
#include "scanner/base/text.h"
#include "tests/support/recorded_replies.h"

namespace counterscan {
namespace {

using testing::HasSubstr;

const std::string kCommit = "ae329b6937f31305a0d6c6779f6cd4072cc4097e";

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string Request(std::string_view path, std::string_view body, std::string_view headers = "") {
  return fmt::format(
      R"({{"url":"https://huggingface.co/api/models/wzshiming/gpt2{}","method":"GET","status":200,"headers":{{{}}},"time":"2026-11-21T10:00:00Z","body":"{}"}})",
      path, headers, Escaped(body));
}
std::string Answer(std::string_view requests, std::string_view repo = "wzshiming/gpt2") {
  return fmt::format(R"({{"repo":"{}","repo_type":"model","commit":"{}","requests":[{}]}})", repo,
                     kCommit, requests);
}
std::string Information() {
  const std::string body = fmt::format(R"({{"id":"wzshiming/gpt2","sha":"{}"}})", kCommit);
  return Request(
      "/revision/" + kCommit, body,
      fmt::format(R"("ETag":"\"{:x}-{}\"")", body.size(), Base64(Sha1(body)).substr(0, 27)));
}
std::string Export(std::string_view answers) {
  return fmt::format(
      R"({{"schema":"counterscan.hub/1","tool":{{"name":"counterscan","version":"0.1.0"}},"endpoint":"https://huggingface.co","answers":[{}]}})",
      answers);
}
std::string GoodExport() {
  return Export(Answer(Information() + "," +
                       Request("/paths-info/" + kCommit, Recorded("paths-info-model.json").body,
                               R"("ETag":"W/\"893-I2D3KP3B+wd/122qriuEgUig9pg\"")")));
}
Result<HubAnswers> Load(std::string_view bytes, std::string digest = "") {
  return LoadHubExport(bytes,
                       {.source = "hub.json", .expected_digest = std::move(digest), .limits = {}});
}

TEST(ExportFile, IsReadAgainFromItsRawBodies) {
  const auto answers = Load(GoodExport());
  ASSERT_TRUE(answers) << answers.error().message;
  ASSERT_EQ(answers->repositories().size(), 1u);
  const RepoAnswer& answer = answers->repositories().front();
  EXPECT_EQ(answer.repo.id, "wzshiming/gpt2");
  EXPECT_EQ(answer.commit, kCommit);
  ASSERT_EQ(answer.entries.size(), 2u);
  EXPECT_EQ(answer.entries[1].state, HubState::kSafe);
  EXPECT_TRUE(answer.entries[1].pinned);
  EXPECT_EQ(answers->info.mode, "file");
  EXPECT_EQ(answers->info.source, "hub.json");
  EXPECT_EQ(answers->info.endpoint, "https://huggingface.co");
  EXPECT_EQ(answers->info.asked_at, "2026-11-21T10:00:00Z");
  EXPECT_EQ(answers->info.digest, Sha256Hex(GoodExport()));
  EXPECT_FALSE(answers->info.authenticated);
  EXPECT_EQ(answers->info.note, "");
}

TEST(ExportFile, ADigestAuthenticatesOrRefuses) {
  const std::string bytes = GoodExport();
  std::string digest = Sha256Hex(bytes);
  EXPECT_TRUE(Load(bytes, digest)->info.authenticated);
  for (char& c : digest) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(Load(bytes, digest)->info.authenticated);
  const auto refused = Load(bytes, std::string(64, '0'));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not the one given"));
}

TEST(ExportFile, EveryTruncationIsRefused) {
  const std::string whole = GoodExport();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(Load(whole.substr(0, length))) << length;
  }
}

TEST(ExportFile, NoSingleChangedByteOfABodyConfirmsUnnoticed) {
  const std::string whole = GoodExport();
  const std::size_t first = whole.rfind("\"body\":\"") + 8;
  for (std::size_t at = first; at < whole.size() - 6; ++at) {
    std::string changed = whole;
    changed[at] = changed[at] == 'x' ? 'y' : 'x';
    const auto answers = Load(changed);
    if (!answers) continue;
    for (const RepoAnswer& answer : answers->repositories()) {
      for (const HubEntry& entry : answer.entries) EXPECT_NE(entry.state, HubState::kSafe) << at;
    }
  }
}

// What is wrong with a part may be what hides a flag or the rest of a listing.
TEST(ExportFile, WhatIsMalformedInsideConfirmsNothing) {
  const std::string good = GoodExport();
  const auto confirms = [](const Result<HubAnswers>& answers) {
    if (!answers) return false;
    for (const RepoAnswer& answer : answers->repositories()) {
      for (const HubEntry& entry : answer.entries) {
        if (entry.state == HubState::kSafe) return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(confirms(Load(good)));
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    const std::size_t at = text.rfind(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
  };
  EXPECT_TRUE(confirms(Load(changed(R"("GET")", R"("POST")"))));
  EXPECT_TRUE(confirms(Load(changed(R"("headers":{)", R"("headers":{"link":"","Link":"",)"))));
  const std::pair<const char*, const char*> rows[] = {
      {R"("GET")", R"("DELETE")"},
      {R"("GET")", "5"},
      {R"("status":200)", R"("status":"200")"},
      {R"("status":200)", R"("status":20)"},
      {R"("status":200)", R"("status":true)"},
      {R"("headers":{)", R"("headers":{"link":["x"],)"},
      {R"("headers":{)", R"("headers":{" link":"x",)"},
      {R"("headers":{)", R"("headers":{"x-error-code":"GatedRepo","X-Error-Code":"",)"},
      {R"("headers":{)", R"("headers":[],"x":{)"},
      {R"("time":")", R"("time":7,"x":")"},
      {R"("body":")", R"("body":[],"x":")"},
      {R"("body":")", R"("request_body":{},"body":")"},
  };
  for (const auto& [from, to] : rows) EXPECT_FALSE(confirms(Load(changed(from, to)))) << to;
  // Another answer, of which nothing can be read, may be about the same file.
  for (const char* other : {"null", "\"x\"", "{}", R"({"repo":"wzshiming/gpt2"})",
                            R"({"repo":"wzshiming/gpt2","requests":{"0":{}}})",
                            R"({"repo":"wzshiming/gpt2","requests":null})",
                            R"({"repo":"wzshiming/gpt2","requests":[7]})"}) {
    std::string both = good;
    both.insert(both.find("\"answers\":[") + 11, std::string(other) + ",");
    EXPECT_FALSE(confirms(Load(both))) << other;
  }
}

TEST(ExportFile, AFlagOfAMalformedRequestCounts) {
  const std::string tree =
      R"([{"path":"a","oid":"1a78b7e6c35fa843b214689706ce9398ac8fc761","securityFileStatus":{"status":"unsafe","avScan":{"status":"unsafe"}}}])";
  for (const auto& [from, to] :
       {std::pair(R"("status":200)", R"("status":"200")"), std::pair(R"("GET")", R"("PUT")")}) {
    std::string request = Request("/tree/" + kCommit + "?recursive=true&expand=true", tree);
    request.replace(request.find(from), std::string_view(from).size(), to);
    const auto answers = Load(Export(Answer(Information() + "," + request)));
    ASSERT_TRUE(answers);
    EXPECT_EQ(answers->repositories().front().entries.at(0).state, HubState::kUnsafe) << to;
  }
}

TEST(ExportFile, AListingWithoutInformationConfirmsNothing) {
  const std::string listing =
      Request("/paths-info/" + kCommit, Recorded("paths-info-model.json").body);
  const auto answers = Load(Export(Answer(listing)));
  ASSERT_TRUE(answers);
  const RepoAnswer& answer = answers->repositories().front();
  EXPECT_EQ(answer.entries.at(0).state, HubState::kMissing);
  EXPECT_THAT(answer.failure_reason, HasSubstr("whether it is withdrawn"));
}

// Three bytes of a file make an entry of some hundred.
TEST(ExportFile, AnswersThatTakeTooMuchMemoryAreRefused) {
  std::string empty = "[{}";
  for (int i = 0; i < 2000; ++i) empty += ",{}";
  const std::string request =
      Request("/tree/" + kCommit + "?recursive=true&expand=true", empty + "]");
  const std::string file = Export(Answer(request) + "," + Answer(request));
  ExportOptions options;
  EXPECT_TRUE(LoadHubExport(file, options));
  options.limits.answers_bytes = 1'000'000;
  const auto refused = LoadHubExport(file, options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("of memory"));
}

TEST(ExportFile, OtherFilesAreRefusedByName) {
  EXPECT_THAT(Load("{}").error().message, HasSubstr("its schema is ''"));
  EXPECT_THAT(Load(R"({"schema":"counterscan.hub/2"})").error().message,
              HasSubstr("counterscan.hub/2"));
  for (const char* bytes :
       {"", "x", "[]", "null", R"({"schema":"counterscan.hub/1"})",
        R"({"schema":"counterscan.hub/1","endpoint":"https://h","answers":{}})",
        R"({"schema":"counterscan.hub/1","endpoint":"file:///etc","answers":[]})",
        R"({"schema":"counterscan.hub/1","answers":[]})",
        R"({"schema":"counterscan.hub/1","schema":"x","endpoint":"https://h","answers":[]})",
        "{\"schema\":\"counterscan.hub/1\",\"endpoint\":\"https://"
        "h\",\"answers\":[],\"x\":\"\xFF\"}"}) {
    EXPECT_FALSE(Load(bytes)) << bytes;
  }
}

TEST(ExportFile, SeveralRepositoriesMayStandInOneFile) {
  const auto answers = Load(Export(Answer("") + "," + Answer("", "other/name") + "," + Answer("")));
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->repositories().size(), 3u);
  EXPECT_EQ(answers->About("model", "wzshiming/gpt2").size(), 2u);
  EXPECT_EQ(answers->About("dataset", "wzshiming/gpt2").size(), 0u);
}

TEST(ExportFile, MalformedPartsAreLeftOutAndSaid) {
  for (const char* answer :
       {R"({"repo":"../x","commit":""})", R"({"repo":"a/b","repo_type":"thing"})",
        R"({"repo":"a/b","commit":"main"})", "7", R"({"repo":"a/b","requests":[{}]})",
        R"({"repo":"a/b","requests":[{"url":"x"}]})",
        R"({"repo":"a/b","requests":[{"url":"x","status":200}]})",
        R"({"repo":"a/b","requests":[{"url":"x","status":18446744073709551615,"body":""}]})",
        R"({"repo":"a/b","requests":[{"url":"x","status":-1,"body":""}]})",
        R"({"repo":"a/b","requests":[{"url":7,"status":200,"body":""}]})"}) {
    const auto answers = Load(Export(answer));
    ASSERT_TRUE(answers) << answer;
    EXPECT_THAT(answers->info.note, HasSubstr("1 parts of the file were left out")) << answer;
  }
}

TEST(ExportFile, SizeAndNumberOfRequestsAreBounded) {
  ExportOptions options;
  options.limits.export_bytes = 10;
  EXPECT_EQ(LoadHubExport(GoodExport(), options).error().code, ErrorCode::kLimit);
  options = {};
  options.limits.requests = 1;
  const std::string one = Request("/scan", "{}");
  EXPECT_EQ(LoadHubExport(Export(Answer(one + "," + one)), options).error().code,
            ErrorCode::kLimit);
  EXPECT_TRUE(LoadHubExport(Export(Answer(one)), options));
}

TEST(ExportFile, ARequestWithoutAReplyIsAFailure) {
  const auto answers = Load(Export(Answer(
      R"({"url":"https://huggingface.co/api/models/wzshiming/gpt2","status":0,"error":"could not resolve host"})")));
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->repositories().front().failure, HubState::kUnreachable);
  EXPECT_EQ(answers->repositories().front().failure_reason, "could not resolve host");
}

TEST(SavedAnswers, AreASourceThatAnswersByRepositoryAndCommit) {
  const auto saved = SavedAnswers::Parse(GoodExport());
  ASSERT_TRUE(saved);
  const RepoId repo{RepoType::kModel, "wzshiming/gpt2"};
  const std::vector<HubQuery> queries = {{repo, std::string(40, 'a')},
                                         {{RepoType::kDataset, "wzshiming/gpt2"}, "main"},
                                         {repo, "main"},
                                         {repo, kCommit},
                                         {repo, ""}};
  std::vector<std::size_t> answered;
  (*saved)->Ask(queries, [&](std::size_t query, const HubRecord& record) {
    EXPECT_EQ(record.repo, repo);
    answered.push_back(query);
    return true;
  });
  EXPECT_EQ(answered, (std::vector<std::size_t>{2, 3, 4}));
  answered.clear();
  (*saved)->Ask(queries, [&](std::size_t query, const HubRecord&) {
    answered.push_back(query);
    return false;
  });
  EXPECT_EQ(answered, std::vector<std::size_t>{2}) << "asking ends where the caller says so";
}

TEST(SavedAnswers, ListTheRepositoriesTheyHold) {
  const auto saved = SavedAnswers::Parse(GoodExport());
  ASSERT_TRUE(saved);
  const auto listed = [&](const RepositorySearch& search) {
    std::vector<std::string> ids;
    EXPECT_FALSE((*saved)->ListRepositories(search, [&](const RepoId& repo) {
      ids.push_back(repo.id);
      return true;
    }));
    return ids;
  };
  const std::vector<std::string> gpt2 = {"wzshiming/gpt2"};
  EXPECT_EQ(listed({}), gpt2);
  EXPECT_EQ(listed({.author = "WZshiming", .search = "PT"}), gpt2);
  EXPECT_THAT(listed({.author = "wzshi"}), testing::IsEmpty());
  EXPECT_THAT(listed({.search = "bert"}), testing::IsEmpty());
  EXPECT_THAT(listed({.type = RepoType::kSpace}), testing::IsEmpty());
}

TEST(HubAnswers, WhatRepeatsItselfIsFoundOnceAndCounted) {
  RepoAnswer answer;
  answer.repo = {RepoType::kModel, "org/name"};
  for (int i = 0; i < 1000; ++i) {
    HubEntry entry;
    entry.path = std::to_string(i);
    entry.oid = std::string(40, 'a');
    entry.state = i % 4 == 0 ? HubState::kUnsafe : HubState::kSafe;
    answer.entries.push_back(entry);
  }
  HubAnswers answers;
  answers.Add(std::move(answer));
  const auto& alike = answers.blobs().WithOid(std::string(40, 'a'));
  ASSERT_EQ(alike.size(), 2u);
  EXPECT_EQ(alike[0].first.entry->path, "0");
  EXPECT_EQ(alike[0].count, 250u);
  EXPECT_EQ(alike[1].count, 750u);
}

TEST(HubExport, AnswersAboutOneRepositoryAreBounded) {
  ExportOptions options;
  options.limits.answers_per_repository = 1;
  EXPECT_TRUE(LoadHubExport(GoodExport(), options));
  options.limits.answers_per_repository = 0;
  const auto refused = LoadHubExport(GoodExport(), options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
}

TEST(HubAnswers, IndicesStayTrueWhenAnswersMove) {
  auto loaded = Load(GoodExport());
  const HubAnswers answers = std::move(*loaded);
  const auto& hits = answers.blobs().WithSha256(
      "c966da3b74697803352ca7c6f2f220e7090a557b619de9da0c6b34d89f7825c1");
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].first.entry->path, "64-8bits.tflite");
  EXPECT_EQ(hits[0].first.answer, &answers.repositories().front());
  EXPECT_EQ(answers.At(*hits[0].first.answer, "config.json").size(), 1u);
  EXPECT_EQ(answers.blobs().WithOid("10c66461e4c109db5a2196bff4bb59be30396ed8").size(), 1u);
}

}  // namespace
}  // namespace counterscan
