// One header block of a tar archive (POSIX.1-1988 ustar, and GNU tar's tar.h), as Python's tarfile
// reads it and as others do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scanner/detect/tar_checksum.h"

namespace counterscan::container {

inline constexpr std::uint64_t kTarBlock = 512;
using TarBlock = std::array<std::byte, kTarBlock>;

// Up to the end of the block, as readers go on; the largest number where there is none.
inline std::uint64_t RoundUpToBlock(std::uint64_t size) {
  const std::uint64_t rest = size % kTarBlock;
  if (rest == 0) return size;
  const std::uint64_t more = kTarBlock - rest;
  return size > ~std::uint64_t{0} - more ? ~std::uint64_t{0} : size + more;
}

enum class TarType : char {
  kFile = '0',
  kOldFile = '\0',
  kHardLink = '1',
  kSymbolicLink = '2',
  kCharacterDevice = '3',
  kBlockDevice = '4',
  kFolder = '5',
  kFifo = '6',
  kContiguous = '7',
  kLongName = 'L',
  kLongLink = 'K',
  kSparse = 'S',
  kPax = 'x',
  kPaxGlobal = 'g',
  kPaxSolaris = 'X',
};

// One piece of a sparse file: where it stands in the file, and how long it is. Pieces are stored
// one after another.
struct SparsePiece {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool passed_over = false;  // by tarfile
};

struct TarHeader {
  std::string name;  // with its prefix, as Python joins them
  std::string link;
  char type = '0';
  detect::TarNumber size;
  bool prefix_unclear = false;  // a prefix that only some readers join to the name
  // tarfile takes it for no header, because of a number that is none or a checksum that is not the
  // sum, and looks for another one in the next block.
  bool refused = false;
  // GNU sparse (type S).
  std::vector<SparsePiece> pieces;
  bool pieces_continue = false;  // further blocks hold more of them
  std::uint64_t real_size = 0;

  TarType kind() const { return static_cast<TarType>(type); }
  bool is_extension() const;
  // Has no content, whatever size it declares: a link, folder or device.
  bool is_sizeless() const;
};

// nullopt when the block's checksum is not that of a header.
std::optional<TarHeader> ReadTarHeader(const TarBlock& block);

// A block of more pieces behind a header whose pieces continue. Adds to `header.pieces`.
void ReadMorePieces(const TarBlock& block, TarHeader& header);

bool IsZeroBlock(const TarBlock& block);

}  // namespace counterscan::container
