// Replies of the real Hub, byte for byte as they were recorded (fixtures/hub): each fits its ETag.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace counterscan {

struct RecordedReply {
  std::string file;  // in fixtures/hub: "tree-masked.json"
  std::string method;
  std::string target;    // path and query that it answers
  std::string asked_by;  // the user who was logged in, or ""
  std::string sent;      // the request's body
  int status = 0;
  std::string etag;
  std::string error_code;     // of the header X-Error-Code, or ""
  std::string error_message;  // of the header X-Error-Message, or ""
  std::string body;
};

const std::vector<RecordedReply>& RecordedReplies();
// Throws std::runtime_error when there is none in a file of that name.
const RecordedReply& Recorded(std::string_view file);

}  // namespace counterscan
