// TextCode: what in a text makes the programs that load it call code of the text's choosing.
//
// Text is inert but for its readers. These read some of it as instructions: YAML loaders with
// Python's tags or HyperPyYAML's, Hydra, jsonpickle, Keras, TensorFlow's text format, shelve.
// Nothing here judges what they would call; that such a text is there is a gap, not a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan::detect {

class TextCode {
 public:
  // The next bytes of the text.
  void Feed(std::span<const std::byte> bytes);

  // What was found so far, as a gap says it ("yaml: Python tags are not judged"); "" when nothing
  // was. Of several things one is named.
  std::string_view Found() const;

  enum Mark : std::uint32_t {
    kPythonTag = 1 << 0,
    kCallTag = 1 << 1,
    kTarget = 1 << 2,
    kJsonPickle = 1 << 3,
    kLambda = 1 << 4,
    kClassName = 1 << 5,
    kConfig = 1 << 6,
    kGraph = 1 << 7,
    kNode = 1 << 8,
    kEscapedLetter = 1 << 9,
    kDumbIndex = 1 << 10,
  };

 private:
  void Search(std::string_view text);
  void LookAtTags(std::string_view text);
  void LookAtWords(std::string_view text);
  void LookAtEscapes(std::string_view text);

  std::uint32_t marks_ = 0;
  bool begun_ = false;
  std::string carried_;  // the last bytes fed, so that nothing is cut in two
};

}  // namespace counterscan::detect
