// Random signatures of every kind, and files made to match them: whatever libclamav finds with all
// of them loaded, the prefilter must have let through.
//
// COUNTERSCAN_DIFFERENTIAL_FILES sets how many files are made: `./dev differential --signatures`
// makes 100,000.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/digest.h"
#include "scanner/base/text.h"
#include "scanner/engine/clamav.h"
#include "scanner/engine/clamav_anchor.h"
#include "scanner/engine/clamav_library.h"
#include "scanner/engine/yara_rules.h"
#include "tests/support/signature_maker.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

constexpr int kFilesOfOneDatabase = 400;
constexpr std::size_t kSignaturesOfOneDatabase = 240;

int FilesWanted() {
  const char* const wanted = std::getenv("COUNTERSCAN_DIFFERENTIAL_FILES");
  return wanted == nullptr ? 800 : std::atoi(wanted);
}

Anchors AnchorsOf(const MadeSignature& signature) {
  if (signature.extension.starts_with(".nd")) return AnchorsOfExtended(signature.line);
  if (signature.extension.starts_with(".ld")) return AnchorsOfLogical(signature.line);
  if (signature.extension == ".db") return AnchorsOfPlain(signature.line);
  const auto rules = ParseYaraRules(signature.line);
  EXPECT_TRUE(rules && rules->size() == 1) << signature.line;
  return rules ? rules->front().anchors : Anchors();
}

std::string LowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

bool HoldsOne(const std::string& file, const Anchors& anchors) {
  return std::any_of(anchors.begin(), anchors.end(), [&](const Anchor& anchor) {
    return (anchor.any_case ? LowerCase(file) : file).find(anchor.bytes) != std::string::npos;
  });
}

// What the name printed for a signature says which one it was.
std::string OwnName(std::string name) {
  constexpr std::string_view kSuffix = ".UNOFFICIAL";
  if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  if (name.starts_with("YARA.")) name.erase(0, 5);
  return name;
}

class Differential : public testing::Test {
 protected:
  // Signatures that libclamav loads; the maker also makes some that it does not.
  void MakeDatabase(SignatureMaker& maker) {
    signatures_.clear();
    while (signatures_.size() < kSignaturesOfOneDatabase) {
      MadeSignature made = maker.Make("Made" + std::to_string(signatures_.size()));
      ++made_;
      if (Load({made}, false) != nullptr) {
        signatures_.push_back(std::move(made));
      } else {
        ++refused_;
      }
    }
    all_ = Load(signatures_, true);
    ASSERT_NE(all_, nullptr);
  }

  std::unique_ptr<RawMatcher> Load(const std::vector<MadeSignature>& signatures, bool compile) {
    const TempDir folder;
    std::map<std::string, std::string> files;
    for (const MadeSignature& signature : signatures) {
      files["made" + signature.extension] += signature.line + "\n";
    }
    auto matcher = RawMatcher::Create(scratch_.path());
    for (const auto& [name, content] : files) {
      if (!matcher) return nullptr;
      const auto loaded =
          (*matcher)->Load(folder.Write(name, content), RawMatcher::Naming::kUnofficial);
      if (!loaded || !loaded->complaint.empty()) {
        if (std::getenv("COUNTERSCAN_SHOW_REFUSED") != nullptr) {
          std::printf("refused: %s\n", content.c_str());
        }
        return nullptr;
      }
    }
    if (compile && !(*matcher)->Compile()) return nullptr;
    return std::move(*matcher);
  }

  std::vector<const MadeSignature*> Choose(SignatureMaker& maker) {
    std::vector<const MadeSignature*> chosen;
    const std::size_t count = 1 + maker.random()() % 3;
    for (std::size_t i = 0; i < count; ++i) {
      chosen.push_back(&signatures_[maker.random()() % signatures_.size()]);
    }
    return chosen;
  }

  TempDir scratch_;
  std::vector<MadeSignature> signatures_;
  std::unique_ptr<RawMatcher> all_;
  int made_ = 0;
  int refused_ = 0;
};

// What libclamav finds with all signatures in one matcher, hashes of files among them, the engine
// finds with its sets.
TEST_F(Differential, EngineFindsWhatLibclamavFinds) {
  SignatureMaker maker(20261127);
  int files = 0;
  std::size_t found = 0;
  std::size_t loaded_later = 0;
  for (int databases = 0; files < FilesWanted(); ++databases) {
    ASSERT_NO_FATAL_FAILURE(MakeDatabase(maker));
    // Some of the files are also known by their hash, and one of them is trusted.
    std::vector<std::string> contents;
    for (int i = 0; i < kFilesOfOneDatabase && files < FilesWanted(); ++i, ++files) {
      contents.push_back(maker.FileFor(Choose(maker)));
    }
    const TempDir folder;
    std::map<std::string, std::string> database;
    for (const MadeSignature& signature : signatures_) {
      database["made" + signature.extension] += signature.line + "\n";
    }
    for (std::size_t i = 0; i < contents.size(); i += 7) {
      const auto kind = static_cast<PlainDigest::Kind>(i % 3);
      PlainDigest digest(kind);
      digest.Update(AsBytes(contents[i]));
      const std::string hash = Hex(AsBytes(digest.Finish()));
      const bool any_size = i % 2 == 0;
      const bool md5 = kind == PlainDigest::Kind::kMd5;
      database[i % 35 == 0 ? "made.sfp"
               : md5       ? "made.hdb"
                           : "made.hsb"] += hash + ":" +
                                      (any_size ? "*" : std::to_string(contents[i].size())) +
                                      ":Hash" + std::to_string(i) + ":73\n";
    }
    database["made.ign2"] = "Made1\nMade14\n";

    auto all = RawMatcher::Create(scratch_.path());
    ASSERT_TRUE(all);
    const auto load = [&](const std::string& name) {
      const auto loaded = (*all)->Load(folder / name, RawMatcher::Naming::kUnofficial);
      ASSERT_TRUE(loaded) << name << ": " << loaded.error().message;
    };
    for (const auto& [name, content] : database) folder.Write(name, content);
    load("made.ign2");
    for (const auto& [name, content] : database) {
      if (name == "made.ign2") continue;
      ASSERT_NO_FATAL_FAILURE(load(name));
    }
    ASSERT_TRUE((*all)->Compile());
    ClamavEngine::Options options;
    options.database = folder.path();
    options.scratch = scratch_.path();
    // In every second database, nothing is in memory that no file has needed yet.
    if (databases % 2 == 0) options.groups_kept = 0;
    const auto engine = ClamavEngine::Load(options);
    ASSERT_TRUE(engine) << engine.error().message;
    for (const Gap& gap : (*engine)->load_gaps()) FAIL() << gap.detail;
    ASSERT_TRUE((*engine)->SelfTest());

    for (const std::string& content : contents) {
      const RawMatcher::Outcome expected = (*all)->MatchMemory(AsBytes(content));
      ClamavEngine::Matches matches = (*engine)->Match(MemorySource(AsBytes(content)), {});
      if (!matches.wanted_groups.empty()) {
        ++loaded_later;
        (*engine)->LoadGroups(matches.wanted_groups);
        matches = (*engine)->Match(MemorySource(AsBytes(content)), {});
        ASSERT_TRUE(matches.wanted_groups.empty());
      }
      ASSERT_TRUE(matches.gaps.empty()) << matches.gaps.front().detail;
      ASSERT_THAT(matches.names, testing::ElementsAreArray(expected.names))
          << Hex(AsBytes(content));
      found += expected.names.size();
    }
  }
  EXPECT_GT(found, static_cast<std::size_t>(files));
  EXPECT_GT(loaded_later, 0U);
  std::printf("%d files, %zu matches\n", files, found);
}

TEST_F(Differential, WhateverLibclamavFindsHoldsAnAnchor) {
  SignatureMaker maker(20261126);
  int files = 0;
  std::map<std::string, int> found;
  std::size_t with_anchor = 0;
  std::size_t total = 0;
  while (files < FilesWanted()) {
    ASSERT_NO_FATAL_FAILURE(MakeDatabase(maker));
    std::map<std::string, Anchors> anchors;
    for (const MadeSignature& signature : signatures_) {
      anchors[signature.name] = AnchorsOf(signature);
      with_anchor += anchors[signature.name].empty() ? 0U : 1U;
      ++total;
    }
    for (int i = 0; i < kFilesOfOneDatabase && files < FilesWanted(); ++i, ++files) {
      const std::string file = maker.FileFor(Choose(maker));
      const RawMatcher::Outcome outcome = all_->MatchMemory(AsBytes(file));
      ASSERT_TRUE(outcome.complaints.empty()) << outcome.complaints.front();
      for (const std::string& printed : outcome.names) {
        const std::string name = OwnName(printed);
        const auto known = anchors.find(name);
        ASSERT_NE(known, anchors.end()) << printed;
        const auto signature =
            std::find_if(signatures_.begin(), signatures_.end(),
                         [&](const MadeSignature& made) { return made.name == name; });
        ++found[signature->extension];
        if (known->second.empty()) continue;
        ASSERT_TRUE(HoldsOne(file, known->second)) << signature->line << "\n" << Hex(AsBytes(file));
      }
    }
  }
  for (const auto& [extension, count] : found) {
    RecordProperty("found" + extension, count);
    EXPECT_GT(count, files / 100) << extension;
  }
  EXPECT_GT(with_anchor * 2, total);
  EXPECT_LT(refused_ * 4, made_);
  std::printf("%d refused; ", refused_);
  std::printf("%d files, %zu of %zu signatures with an anchor;", files, with_anchor, total);
  for (const auto& [extension, count] : found) std::printf(" %s %d", extension.c_str(), count);
  std::printf("\n");
}

}  // namespace
}  // namespace counterscan
