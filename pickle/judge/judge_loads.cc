// The judge's half that is about what is loaded while loading: pickles in constants, text that is
// encoded or decoded, and what a pickle asks its loader for.
#include <fmt/format.h>

#include "pickle/judge/judge.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {

// pickle.loads(b"...") of constant bytes: they can be followed.
bool Judge::IsHarmlessLoad(const Instruction& at, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->first.empty()) return false;
  const Value bytes = contents->first[0];
  if (bytes.is(Kind::kCall)) {
    // Computed of constants: followed, but nobody honest hides his bytes.
    const auto constant = ConstantOf(bytes, kBuiltBytes);
    if (constant) walk_.Computed(constant->bytes, at.offset);
    return false;
  }
  if (!bytes.is(Kind::kBytes) && !bytes.is(Kind::kLatin1)) return false;
  const bool alone = contents->count == 1;
  return walk_.Constant(bytes) && alone;
}

// Picklers encode by latin1 only. Other codecs compress, or write one text as another.
void Judge::CheckCodec(const Instruction& at, GlobalId id, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->first.empty()) return;
  const auto codec = contents->first.size() == 2 ? NameOperand(contents->first[1]) : std::nullopt;
  if (codec == "latin1" || codec == "latin-1") return;
  findings_.Add("PKL-304", at.offset, [&] {
    return fmt::format("calls {}({})", Shown(names_[id]), renderer().Arguments(arguments, {}));
  });
}

void Judge::CheckLoaded(const Instruction& at, GlobalId id, Value arguments, std::size_t number) {
  const auto contents = scene_.machine->objects().Of(arguments);
  const Value loaded =
      contents && contents->first.size() > number ? contents->first[number] : Value();
  if (loaded.is(Kind::kNone)) return;
  if (loaded.is(Kind::kBytes) || loaded.is(Kind::kLatin1)) {
    // What is in it is judged like the rest of the file.
    walk_.Constant(loaded);
    return;
  }
  const auto computed = loaded.is(Kind::kCall) ? ConstantOf(loaded, kBuiltBytes) : std::nullopt;
  if (computed) walk_.Computed(computed->bytes, at.offset);
  findings_.Add("PKL-105", at.offset, [&] {
    return fmt::format("calls {}({})", Shown(names_[id]), renderer().Arguments(arguments, {}));
  });
}

Value Judge::EncodedBytes(Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->count != 2 || !contents->first[0].is(Kind::kString)) return {};
  const auto codec = NameOperand(contents->first[1]);
  if (codec != "latin1" && codec != "latin-1") return {};
  return {Kind::kLatin1, contents->first[0].offset()};
}

void Judge::ClaimStorage(const GlobalName& type, const std::optional<std::string>& key,
                         Value elements) {
  // 48 bytes each; the largest checkpoints have tens of thousands.
  constexpr std::size_t kStorages = 500'000;
  const bool is_known = key && elements.is(Kind::kInt) && elements.number() >= 0;
  if (!is_known || storages_.size() >= kStorages) {
    storages_known_ = false;
    return;
  }
  storages_.push_back({.key = *key,
                       .elements = static_cast<std::uint64_t>(elements.number()),
                       .element_bytes = ElementBytes(type.name.value_or(""))});
}

Value Judge::Persistent(const Instruction& at, Value key) {
  ++acts_;
  HandOver(key);
  // torch: ('storage', class, key, device, elements). Its legacy files also hand a module's class
  // and its source to persistent_load, to get the class back: ('module', class, file, source).
  const auto contents = key.is(Kind::kTuple) ? scene_.machine->objects().Of(key) : std::nullopt;
  const bool has_class =
      contents && contents->first.size() >= 4 && contents->first[1].is(Kind::kGlobal);
  const Value last = has_class ? contents->first.back() : Value();
  const Value elements = has_class && contents->count >= 5 ? contents->first[4] : Value();
  const Value type = has_class ? contents->first[1] : Value();
  const auto what = has_class ? NameOperand(contents->first[0]) : std::nullopt;
  if (what == "module" && !last.is(Kind::kNothing)) return type;
  const Value result = Value::Made(Kind::kPersistent, kNoGlobal, NextResult());
  if (what == "storage") {
    const GlobalName& storage = names_[type.global()];
    ClaimStorage(storage, NameOperand(contents->first[2]), elements);
    // An untyped storage counts bytes, not elements.
    if (elements.is(Kind::kInt) && storage.known() &&
        storage.name->find("Untyped") == std::string::npos && elements.number() >= 0) {
      tensors_.AddStorage(result, static_cast<std::uint64_t>(elements.number()));
    }
    return result;
  }
  storages_known_ = false;
  findings_.Add("PKL-219", at.offset, [&] {
    const std::string shown = key.is(Kind::kNothing)
                                  ? "'" + Printable(scene_.reader->Raw(at.text, 120).text) + "'"
                                  : renderer().Show(key);
    return fmt::format("asks the loader for {}", shown);
  });
  return result;
}

}  // namespace counterscan::pickle
