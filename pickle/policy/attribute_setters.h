// Attribute setters: attributes that run code of a listed class when a pickle sets them.
//
// The second dict of a state (dict, dict) is set attribute by attribute, and where the class has a
// property of that name, its setter runs with the pickle's value: SymPy's evaluate text. Picklers
// write the class's slots there, which are no properties. Some classes' __setstate__ does the same
// with a dict.
#pragma once

#include <string_view>

namespace counterscan::pickle {

// Some listed class has a property of this name that can be set, and in this class it is no slot.
bool RunsSetter(std::string_view module, std::string_view name, std::string_view attribute);

// Picklers write such a dict for an object of the class: it has slots.
bool HasSlots(std::string_view module, std::string_view name);

// The class sets each key of a dict that is its state, and this key is such a property of it.
bool StateRunsSetter(std::string_view module, std::string_view name, std::string_view key);

// Some key may be one.
bool SetsEachKey(std::string_view module, std::string_view name);

}  // namespace counterscan::pickle
