// DeflateBuilder: DEFLATE streams (RFC 1951) written bit by bit, so that tests can break the format
// anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace counterscan {

// The length of each symbol's code, 0 for symbols that have none.
using CodeLengths = std::vector<std::uint8_t>;

// A complete code for `symbols`, at least two, of `count` symbols in all, none much longer than the
// others.
CodeLengths CompleteCode(const std::vector<std::size_t>& symbols, std::size_t count);
// A code of one symbol.
CodeLengths LoneCode(std::size_t symbol, std::uint8_t bits, std::size_t count);
// A complete code for all bytes, for `others` above them, of `count` symbols in all.
CodeLengths ByteCode(const std::vector<std::size_t>& others, std::size_t count);

class DeflateBuilder {
 public:
  DeflateBuilder& Bits(std::uint32_t value, int count);
  // Whole bytes, from the next byte on: blocks that another compressor wrote.
  DeflateBuilder& Bytes(std::string_view bytes);

  // Begins a block of two given codes, or of the fixed ones. Of the code for lengths, each of 0 to
  // 15 has four bits, and the lengths are written one by one.
  DeflateBuilder& Dynamic(bool last, const CodeLengths& literals, const CodeLengths& distances);
  DeflateBuilder& Fixed(bool last);
  // Begins one as far as its code for lengths, which is given too; takes the codes that follow it
  // as if they had been read.
  DeflateBuilder& DynamicHead(bool last, const CodeLengths& code, const CodeLengths& literals,
                              const CodeLengths& distances);

  // Symbols of the block that was begun last.
  DeflateBuilder& Literal(std::size_t symbol);
  DeflateBuilder& Distance(std::size_t symbol);
  DeflateBuilder& Text(std::string_view bytes);
  DeflateBuilder& EndOfBlock() { return Literal(256); }

  const std::string& bytes() const { return bytes_; }

 private:
  DeflateBuilder& Code(const CodeLengths& lengths, std::size_t symbol);

  std::string bytes_;
  int free_bits_ = 0;  // of the last byte
  CodeLengths literals_;
  CodeLengths distances_;
};

}  // namespace counterscan
