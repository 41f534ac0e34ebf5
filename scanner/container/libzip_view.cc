#include "scanner/container/libzip_view.h"

#include <zip.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "scanner/container/zip_records.h"

namespace counterscan::container {

struct LibzipView::State {
  const ByteSource* source = nullptr;
  std::uint64_t position = 0;
  zip_error_t error{};
  zip_t* archive = nullptr;

  State() { zip_error_init(&error); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (archive != nullptr) zip_discard(archive);
    zip_error_fini(&error);
  }

  zip_int64_t Read(void* data, zip_uint64_t length) {
    const auto out = std::span(static_cast<std::byte*>(data), static_cast<std::size_t>(length));
    const auto got = source->ReadAt(position, out);
    if (!got) {
      zip_error_set(&error, ZIP_ER_READ, 0);
      return -1;
    }
    position += *got;
    return static_cast<zip_int64_t>(*got);
  }

  zip_int64_t Seek(void* data, zip_uint64_t length) {
    const zip_int64_t target =
        zip_source_seek_compute_offset(position, source->size(), data, length, &error);
    if (target < 0) return -1;
    position = static_cast<std::uint64_t>(target);
    return 0;
  }

  zip_int64_t Stat(void* data, zip_uint64_t length) const {
    if (length < sizeof(zip_stat_t)) return -1;
    auto* stat = static_cast<zip_stat_t*>(data);
    zip_stat_init(stat);
    stat->valid = ZIP_STAT_SIZE;
    stat->size = source->size();
    return sizeof(zip_stat_t);
  }
};

namespace {

std::string TextOf(zip_error_t* error) { return Printable(zip_error_strerror(error)); }

class LibzipStream final : public ByteStream {
 public:
  explicit LibzipStream(zip_file_t* file) : file_(file) {}
  ~LibzipStream() override { zip_fclose(file_); }

  Result<std::size_t> Read(std::span<std::byte> out) override {
    const zip_int64_t got = zip_fread(file_, out.data(), out.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    zip_error_t* error = zip_file_get_error(file_);
    // All has been unpacked; that it is not what was declared is for the caller to say.
    const int code = zip_error_code_zip(error);
    if (code == ZIP_ER_CRC || code == ZIP_ER_INCONS) return std::size_t{0};
    return Fail(ErrorCode::kMalformed, "libzip: " + TextOf(error));
  }

 private:
  zip_file_t* file_;
};

// An archive of one member "m" around packed bytes (APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16).
class OneMemberArchive final : public ByteSource {
 public:
  OneMemberArchive(const ByteSource& packed, std::uint16_t method, std::uint64_t size)
      : packed_(packed) {
    constexpr std::uint16_t kVersion = 63;
    constexpr std::uint32_t kSaturated = 0xffffffff;
    const std::uint64_t packed_size = packed.size();
    const auto put_common = [&](std::string& out) {
      Put<std::uint16_t>(out, kVersion);
      Put<std::uint16_t>(out, 0);  // flags
      Put(out, method);
      Put<std::uint32_t>(out, 0x00210000);  // 1980-01-01
      Put<std::uint32_t>(out, 0);           // checksum
      Put(out, kSaturated);
      Put(out, kSaturated);
      Put<std::uint16_t>(out, 1);   // length of the name
      Put<std::uint16_t>(out, 20);  // length of the zip64 field
    };
    const auto put_name_and_sizes = [&](std::string& out) {
      out += 'm';
      Put<std::uint16_t>(out, 1);
      Put<std::uint16_t>(out, 16);
      Put(out, size);
      Put(out, packed_size);
    };
    Put(head_, kLocalSignature);
    put_common(head_);
    put_name_and_sizes(head_);

    Put(tail_, kCentralSignature);
    Put(tail_, kVersion);
    put_common(tail_);
    tail_.append(14, '\0');  // comment, disk, attributes, offset
    put_name_and_sizes(tail_);
    const std::uint64_t directory_at = head_.size() + packed_size;
    const std::uint64_t directory_size = tail_.size();
    Put(tail_, kZip64EndSignature);
    Put<std::uint64_t>(tail_, kZip64EndRecordBytes - 12);
    Put(tail_, kVersion);
    Put(tail_, kVersion);
    Put<std::uint64_t>(tail_, 0);  // disks
    Put<std::uint64_t>(tail_, 1);
    Put<std::uint64_t>(tail_, 1);
    Put(tail_, directory_size);
    Put(tail_, directory_at);
    Put(tail_, kZip64LocatorSignature);
    Put<std::uint32_t>(tail_, 0);
    Put(tail_, directory_at + directory_size);
    Put<std::uint32_t>(tail_, 1);
    Put(tail_, kEndSignature);
    Put<std::uint32_t>(tail_, 0);
    Put<std::uint16_t>(tail_, 1);
    Put<std::uint16_t>(tail_, 1);
    Put(tail_, kSaturated);
    Put(tail_, kSaturated);
    Put<std::uint16_t>(tail_, 0);
  }

  std::uint64_t size() const override { return head_.size() + packed_.size() + tail_.size(); }

  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    const MemorySource head(AsBytes(head_));
    const MemorySource tail(AsBytes(tail_));
    std::size_t done = 0;
    std::uint64_t begin = 0;
    for (const ByteSource* part :
         {static_cast<const ByteSource*>(&head), &packed_, static_cast<const ByteSource*>(&tail)}) {
      const std::uint64_t at = offset + done;
      if (at >= begin && at - begin < part->size() && done < out.size()) {
        done += TRY(part->ReadAt(at - begin, out.subspan(done)));
      }
      begin += part->size();
    }
    return done;
  }

 private:
  template <class T>
  static void Put(std::string& out, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
    }
  }

  const ByteSource& packed_;
  std::string head_;
  std::string tail_;
};

// A stream together with what it reads from.
class OneMemberStream final : public ByteStream {
 public:
  static Result<std::unique_ptr<ByteStream>> Open(const ByteSource& packed, std::uint16_t method,
                                                  std::uint64_t size) {
    auto stream = std::make_unique<OneMemberStream>();
    stream->archive_ = std::make_unique<OneMemberArchive>(packed, method, size);
    stream->view_ = TRY(LibzipView::Open(*stream->archive_));
    stream->member_ = TRY(stream->view_->OpenMember(0));
    return stream;
  }

  Result<std::size_t> Read(std::span<std::byte> out) override { return member_->Read(out); }

 private:
  // In this order: each reads from the one before.
  std::unique_ptr<OneMemberArchive> archive_;
  std::unique_ptr<LibzipView> view_;
  std::unique_ptr<ByteStream> member_;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> LibzipView::Unpack(const ByteSource& packed,
                                                       std::uint16_t method, std::uint64_t size) {
  return OneMemberStream::Open(packed, method, size);
}

LibzipView::LibzipView(std::unique_ptr<State> state) : state_(std::move(state)) {}
LibzipView::~LibzipView() = default;

Result<std::unique_ptr<LibzipView>> LibzipView::Open(const ByteSource& source) {
  auto state = std::make_unique<State>();
  state->source = &source;
  const auto callback = [](void* user, void* data, zip_uint64_t length,
                           zip_source_cmd_t command) -> zip_int64_t {
    State& self = *static_cast<State*>(user);
    switch (command) {
      case ZIP_SOURCE_OPEN:
        self.position = 0;
        return 0;
      case ZIP_SOURCE_READ:
        return self.Read(data, length);
      case ZIP_SOURCE_SEEK:
        return self.Seek(data, length);
      case ZIP_SOURCE_TELL:
        return static_cast<zip_int64_t>(self.position);
      case ZIP_SOURCE_STAT:
        return self.Stat(data, length);
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&self.error, data, length);
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
        return 0;
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
      default:
        zip_error_set(&self.error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  };
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* zip_source = zip_source_function_create(callback, state.get(), &error);
  if (zip_source != nullptr) {
    state->archive = zip_open_from_source(zip_source, ZIP_RDONLY, &error);
    // Only a successful open takes the source over.
    if (state->archive == nullptr) zip_source_free(zip_source);
  }
  const std::string text = TextOf(&error);
  zip_error_fini(&error);
  if (state->archive == nullptr) return Fail(ErrorCode::kMalformed, text);
  return std::unique_ptr<LibzipView>(new LibzipView(std::move(state)));
}

std::uint64_t LibzipView::count() const {
  return static_cast<std::uint64_t>(
      std::max<zip_int64_t>(zip_get_num_entries(state_->archive, ZIP_FL_UNCHANGED), 0));
}

Result<LibzipMember> LibzipView::Member(std::uint64_t index) const {
  zip_stat_t stat;
  zip_stat_init(&stat);
  // The raw name comes first: zip_stat would convert the encoding.
  const char* name = zip_get_name(state_->archive, index, ZIP_FL_ENC_RAW | ZIP_FL_UNCHANGED);
  if (name == nullptr || zip_stat_index(state_->archive, index, ZIP_FL_UNCHANGED, &stat) != 0) {
    return Fail(ErrorCode::kMalformed, "libzip: " + TextOf(zip_get_error(state_->archive)));
  }
  return LibzipMember{.name = name, .size = stat.size, .compressed_size = stat.comp_size};
}

Result<std::unique_ptr<ByteStream>> LibzipView::OpenMember(std::uint64_t index) const {
  zip_file_t* file = zip_fopen_index(state_->archive, index, ZIP_FL_UNCHANGED);
  if (file == nullptr) {
    return Fail(ErrorCode::kMalformed, "libzip: " + TextOf(zip_get_error(state_->archive)));
  }
  return std::make_unique<LibzipStream>(file);
}

bool LibzipView::SupportsMethod(std::uint16_t method) {
  return zip_compression_method_supported(method, 0) != 0;
}

}  // namespace counterscan::container
