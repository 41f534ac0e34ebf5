// Words and phrases that several text writers share. What they return is printable.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scanner/model/report.h"
#include "scanner/report/text_layout.h"

namespace counterscan {

// "1 file", "20,000 files".
std::string Count(std::uint64_t count, std::string_view thing);

// "model.pt::archive/data.pkl+0x1f", from raw bytes. Parts that are empty or absent are left out.
std::string Place(std::string_view path, std::string_view where,
                  std::optional<std::uint64_t> offset);

// "posix.system"; "(unknown)" stands for a part that cannot be known.
std::string ImportName(const Import& import);

// "UNSAFE", "SUSPICIOUS", "CAUTION"; "CLEAN" only for harmless lines of an explanation.
std::string_view Shout(Level level);
Tint TintOf(Level level);

// `the Hub: "safe"`, its word in quotes; or why there is none: "the Hub could not be reached".
std::string HubSays(HubState state);

// Someone else's words between quotation marks that they cannot close.
std::string Quoted(std::string_view text, std::size_t limit);

// "a, b, c and 4 more": up to `most` of the names, raw bytes.
std::string SomeOf(std::span<const std::string_view> names, std::size_t most);

// The first digits of a hash, enough to recognise it: "3a7c0f1e9b2d…".
std::string ShortHash(std::string_view hash);

// Raw bytes as one word of a POSIX-like shell, so that a file's name cannot run anything when its
// line is copied into one. Never begins with '-', which would make it an option.
std::string ShellWord(std::string_view bytes);

}  // namespace counterscan
