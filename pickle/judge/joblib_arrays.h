// What joblib puts between the opcodes: the bytes of NumPy arrays.
//
// joblib's unpickler, on BUILD of a NumpyArrayWrapper, reads the array from the file right behind
// that opcode (joblib/numpy_pickle.py): an alignment byte and padding when the wrapper says so,
// then shape x item size bytes; for arrays of objects a whole pickle instead.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
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
  // True when there is no room for another one: its state is not followed then.
  bool full() const { return dtypes_.size() >= kDtypes; }

  // BUILD on it: structured types have their size and whether they hold objects in their state.
  enum class StateFault : std::uint8_t {
    kNone,
    kCannotTell,     // whether there are objects among fields that are not known
    kForgotten,      // the state was made long before
    kDeniesObjects,  // NumPy takes bytes of the file for addresses of objects
  };
  StateFault SetDtypeState(const InstructionReader& reader, const Objects& objects, Value dtype,
                           Value state);

  // `state` is the wrapper's. nullopt when the size cannot be worked out.
  std::optional<ArrayPlan> Plan(const InstructionReader& reader, const Objects& objects,
                                Value state) const;

 private:
  struct Dtype {
    std::optional<std::uint64_t> item_bytes;
    bool has_object = false;     // as readers ask for it, that is by the flags
    bool holds_objects = false;  // itself, or one of its fields
    bool fields_unknown = false;
    bool contradictory = false;  // not in a form that NumPy writes: its versions may disagree
    bool flexible = false;       // its state says how large it is
    bool own_size = false;       // of another package, which has its size in its state too
    bool record = false;         // may have fields
    bool subarray = false;       // an array in each item, which arrays have for a shape
    bool built = false;
  };
  // What a state has for fields or for a subarray.
  struct Parts {
    bool objects = false;
    bool unknown = false;  // there is more than is kept
    bool strange = false;  // something else than types that numpy.dtype made
  };
  Parts PartsOf(const Objects& objects, Value fields) const;
  void AddPart(const Objects& objects, Value field, Parts& parts) const;
  bool SetKnownState(const InstructionReader& reader, Dtype& dtype, std::span<const Value> state,
                     const Parts& parts);
  static constexpr std::size_t kDtypes = 65536;

  std::vector<Dtype> dtypes_;
  bool any_objects_ = false;  // one of them holds some
};

// Bytes of an item of the type numpy writes as `code`: "f8", "<U10", "O8", "V12", "b1".
std::optional<std::uint64_t> ItemBytes(std::string_view code);

}  // namespace counterscan::pickle
