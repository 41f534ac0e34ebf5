#include "scanner/engine/signature_sets.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "scanner/base/limits.h"
#include "scanner/base/text.h"
#include "scanner/engine/clamav_anchor.h"
#include "scanner/engine/clamav_builtin.h"
#include "scanner/engine/yara_rules.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

// Few enough that libclamav's own prefilter still works on weights (800 MB/s; at 2,000 it is 100).
constexpr std::size_t kSignaturesOfSet = 500;
// A matcher takes 3 MiB besides its signatures.
constexpr std::size_t kMostSets = 40;

// The lines of a file of signatures.
class Lines {
 public:
  explicit Lines(const std::string& path)
      : in_(path, std::ios::binary), buffer_(kSignatureLineBytes) {
    if (!in_) problem_ = FailErrno("cannot be opened", errno).value();
  }

  // False at the end, or where the file cannot be read on: End() tells. Valid until the next call.
  bool Next(std::string_view& line) {
    if (problem_) return false;
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    const auto count = static_cast<std::size_t>(in_.gcount());
    if (in_.bad()) {
      problem_ = FailErrno("cannot be read", errno).value();
    } else if (in_.fail() && count + 1 == buffer_.size()) {
      problem_ = Error{ErrorCode::kLimit, "a line is longer than any signature", std::nullopt};
    }
    if (in_.fail()) return false;
    line = std::string_view(buffer_.data(), in_.eof() ? count : count - 1);
    // Told at once, where libclamav would look at all that was copied for it.
    if (line.find('\0') != std::string_view::npos) {
      problem_ = Error{ErrorCode::kMalformed, "not text", std::nullopt};
      return false;
    }
    return true;
  }

  Result<void> End() const {
    if (problem_) return tl::make_unexpected(*problem_);
    return {};
  }

 private:
  std::ifstream in_;
  std::vector<char> buffer_;
  std::optional<Error> problem_;
};

SignatureLine ParseLine(std::string_view line, SignatureKind kind) {
  if (kind == SignatureKind::kLogical) return ParseLogicalSignature(line);
  if (kind == SignatureKind::kPlain) return ParsePlainSignature(line);
  return ParseExtendedSignature(line);
}

Anchors AnchorsOfLine(std::string_view line, SignatureKind kind) {
  if (kind == SignatureKind::kLogical) return AnchorsOfLogical(line);
  if (kind == SignatureKind::kPlain) return AnchorsOfPlain(line);
  return AnchorsOfExtended(line);
}

// Of rules, nobody writes so many by hand; "" for more, which are not taken apart.
constexpr std::uintmax_t kMostRuleBytes = 64 * kMiB;

Result<std::string> ReadRules(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return FailErrno("cannot be opened", error.value());
  std::string content(size > kMostRuleBytes ? 0 : static_cast<std::size_t>(size), '\0');
  std::ifstream in(path, std::ios::binary);
  if (!in.read(content.data(), static_cast<std::streamsize>(content.size()))) {
    return FailErrno("cannot be read", errno);
  }
  return content;
}

// The names in `include "name"`, also where it stands in a comment.
std::vector<std::string> NamesIncluded(const std::string& rules) {
  constexpr std::string_view kInclude = "include";
  std::vector<std::string> names;
  for (std::size_t at = rules.find(kInclude); at != rules.npos; at = rules.find(kInclude, at)) {
    at += kInclude.size();
    const std::size_t quote = rules.find_first_not_of(" \t", at);
    if (quote == rules.npos || quote == at || rules[quote] != '"') continue;
    names.push_back(rules.substr(quote + 1, rules.find('"', quote + 1) - quote - 1));
  }
  return names;
}

// libclamav opens what rules include without asking what it is, and waits for a FIFO for ever. What
// it cannot open it says itself.
Result<void> CheckIncludes(const std::string& path, const std::string& content) {
  constexpr std::size_t kMostIncludes = 200;
  constexpr std::size_t kLongestPath = 1000;  // libclamav cuts longer ones
  std::vector<std::string> checked = {path};
  for (std::size_t i = 0; i < checked.size(); ++i) {
    const std::string including = checked[i];
    const Result<std::string> rules = i == 0 ? content : ReadRules(including);
    if (!rules) continue;
    for (const std::string& name : NamesIncluded(*rules)) {
      // Beside the file that includes it or, where that cannot be opened, as it is written.
      const std::string beside = including.substr(0, including.rfind('/') + 1) + name;
      if (beside.size() > kLongestPath) {
        return Fail(ErrorCode::kLimit, "includes a file with a name too long");
      }
      for (const std::string& place : {beside, name}) {
        std::error_code error;
        const fs::file_status status = fs::status(place.c_str(), error);
        if (!fs::exists(status) ||
            std::find(checked.begin(), checked.end(), place) != checked.end()) {
          continue;
        }
        if (!fs::is_regular_file(status)) {
          return Fail(ErrorCode::kMalformed,
                      "includes what is not a regular file: " + Printable(name));
        }
        if (checked.size() > kMostIncludes) {
          return Fail(ErrorCode::kLimit, "includes too many files");
        }
        if (fs::file_size(place.c_str(), error) > kMostRuleBytes && !error) {
          return Fail(ErrorCode::kLimit, "includes a file that is too long: " + Printable(name));
        }
        checked.push_back(place);
      }
    }
  }
  return {};
}

std::string ExtensionOf(const std::string& path) { return path.substr(path.rfind('.')); }

tl::unexpected<Error> FailCopying() { return FailErrno("cannot be copied for loading", errno); }

}  // namespace

Result<void> SignatureSorter::Add(const std::string& source, SignatureKind kind,
                                  const std::string& name, RawMatcher::Naming naming) {
  SignatureFile file{.name = name, .path = source, .source = source, .naming = naming};
  switch (kind) {
    case SignatureKind::kExceptions:
      file.counted = false;
      sets_.exceptions.insert(sets_.exceptions.begin(), TRY(Keep(file)));
      return {};
    case SignatureKind::kTrusted:
    case SignatureKind::kHashes: {
      const bool trusted = kind == SignatureKind::kTrusted;
      HashedFiles& hashes = trusted ? sets_.trusted : sets_.hashes;
      file.counted = !trusted;
      file = TRY(Keep(file));
      Lines lines(file.path);
      for (std::string_view line; lines.Next(line);) {
        if (!line.starts_with('#')) hashes.Add(line);
      }
      TRY(lines.End());
      (trusted ? sets_.exceptions : sets_.hashed.files).push_back(std::move(file));
      return {};
    }
    case SignatureKind::kRules:
      return SortRules(file);
    case SignatureKind::kExtended:
    case SignatureKind::kLogical:
    case SignatureKind::kPlain:
      return Sort(file, kind);
  }
  return {};
}

Result<SignatureFile> SignatureSorter::Keep(const SignatureFile& file) {
  if (file.source.starts_with(scratch_ + "/")) return file;
  SignatureFile copy = file;
  copy.path = NewPath(file);
  // By reading and writing: the sandbox of who checks a directory knows no other way of copying.
  std::ifstream in(file.source, std::ios::binary);
  std::ofstream out(copy.path, std::ios::binary | std::ios::trunc);
  std::vector<char> buffer(kMiB);
  while (in && out) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    out.write(buffer.data(), in.gcount());
  }
  if (!in.eof() || !out.flush()) return FailCopying();
  return copy;
}

std::string SignatureSorter::NewPath(const SignatureFile& file) {
  return scratch_ + "/" + std::to_string(written_++) + ExtensionOf(file.source);
}

// Copies the lines that can match raw bytes into the sets that they belong to.
Result<void> SignatureSorter::Sort(const SignatureFile& file, SignatureKind kind) {
  Lines lines(file.source);
  Piece always;
  Piece anchored;
  bool empty = true;
  for (std::string_view line; lines.Next(line);) {
    empty = false;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with('#')) TRY(AddLine(line, file, kind, always, anchored));
  }
  TRY(lines.End());
  // libclamav says what it makes of it.
  if (empty) sets_.always.files.push_back(file);
  for (Piece* const piece : {&always, &anchored}) {
    if (piece->lines != 0 && !piece->out.flush()) return FailCopying();
  }
  return {};
}

// The same with the rules of a file that can be taken apart. Each keeps the number of its line, for
// what libclamav may have to say about it.
Result<void> SignatureSorter::SortRules(const SignatureFile& file) {
  const std::string content = TRY(ReadRules(file.source));
  TRY(CheckIncludes(file.source, content));
  const auto rules = ParseYaraRules(content);
  const bool any = rules && std::any_of(rules->begin(), rules->end(),
                                        [](const YaraRule& rule) { return !rule.anchors.empty(); });
  if (!any) {
    sets_.always.needs.AddUnread(true);
    sets_.always.files.push_back(file);
    return {};
  }
  Piece always;
  Piece anchored;
  for (const YaraRule& rule : *rules) {
    SignatureSet& set = TRY(SetFor(rule.anchors, anchored)).get();
    // Strings may be regular expressions.
    set.needs.AddUnread(true);
    Piece& piece = rule.anchors.empty() ? always : anchored;
    TRY(Write(rule.text, rule.line, file, set, piece));
  }
  for (Piece* const piece : {&always, &anchored}) {
    if (piece->lines != 0 && !piece->out.flush()) return FailCopying();
  }
  return {};
}

// Adds the anchors, too. `anchored`: the file that the last set is written to.
Result<std::reference_wrapper<SignatureSet>> SignatureSorter::SetFor(const Anchors& anchors,
                                                                     Piece& anchored) {
  if (anchors.empty()) return std::ref(sets_.always);
  if (sets_.anchored.empty() || in_last_set_ == kSignaturesOfSet) {
    sets_.anchored.emplace_back();
    in_last_set_ = 0;
    if (anchored.lines != 0 && !anchored.out.flush()) return FailCopying();
    anchored = Piece();
  }
  ++in_last_set_;
  for (const Anchor& anchor : anchors) {
    sets_.anchors.Add(anchor, static_cast<AnchorScanner::Group>(sets_.anchored.size() - 1));
  }
  return std::ref(sets_.anchored.back());
}

// Not before line `line`, the first being 0.
Result<void> SignatureSorter::Write(std::string_view text, std::size_t line,
                                    const SignatureFile& file, SignatureSet& set, Piece& piece) {
  if (piece.lines == 0) TRY(Open(file, set, piece));
  for (; piece.lines < line; ++piece.lines) piece.out << '\n';
  piece.out << text << '\n';
  piece.lines += 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  return {};
}

Result<void> SignatureSorter::AddLine(std::string_view line, const SignatureFile& file,
                                      SignatureKind kind, Piece& always, Piece& anchored) {
  if (kind == SignatureKind::kLogical) ++sets_.logical_count;
  const SignatureLine signature = ParseLine(line, kind);
  if (signature.text) ++sets_.text_count;
  if (signature.needs == SignatureNeeds::kNothing) return {};
  const Anchors anchors = AnchorsOfLine(line, kind);
  SignatureSet& set = TRY(SetFor(anchors, anchored)).get();
  set.needs.Add(signature);
  return Write(line, 0, file, set, anchors.empty() ? always : anchored);
}

Result<void> SignatureSorter::Open(const SignatureFile& file, SignatureSet& set, Piece& piece) {
  SignatureFile part = file;
  part.path = NewPath(file);
  piece.out.open(part.path, std::ios::binary | std::ios::trunc);
  if (!piece.out) return FailCopying();
  set.files.push_back(std::move(part));
  return {};
}

void SignatureSorter::Drop(const std::string& name) {
  const auto drop = [&](std::vector<SignatureFile>& files) {
    std::erase_if(files, [&](const SignatureFile& file) { return file.name == name; });
  };
  drop(sets_.exceptions);
  drop(sets_.always.files);
  drop(sets_.hashed.files);
  for (SignatureSet& set : sets_.anchored) drop(set.files);
}

Result<void> SignatureSorter::AddBuiltin(const std::string& lines, const std::string& file_name,
                                         bool counted) {
  const std::string path = scratch_ + "/" + file_name;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << lines;
  if (!out.flush()) return FailErrno("write to the scratch directory", errno);
  const SignatureFile file{.name = "",
                           .path = path,
                           .source = path,
                           .naming = RawMatcher::Naming::kAsWritten,
                           .counted = counted};
  if (counted) {
    sets_.builtin_count = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
    return Sort(file, SignatureKind::kExtended);
  }
  sets_.always.needs.Add(
      ParseExtendedSignature(std::string_view(lines).substr(0, lines.find('\n'))));
  sets_.always.files.push_back(file);
  return {};
}

// Keeps the number of matchers in bounds.
void SignatureSorter::MergeSets() {
  const std::size_t count = (sets_.anchored.size() + kMostSets - 1) / kMostSets;
  if (count <= 1) return;
  std::vector<SignatureSet> merged((sets_.anchored.size() + count - 1) / count);
  for (std::size_t i = 0; i < sets_.anchored.size(); ++i) {
    SignatureSet& from = sets_.anchored[i];
    SignatureSet& to = merged[i / count];
    std::move(from.files.begin(), from.files.end(), std::back_inserter(to.files));
    to.needs.Merge(from.needs);
  }
  sets_.anchored = std::move(merged);
  sets_.anchors.MergeGroups(count);
}

Result<SignatureSets> SignatureSorter::Finish() {
  in_last_set_ = kSignaturesOfSet;
  TRY(AddBuiltin(BuiltinSignatures(), "builtin.ndb", true));
  // Each matcher that is always used must be able to prove itself.
  if (!sets_.always.files.empty()) {
    TRY(AddBuiltin(EicarSignature(), "self-test.ndb", false));
  }
  MergeSets();
  // The hash of a file is the hash of all of it.
  if (!sets_.hashed.files.empty()) sets_.hashed.needs.AddUnread(false);
  sets_.always.needs.Finish();
  for (SignatureSet& set : sets_.anchored) set.needs.Finish();
  sets_.anchors.Build();
  sets_.hashes.Finish();
  sets_.trusted.Finish();
  return std::move(sets_);
}

}  // namespace counterscan
