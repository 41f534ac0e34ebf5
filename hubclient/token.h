// Token: a secret that proves to the Hub who is asking.
//
// It can be moved and sent, not copied or printed: it has no operator<<, no formatter and no
// conversion to a string, so that it cannot end up in a message by accident. Its memory is wiped
// when it is destroyed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace counterscan {

class Token {
 public:
  // Takes printable ASCII without blanks, 1 to 4096 bytes: nothing else can stand in a header.
  // The Error never holds what was given. `text` is wiped.
  static Result<Token> Parse(std::string& text);

  Token(Token&&) noexcept = default;
  Token& operator=(Token&& other) noexcept;
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  ~Token();

  // Replaces every occurrence in `text`, which a server may have sent back, by kHidden: as it is,
  // and as JSON may write it. A text shorter than any token is no secret, and the words of a reply
  // could be made of it: it is left alone. Never makes `text` longer.
  void HideIn(std::string& text) const;
  static constexpr std::string_view kHidden = "[token]";

  // "Authorization: Bearer ...", for the transport alone.
  class Header {
   public:
    explicit Header(const Token& token);
    Header(const Header&) = delete;
    Header& operator=(const Header&) = delete;
    ~Header();
    const char* c_str() const { return line_.get(); }

   private:
    std::size_t size_;
    std::unique_ptr<char[]> line_;
  };

 private:
  explicit Token(std::string_view text);
  std::string_view view() const { return {bytes_.get(), bytes_ ? size_ : 0}; }

  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

// Overwrites what `text` holds, in a way that is not optimised out.
void Wipe(std::string& text);

}  // namespace counterscan
