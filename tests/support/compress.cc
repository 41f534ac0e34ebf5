#include "tests/support/compress.h"

#include <bzlib.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

namespace counterscan {
namespace {

constexpr std::size_t kOutBytes = 256 * 1024;

// Gives the next piece of what is to be compressed; empty at the end.
using Pieces = std::function<std::string_view()>;

void Require(bool good) {
  if (!good) std::abort();
}

std::string PackZlib(const Pieces& pieces, int window_bits) {
  z_stream stream{};
  Require(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out;
  std::string buffer(kOutBytes, '\0');
  while (true) {
    std::string piece(pieces());
    stream.next_in = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream, piece.empty() ? Z_FINISH : Z_NO_FLUSH);
      out.append(buffer, 0, buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    if (piece.empty()) break;
  }
  deflateEnd(&stream);
  return out;
}

std::string PackBzip2(const Pieces& pieces) {
  bz_stream stream{};
  Require(BZ2_bzCompressInit(&stream, 9, 0, 0) == BZ_OK);
  std::string out;
  std::string buffer(kOutBytes, '\0');
  int status = BZ_RUN_OK;
  while (status != BZ_STREAM_END) {
    std::string piece(pieces());
    stream.next_in = piece.data();
    stream.avail_in = static_cast<unsigned>(piece.size());
    do {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<unsigned>(buffer.size());
      status = BZ2_bzCompress(&stream, piece.empty() ? BZ_FINISH : BZ_RUN);
      Require(status >= 0);
      out.append(buffer, 0, buffer.size() - stream.avail_out);
    } while (stream.avail_in > 0 || (piece.empty() && status != BZ_STREAM_END));
  }
  BZ2_bzCompressEnd(&stream);
  return out;
}

std::string PackXz(const Pieces& pieces, bool alone) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (alone) {
    lzma_options_lzma options{};
    lzma_lzma_preset(&options, 6);
    Require(lzma_alone_encoder(&stream, &options) == LZMA_OK);
  } else {
    Require(lzma_easy_encoder(&stream, 6, LZMA_CHECK_CRC64) == LZMA_OK);
  }
  std::string out;
  std::string buffer(kOutBytes, '\0');
  lzma_ret status = LZMA_OK;
  while (status != LZMA_STREAM_END) {
    std::string piece(pieces());
    stream.next_in = reinterpret_cast<const std::uint8_t*>(piece.data());
    stream.avail_in = piece.size();
    do {
      stream.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
      stream.avail_out = buffer.size();
      status = lzma_code(&stream, piece.empty() ? LZMA_FINISH : LZMA_RUN);
      Require(status == LZMA_OK || status == LZMA_STREAM_END);
      out.append(buffer, 0, buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0 || stream.avail_in > 0);
  }
  lzma_end(&stream);
  return out;
}

std::string PackZstd(const Pieces& pieces) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string out;
  std::string buffer(kOutBytes, '\0');
  std::string piece;
  do {
    piece = pieces();
    ZSTD_inBuffer input{piece.data(), piece.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
      left = ZSTD_compressStream2(context, &output, &input,
                                  piece.empty() ? ZSTD_e_end : ZSTD_e_continue);
      Require(ZSTD_isError(left) == 0);
      out.append(buffer, 0, output.pos);
    } while (input.pos < input.size || (piece.empty() && left > 0));
  } while (!piece.empty());
  ZSTD_freeCCtx(context);
  return out;
}

std::string PackLz4(const Pieces& pieces) {
  LZ4F_cctx* context = nullptr;
  LZ4F_createCompressionContext(&context, LZ4F_VERSION);
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max4MB;
  preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  std::string out;
  std::string buffer(LZ4F_compressBound(kOutBytes * 4, &preferences) + 64, '\0');
  out.append(buffer, 0, LZ4F_compressBegin(context, buffer.data(), buffer.size(), &preferences));
  for (std::string piece(pieces()); !piece.empty(); piece = pieces()) {
    const std::size_t size = LZ4F_compressUpdate(context, buffer.data(), buffer.size(),
                                                 piece.data(), piece.size(), nullptr);
    Require(LZ4F_isError(size) == 0);
    out.append(buffer, 0, size);
  }
  out.append(buffer, 0, LZ4F_compressEnd(context, buffer.data(), buffer.size(), nullptr));
  LZ4F_freeCompressionContext(context);
  return out;
}

std::string PackLz4Legacy(const Pieces& pieces) {
  std::string out = LittleEndian(0x184c2102, 4);
  for (std::string piece(pieces()); !piece.empty(); piece = pieces()) {
    std::string block(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(piece.size()))),
                      '\0');
    const int size = LZ4_compress_default(
        piece.data(), block.data(), static_cast<int>(piece.size()), static_cast<int>(block.size()));
    block.resize(static_cast<std::size_t>(size));
    out += LittleEndian(block.size(), 4) + block;
  }
  return out;
}

std::string Pack(const Pieces& pieces, Packing packing) {
  switch (packing) {
    case Packing::kZlib:
      return PackZlib(pieces, 15);
    case Packing::kGzip:
      return PackZlib(pieces, 31);
    case Packing::kBzip2:
      return PackBzip2(pieces);
    case Packing::kXz:
      return PackXz(pieces, false);
    case Packing::kLzma:
      return PackXz(pieces, true);
    case Packing::kZstd:
      return PackZstd(pieces);
    case Packing::kLz4:
      return PackLz4(pieces);
    case Packing::kLz4Legacy:
      return PackLz4Legacy(pieces);
  }
  return {};
}

}  // namespace

std::string Compress(std::string_view plain, Packing packing) {
  const Pieces pieces = [&] {
    const std::string_view piece = plain.substr(0, kOutBytes);
    plain.remove_prefix(piece.size());
    return piece;
  };
  return Pack(pieces, packing);
}

std::string Deflated(std::string_view plain, const DeflateParameters& parameters) {
  z_stream stream{};
  Require(deflateInit2(&stream, parameters.level, Z_DEFLATED, parameters.window_bits,
                       parameters.memory_level, parameters.strategy) == Z_OK);
  std::string in(plain);
  std::string out(deflateBound(&stream, in.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, parameters.goes_on ? Z_SYNC_FLUSH : Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string CompressZeros(std::uint64_t count, Packing packing) {
  const std::string zeros(kOutBytes, '\0');
  const Pieces pieces = [&] {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(count, zeros.size()));
    count -= size;
    return std::string_view(zeros).substr(0, size);
  };
  return Pack(pieces, packing);
}

std::string ZipLzma(std::string_view plain, bool end_mark) {
  constexpr char kHeader[] = {5, 4, 5, 0};  // a version, and how long the properties are
  lzma_options_lzma options{};
  lzma_lzma_preset(&options, 6);
  options.ext_flags = end_mark ? LZMA_LZMA1EXT_ALLOW_EOPM : 0;
  lzma_set_ext_size(options, end_mark ? UINT64_MAX : plain.size());
  const lzma_filter filters[] = {{LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  std::uint8_t properties[5];
  Require(lzma_properties_encode(filters, properties) == LZMA_OK);
  std::string out(kHeader, sizeof(kHeader));
  out.append(reinterpret_cast<const char*>(properties), sizeof(properties));
  std::string buffer(plain.size() + 1024, '\0');
  std::size_t size = 0;
  Require(lzma_raw_buffer_encode(
              filters, nullptr, reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size(),
              reinterpret_cast<std::uint8_t*>(buffer.data()), &size, buffer.size()) == LZMA_OK);
  return out + buffer.substr(0, size);
}

std::string SkippableFrame(std::string_view content) {
  return LittleEndian(0x184d2a53, 4) + LittleEndian(content.size(), 4) + std::string(content);
}

std::string LittleEndian(std::uint64_t number, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) {
    out += static_cast<char>(i < sizeof(number) ? (number >> (8 * i)) & 0xff : 0);
  }
  return out;
}

}  // namespace counterscan
