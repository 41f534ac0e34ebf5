// Text in an object's state that the object's class runs as Python when it gets the state.
//
// SciPy's distributions do: their __setstate__ hands _parse_arg_template to exec. Honest ones hold
// three small functions there, made from one template; nothing else may be in it.
// The data of statsmodels' models do: a formula of theirs is evaluated, names and calls and all.
#pragma once

#include <cstddef>
#include <string_view>

namespace counterscan::pickle {

// The key of such text in a state.
inline constexpr std::string_view kRunTextKey = "_parse_arg_template";
// A longer text is no honest one.
inline constexpr std::size_t kRunTextBytes = 4096;

// True for a text that SciPy's template gives: functions that return their arguments.
bool IsArgumentParser(std::string_view text);

// The key of a formula that is evaluated.
inline constexpr std::string_view kFormulaKey = "formula";
// True for the keys that make it so: statsmodels' older name, and the one since 0.15.
constexpr bool IsFormulaMark(std::string_view key) {
  return key == "restore_design_info" || key == "restore_model_spec";
}

// True for a formula that only names columns, and calls only what such formulas are made of.
bool IsPlainFormula(std::string_view text);

}  // namespace counterscan::pickle
