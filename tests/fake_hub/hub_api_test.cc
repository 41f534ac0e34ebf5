#include "tests/fake_hub/hub_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/fake_hub/presets.h"
#include "tests/fake_hub/security.h"

namespace counterscan::fake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HubApiTest : public testing::Test {
 protected:
  HubApiTest() {
    api_.SetEndpoints("https://127.0.0.1:1", "https://localhost:1");
    for (const User& user : PresetUsers()) api_.AddUser(user);
    for (const Preset& preset : Presets()) api_.Add(preset.make());
  }

  Reply Ask(const std::string& target, const std::string& user = "", const std::string& sent = "") {
    Request request = RequestTo(sent.empty() ? "GET" : "POST", target);
    request.headers.emplace_back("Host", "127.0.0.1:1");
    if (!sent.empty()) request.headers.emplace_back("Content-Type", "application/json");
    if (!user.empty()) request.headers.emplace_back("Authorization", "Bearer hf_" + user);
    request.body = sent;
    return api_.Answer(request);
  }
  Json Body(const std::string& target, const std::string& user = "") {
    return Json::parse(Ask(target, user).body);
  }
  // "401 GatedRepo".
  std::string Refusal(const std::string& target, const std::string& user = "",
                      const std::string& sent = "") {
    const Reply reply = Ask(target, user, sent);
    const std::string code = HeaderOf(reply.headers, "X-Error-Code").value_or("-");
    return std::to_string(reply.status) + " " + code;
  }
  std::string Message(const std::string& target, const std::string& user = "") {
    return HeaderOf(Ask(target, user).headers, "X-Error-Message").value_or("");
  }

  HubApi api_;
};

TEST_F(HubApiTest, PresetsHaveNamesAndRepositoriesOfTheirOwn) {
  std::set<std::string> names;
  std::set<std::string> ids;
  for (const Preset& preset : Presets()) {
    EXPECT_TRUE(names.insert(std::string(preset.name)).second) << preset.name;
    EXPECT_TRUE(ids.insert(preset.make().id).second) << preset.name;
    EXPECT_FALSE(preset.about.empty());
  }
}

TEST_F(HubApiTest, TellsTheStatusInItsFourDialects) {
  const auto info = [this](const std::string& id) {
    return Body("/api/models/" + id + "?securityStatus=True");
  };
  EXPECT_EQ(info("good-org/clean-model")["securityRepoStatus"].dump(),
            R"({"scansDone":true,"filesWithIssues":[]})");
  EXPECT_EQ(info("bad-org/flagged-model")["securityRepoStatus"]["filesWithIssues"].dump(),
            R"([{"path":"build.py","level":"caution"},)"
            R"({"path":"pytorch_model.bin","level":"unsafe"}])");
  EXPECT_EQ(info("old-org/dialect-b")["securityStatus"]["hasUnsafeFile"], true);
  EXPECT_EQ(info("old-org/dialect-b")["securityStatus"]["clamAVInfectedFiles"].dump(),
            R"(["eicar_test_file"])");
  EXPECT_TRUE(info("old-org/dialect-b-nulls")["securityStatus"]["scansDone"].is_null());
  EXPECT_EQ(info("old-org/dialect-a-infected")["securityStatus"]["containsInfected"], true);
  EXPECT_FALSE(info("states-org/absent-status").contains("securityRepoStatus"));
  EXPECT_TRUE(info("states-org/null-status")["securityRepoStatus"].is_null());
  EXPECT_EQ(info("states-org/issues-before-done")["securityRepoStatus"]["scansDone"], false);
  // Only when asked, and not in the query of another revision.
  EXPECT_FALSE(Body("/api/models/good-org/clean-model").contains("securityRepoStatus"));
  // The endpoint of its own has the same object without a wrapper, for every kind.
  EXPECT_EQ(Ask("/api/models/good-org/clean-model/scan").body,
            R"({"scansDone":true,"filesWithIssues":[]})");
  EXPECT_THAT(Ask("/api/datasets/states-org/unsafe-dataset/scan").body, HasSubstr("rows.pkl"));
  EXPECT_THAT(Ask("/api/spaces/states-org/unsafe-space/scan").body, HasSubstr("model.pkl"));
}

TEST_F(HubApiTest, AFilesStatusIsTheLastOfItsScannersInTheHubsOrder) {
  for (const Json& entry : Body("/api/models/states-org/every-status/tree/main?expand=true")) {
    const std::string path = entry["path"];
    const std::string word =
        path.substr(path.rfind('-') + 1, path.rfind('.') - path.rfind('-') - 1);
    // All but the one scanner say "safe" or "unscanned".
    const std::string expected = word == "unscanned" ? "safe" : word;
    EXPECT_EQ(entry["securityFileStatus"]["status"], expected) << path;
  }
}

TEST_F(HubApiTest, RefusesAsTheTableSays) {
  const std::string api = "/api/models/";
  // Nobody is told whether a private repository exists.
  for (const char* const id : {"secret-org/private-model", "no-org/nothing"}) {
    EXPECT_EQ(Refusal(api + id), "401 -");
    EXPECT_EQ(Message(api + id), "Invalid username or password.");
    EXPECT_EQ(Refusal(api + id, "stranger"), "404 RepoNotFound");
  }
  EXPECT_EQ(Refusal(api + "secret-org/private-model", "secret-org"), "200 -");
  EXPECT_EQ(Refusal(api + "good-org/clean-model", "nobody"), "401 -");
  EXPECT_EQ(Message(api + "good-org/clean-model", "nobody"),
            "Invalid credentials in Authorization header");
  EXPECT_EQ(Refusal(api + "good-org/clean-model/revision/nope"), "404 RevisionNotFound");
  EXPECT_EQ(Message(api + "good-org/clean-model/tree/nope"), "Invalid rev id: nope");
  EXPECT_EQ(Refusal(api + "good-org/clean-model/tree/main/nope"), "404 EntryNotFound");
  EXPECT_EQ(Message(api + "good-org/clean-model/tree/main/nope"),
            "nope does not exist on \"main\"");
  EXPECT_EQ(Refusal(api + "bad-org/disabled-model"), "403 -");
  EXPECT_EQ(Message(api + "bad-org/disabled-model"), "Access to this resource is disabled.");
  EXPECT_EQ(Refusal(api + "good-org/clean-model?expand[]=security"), "400 -");
}

TEST_F(HubApiTest, AGateHidesHashesAndFilesAndNothingElse) {
  const std::string file = "/gated-org/manual-model/resolve/main/model.safetensors";
  EXPECT_EQ(Refusal(file), "401 GatedRepo");
  EXPECT_EQ(Refusal(file, "of-nobody"), "401 GatedRepo");
  for (const char* const user : {"stranger", "pending", "rejected", "reset"}) {
    EXPECT_EQ(Refusal(file, user), "403 GatedRepo") << user;
  }
  EXPECT_EQ(Refusal(file, "accepted"), "302 -");
  EXPECT_THAT(Message(file, "stranger"), HasSubstr("you are not in the authorized list"));
  EXPECT_THAT(Message(file, "pending"), HasSubstr("is awaiting a review"));
  EXPECT_THAT(Message(file, "rejected"), HasSubstr("has been rejected"));
  EXPECT_THAT(Message(file, "reset"), HasSubstr("has been reset"));
  EXPECT_THAT(Message("/datasets/gated-org/manual-dataset/resolve/main/config.json", "pending"),
              HasSubstr("access dataset gated-org/manual-dataset"));
  // The gate stands before the question whether there is such a file.
  EXPECT_EQ(Refusal("/gated-org/manual-model/resolve/nope/nothing"), "401 GatedRepo");
  EXPECT_EQ(Refusal("/gated-org/manual-model/resolve/main/README.md"), "200 -");
  EXPECT_EQ(Refusal("/gated-org/manual-model/resolve/main/LICENSE"), "404 EntryNotFound");

  const std::string tree = "/api/models/gated-org/manual-model/tree/main?expand=true";
  const auto hash = [&](const std::string& user) { return Body(tree, user).back()["lfs"]["oid"]; };
  EXPECT_EQ(hash(""), std::string(64, '*'));
  EXPECT_EQ(hash("pending"), std::string(64, '*'));
  EXPECT_NE(hash("accepted"), std::string(64, '*'));
  EXPECT_EQ(Body(tree).back()["securityFileStatus"]["status"], "safe");
}

TEST_F(HubApiTest, RedirectsRenamedRepositoriesWithinItself) {
  const Reply reply = Ask("/api/models/older-org/older-name/tree/main?expand=true");
  EXPECT_EQ(reply.status, 307);
  EXPECT_EQ(HeaderOf(reply.headers, "Location"),
            "/api/models/old-org/old-name/tree/main?expand=true");
  EXPECT_EQ(HeaderOf(Ask("/api/models/clean-model/scan").headers, "Location"),
            "/api/models/good-org/clean-model/scan");
}

TEST_F(HubApiTest, PagesOnWithALink) {
  api_.Add(LargeModel(250));
  std::string target = "/api/models/bulk/large/tree/main?recursive=true&expand=true";
  std::set<std::string> paths;
  std::vector<std::size_t> pages;
  while (!target.empty()) {
    const Reply reply = Ask(target);
    const Json entries = Json::parse(reply.body);
    pages.push_back(entries.size());
    for (const Json& entry : entries) paths.insert(entry["path"]);
    const std::string link = HeaderOf(reply.headers, "Link").value_or("");
    const std::string before = "<https://127.0.0.1:1";
    target = link.empty() ? "" : link.substr(before.size(), link.find('>') - before.size());
  }
  EXPECT_THAT(pages, ElementsAre(100, 100, 66));  // 250 files and their 16 folders
  EXPECT_EQ(paths.size(), 266u);
  EXPECT_EQ(Refusal("/api/models/bulk/large/tree/main?cursor=forged"), "400 -");
}

TEST_F(HubApiTest, SendsPartsOfFiles) {
  const std::string commit = Body("/api/models/good-org/clean-model")["sha"];
  const auto part = [&](const std::string& range) {
    Request request = RequestTo(
        "GET", "/api/resolve-cache/models/good-org/clean-model/" + commit + "/config.json");
    request.headers.emplace_back("Range", range);
    const Reply reply = api_.Answer(request);
    return std::to_string(reply.status) + " " + reply.body + " " +
           HeaderOf(reply.headers, "Content-Range").value_or("-");
  };
  EXPECT_EQ(part("bytes=0-0"), "206 { bytes 0-0/23");
  EXPECT_EQ(part("bytes=17-"), "206 pt2\"}\n bytes 17-22/23");
  EXPECT_EQ(part("bytes=0-99"), "206 {\"model_type\": \"gpt2\"}\n bytes 0-22/23");
  EXPECT_EQ(part("bytes=23-"), "416  bytes */23");
  EXPECT_EQ(part("lines=1"), "200 {\"model_type\": \"gpt2\"}\n -");
}

TEST_F(HubApiTest, ReadsPathsInEveryForm) {
  const std::string target = "/api/models/good-org/clean-model/paths-info/main";
  const auto paths = [](const Reply& reply) {
    std::vector<std::string> list;
    for (const Json& entry : Json::parse(reply.body)) list.push_back(entry["path"]);
    return list;
  };
  EXPECT_THAT(paths(Ask(target, "", R"({"paths":["config.json","onnx","nope"]})")),
              ElementsAre("config.json", "onnx"));
  EXPECT_THAT(paths(Ask(target, "", R"({"paths":"README.md","expand":true})")),
              ElementsAre("README.md"));
  EXPECT_EQ(Ask(target, "", R"({"paths":7})").status, 400);
  EXPECT_EQ(Ask(target, "", "no JSON").status, 400);
  Request form = RequestTo("POST", target);
  form.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  form.body = "paths=onnx%2Fweights.bin&paths=README.md&expand=True";
  const Reply reply = api_.Answer(form);
  EXPECT_THAT(paths(reply), ElementsAre("onnx/weights.bin", "README.md"));
  EXPECT_THAT(reply.body, HasSubstr("securityFileStatus"));
}

TEST_F(HubApiTest, ListsByAuthorAndNameWithoutStatus) {
  const auto ids = [this](const std::string& target) {
    std::vector<std::string> list;
    for (const Json& repo : Body(target)) list.push_back(repo["id"]);
    return list;
  };
  EXPECT_THAT(ids("/api/models?author=gated-org"),
              ElementsAre("gated-org/manual-model", "gated-org/auto-model"));
  EXPECT_THAT(ids("/api/models?search=CANARY"), ElementsAre());
  EXPECT_THAT(ids("/api/models?search=EICAR"), ElementsAre("mcpotato/42-eicar-street"));
  EXPECT_THAT(ids("/api/models?search=private"), ElementsAre());
  EXPECT_THAT(ids("/api/datasets?author=good-org"), ElementsAre("good-org/clean-dataset"));
  EXPECT_EQ(Ask("/api/models?full=true&securityStatus=true").body.find("ecurityRepo"),
            std::string::npos);
}

TEST_F(HubApiTest, KeepsRequestsForAccess) {
  const std::string access = "/api/models/gated-org/manual-model/user-access-request/";
  const auto handle = [&](const std::string& sent, const std::string& user = "gated-org") {
    return Refusal(access + "handle", user, sent);
  };
  EXPECT_EQ(Refusal(access + "pending"), "401 -");
  EXPECT_EQ(Refusal(access + "pending", "stranger"), "403 -");
  EXPECT_EQ(Body(access + "pending", "gated-org")[0]["user"]["user"], "pending");
  EXPECT_EQ(Body(access + "accepted", "gated-org")[0]["grantedBy"]["user"], "gated-org");
  EXPECT_EQ(Refusal(access + "nonsense", "gated-org"), "400 -");
  EXPECT_EQ(Refusal(access + "pending?limit=5", "gated-org"), "400 -");
  EXPECT_EQ(handle(R"({"user":"pending","status":"accepted"})", "stranger"), "403 -");
  EXPECT_EQ(handle(R"({"user":"pending","status":"maybe"})"), "400 -");
  EXPECT_EQ(handle(R"({"user":"pending","userId":"1","status":"accepted"})"), "400 -");
  EXPECT_EQ(handle(R"({"user":"ghost","status":"accepted"})"), "404 -");
  EXPECT_EQ(handle(R"({"user":"stranger","status":"accepted"})"), "404 -");
  EXPECT_EQ(handle(R"({"user":"pending","status":"accepted"})"), "200 -");
  EXPECT_EQ(handle(R"({"user":"pending","status":"accepted"})"), "404 -");
  EXPECT_EQ(Refusal("/api/models/gated-org/manual-model/auth-check", "pending"), "200 -");
  EXPECT_EQ(Refusal(access + "grant", "gated-org", R"({"user":"pending"})"), "400 -");
  EXPECT_EQ(Refusal(access + "grant", "gated-org", R"({"user":"stranger"})"), "200 -");
  EXPECT_EQ(Refusal(access + "cancel", "rejected", "{}"), "404 -");
  EXPECT_EQ(Refusal("/gated-org/auto-model/ask-access", "stranger", "{}"), "303 -");
  EXPECT_EQ(Refusal("/api/models/gated-org/auto-model/auth-check", "stranger"), "200 -");
  EXPECT_EQ(Body("/gated-org/manual-model/user-access-report", "gated-org").size(), 5u);
  const Reply batch = Ask(access + "batch", "gated-org",
                          R"({"status":"rejected","requests":[{"user":"pending"},{"user":"x"}]})");
  EXPECT_EQ(batch.body,
            R"([{"user":"pending","ok":true},{"user":"x","ok":false,"error":"user_not_found"}])");
}

}  // namespace
}  // namespace counterscan::fake
