#include "pickle/narration/narration.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "pickle/narration/render.h"

namespace counterscan::pickle {
namespace {

// What is longer stands in a line of its own.
constexpr std::size_t kInlineBytes = 160;

struct Reference {
  char kind = 'r';
  std::uint32_t number = 0;
};

// Splits a text at its references: plain(text) and reference(Reference) in their order.
template <class Plain, class Visit>
void ForEachPart(std::string_view text, Plain plain, Visit reference) {
  while (true) {
    const std::size_t begin = text.find(kReference);
    plain(text.substr(0, begin));
    if (begin == std::string_view::npos) return;
    text.remove_prefix(begin + 1);
    Reference found{text.empty() ? 'r' : text.front(), 0};
    const std::size_t end = text.find(kReference);
    if (end == std::string_view::npos) return;
    std::from_chars(text.data() + 1, text.data() + end, found.number);
    reference(found);
    text.remove_prefix(end + 1);
  }
}

std::string_view BaseOf(Value container) {
  return container.is(Kind::kList) ? "list" : container.is(Kind::kDict) ? "dict" : "set";
}

class LineMaker {
 public:
  LineMaker(const Narration& narration, NameGiver& names,
            std::unordered_map<std::uint32_t, std::string>& results)
      : narration_(narration), names_(names), results_(results) {
    const auto ignore = [](std::string_view) {};
    const auto count = [this](Reference reference) {
      ++(reference.kind == 'r' ? result_uses_ : container_uses_)[reference.number];
    };
    for (const Narration::Entry& entry : narration.entries) ForEachPart(entry.text, ignore, count);
    for (const Narration::Container& container : narration.containers) {
      ForEachPart(container.text, ignore, count);
    }
  }

  std::vector<Line> Make(const std::vector<LineJudgement>& judgements) {
    for (std::size_t i = 0; i < narration_.entries.size(); ++i) {
      Add(narration_.entries[i], judgements[i]);
    }
    return std::move(lines_);
  }

 private:
  void Add(const Narration::Entry& entry, const LineJudgement& judgement) {
    offset_ = entry.offset;
    std::string text = Resolved(entry.text);
    const auto uses = result_uses_.find(entry.result);
    if (entry.result != 0 && uses != result_uses_.end()) {
      const bool harmless = judgement.level == Level::kClean && judgement.rule.empty();
      if (harmless && uses->second == 1 && text.size() <= kInlineBytes && entry.known.empty()) {
        inline_results_.emplace(entry.result, std::move(text));
        return;
      }
      const std::string name = names_.GiveNumbered(entry.variable);
      results_.insert_or_assign(entry.result, name);
      text = name + " = " + text;
    }
    if (!entry.known.empty()) text += "  # " + entry.known;
    lines_.push_back({entry.offset, judgement.level, std::string(judgement.rule), std::move(text),
                      entry.kind, entry.subject});
  }

  // The text with every reference replaced. Adds the lines of containers that it names first.
  std::string Resolved(std::string_view text) {
    std::string out;
    ForEachPart(
        text, [&](std::string_view plain) { out += plain; },
        [&](Reference reference) {
          out += reference.kind == 'r' ? ResultText(reference.number)
                                       : ContainerText(reference.number);
        });
    return out;
  }

  std::string ResultText(std::uint32_t number) {
    const auto expression = inline_results_.find(number);
    if (expression != inline_results_.end()) {
      std::string text = std::move(expression->second);
      inline_results_.erase(expression);
      return text;
    }
    const auto name = results_.find(number);
    if (name != results_.end()) return name->second;
    // Made by a line that was left out, or inside another pickle.
    return results_.emplace(number, names_.GiveNumbered("object")).first->second;
  }

  // Containers nest only as deep as values are shown.
  std::string ContainerText(std::uint32_t place) {
    if (place >= narration_.containers.size()) return "...";
    const auto named = container_names_.find(place);
    if (named != container_names_.end()) return named->second;
    const Narration::Container& container = narration_.containers[place];
    const bool shared = container_uses_[place] > 1;
    std::string name;
    if (shared) {
      // Named before its items are: it may hold itself.
      name = names_.GiveNumbered(BaseOf(container.value));
      container_names_.emplace(place, name);
    }
    std::string text = Resolved(container.text);
    if (!shared && text.size() <= kInlineBytes) return text;
    if (!shared) {
      name = names_.GiveNumbered(BaseOf(container.value));
      container_names_.emplace(place, name);
    }
    // Shown where it is needed, which is rarely where it was begun.
    lines_.push_back({offset_,
                      Level::kClean,
                      {},
                      name + " = " + text,
                      LineKind::kValue,
                      std::string(BaseOf(container.value))});
    return name;
  }

  const Narration& narration_;
  NameGiver& names_;
  std::unordered_map<std::uint32_t, std::string>& results_;
  std::unordered_map<std::uint32_t, std::uint32_t> result_uses_;
  std::unordered_map<std::uint32_t, std::uint32_t> container_uses_;
  std::unordered_map<std::uint32_t, std::string> inline_results_;
  std::unordered_map<std::uint32_t, std::string> container_names_;
  std::vector<Line> lines_;
  std::uint64_t offset_ = 0;  // of the entry at hand
};

}  // namespace

std::string ResultReference(std::uint32_t number) {
  return fmt::format("{}r{}{}", kReference, number, kReference);
}

std::string ContainerReference(std::uint32_t place) {
  return fmt::format("{}c{}{}", kReference, place, kReference);
}

std::string NameGiver::Give(std::string_view wanted) {
  std::string name(wanted);
  if (given_.insert(name).second) return name;
  std::uint64_t& count = counts_[name];
  count = std::max<std::uint64_t>(count, 1);
  while (true) {
    std::string numbered = fmt::format("{}_{}", wanted, ++count);
    if (given_.insert(numbered).second) return numbered;
  }
}

std::string NameGiver::GiveNumbered(std::string_view base) {
  std::uint64_t& count = counts_[std::string(base)];
  while (true) {
    std::string name = fmt::format("{}_{}", base, ++count);
    if (given_.insert(name).second) return name;
  }
}

std::vector<Line> LinesOf(const Narration& narration, const std::vector<LineJudgement>& judgements,
                          NameGiver& names,
                          std::unordered_map<std::uint32_t, std::string>& results) {
  return LineMaker(narration, names, results).Make(judgements);
}

std::vector<std::string> SummaryOf(const Narration& narration) {
  std::vector<std::string> summary;
  constexpr std::size_t kStorages = 20;  // torch has fewer
  for (const auto& [storage, tensors] : narration.tensors) {
    if (summary.size() >= kStorages) break;
    summary.push_back(fmt::format("{} {} of {}, {} elements", Grouped(tensors.count),
                                  tensors.count == 1 ? "tensor" : "tensors", storage,
                                  Grouped(tensors.elements)));
  }
  if (narration.arrays > 0) {
    summary.push_back(
        fmt::format("{} raw {} between the opcodes, {} bytes", Grouped(narration.arrays),
                    narration.arrays == 1 ? "array" : "arrays", Grouped(narration.array_bytes)));
  }
  return summary;
}

}  // namespace counterscan::pickle
