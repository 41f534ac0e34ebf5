#include "hubclient/hub_url.h"

#include <gtest/gtest.h>

namespace counterscan {
namespace {

constexpr std::string_view kEndpoint = "https://huggingface.co";
const RepoId kRepo{RepoType::kModel, "org/name"};

std::optional<HubUrl> Parse(std::string_view path) {
  return HubUrl::Parse(std::string(kEndpoint) + std::string(path), kEndpoint, kRepo);
}

TEST(HubUrl, EachKindIsKnown) {
  EXPECT_EQ(Parse("/api/models/org/name")->kind, HubUrl::Kind::kInfo);
  EXPECT_EQ(Parse("/api/models/org/name?securityStatus=true")->Asks("securityStatus"), true);
  EXPECT_EQ(Parse("/api/models/org/name/scan")->kind, HubUrl::Kind::kScan);
  const auto tree =
      Parse("/api/models/org/name/tree/main/a%2Fb?recursive=True&expand=1&cursor=x%3D");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->kind, HubUrl::Kind::kTree);
  EXPECT_EQ(tree->revision, "main");
  EXPECT_EQ(tree->path, "a/b");
  EXPECT_TRUE(tree->Asks("recursive"));
  EXPECT_TRUE(tree->Asks("expand"));
  EXPECT_EQ(tree->query.at("cursor"), "x=");
  EXPECT_EQ(Parse("/api/models/org/name/revision/refs%2Fpr%2F1")->revision, "refs/pr/1");
  EXPECT_EQ(Parse("/api/models/org/name/paths-info/main")->kind, HubUrl::Kind::kPathsInfo);
}

TEST(HubUrl, DatasetsAndSpacesHaveTheirOwnPaths) {
  EXPECT_TRUE(HubUrl::Parse("https://huggingface.co/api/datasets/o/d/scan", kEndpoint,
                            {RepoType::kDataset, "o/d"}));
  EXPECT_FALSE(HubUrl::Parse("https://huggingface.co/api/models/o/d/scan", kEndpoint,
                             {RepoType::kDataset, "o/d"}));
}

TEST(HubUrl, AnotherRepositoryHostOrQuestionIsNotOurs) {
  for (const char* path :
       {"/api/models/org/name2/scan", "/api/models/org/name.evil", "/api/models/org",
        "/api/models/other/name/scan", "/api/models/org/name/commits/main",
        "/api/models/org/name/revision/a/b", "/org/name"}) {
    EXPECT_FALSE(Parse(path)) << path;
  }
  for (const char* url : {"https://huggingface.co.evil/api/models/org/name",
                          "http://huggingface.co/api/models/org/name",
                          "https://evil/https://huggingface.co/api/models/org/name", ""}) {
    EXPECT_FALSE(HubUrl::Parse(url, kEndpoint, kRepo)) << url;
  }
}

TEST(HubUrl, WhatIsNoPercentEscapeStays) {
  EXPECT_EQ(Parse("/api/models/org/name/tree/a%zz%4")->revision, "a%zz%4");
}

TEST(NextPage, AbsoluteAndRelativeLinksAreFollowedAtTheSameOrigin) {
  EXPECT_EQ(NextPage(R"(<https://huggingface.co/api/x?cursor=1>; rel="next")",
                     "https://huggingface.co/api/x"),
            "https://huggingface.co/api/x?cursor=1");
  EXPECT_EQ(NextPage(R"(</api/x?p=1&limit=50>; rel="next")", "https://huggingface.co/api/x"),
            "https://huggingface.co/api/x?p=1&limit=50");
  EXPECT_EQ(
      NextPage(R"(<https://a/b>; rel="xet-auth", </c>; rel="next")", "https://huggingface.co/"),
      "https://huggingface.co/c");
}

TEST(NextPage, RelationsHaveNoCase) {
  for (const char* rel : {"rel=\"Next\"", "REL=\"NEXT\"", "Rel=next"}) {
    EXPECT_EQ(NextPage(std::string("</b>; ") + rel, "https://h/a"), "https://h/b") << rel;
  }
  EXPECT_TRUE(MentionsNextPage("</b>; rel = \"prev NEXT\""));
  EXPECT_FALSE(MentionsNextPage("</b>; rel=\"xet-auth\""));
}

TEST(NextPage, AReferenceIsRelativeToWhatWasAsked) {
  const char* url = "https://h/api/models/o/n/tree/c?expand=true";
  const auto next = [&](const std::string& target) {
    return NextPage("<" + target + ">; rel=\"next\"", url);
  };
  EXPECT_EQ(next("?cursor=1"), "https://h/api/models/o/n/tree/c?cursor=1");
  EXPECT_EQ(next("c?cursor=1"), "https://h/api/models/o/n/tree/c?cursor=1");
  EXPECT_EQ(next("./c?cursor=a:b/.."), "https://h/api/models/o/n/tree/c?cursor=a:b/..");
  EXPECT_EQ(next("../../../../.."), "https://h/");
  EXPECT_EQ(next("../x/."), "https://h/api/models/o/n/x/");
  EXPECT_EQ(next("//h/b"), "https://h/b");
  for (const char* elsewhere : {"", "ftp:x", "https:x", "//h2/b", "javascript:?a", "#a"}) {
    EXPECT_FALSE(next(elsewhere)) << elsewhere;
  }
  EXPECT_EQ(NextPage("<b>; rel=next", "https://h"), "https://h/b");
}

TEST(NextPage, ALinkMayHaveSeveralRelationsAndParameters) {
  for (const char* parameters :
       {"; rel=\"prev next\"", "; rel=\"NEXT\tprev\"", "; rel = next", ";rel=next;title=a",
        R"(; title="a, <b>; rel=x"; rel="next")", R"(; title="\""; rel=next, </c>; rel=prev)"}) {
    EXPECT_EQ(NextPage(std::string("</b>") + parameters, "https://h/a"), "https://h/b")
        << parameters;
  }
  for (const char* parameters :
       {"; rel=\"nextnext\"", R"(; title="rel=next")", "; xrel=next", "; rel", "; rel=", ";;=,"}) {
    EXPECT_FALSE(NextPage(std::string("</b>") + parameters, "https://h/a")) << parameters;
  }
}

TEST(NextPage, AnotherOriginOrRelationIsNotFollowed) {
  const char* url = "https://huggingface.co/api/x";
  for (const char* link :
       {R"(<https://evil.example/x>; rel="next")", R"(<http://huggingface.co/x>; rel="next")",
        R"(<//evil.example/x>; rel="next")", R"(<https://huggingface.co:444/x>; rel="next")",
        R"(<https://huggingface.co@evil.example/x>; rel="next")", R"(</x>; rel="xet-auth")",
        R"(</x; rel="next")", "next", ""}) {
    EXPECT_FALSE(NextPage(link, url)) << link;
  }
}

TEST(Origin, OnlyHttpHasOne) {
  EXPECT_EQ(OriginOf("https://a.b:8080/c?d"), "https://a.b:8080");
  EXPECT_EQ(OriginOf("http://127.0.0.1"), "http://127.0.0.1");
  for (const char* url : {"", "https://", "ftp://a/", "a.b/c", "https://user@a/", "file:///x"}) {
    EXPECT_EQ(OriginOf(url), "") << url;
  }
}

TEST(NextPage, OfTwoThatDifferNoneIsFollowed) {
  const std::string_view url = "https://h/a";
  const std::string two = R"(</b>; rel="next", </c>; rel="next")";
  EXPECT_FALSE(NextPage(two, url));
  EXPECT_TRUE(MentionsNextPage(two));
  EXPECT_FALSE(NextPage(R"(</b>; rel="next", <https://evil.example/>; rel="next")", url));
  EXPECT_EQ(NextPage(R"(</b>; rel="next", <https://h/b>; rel="next")", url), "https://h/b");
}

}  // namespace
}  // namespace counterscan
