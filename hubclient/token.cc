#include "hubclient/token.h"

#include <string.h>

#include <algorithm>

namespace counterscan {
namespace {

constexpr std::size_t kMaxTokenBytes = 4096;
constexpr std::string_view kHeaderStart = "Authorization: Bearer ";

// `other` is not longer than `part`.
void ReplaceAll(std::string& text, std::string_view part, std::string_view other) {
  std::size_t found = text.find(part);
  if (found == text.npos) return;
  std::size_t written = found;
  while (found != text.npos) {
    text.replace(written, other.size(), other);
    written += other.size();
    const std::size_t from = found + part.size();
    found = text.find(part, from);
    const std::size_t end = std::min(found, text.size());
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(from),
              text.begin() + static_cast<std::ptrdiff_t>(end),
              text.begin() + static_cast<std::ptrdiff_t>(written));
    written += end - from;
  }
  text.resize(written);
}

}  // namespace

void Wipe(std::string& text) {
  explicit_bzero(text.data(), text.size());
  text.clear();
}

Result<Token> Token::Parse(std::string& text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
  });
  if (text.empty() || text.size() > kMaxTokenBytes || !printable) {
    const char* why = text.empty() ? "it is empty"
                      : !printable ? "it holds a blank, a line end or another character that no "
                                     "token has"
                                   : "it is too long";
    Wipe(text);
    return Fail(ErrorCode::kMalformed, why);
  }
  Token token{std::string_view(text)};
  Wipe(text);
  return token;
}

Token::Token(std::string_view text)
    : size_(text.size()), bytes_(std::make_unique<char[]>(text.size())) {
  std::copy(text.begin(), text.end(), bytes_.get());
}

Token& Token::operator=(Token&& other) noexcept {
  std::swap(size_, other.size_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Token::~Token() {
  if (bytes_) explicit_bzero(bytes_.get(), size_);
}

void Token::HideIn(std::string& text) const {
  constexpr std::size_t kLeast = 8;
  static_assert(kHidden.size() < kLeast);
  if (view().size() < kLeast) return;
  // RFC 8259 section 7: what has to stand behind a backslash in a string of JSON, and what may.
  for (const std::string_view escaped : {"", "\"\\", "\"\\/"}) {
    if (!escaped.empty() && view().find_first_of(escaped) == std::string_view::npos) continue;
    std::string form;
    form.reserve(2 * size_);  // it is wiped, so it must not move
    for (const char c : view()) {
      if (escaped.find(c) != escaped.npos) form += '\\';
      form += c;
    }
    ReplaceAll(text, form, kHidden);
    Wipe(form);
  }
}

Token::Header::Header(const Token& token)
    : size_(kHeaderStart.size() + token.view().size() + 1), line_(std::make_unique<char[]>(size_)) {
  char* end = std::copy(kHeaderStart.begin(), kHeaderStart.end(), line_.get());
  std::copy(token.view().begin(), token.view().end(), end);
}

Token::Header::~Header() { explicit_bzero(line_.get(), size_); }

}  // namespace counterscan
