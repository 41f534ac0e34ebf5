// The judge's half that is about detours: names that are built, fetched or called through
// something.
//
// Nothing here makes anything less bad: each function that is followed has been reported by its own
// name. What is gained is the name that the detour leads to.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pickle/content/constant_content.h"
#include "pickle/content/marshalled_code.h"
#include "pickle/judge/judge.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Text that is read to build a name of it.
constexpr std::size_t kTextBytes = 64 * 1024;
// Lists inside lists of constants.
constexpr int kConstantDepth = 2;
// Calls that a call makes: partial(partial(...)), reduce over a list.
constexpr int kCallDepth = 12;

bool EndsWithPart(std::string_view name, std::string_view part) {
  if (name == part) return true;
  return name.size() > part.size() && name.ends_with(part) &&
         name[name.size() - part.size() - 1] == '.';
}

// "a.b" of "a.b.c"; "" when there is no dot.
std::string_view WithoutLastPart(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

// The module as which sys.modules["key"] or the like is known.
bool IsModuleTable(const GlobalName& global) {
  return global.known() && EndsWithPart(*global.name, "modules");
}

// A dict of attributes: "__dict__", "f.__globals__", "f.__builtins__".
std::string_view NamespaceOf(std::string_view name) {
  for (const std::string_view dict : {"__dict__", "__globals__", "__builtins__"}) {
    if (EndsWithPart(name, dict)) return dict;
  }
  return {};
}

}  // namespace

// --- constants

bool Judge::TakeConstantBytes(std::size_t size) {
  if (size > constant_bytes_left_) return false;
  constant_bytes_left_ -= size;
  return true;
}

std::optional<Constant> Judge::ConstantOf(Value value, std::size_t limit, int depth) {
  switch (value.kind()) {
    case Kind::kString:
    case Kind::kBytes: {
      ArgumentText text = scene_.reader->StringAt(value.offset(), limit);
      if (!text.whole || !TakeConstantBytes(text.text.size())) return std::nullopt;
      return value.is(Kind::kString) ? Constant::Text(std::move(text.text))
                                     : Constant::Bytes(std::move(text.text));
    }
    case Kind::kLatin1: {
      const ArgumentText text = scene_.reader->StringAt(value.offset(), limit);
      if (!TakeConstantBytes(text.text.size())) return std::nullopt;
      auto bytes = text.whole ? EncodeLatin1(text.text) : std::nullopt;
      if (!bytes) return std::nullopt;
      return Constant::Bytes(std::move(*bytes));
    }
    case Kind::kInt:
      return Constant{Constant::Kind::kNumber, {}, value.number(), {}};
    case Kind::kTuple:
    case Kind::kList: {
      const auto contents = scene_.machine->objects().Of(value);
      if (!contents || !contents->whole() || depth >= kConstantDepth) return std::nullopt;
      // Copied: a symbol's text may be asked for, which reads the file again.
      const std::vector<Value> items(contents->first.begin(), contents->first.end());
      Constant list{Constant::Kind::kList, {}, 0, {}};
      for (const Value item : items) {
        auto constant = ConstantOf(item, kTextBytes, depth + 1);
        if (!constant) return std::nullopt;
        list.items.push_back(std::move(*constant));
      }
      return list;
    }
    case Kind::kCall:
      if (const Symbol* symbol = symbols_.Find(value)) {
        if (!TakeConstantBytes(symbol->text.size())) return std::nullopt;
        if (symbol->what == Symbol::What::kText) return Constant::Text(symbol->text);
        if (symbol->what == Symbol::What::kBytes) return Constant::Bytes(symbol->text);
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<std::string> Judge::TextOf(Value value) {
  auto constant = ConstantOf(value, kTextBytes);
  if (!constant || !constant->IsText()) return std::nullopt;
  return std::move(constant->bytes);
}

void Judge::LongConstant(const Instruction& at) {
  const std::string head = scene_.reader->StringAt(at.offset, kContentHead).text;
  const std::string_view after = FindOpcode(static_cast<std::uint8_t>(at.op))->after;
  const bool is_text = after != "bytes" && after != "bytearray";
  if (ContentOf(head) == Content::kData) {
    // Bytes are text too, by Latin-1.
    const auto bytes = is_text ? EncodeLatin1(head) : std::nullopt;
    if (!bytes || ContentOf(*bytes) == Content::kData) return;
  }
  walk_.Alone(at, is_text);
}

Value Judge::Known(Value result, Symbol symbol) {
  symbols_.Add(result.result_number(), std::move(symbol));
  return result;
}

Value Judge::Computed(Value result, std::optional<Constant> constant) {
  if (!constant || (!constant->IsText() && !constant->IsBytes())) return {};
  const Symbol::What what = constant->IsText() ? Symbol::What::kText : Symbol::What::kBytes;
  return Known(result, {.what = what, .text = std::move(constant->bytes)});
}

Value Judge::EvaluateConstant(const Instruction& at, Value result,
                              std::span<const Value> arguments) {
  const GlobalId id = result.global();
  const bool listed = names_[id].judgement.standing == Standing::kListed;
  // bytearray(b"...") is how honest files write a bytearray: its bytes are not read. str(b"...") is
  // a text, and so may be a name.
  const bool makes_bytes = names_[id].name != "str" && names_[id].name != "unicode";
  if (listed && makes_bytes && arguments.size() == 1 && arguments[0].is(Kind::kBytes)) {
    return arguments[0];
  }
  std::vector<Constant> constants;
  for (const Value argument : arguments) {
    auto constant = ConstantOf(argument, listed ? kTextBytes : kBuiltBytes);
    if (!constant) return {};
    constants.push_back(std::move(*constant));
  }
  const GlobalName& global = names_[id];
  const QualifiedName name = global.python3.value_or(QualifiedName{*global.module, *global.name});
  bool undone = false;
  auto constant = ComputeConstant(name.module, name.name, constants, options_.decompressor, undone);
  if (undone) {
    walk_.AddGap({GapKind::kUnparsed, at.offset, at.end,
                  "a compressed constant was not followed (" + name.module + ")"});
  }
  return Computed(result, std::move(constant));
}

// --- attributes and items

Value Judge::Attribute(const Instruction& at, Value result, Value object, std::string_view path) {
  if (object.is(Kind::kGlobal) && object.global() != kNoGlobal) {
    const GlobalName& base = names_[object.global()];
    if (!base.known()) return {};
    const QualifiedName real = base.python3.value_or(QualifiedName{*base.module, *base.name});
    return Resolve(at.offset, real.module, real.name + "." + std::string(path));
  }
  if (object.is(Kind::kString) || object.is(Kind::kBytes)) {
    return Known(result,
                 {.what = Symbol::What::kTextMethod, .name = std::string(path), .value = object});
  }
  const Symbol* symbol = symbols_.Find(object);
  if (symbol == nullptr) return {};
  switch (symbol->what) {
    case Symbol::What::kModule:
      return Resolve(at.offset, symbol->text, std::string(path));
    case Symbol::What::kText:
    case Symbol::What::kBytes:
      return Known(result,
                   {.what = Symbol::What::kTextMethod, .name = std::string(path), .value = object});
    default:
      return {};
  }
}

Value Judge::Item(const Instruction& at, Value result, Value object, Value key) {
  const auto text = TextOf(key);
  if (!text) return {};
  if (object.is(Kind::kGlobal) && object.global() != kNoGlobal) {
    const GlobalName base = names_[object.global()];
    if (IsModuleTable(base)) {
      return Known(result, {.what = Symbol::What::kModule, .text = *text});
    }
    if (!base.known()) return {};
    const std::string_view dict = NamespaceOf(*base.name);
    if (dict.empty()) return {};
    if (dict == "__builtins__") return Resolve(at.offset, "builtins", *text);
    if (dict == "__globals__") return Resolve(at.offset, *base.module, *text);
    const std::string_view owner = WithoutLastPart(*base.name);
    return Resolve(at.offset, *base.module,
                   owner.empty() ? *text : std::string(owner) + "." + *text);
  }
  const Symbol* symbol = symbols_.Find(object);
  if (symbol == nullptr || symbol->what != Symbol::What::kNamespace) return {};
  return Resolve(at.offset, symbol->text,
                 symbol->name.empty() ? *text : symbol->name + "." + *text);
}

// --- what a call leads to

Value Judge::Evaluate(const Instruction& at, Value result, std::span<const Value> arguments) {
  const GlobalName global = names_[result.global()];
  const Value first = arguments.empty() ? Value() : arguments[0];
  const auto rest = [&](std::size_t from) {
    return std::vector<Value>(
        arguments.begin() + static_cast<std::ptrdiff_t>(std::min(from, arguments.size())),
        arguments.end());
  };
  switch (global.judgement.behaviour) {
    case Behaviour::kImports: {
      auto name = TextOf(first);
      if (!name) return {};
      // __import__("os.path") is os, unless it is told what it is imported for.
      const bool top = EndsWithPart(*global.name, "__import__") && arguments.size() < 4;
      if (top) name->resize(std::min(name->size(), name->find('.')));
      return Known(result, {.what = Symbol::What::kModule, .text = std::move(*name)});
    }
    case Behaviour::kResolves: {
      const auto path = TextOf(first);
      if (!path) return {};
      const std::size_t colon = path->find(':');
      const std::size_t cut = colon != std::string::npos ? colon : path->rfind('.');
      if (cut == std::string::npos || cut + 1 >= path->size()) {
        return Known(result, {.what = Symbol::What::kModule, .text = path->substr(0, cut)});
      }
      return Resolve(at.offset, path->substr(0, cut), path->substr(cut + 1));
    }
    case Behaviour::kGetattr:
    case Behaviour::kReadsAttribute: {
      if (arguments.size() < 2) return {};
      const auto path = TextOf(arguments[1]);
      return path ? Attribute(at, result, first, *path) : Value();
    }
    case Behaviour::kReadsItem:
      return arguments.size() < 2 ? Value() : Item(at, result, first, arguments[1]);
    case Behaviour::kReadsVars: {
      if (first.is(Kind::kGlobal) && names_[first.global()].known()) {
        const GlobalName& owner = names_[first.global()];
        return Known(
            result, {.what = Symbol::What::kNamespace, .text = *owner.module, .name = *owner.name});
      }
      const Symbol* symbol = symbols_.Find(first);
      if (symbol == nullptr || symbol->what != Symbol::What::kModule) return {};
      return Known(result, {.what = Symbol::What::kNamespace, .text = symbol->text});
    }
    case Behaviour::kAttributes: {
      Symbol symbol{.what = Symbol::What::kAttributes};
      for (const Value argument : arguments) {
        auto name = TextOf(argument);
        if (!name) return {};
        symbol.names.push_back(std::move(*name));
      }
      return Known(result, std::move(symbol));
    }
    case Behaviour::kItems:
      return Known(result, {.what = Symbol::What::kItem, .value = first});
    case Behaviour::kMethod: {
      auto name = TextOf(first);
      if (!name) return {};
      return Known(result,
                   {.what = Symbol::What::kMethod, .name = std::move(*name), .arguments = rest(1)});
    }
    case Behaviour::kCode: {
      ReportCode(at, arguments);
      // _builtin_type("CodeType") is types.CodeType.
      const bool by_name =
          EndsWithPart(*global.name, "_builtin_type") || EndsWithPart(*global.name, "_load_type");
      auto type = by_name ? TextOf(first) : std::nullopt;
      return type ? Resolve(at.offset, "types", std::move(*type)) : Value();
    }
    case Behaviour::kCallsFirst:
      any_armed_ = true;
      return Known(result, {.what = Symbol::What::kPartial, .value = first, .arguments = rest(1)});
    case Behaviour::kCalls:
      return CallValue(at, first, rest(1));
    case Behaviour::kApplies:
    case Behaviour::kFolds: {
      const auto contents =
          arguments.size() < 2 ? std::nullopt : scene_.machine->objects().Of(arguments[1]);
      if (!contents || !contents->whole()) return {};
      std::vector<Value> items(contents->first.begin(), contents->first.end());
      if (global.judgement.behaviour == Behaviour::kApplies) return CallValue(at, first, items);
      if (arguments.size() > 2) items.insert(items.begin(), arguments[2]);
      if (items.empty()) return {};
      Value folded = items[0];
      for (std::size_t i = 1; i < items.size() && !folded.is(Kind::kNothing); ++i) {
        folded = CallValue(at, first, std::array{folded, items[i]});
      }
      return folded;
    }
    default:
      break;
  }
  // Methods of the tables in which modules and attributes are kept: sys.modules.get("os").
  const std::string_view owner = WithoutLastPart(*global.name);
  const std::string_view method = std::string_view(*global.name).substr(owner.size());
  const bool reads =
      method == ".get" || method == ".__getitem__" || method == ".pop" || method == ".setdefault";
  if (reads && !first.is(Kind::kNothing) &&
      (EndsWithPart(owner, "modules") || !NamespaceOf(owner).empty())) {
    return Item(at, result, Resolve(at.offset, *global.module, std::string(owner)), first);
  }
  return {};
}

Value Judge::CallSymbol(const Instruction& at, Value result, const Symbol& symbol,
                        std::span<const Value> arguments) {
  const Value first = arguments.empty() ? Value() : arguments[0];
  std::vector<Value> all = symbol.arguments;
  switch (symbol.what) {
    case Symbol::What::kAttributes: {
      Value attribute;
      for (const std::string& name : symbol.names) attribute = Attribute(at, result, first, name);
      return symbol.names.size() == 1 ? attribute : Value();
    }
    case Symbol::What::kItem:
      return Item(at, result, first, symbol.value);
    case Symbol::What::kMethod: {
      const Value method = Attribute(at, result, first, symbol.name);
      return method.is(Kind::kNothing) ? Value() : CallValue(at, method, all);
    }
    case Symbol::What::kPartial:
      all.insert(all.end(), arguments.begin(), arguments.end());
      return CallValue(at, symbol.value, all);
    case Symbol::What::kTextMethod: {
      std::vector<Constant> constants;
      auto self = ConstantOf(symbol.value, kTextBytes);
      if (!self) return {};
      constants.push_back(std::move(*self));
      for (const Value argument : arguments) {
        auto constant = ConstantOf(argument, kTextBytes);
        if (!constant) return {};
        constants.push_back(std::move(*constant));
      }
      bool undone = false;
      return Computed(result, ComputeConstant("builtins", "str." + symbol.name, constants,
                                              options_.decompressor, undone));
    }
    default:
      return {};
  }
}

Value Judge::CallValue(const Instruction& at, Value callable, std::span<const Value> arguments) {
  if (call_depth_ >= kCallDepth || calls_left_ == 0) return {};
  --calls_left_;
  ++call_depth_;
  Value result;
  if (callable.is(Kind::kGlobal) && callable.global() != kNoGlobal) {
    result = CallGlobal(at, callable.global(), scene_.machine->objects().MakeTuple(arguments));
  } else if (const Symbol* found = symbols_.Find(callable)) {
    const Symbol symbol = *found;  // a call may add symbols
    result = CallSymbol(at, Value::Made(Kind::kCall, kNoGlobal, NextResult()), symbol, arguments);
  }
  --call_depth_;
  return result;
}

void Judge::ReportCode(const Instruction& at, std::span<const Value> arguments) {
  // types.CodeType(..., code, constants, names, variables, file, name, ...), with more or fewer
  // numbers before in each version of Python; dill and cloudpickle pass on the same.
  for (std::size_t i = 0; i + 2 < arguments.size(); ++i) {
    if (!arguments[i + 1].is(Kind::kTuple) || !arguments[i + 2].is(Kind::kTuple)) continue;
    const auto names = scene_.machine->objects().Of(arguments[i + 2]);
    if (!names) return;
    CodeNames code;
    code.whole = names->whole();
    const std::vector<Value> items(names->first.begin(), names->first.end());
    for (const Value item : items) {
      if (auto name = TextOf(item)) code.names.push_back(std::move(*name));
    }
    // The file's name and the function's own are the first two texts behind.
    int texts = 0;
    for (std::size_t k = i + 3; k < arguments.size() && texts < 2; ++k) {
      auto text = TextOf(arguments[k]);
      if (!text) continue;
      ++texts;
      code.name = std::move(*text);
    }
    findings_.Add("PKL-110", at.offset, [&] { return Described(code); });
    return;
  }
}

void Judge::ReportCalledThrough(const Instruction& at, GlobalId inner, GlobalId outer) {
  GlobalName& function = names_[inner];
  ++function.calls;
  if (RuleOf(function).empty() || function.reported++ >= kReportsPerName) return;
  AddAbout(function, RuleOf(function), at.offset,
           fmt::format("calls {} through {}", Shown(function), Shown(names_[outer])));
}

void Judge::ReportPassedFunctions(const Instruction& at, GlobalId id,
                                  std::span<const Value> arguments, int depth) {
  for (const Value argument : arguments) {
    if (argument.is(Kind::kGlobal)) {
      if (argument.global() != kNoGlobal && argument.global() != id) {
        ReportCalledThrough(at, argument.global(), id);
      }
    } else if ((argument.is(Kind::kTuple) || argument.is(Kind::kList)) && depth == 0) {
      const auto contents = scene_.machine->objects().Of(argument);
      if (contents) ReportPassedFunctions(at, id, contents->first, depth + 1);
    }
  }
}

}  // namespace counterscan::pickle
