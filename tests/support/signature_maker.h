// SignatureMaker: random ClamAV signatures of every kind, and files that match them.
//
// For tests that hold the prefilter to what libclamav finds. A file is made to match, but a
// condition may still fail (a count, an offset that another piece takes): libclamav decides.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace counterscan {

struct MadeSignature {
  std::string name;
  std::string extension;  // of the file for its line: ".ndb"
  std::string line;       // without a newline; a YARA rule may have several lines
  // Bytes to put into a file, each somewhere, so that the signature matches.
  struct Piece {
    enum class Place { kAnywhere, kAt, kFromEnd };
    std::string bytes;
    Place place = Place::kAnywhere;
    std::size_t offset = 0;
  };
  std::function<std::vector<Piece>(std::mt19937_64&)> pieces;
};

class SignatureMaker {
 public:
  explicit SignatureMaker(std::uint64_t seed) : random_(seed) {}

  // A signature of a kind taken in turn. `name` must be one word.
  MadeSignature Make(const std::string& name);
  // How many kinds Make() takes in turn.
  static std::size_t kinds();

  // A file of a few hundred bytes, or some thousand, that tries to match these.
  std::string FileFor(const std::vector<const MadeSignature*>& signatures);

  std::mt19937_64& random() { return random_; }

 private:
  std::mt19937_64 random_;
  std::size_t next_kind_ = 0;
};

}  // namespace counterscan
