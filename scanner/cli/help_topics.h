// The texts of `counterscan help TOPIC`.
#pragma once

#include <span>
#include <string_view>

namespace counterscan {

struct HelpTopic {
  std::string_view name;
  std::string_view summary;
  std::string_view text;
};

std::span<const HelpTopic> HelpTopics();

}  // namespace counterscan
