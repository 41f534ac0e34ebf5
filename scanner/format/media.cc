#include "scanner/format/media.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan::format {
namespace {

using namespace std::string_view_literals;
using Outcome = MediaWalk::Outcome;

constexpr std::uint64_t kWindow = 64 * 1024;

// A cursor that remembers one window of the source. At the end, and behind an error, it gives
// nothing any more.
class Cursor {
 public:
  explicit Cursor(const ByteSource& source) : source_(source) {}

  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return source_.size() - at_; }
  // False, and nothing moves, where there are not so many bytes.
  bool Skip(std::uint64_t bytes) {
    if (bytes > left()) return false;
    at_ += bytes;
    return true;
  }
  std::optional<std::string_view> Peek(std::uint64_t bytes) {
    if (bytes > left() || !Reach(bytes)) return std::nullopt;
    return AsText(window_.bytes().subspan(static_cast<std::size_t>(at_ - window_at_),
                                          static_cast<std::size_t>(bytes)));
  }
  std::optional<std::string_view> Take(std::uint64_t bytes) {
    const auto taken = Peek(bytes);
    if (taken) at_ += bytes;
    return taken;
  }
  std::optional<std::uint8_t> Byte() {
    const auto taken = Take(1);
    if (!taken) return std::nullopt;
    return static_cast<std::uint8_t>((*taken)[0]);
  }
  // To the next byte of this value; false when there is none.
  bool FindByte(char value) {
    while (left() > 0 && Reach(1)) {
      const std::string_view rest =
          AsText(window_.bytes().subspan(static_cast<std::size_t>(at_ - window_at_)));
      const std::size_t found = rest.find(value);
      at_ += std::min(found, rest.size());
      if (found != std::string_view::npos) return true;
    }
    return false;
  }

 private:
  bool Reach(std::uint64_t bytes) {
    if (at_ >= window_at_ && at_ - window_at_ <= window_.size() &&
        window_.size() - (at_ - window_at_) >= bytes) {
      return true;
    }
    auto window = Excerpt::Read(source_, at_, std::max(bytes, kWindow));
    if (!window || window->size() < bytes) return false;
    window_ = std::move(*window);
    window_at_ = at_;
    return true;
  }

  const ByteSource& source_;
  std::uint64_t at_ = 0;
  std::uint64_t window_at_ = 0;
  Excerpt window_;
};

std::uint64_t BigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

std::uint64_t LittleEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

bool IsPrintable(std::string_view id) {
  return std::ranges::all_of(id, [](char c) { return c >= ' ' && c <= '~'; });
}

// Chunks: length, type, data, checksum. The first is IHDR, the last IEND.
bool FollowPng(Cursor& cursor) {
  if (!cursor.Skip(8)) return false;
  for (bool first = true;; first = false) {
    const auto head = cursor.Take(8);
    if (!head) return false;
    const std::uint64_t length = BigEndian(head->substr(0, 4));
    const std::string type(head->substr(4));
    if (!IsPrintable(type) || (first && (type != "IHDR" || length != 13))) return false;
    if (!cursor.Skip(length + 4)) return false;
    if (type == "IEND") return length == 0;
  }
}

// Sub-blocks of a length byte and so many bytes, up to an empty one.
bool SkipGifBlocks(Cursor& cursor) {
  while (const auto length = cursor.Byte()) {
    if (*length == 0) return true;
    if (!cursor.Skip(*length)) return false;
  }
  return false;
}

bool SkipGifColours(Cursor& cursor, std::uint8_t flags) {
  constexpr std::uint8_t kHasTable = 0x80;
  return (flags & kHasTable) == 0 || cursor.Skip(std::uint64_t{3} << ((flags & 7) + 1));
}

bool FollowGif(Cursor& cursor) {
  const auto screen = cursor.Take(13);
  if (!screen || !SkipGifColours(cursor, static_cast<std::uint8_t>((*screen)[10]))) return false;
  // Some writers leave the trailer out.
  for (bool blocks = false; cursor.left() > 0 || !blocks; blocks = true) {
    const auto kind = cursor.Byte();
    if (!kind) return false;
    if (*kind == ';') return true;
    if (*kind == '!') {
      if (!cursor.Skip(1) || !SkipGifBlocks(cursor)) return false;
    } else if (*kind == ',') {
      const auto image = cursor.Take(9);
      if (!image || !SkipGifColours(cursor, static_cast<std::uint8_t>((*image)[8]))) return false;
      if (!cursor.Skip(1) || !SkipGifBlocks(cursor)) return false;
    } else {
      return false;
    }
  }
  return true;
}

// Behind the start of a scan: coded data, in which 0xff is followed by 0 or a restart marker.
bool SkipJpegScan(Cursor& cursor) {
  while (cursor.FindByte('\xff')) {
    const auto marker = cursor.Peek(2);
    if (!marker) return false;
    const auto code = static_cast<std::uint8_t>((*marker)[1]);
    const bool coded = code == 0 || (code >= 0xd0 && code <= 0xd7);
    if (!coded && code != 0xff) return true;
    cursor.Skip(code == 0xff ? 1 : 2);
  }
  return false;
}

bool FollowJpeg(Cursor& cursor) {
  constexpr std::uint8_t kStartOfImage = 0xd8;
  constexpr std::uint8_t kEndOfImage = 0xd9;
  constexpr std::uint8_t kStartOfScan = 0xda;
  bool first = true;
  while (cursor.Byte() == 0xff) {
    auto code = cursor.Byte();
    while (code == 0xff) code = cursor.Byte();  // fill bytes
    if (!code || first != (*code == kStartOfImage)) return false;
    first = false;
    if (*code == kEndOfImage) return true;
    if (*code == kStartOfImage || *code == 0x01) continue;
    const auto length = cursor.Peek(2);
    if (!length || BigEndian(*length) < 2 || !cursor.Skip(BigEndian(*length))) return false;
    if (*code == kStartOfScan && !SkipJpegScan(cursor)) return false;
  }
  return false;
}

// Cameras put more pictures behind the first (CIPA DC-007).
bool FollowJpegs(Cursor& cursor) {
  do {
    if (!FollowJpeg(cursor)) return false;
  } while (cursor.Peek(3) == "\xff\xd8\xff"sv);
  return true;
}

// "RIFF", a size, a kind; then chunks of an id and a size, each at an even place.
bool FollowRiff(Cursor& cursor) {
  do {
    const auto head = cursor.Take(12);
    if (!head) return false;
    const std::uint64_t size = LittleEndian(head->substr(4, 4));
    if (size < 4 || size - 4 > cursor.left()) return false;
    const std::uint64_t end = cursor.at() + size - 4;
    while (cursor.at() < end) {
      const auto chunk = cursor.Take(8);
      if (!chunk || !IsPrintable(chunk->substr(0, 4))) return false;
      const std::uint64_t bytes = LittleEndian(chunk->substr(4));
      if (cursor.at() > end || bytes > end - cursor.at() || !cursor.Skip(bytes)) return false;
      if (bytes % 2 == 1) cursor.Skip(1);  // some writers leave the last one out
    }
  } while (cursor.Peek(4) == "RIFF"sv);  // large AVI files have more of them
  return true;
}

// Boxes of a size and a kind, from the first byte to the last.
bool FollowBoxes(Cursor& cursor) {
  while (cursor.left() >= 8) {
    const std::uint64_t begin = cursor.at();
    const auto head = cursor.Take(8);
    if (!head) return false;
    std::uint64_t size = BigEndian(head->substr(0, 4));
    // What behind the last box is none is something else. Apple's kinds begin with a sign of its
    // own.
    if (!IsPrintable(head->substr(5))) return false;
    std::uint64_t header = 8;
    if (size == 1) {
      const auto wide = cursor.Take(8);
      if (!wide) return false;
      size = BigEndian(*wide);
      header = 16;
    }
    if (size == 0) return cursor.Skip(cursor.left());
    if (size < header || size - header > cursor.left()) return false;
    cursor.Skip(begin + size - cursor.at());
  }
  return true;
}

}  // namespace

MediaWalk FollowMedia(const ByteSource& source) {
  Cursor cursor(source);
  const std::string head(cursor.Peek(std::min<std::uint64_t>(12, source.size())).value_or(""));
  const std::string_view text = head;
  bool whole = false;
  if (text.starts_with("\x89PNG"sv)) {
    whole = FollowPng(cursor);
  } else if (text.starts_with("GIF8"sv)) {
    whole = FollowGif(cursor);
  } else if (text.starts_with("\xff\xd8\xff"sv)) {
    whole = FollowJpegs(cursor);
  } else if (text.starts_with("RIFF"sv)) {
    whole = FollowRiff(cursor);
  } else if (text.size() >= 8 && text.substr(4, 4) == "ftyp"sv) {
    whole = FollowBoxes(cursor);
  } else {
    return {Outcome::kNotFollowed, 0};
  }
  return {whole ? Outcome::kWhole : Outcome::kBroken, cursor.at()};
}

}  // namespace counterscan::format
