// PickleBuilder: pickles written opcode by opcode, so that every byte of a test input is visible.
//
//     PickleBuilder().Proto(2).Global("posix",
//     "system").ShortUnicode("true").Tuple1().Reduce().Stop()
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace counterscan {

class PickleBuilder {
 public:
  PickleBuilder& Op(char opcode);
  PickleBuilder& Raw(std::string_view bytes);
  PickleBuilder& Proto(int version);
  // FRAME whose length is `size` bytes.
  PickleBuilder& Frame(std::uint64_t size);
  PickleBuilder& Global(std::string_view module, std::string_view name);
  PickleBuilder& StackGlobal(std::string_view module, std::string_view name);
  PickleBuilder& Inst(std::string_view module, std::string_view name);
  // SHORT_BINUNICODE up to 255 bytes, BINUNICODE above.
  PickleBuilder& Unicode(std::string_view text);
  // BINUNICODE, as protocols 2 and 3 write it.
  PickleBuilder& BinUnicode(std::string_view text);
  PickleBuilder& Int(std::int32_t value);
  PickleBuilder& Mark() { return Op('('); }
  PickleBuilder& Tuple() { return Op('t'); }
  PickleBuilder& Tuple1() { return Op('\x85'); }
  PickleBuilder& Tuple2() { return Op('\x86'); }
  PickleBuilder& Tuple3() { return Op('\x87'); }
  PickleBuilder& EmptyTuple() { return Op(')'); }
  PickleBuilder& EmptyDict() { return Op('}'); }
  PickleBuilder& EmptyList() { return Op(']'); }
  PickleBuilder& Reduce() { return Op('R'); }
  PickleBuilder& Build() { return Op('b'); }
  PickleBuilder& Put(std::uint8_t index);
  PickleBuilder& Get(std::uint8_t index);
  PickleBuilder& Memoize() { return Op('\x94'); }
  PickleBuilder& BinPersId() { return Op('Q'); }
  // A torch storage, as torch.save refers to it.
  PickleBuilder& Storage(std::string_view key, std::int32_t elements,
                         std::string_view storage_class = "ByteStorage");
  PickleBuilder& Pop() { return Op('0'); }
  PickleBuilder& Stop() { return Op('.'); }

  const std::string& bytes() const { return bytes_; }
  operator std::string() const { return bytes_; }  // NOLINT: reads as "these bytes"

 private:
  std::string bytes_;
};

// What torch before 0.1.2 wrote before the numbers of each storage: key, location and class.
inline std::string OldTorchRecord(std::string_view class_name) {
  return PickleBuilder()
      .Proto(2)
      .Int(1)
      .BinUnicode("cpu")
      .Global("torch", class_name)
      .Tuple3()
      .Stop();
}

}  // namespace counterscan
