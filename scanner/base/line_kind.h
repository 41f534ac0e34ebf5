// LineKind: what a line of an explanation tells of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace counterscan {

enum class LineKind : std::uint8_t {
  kImport,      // a name is resolved
  kCall,        // something is called
  kCreate,      // an object of a class is created without calling the class
  kState,       // an object is given its state
  kStore,       // items are put into something that is no plain list, dict or set
  kPersistent,  // the loader is asked for an object by its id
  kValue,       // plain data that other lines use more than once, or that is long
  kArray,       // raw bytes between the opcodes
  kReturn,      // what unpickling returns
  kNote,        // said about the pickle
};

inline constexpr auto kLineKindNames =
    std::to_array<std::string_view>({"import", "call", "create", "state", "store", "persistent",
                                     "value", "array", "return", "note"});

inline std::string_view Name(LineKind kind) {
  return kLineKindNames[static_cast<std::size_t>(kind)];
}

}  // namespace counterscan
