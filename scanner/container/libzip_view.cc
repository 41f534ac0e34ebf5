#include "scanner/container/libzip_view.h"

#include <zip.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "scanner/base/text.h"

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

}  // namespace

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

}  // namespace counterscan::container
