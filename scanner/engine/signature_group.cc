#include "scanner/engine/signature_group.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

namespace counterscan {
namespace {

// One gap for all windows: a damaged engine would otherwise fill the report.
void Complain(const std::vector<std::string>& complaints, std::uint64_t first, std::uint64_t last,
              SignatureMatches& matches) {
  if (complaints.empty()) return;
  for (Gap& gap : matches.gaps) {
    if (gap.reason == GapReason::kEngineFailed) {
      gap.last = last;
      return;
    }
  }
  matches.gaps.push_back(
      ClamavGap(GapReason::kEngineFailed, first, last, "libclamav: " + complaints.front()));
}

// What was said of the file that was loaded, said of the one that a person knows.
std::string InOwnName(const SignatureFile& file, std::string text) {
  for (std::size_t at = text.find(file.path); at != std::string::npos;
       at = text.find(file.path, at + file.name.size())) {
    text.replace(at, file.path.size(), file.name);
  }
  return text;
}

// Reads new bytes behind the `filled` ones until the buffer is full or the source ends. False, with
// a gap, when it ends too early.
bool Fill(const ByteSource& source, const OnBytes& on_bytes, std::span<std::byte> buffer,
          std::size_t& filled, SignatureMatches& matches) {
  while (filled < buffer.size() && matches.bytes < source.size()) {
    const std::uint64_t wanted = std::min<std::uint64_t>(
        {kReadBytes, buffer.size() - filled, source.size() - matches.bytes});
    const auto out = buffer.subspan(filled, static_cast<std::size_t>(wanted));
    const Piece piece = ReadPiece(source, matches.bytes, out);
    if (on_bytes && piece.count != 0) on_bytes(out.first(piece.count));
    filled += piece.count;
    matches.bytes += piece.count;
    if (piece.count < out.size()) {
      matches.gaps.push_back(UnreadGap(matches.bytes, source.size(), piece.error));
      return false;
    }
  }
  return true;
}

}  // namespace

void SignatureMatches::Merge(SignatureMatches other) {
  bytes = std::min(bytes, other.bytes);
  for (std::string& name : other.names) {
    const auto place = std::lower_bound(names.begin(), names.end(), name);
    if (place == names.end() || *place != name) names.insert(place, std::move(name));
  }
  for (Gap& gap : other.gaps) {
    // The same trouble is met at each look; where exactly depends on how much is read at once.
    const bool known = std::any_of(gaps.begin(), gaps.end(), [&](const Gap& mine) {
      return mine.reason == gap.reason && mine.detail == gap.detail;
    });
    if (!known) gaps.push_back(std::move(gap));
  }
}

Result<void> SignatureGroup::Load(const std::string& scratch,
                                  const std::vector<SignatureFile>& before) {
  if (has_loaded_ || set_.files.empty()) return {};
  matcher_ = TRY(MakeMatcher(scratch, before));
  has_loaded_ = true;
  return {};
}

void SignatureGroup::Unload() {
  matcher_.reset();
  has_loaded_ = false;
}

void SignatureGroup::LoadAgain(const std::string& scratch,
                               const std::vector<SignatureFile>& before) {
  if (ready()) return;
  auto matcher = MakeMatcher(scratch, before);
  if (matcher) {
    matcher_ = std::move(*matcher);
  } else {
    lost_ = matcher.error().message;
  }
}

Result<std::unique_ptr<RawMatcher>> SignatureGroup::MakeMatcher(
    const std::string& scratch, const std::vector<SignatureFile>& before) {
  std::unique_ptr<RawMatcher> matcher = TRY(RawMatcher::Create(scratch));
  loaded_ = {};
  for (const auto& files : {std::span(before), std::span<const SignatureFile>(set_.files)}) {
    for (const SignatureFile& file : files) {
      refused_ = {.file = file, .why = ""};
      const auto loaded = matcher->Load(file.path, file.naming);
      if (!loaded) {
        refused_.why = loaded.error().message;
        return tl::make_unexpected(loaded.error());
      }
      if (file.counted) {
        loaded_.signatures += loaded->signatures;
        loaded_.of_file[file.name] += loaded->signatures;
      }
      if (!loaded->complaint.empty()) {
        loaded_.in_part.push_back({.file = file, .why = InOwnName(file, loaded->complaint)});
      }
    }
  }
  refused_ = {};
  if (const auto compiled = matcher->Compile(); !compiled) {
    refused_ = NotCompiled(scratch);
    return tl::make_unexpected(compiled.error());
  }
  return matcher;
}

// Regular expressions are compiled when all files are loaded, and libclamav does not say of which
// file the one is that it refuses.
SignatureGroup::Refusal SignatureGroup::NotCompiled(const std::string& scratch) const {
  for (const SignatureFile& file : set_.files) {
    const auto matcher = RawMatcher::Create(scratch);
    if (!matcher || !(*matcher)->Load(file.path, file.naming)) continue;
    const auto compiled = (*matcher)->Compile();
    if (!compiled) return {.file = file, .why = compiled.error().message};
  }
  return {};
}

void SignatureGroup::Drop(const std::string& name) {
  const std::size_t dropped =
      std::erase_if(set_.files, [&](const SignatureFile& file) { return file.name == name; });
  if (dropped != 0) Unload();
  if (set_.files.empty()) loaded_ = {};
}

SignatureMatches SignatureGroup::Match(const ByteSource& source, const OnBytes& on_bytes,
                                       bool one_piece, std::vector<std::byte>& buffer) {
  const std::uint64_t size = source.size();
  SignatureMatches matches;
  if (!lost_.empty()) {
    matches.bytes = size;
    matches.gaps.push_back(ClamavGap(GapReason::kEngineFailed, 0, size,
                                     "signatures could not be loaded again: " + lost_));
    return matches;
  }
  std::set<std::string> names;
  const std::uint64_t window = set_.needs.reach() + sizes_.window_bytes;
  const bool wanted = size > window && (one_piece || set_.needs.whole_file());
  if (!wanted || size > sizes_.largest_piece ||
      !MatchInOnePiece(source, on_bytes, buffer, names, matches)) {
    if (wanted) {
      matches.gaps.push_back(ClamavGap(
          GapReason::kWindowed, 0, size,
          "signatures with parts far apart, and hashes of whole files, could not be decided"));
    }
    MatchWindows(source, on_bytes, buffer, names, matches);
  }
  if (set_.needs.regex() && size > kLargestRegexMap && size <= sizes_.largest_piece) {
    matches.gaps.push_back(
        ClamavGap(GapReason::kWindowed, 0, size,
                  "signatures with regular expressions are matched up to 100 MiB only"));
  }
  matches.names.assign(names.begin(), names.end());
  return matches;
}

// False, with nothing done, when the address space is not to be had.
bool SignatureGroup::MatchInOnePiece(const ByteSource& source, const OnBytes& on_bytes,
                                     std::vector<std::byte>& buffer, std::set<std::string>& names,
                                     SignatureMatches& matches) {
  InOrder reader(source, on_bytes);
  const auto outcome = matcher_->MatchThrough(
      source.size(),
      [&](std::uint64_t offset, std::span<std::byte> out) { return reader.Read(offset, out); });
  if (!outcome) return false;
  reader.PassOnTo(source.size());
  matches.bytes = reader.passed_on();
  names = outcome->names;
  if (reader.failed()) {
    // libclamav drops the piece, up to 128 KiB, in which a read fails. What can be read of it is
    // matched now, so that an error hides nothing.
    SignatureMatches again;
    MatchWindows(source, {}, buffer, names, again);
    matches.bytes = std::min(matches.bytes, again.bytes);
    matches.gaps = std::move(again.gaps);
    if (matches.gaps.empty()) {
      matches.gaps.push_back(UnreadGap(*reader.failed(), source.size(), reader.error()));
    }
  } else {
    Complain(outcome->complaints, 0, source.size(), matches);
  }
  return true;
}

// The buffer: the end of the window before (as much as the signatures reach), then new bytes.
void SignatureGroup::MatchWindows(const ByteSource& source, const OnBytes& on_bytes,
                                  std::vector<std::byte>& buffer, std::set<std::string>& names,
                                  SignatureMatches& matches) {
  const std::uint64_t size = source.size();
  const auto overlap = static_cast<std::size_t>(set_.needs.reach());
  const std::size_t window_bytes = overlap + static_cast<std::size_t>(sizes_.window_bytes);
  const auto held = static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes, size));
  if (buffer.size() < held) buffer.resize(held);
  const auto room = std::span(buffer).first(held);
  std::size_t filled = 0;
  while (matches.bytes < size) {
    const bool first = matches.bytes == 0;
    const std::uint64_t window_start = matches.bytes - filled;
    const bool failed = !Fill(source, on_bytes, room, filled, matches);
    const bool last = failed || matches.bytes == size;
    const RawMatcher::Outcome outcome =
        matcher_->MatchMemory(std::span<const std::byte>(buffer).first(filled));
    for (const std::string& name : outcome.names) {
      if (!first && set_.needs.OnlyAtStart(name)) continue;
      if (!last && set_.needs.OnlyAtEnd(name)) continue;
      names.insert(name);
    }
    Complain(outcome.complaints, window_start, window_start + filled, matches);
    if (last) return;
    std::memmove(buffer.data(), buffer.data() + filled - overlap, overlap);
    filled = overlap;
  }
}

}  // namespace counterscan
