#include "scanner/detect/protobuf_shape.h"

#include <array>
#include <optional>

#include "scanner/base/byte_reader.h"

namespace counterscan::detect {
namespace {

// Base-128, least significant group first (protobuf encoding, "Base 128 Varints").
std::optional<std::uint64_t> Varint(ByteReader& reader) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = reader.LittleEndian<std::uint8_t>();
    if (!byte) return std::nullopt;
    value |= static_cast<std::uint64_t>(*byte & 0x7f) << shift;
    if ((*byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kFixed64 = 1;
constexpr std::uint64_t kLengthDelimited = 2;
constexpr std::uint64_t kFixed32 = 5;
// The messages we tell apart have few top-level fields; random bytes give large numbers.
constexpr std::uint64_t kMaxField = 31;
// Fewer whole fields than this prove nothing.
constexpr int kMinFields = 2;

struct Shape {
  int fields = 0;
  std::optional<std::uint64_t> first_varint;  // value of field 1, when it is a number
  std::array<bool, kMaxField + 1> nested{};   // seen as length-delimited
  bool plausible = true;
};

Shape ReadShape(std::span<const std::byte> head, std::uint64_t size) {
  Shape shape;
  ByteReader reader(head);
  while (reader.remaining() > 0) {
    const auto key = Varint(reader);
    if (!key) break;
    const std::uint64_t field = *key >> 3;
    const std::uint64_t wire = *key & 7;
    if (field == 0 || field > kMaxField) {
      shape.plausible = false;
      return shape;
    }
    if (wire == kVarint) {
      const auto value = Varint(reader);
      if (!value) break;
      if (field == 1) shape.first_varint = *value;
    } else if (wire == kFixed64 || wire == kFixed32) {
      if (!reader.Skip(wire == kFixed64 ? 8 : 4)) break;
    } else if (wire == kLengthDelimited) {
      const auto length = Varint(reader);
      if (!length) break;
      if (*length > size - reader.offset()) {
        shape.plausible = false;
        return shape;
      }
      shape.nested[static_cast<std::size_t>(field)] = true;
      ++shape.fields;
      if (!reader.Skip(*length)) return shape;  // goes on behind the sample
      continue;
    } else {
      shape.plausible = false;
      return shape;
    }
    ++shape.fields;
  }
  // A field cut by the end of the sample is fine; one cut by the end of the file is not.
  if (head.size() == size && reader.remaining() > 0) shape.plausible = false;
  return shape;
}

}  // namespace

FileType ProtobufType(std::span<const std::byte> head, std::uint64_t size) {
  const Shape shape = ReadShape(head, size);
  if (!shape.plausible || shape.fields < kMinFields) return FileType::kUnknown;
  // onnx.proto ModelProto: 1 ir_version, 2 producer_name, 7 graph, 8 opset_import.
  // saved_model.proto: 1 saved_model_schema_version (always 1), 2 meta_graphs.
  if (shape.first_varint) {
    if (shape.nested[7] || shape.nested[8]) return FileType::kOnnx;
    if (*shape.first_varint == 1 && shape.nested[2]) return FileType::kSavedModel;
  }
  return FileType::kProtobuf;
}

}  // namespace counterscan::detect
