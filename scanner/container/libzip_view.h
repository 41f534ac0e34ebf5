// LibzipView: a zip as libzip sees it.
//
// A second, independent reader: where its list of members differs from ours, somebody's loader
// will see something else than we do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan::container {

struct LibzipMember {
  std::string name;  // raw bytes
  std::uint64_t size = 0;
  std::uint64_t compressed_size = 0;
};

class LibzipView {
 public:
  // `source` must outlive it. libzip allocates for as many entries as
  // the archive declares: open only archives whose directory has been read and found bounded.
  static Result<std::unique_ptr<LibzipView>> Open(const ByteSource& source);
  ~LibzipView();
  LibzipView(const LibzipView&) = delete;
  LibzipView& operator=(const LibzipView&) = delete;

  std::uint64_t count() const;
  Result<LibzipMember> Member(std::uint64_t index) const;

 private:
  struct State;
  explicit LibzipView(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace counterscan::container
