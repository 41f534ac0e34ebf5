// Narration: what one pickle does, line by line, while it is still being heard.
//
// A line names what other lines made by references, which become variables or the expressions
// themselves only at the end, when it is known what is used how often, and what was judged how.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "pickle/machine/value.h"
#include "pickle/outcome.h"

namespace counterscan::pickle {

struct Narration {
  struct Entry {
    std::uint64_t offset = 0;
    LineKind kind = LineKind::kNote;
    GlobalId global = kNoGlobal;  // decides the level in the end
    std::uint32_t result = 0;     // number of what the line makes, 0 for nothing
    std::string variable{};       // what its result would be called: "tensor"
    std::string subject{};        // see Line::subject
    std::string text{};           // with references
    std::string known{};          // what its result is known to be, "" for nothing; escaped
  };
  // A list, dict or set as it was when it was shown first.
  struct Container {
    Value value;
    std::string text;  // with references
  };
  struct Tensors {
    std::uint64_t count = 0;
    std::uint64_t elements = 0;
  };

  std::vector<Entry> entries;
  std::vector<Container> containers;
  // Of a container's identity and size: its place in `containers`.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> container_places;
  std::unordered_set<GlobalId> imported;
  std::map<std::string, Tensors> tensors;  // by storage class
  std::uint64_t arrays = 0;                // raw, between the opcodes
  std::uint64_t array_bytes = 0;
  std::uint64_t left_out = 0;  // lines for which there was no room
};

// References stand in texts as \x01rNUMBER\x01 (a result) and \x01cPLACE\x01 (a container): no
// text from the file, which is escaped, holds such bytes.
inline constexpr char kReference = '\x01';
std::string ResultReference(std::uint32_t number);
std::string ContainerReference(std::uint32_t place);

// Hands out names, each once: variables and what imported things are called.
class NameGiver {
 public:
  // `wanted` where it is free, else "wanted_2", "wanted_3" ...
  std::string Give(std::string_view wanted);
  // "tensor_1", "tensor_2" ...
  std::string GiveNumbered(std::string_view base);

 private:
  std::unordered_set<std::string> given_;
  std::unordered_map<std::string, std::uint64_t> counts_;
};

// How a line was judged.
struct LineJudgement {
  Level level = Level::kClean;
  std::string_view rule;
};

// The lines of a narration. `judgements` are those of its entries, in their order; `results` names
// results for the pickles after this one, and is added to.
std::vector<Line> LinesOf(const Narration& narration, const std::vector<LineJudgement>& judgements,
                          NameGiver& names,
                          std::unordered_map<std::uint32_t, std::string>& results);

// "148 tensors of torch.FloatStorage, 124,439,808 elements".
std::vector<std::string> SummaryOf(const Narration& narration);

}  // namespace counterscan::pickle
