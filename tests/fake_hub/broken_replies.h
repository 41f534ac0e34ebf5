// Replies that are no answer: every way in which a server, a network or a liar lets a client down
// above TLS. What a test loops over to show that none of them is taken for "safe".
#pragma once

#include <string>
#include <vector>

#include "tests/fake_hub/http.h"

namespace counterscan::fake {

struct BrokenReply {
  std::string name;  // "cut-body"
  Reply reply;
};

// Made so that a client which gives up after some tenths of a second meets the slow ones as such.
// `elsewhere` is the endpoint of another server: redirects and links of these replies lead there.
std::vector<BrokenReply> BrokenReplies(const std::string& elsewhere);

// The refusals of the Hub: each row of its table of errors, rate limits and failures.
std::vector<BrokenReply> RefusingReplies();

}  // namespace counterscan::fake
