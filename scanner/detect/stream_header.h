// What compressed streams without an unmistakable magic number begin with.
#pragma once

#include <cstddef>
#include <span>

namespace counterscan::detect {

// Each wants as many bytes as kStreamHeaderBytes, where there are so many.
inline constexpr std::size_t kStreamHeaderBytes = 16;

// RFC 1950 2.2: method 8 with a window of at most 32 KiB, and a header that is a multiple of 31.
bool IsZlibHeader(std::span<const std::byte> head);

// "BZh", the size of blocks, and the first block or the end of an empty stream.
bool IsBzip2Header(std::span<const std::byte> head);

// liblzma's lzma_auto_decoder(), which Python's lzma module uses, takes whatever is neither xz nor
// lzip for .lzma, and then asks for a dictionary size of 2^n or 2^n + 2^(n-1), and for less than
// 256 GiB. The first byte of the range coder is always 0.
bool IsLzmaHeader(std::span<const std::byte> head);

// RFC 8878 3.1.2 and lz4_Frame_format.md, "Skippable Frames": 0x184D2A50 to 0x184D2A5F.
bool IsSkippableFrame(std::span<const std::byte> head);

// joblib before 0.10, numpy_pickle_compat.py: "ZF", the unpacked size in hexadecimal and 19 bytes,
// then a zlib stream, behind one blank or none. read_zfile() still loads it. Where the stream
// begins, or 0.
std::size_t ZfileStream(std::span<const std::byte> head);

}  // namespace counterscan::detect
