// Compress: what the compressors that people use write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace counterscan {

enum class Packing : std::uint8_t { kZlib, kGzip, kBzip2, kXz, kLzma, kZstd, kLz4, kLz4Legacy };

// One stream, with the checksums that its tool writes without being asked.
std::string Compress(std::string_view plain, Packing packing);

// One stream of zlib as deflateInit2() takes its parameters, made in one go.
struct DeflateParameters {
  int level = 9;
  int window_bits = -15;  // raw; 15 for zlib's own format, 31 for gzip's
  int memory_level = 8;
  int strategy = 0;      // Z_DEFAULT_STRATEGY
  bool goes_on = false;  // flushed, not ended
};
std::string Deflated(std::string_view plain, const DeflateParameters& parameters = {});

// `count` zeros. Compressing them takes no more memory than a buffer.
std::string CompressZeros(std::uint64_t count, Packing packing);

// A member of a zip with method 14 (APPNOTE 5.8): LZMA, with or without the mark at its end.
std::string ZipLzma(std::string_view plain, bool end_mark);

// A skippable frame of zstd and lz4.
std::string SkippableFrame(std::string_view content);

// A number, least significant byte first.
std::string LittleEndian(std::uint64_t number, std::size_t bytes);

}  // namespace counterscan
