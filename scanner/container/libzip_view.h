// LibzipView: a zip as libzip sees it.
//
// A second, independent reader: where its list of members differs from ours, somebody's loader
// will see something else than we do. It also unpacks the methods that we do not read ourselves.
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
  // `source` must outlive it and every stream it opens. libzip allocates for as many entries as
  // the archive declares: open only archives whose directory has been read and found bounded.
  static Result<std::unique_ptr<LibzipView>> Open(const ByteSource& source);
  ~LibzipView();
  LibzipView(const LibzipView&) = delete;
  LibzipView& operator=(const LibzipView&) = delete;

  std::uint64_t count() const;
  Result<LibzipMember> Member(std::uint64_t index) const;

  // The unpacked bytes of a member. The view must outlive the stream, which does not compare size
  // and checksum with what the archive declares.
  Result<std::unique_ptr<ByteStream>> OpenMember(std::uint64_t index) const;

  // True when libzip was built with this compression method.
  static bool SupportsMethod(std::uint16_t method);

  // What `packed`, which must outlive the stream, unpacks to by a method that libzip supports,
  // whatever the archive around it says: libzip gets to see an archive of this one member.
  static Result<std::unique_ptr<ByteStream>> Unpack(const ByteSource& packed, std::uint16_t method,
                                                    std::uint64_t size);

 private:
  struct State;
  explicit LibzipView(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace counterscan::container
