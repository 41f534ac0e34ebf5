#include "scanner/format/torchscript_code.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan::format {
namespace {

constexpr std::size_t kStep = 64 * 1024;
// No honest name is longer, and what is longer names no operator.
constexpr std::size_t kMaxName = 400;
constexpr std::size_t kMaxUses = 20;

// Operators and folders of classes are written like this (torch/csrc/jit/serialization,
// python_print.cpp): torch.add() is aten::add, ops.image.read_file() is image::read_file, and
// __torch__.torch.classes.quantized.X a class that C++ registers.
constexpr std::string_view kClasses = "torch.classes.";
constexpr auto kKnownClasses = std::to_array<std::string_view>(
    {"quantized", "sparse", "rnn", "xnnpack", "mkldnn", "metal", "vulkan", "profiling"});

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNamePart(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

bool ReachesFiles(std::string_view name) {
  if (!name.starts_with("torch.") && !name.starts_with("ops.")) return false;
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return last == "save" || last == "load" || last.find("file") != std::string_view::npos;
}

bool IsNativeClass(std::string_view name) {
  const std::size_t at = name.find(kClasses);
  if (at == std::string_view::npos || (at > 0 && name[at - 1] != '.')) return false;
  const std::string_view rest = name.substr(at + kClasses.size());
  return std::ranges::find(kKnownClasses, rest.substr(0, rest.find('.'))) == kKnownClasses.end();
}

// Names with dots in a text that comes in pieces; comments and strings are passed over.
class NameScanner {
 public:
  void Feed(char c, std::uint64_t offset) {
    switch (state_) {
      case State::kComment:
        if (c == '\n') state_ = State::kCode;
        return;
      case State::kString:
        if (escaped_) {
          escaped_ = false;
        } else if (c == '\\') {
          escaped_ = true;
        } else if (c == quote_) {
          state_ = State::kCode;
        }
        return;
      case State::kCode:
        break;
    }
    if (IsNameStart(c) || (!name_.empty() && !ended_ && IsNamePart(c))) {
      if (ended_) EndName();
      if (name_.empty()) begin_ = offset;
      if (name_.size() < kMaxName) name_ += c;
      return;
    }
    if (c == '.' && !name_.empty()) {
      name_ += '.';
      ended_ = false;
      return;
    }
    // Blanks may stand around a dot.
    if (c == ' ' || c == '\t') {
      ended_ = !name_.empty() && name_.back() != '.';
      return;
    }
    EndName();
    if (c == '#') state_ = State::kComment;
    if (c == '"' || c == '\'') {
      state_ = State::kString;
      quote_ = c;
    }
  }

  std::vector<TorchScriptUse> Finish() {
    EndName();
    return std::move(uses_);
  }

 private:
  enum class State : std::uint8_t { kCode, kComment, kString };

  void EndName() {
    const bool known =
        std::ranges::any_of(uses_, [&](const TorchScriptUse& use) { return use.name == name_; });
    if (!known && uses_.size() < kMaxUses && (ReachesFiles(name_) || IsNativeClass(name_))) {
      uses_.push_back({name_, begin_});
    }
    name_.clear();
    ended_ = false;
  }

  State state_ = State::kCode;
  char quote_ = '"';
  bool escaped_ = false;
  std::string name_;
  bool ended_ = false;  // behind a blank: only a dot goes on with the name
  std::uint64_t begin_ = 0;
  std::vector<TorchScriptUse> uses_;
};

}  // namespace

Result<std::vector<TorchScriptUse>> FindTorchScriptUses(const ByteSource& source) {
  NameScanner scanner;
  std::vector<std::byte> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), kStep)));
  for (std::uint64_t at = 0; at < source.size();) {
    const std::size_t got = TRY(source.ReadAt(at, buffer));
    if (got == 0) break;
    std::uint64_t offset = at;
    for (const char c : AsText(std::span<const std::byte>(buffer).first(got))) {
      scanner.Feed(c, offset++);
    }
    at += got;
  }
  return scanner.Finish();
}

}  // namespace counterscan::format
