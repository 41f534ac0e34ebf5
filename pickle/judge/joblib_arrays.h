// What joblib puts between the opcodes: the bytes of NumPy arrays.
//
// joblib's unpickler, on BUILD of a NumpyArrayWrapper, reads the array from the file right behind
// that opcode (joblib/numpy_pickle.py): an alignment byte and padding when the wrapper says so,
// then shape x item size bytes; for arrays of objects a whole pickle instead.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pickle/machine/objects.h"
#include "pickle/machine/value.h"
#include "pickle/policy/names.h"
#include "pickle/stream/instruction_reader.h"

namespace counterscan::pickle {

// Where the array of a wrapper stands.
struct ArrayPlan {
  bool nested_pickle = false;  // an array of objects
  bool aligned = false;        // a byte that counts the padding stands first
  std::uint64_t bytes = 0;     // of the array
};

class JoblibArrays {
 public:
  // What `maker`, which is numpy.dtype or a relative, makes of these arguments; its result number
  // is `number`.
  Value NewDtype(const InstructionReader& reader, const Objects& objects, const GlobalTable& names,
                 const GlobalName& maker, Value arguments, std::uint32_t number);
  // BUILD on it: structured types have their size and whether they hold objects in their state.
  void SetDtypeState(const Objects& objects, Value dtype, Value state);

  // `state` is the wrapper's. nullopt when the size cannot be worked out.
  std::optional<ArrayPlan> Plan(const InstructionReader& reader, const Objects& objects,
                                Value state) const;

 private:
  struct Dtype {
    std::optional<std::uint64_t> item_bytes;
    bool has_object = false;
    bool contradictory = false;  // its code and its state do not agree on that
    bool flexible = false;       // its state says how large it is
  };
  static constexpr std::size_t kDtypes = 65536;

  std::vector<Dtype> dtypes_;
};

// Bytes of an item of the type numpy writes as `code`: "f8", "<U10", "O8", "V12", "b1".
std::optional<std::uint64_t> ItemBytes(std::string_view code);

}  // namespace counterscan::pickle
