// Symbols: what is known of the results of calls.
//
// A pickle can hide what it does: join the letters of a name, fetch a module by a string, wrap a
// function in another. Where all the pieces are known, so is the result, and it is kept here by the
// number of the call that made it. Bounded: past the limits a result is simply not known; the
// call that made it has been reported anyway.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "pickle/machine/value.h"

namespace counterscan::pickle {

struct Symbol {
  enum class What : std::uint8_t {
    kText,        // a str: `text`
    kBytes,       // bytes: `text`
    kModule,      // a module: `text` is its name
    kNamespace,   // the dict of what is in a module or object: `text` its module, `name` its name
    kAttributes,  // operator.attrgetter(*names)
    kItem,        // operator.itemgetter(value)
    kMethod,      // operator.methodcaller(name, *arguments)
    kPartial,     // functools.partial(value, *arguments)
    kBound,       // a method of an object, of which nothing else is known
    kTextMethod,  // a method `name` of the str or bytes `value`
  };
  What what = What::kText;
  std::string text{};
  std::string name{};
  std::vector<std::string> names{};
  Value value{};
  std::vector<Value> arguments{};
};

class Symbols {
 public:
  // Remembers what the result of call `number` is.
  void Add(std::uint32_t number, Symbol symbol) {
    const std::size_t size = symbol.text.size() + symbol.name.size();
    if (symbols_.size() >= kSymbols || size > kBytes - bytes_) return;
    bytes_ += size;
    symbols_.insert_or_assign(number, std::move(symbol));
  }

  bool empty() const { return symbols_.empty(); }

  // nullptr when nothing is known of it. Valid until the next Add().
  const Symbol* Find(Value value) const {
    if (symbols_.empty() || !value.is(Kind::kCall)) return nullptr;
    const auto found = symbols_.find(value.result_number());
    return found == symbols_.end() ? nullptr : &found->second;
  }

 private:
  static constexpr std::size_t kSymbols = 20'000;
  static constexpr std::size_t kBytes = 64 * 1024 * 1024;

  std::unordered_map<std::uint32_t, Symbol> symbols_;
  std::size_t bytes_ = 0;
};

}  // namespace counterscan::pickle
