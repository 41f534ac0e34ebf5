#include "tests/support/pickle_builder.h"

#include <cstring>

namespace counterscan {
namespace {

template <class T>
std::string LittleEndian(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

}  // namespace

PickleBuilder& PickleBuilder::Op(char opcode) {
  bytes_ += opcode;
  return *this;
}
PickleBuilder& PickleBuilder::Raw(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}
PickleBuilder& PickleBuilder::Proto(int version) {
  return Op('\x80').Op(static_cast<char>(version));
}
PickleBuilder& PickleBuilder::Frame(std::uint64_t size) {
  return Op('\x95').Raw(LittleEndian(size));
}
PickleBuilder& PickleBuilder::Global(std::string_view module, std::string_view name) {
  return Op('c').Raw(module).Op('\n').Raw(name).Op('\n');
}
PickleBuilder& PickleBuilder::StackGlobal(std::string_view module, std::string_view name) {
  return Unicode(module).Unicode(name).Op('\x93');
}
PickleBuilder& PickleBuilder::Inst(std::string_view module, std::string_view name) {
  return Op('i').Raw(module).Op('\n').Raw(name).Op('\n');
}
PickleBuilder& PickleBuilder::Unicode(std::string_view text) {
  if (text.size() > 255) return BinUnicode(text);
  return Op('\x8c').Op(static_cast<char>(text.size())).Raw(text);
}
PickleBuilder& PickleBuilder::BinUnicode(std::string_view text) {
  return Op('X').Raw(LittleEndian(static_cast<std::uint32_t>(text.size()))).Raw(text);
}
PickleBuilder& PickleBuilder::Int(std::int32_t value) {
  if (value >= 0 && value < 256) return Op('K').Op(static_cast<char>(value));
  return Op('J').Raw(LittleEndian(value));
}
PickleBuilder& PickleBuilder::Put(std::uint8_t index) {
  return Op('q').Op(static_cast<char>(index));
}
PickleBuilder& PickleBuilder::Get(std::uint8_t index) {
  return Op('h').Op(static_cast<char>(index));
}

PickleBuilder& PickleBuilder::Storage(std::string_view key, std::int32_t elements,
                                      std::string_view storage_class) {
  Mark().BinUnicode("storage").Global("torch", storage_class).BinUnicode(key).BinUnicode("cpu");
  return Int(elements).Tuple().BinPersId();
}

}  // namespace counterscan
