#include "scanner/container/zip_directory.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace counterscan::container {
namespace {

// Honest archives have one end record; a comment full of them must not cost a search each.
constexpr std::size_t kMaxEndRecords = 64;
constexpr std::size_t kWindow = 64 * 1024;
// As many are made room for before one has been seen.
constexpr std::uint64_t kFewEntries = 256;

// One end record, and the directory it promises.
struct Promise {
  std::uint64_t record_at = 0;      // where the end records (zip64 first) start
  std::uint64_t end_record_at = 0;  // the one with "PK\5\6"
  EndRecord record{};
};

struct View {
  Promise promise{};
  std::uint64_t directory_at = 0;
  std::uint64_t directory_end = 0;
  std::uint64_t bias = 0;  // added to the offsets it declares
  std::vector<CentralHeader> entries{};
  bool cut = false;
};

// What all directories of one archive together may take.
struct Allowance {
  std::uint64_t entries;
  std::uint64_t name_bytes = kMaxNameBytes;
};

// Reads headers one after another through a window of the source.
class HeaderCursor {
 public:
  HeaderCursor(const ByteSource& source, std::uint64_t offset) : source_(source), at_(offset) {}

  std::uint64_t offset() const { return at_; }

  Result<CentralHeader> Next() {
    header_at_.reset();
    TRY(Need(kCentralHeaderBytes));
    const std::uint64_t size = TRY(CentralRecordSize(Available()));
    header_at_ = at_;
    TRY(Need(size));
    ByteReader reader(Available());
    auto header = TRY(ReadCentralHeader(reader));
    at_ += header.record_size;
    return header;
  }

  // The header that Next() has just read, or found to be longer than the source, as a reader sees
  // it who has nothing from `end` on: Python does not mind when name or comment end early.
  Result<CentralHeader> CutAt(std::uint64_t end) {
    const bool is_last = header_at_ == at_;
    if (!header_at_ || end <= *header_at_) {
      return Fail(ErrorCode::kTruncated, "directory ends early", end);
    }
    const auto bytes = window_.bytes().subspan(static_cast<std::size_t>(*header_at_ - window_at_));
    ByteReader reader(bytes.first(std::min<std::uint64_t>(bytes.size(), end - *header_at_)));
    auto header = TRY(ReadCutCentralHeader(reader));
    if (is_last) at_ = *header_at_ + header.record_size;
    return header;
  }

 private:
  std::span<const std::byte> Available() const {
    return window_.bytes().subspan(static_cast<std::size_t>(at_ - window_at_));
  }

  Result<void> Need(std::uint64_t bytes) {
    const std::uint64_t window_end = window_at_ + window_.size();
    if (at_ >= window_at_ && at_ <= window_end && window_end - at_ >= bytes) return {};
    window_ = TRY(Excerpt::Read(source_, at_, std::max<std::uint64_t>(bytes, kWindow)));
    window_at_ = at_;
    if (window_.size() < bytes) return Fail(ErrorCode::kTruncated, "directory ends early", at_);
    return {};
  }

  const ByteSource& source_;
  std::uint64_t at_;
  std::optional<std::uint64_t> header_at_;
  std::uint64_t window_at_ = 0;
  Excerpt window_;
};

// Follows entries from `start` as long as there are any, also past the end record: readers that go
// by the count do. A directory of no entries is one too.
Result<View> FollowDirectory(const ByteSource& source, const Promise& promise, std::uint64_t start,
                             std::uint64_t bias, Allowance& allowance) {
  View view{.promise = promise, .directory_at = start, .directory_end = start, .bias = bias};
  HeaderCursor cursor(source, start);
  view.entries.reserve(
      static_cast<std::size_t>(std::min({promise.record.entries, allowance.entries, kFewEntries})));
  for (;;) {
    auto header = cursor.Next();
    if (!header) header = cursor.CutAt(source.size());
    if (!header) break;
    const std::uint64_t name_bytes =
        header->member.name.size() + header->member.unicode_name.size();
    if (allowance.entries == 0 || name_bytes > allowance.name_bytes) {
      view.cut = true;
      break;
    }
    --allowance.entries;
    allowance.name_bytes -= name_bytes;
    // Python takes as many bytes as the end record promises, and reads on in what it has.
    std::uint64_t promised_end = 0;
    const bool promised =
        !__builtin_add_overflow(start, promise.record.directory_size, &promised_end);
    if (promised && promised_end < cursor.offset()) {
      auto cut = cursor.CutAt(promised_end);
      if (cut && cut->member.name != header->member.name) {
        cut->local_offset += bias;
        view.entries.push_back(std::move(*cut));
      }
    }
    header->local_offset += bias;
    view.entries.push_back(std::move(*header));
    view.directory_end = cursor.offset();
  }
  if (view.entries.empty() && !view.cut && promise.record.entries != 0) {
    return Fail(ErrorCode::kMalformed, "no directory entry where the end record says", start);
  }
  return view;
}

// The 64-bit end records that a locator in front of the end record leads to: where it says, as
// torch reads, and directly before it, where Python looks. With data in front of the archive both
// are one honest record.
std::vector<Promise> Zip64Promises(const ByteSource& source, std::uint64_t end_record_at) {
  std::vector<Promise> promises;
  if (end_record_at < kZip64LocatorBytes) return promises;
  std::byte locator[kZip64LocatorBytes];
  const std::uint64_t locator_at = end_record_at - kZip64LocatorBytes;
  if (!ReadExactly(source, locator_at, locator)) return promises;
  ByteReader reader(locator);
  if (*reader.LittleEndian<std::uint32_t>() != kZip64LocatorSignature) return promises;
  static_cast<void>(*reader.LittleEndian<std::uint32_t>());
  const std::uint64_t declared_at = *reader.LittleEndian<std::uint64_t>();
  const std::uint64_t adjacent_at =
      locator_at >= kZip64EndRecordBytes ? locator_at - kZip64EndRecordBytes : declared_at;
  for (const std::uint64_t at : {declared_at, adjacent_at}) {
    std::byte bytes[kZip64EndRecordBytes];
    if (!promises.empty() && promises.front().record_at == at) continue;
    if (!ReadExactly(source, at, bytes)) continue;
    ByteReader record_reader(bytes);
    auto record = ReadZip64EndRecord(record_reader);
    if (record) {
      promises.push_back({.record_at = at, .end_record_at = end_record_at, .record = *record});
    }
  }
  return promises;
}

// Adds every directory that one end record can lead to: at its declared offset, and, because
// readers allow for data in front of the archive, directly before the end record.
void AddViews(const ByteSource& source, std::uint64_t end_record_at, Allowance& allowance,
              std::vector<View>& views) {
  std::byte bytes[kEndRecordBytes];
  if (!ReadExactly(source, end_record_at, bytes)) return;
  ByteReader reader(bytes);
  const auto record = ReadEndRecord(reader);
  if (!record) return;

  std::vector<Promise> promises = Zip64Promises(source, end_record_at);
  for (Promise& promise : promises) promise.record.comment_length = record->comment_length;
  const bool is_new = std::ranges::none_of(
      promises, [&](const Promise& promise) { return promise.record == *record; });
  if (is_new) {
    promises.push_back(
        {.record_at = end_record_at, .end_record_at = end_record_at, .record = *record});
  }
  for (const Promise& promise : promises) {
    const std::uint64_t declared = promise.record.directory_offset;
    std::vector<std::uint64_t> starts;
    if (declared < source.size()) starts.push_back(declared);
    if (promise.record.directory_size <= promise.record_at) {
      const std::uint64_t adjacent = promise.record_at - promise.record.directory_size;
      if (adjacent != declared) starts.push_back(adjacent);
    }
    for (const std::uint64_t start : starts) {
      const std::uint64_t bias = start - declared;
      const bool known = std::ranges::any_of(
          views, [&](const View& view) { return view.directory_at == start && view.bias == bias; });
      if (known) continue;
      auto view = FollowDirectory(source, promise, start, bias, allowance);
      if (view) views.push_back(std::move(*view));
    }
  }
}

bool IsInsideMember(std::uint64_t offset, const View& view) {
  return std::ranges::any_of(view.entries, [&](const CentralHeader& entry) {
    const std::uint64_t data_bytes =
        kLocalHeaderBytes + entry.member.name.size() + entry.member.compressed_size;
    return offset >= entry.local_offset && offset - entry.local_offset < data_bytes;
  });
}

auto KeyOf(const CentralHeader& entry) {
  return std::tuple(entry.local_offset, std::string_view(entry.member.name), entry.member.method,
                    entry.member.compressed_size, entry.member.size);
}

std::string Number(std::uint64_t value) { return std::to_string(value); }

// Readers go by the count or by the size of the directory, and see different entries when these
// lie.
void CheckCounts(const View& view, std::vector<Oddity>& oddities) {
  const EndRecord& record = view.promise.record;
  const std::uint64_t found = view.entries.size();
  // Without zip64 the count has 16 bits.
  const bool wrapped =
      view.promise.record_at == view.promise.end_record_at && record.entries == (found & 0xffff);
  if (!view.cut && record.entries != found && !wrapped) {
    oddities.push_back({"ARC-109", "", view.promise.end_record_at,
                        "the end record counts " + Number(record.entries) +
                            " entries, the directory holds " + Number(found)});
  }
  const std::uint64_t bytes = view.directory_end - view.directory_at;
  if (!view.cut && record.directory_size != bytes) {
    oddities.push_back({"ARC-109", "", view.promise.end_record_at,
                        "the end record gives the directory " + Number(record.directory_size) +
                            " bytes, its entries take " + Number(bytes)});
  }
}

}  // namespace

bool MayEndAsZip(std::span<const std::byte> tail) {
  return FindSignature(AsText(tail), kEndSignature) != std::string_view::npos;
}

Result<ZipDirectory> ReadZipDirectory(const ByteSource& source, std::uint64_t max_entries) {
  const std::uint64_t window = std::min(source.size(), kEndRecordWindow);
  const std::uint64_t tail_at = source.size() - window;
  const Excerpt tail = TRY(Excerpt::Read(source, tail_at, window));
  std::vector<std::uint64_t> end_records;
  const std::string_view text = AsText(tail);
  for (std::size_t at = FindSignature(text, kEndSignature); at != std::string_view::npos;
       at = FindSignature(text, kEndSignature, at + 1)) {
    end_records.push_back(tail_at + at);
  }

  ZipDirectory directory;
  std::vector<View> views;
  std::size_t tried = 0;
  Allowance allowance{.entries = max_entries};
  // From the back: most readers take the last end record.
  for (auto at = end_records.rbegin(); at != end_records.rend(); ++at) {
    if (++tried > kMaxEndRecords) break;
    // The end record of an archive that is itself a member is that member's business.
    if (!views.empty() && IsInsideMember(*at, views.front())) continue;
    AddViews(source, *at, allowance, views);
  }
  if (views.empty()) {
    return Fail(ErrorCode::kMalformed,
                end_records.empty() ? "no end record" : "no end record leads to a directory");
  }

  std::set<decltype(KeyOf(std::declval<const CentralHeader&>()))> seen;
  for (const View& view : views) {
    const Promise& promise = view.promise;
    const bool main = &view == &views.front();
    std::size_t added = 0;
    for (const CentralHeader& entry : view.entries) {
      if (views.size() == 1) break;  // all of them, below
      // Duplicates inside the main directory are kept: they are a finding of their own.
      if (!seen.insert(KeyOf(entry)).second && !main) continue;
      directory.entries.push_back(entry);
      ++added;
    }
    directory.cut = directory.cut || view.cut;
    ++directory.directories;
    if (main) {
      CheckCounts(view, directory.oddities);
    } else if (added > 0 || view.entries.size() != views.front().entries.size()) {
      directory.oddities.push_back({"ARC-109", "", view.directory_at,
                                    "another directory lists " + Number(view.entries.size()) +
                                        " entries, " + Number(added) +
                                        " of them not in the first"});
    }
    const std::uint64_t comment_at = promise.end_record_at + kEndRecordBytes;
    directory.records.push_back({view.directory_at, view.directory_end});
    if (promise.record_at != promise.end_record_at) {
      directory.records.push_back({promise.record_at, promise.record_at + kZip64EndRecordBytes});
      directory.records.push_back({promise.end_record_at - kZip64LocatorBytes, comment_at});
    }
    directory.records.push_back({promise.end_record_at, comment_at});
    const std::uint64_t comment_end =
        std::min<std::uint64_t>(comment_at + promise.record.comment_length, source.size());
    if (comment_end > comment_at) directory.comments.push_back({comment_at, comment_end});
  }
  if (views.size() == 1) directory.entries = std::move(views.front().entries);
  return directory;
}

}  // namespace counterscan::container
