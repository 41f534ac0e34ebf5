#include "tests/fake_hub/request_reader.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace counterscan::fake {
namespace {

constexpr std::size_t kMaxHead = 256 * 1024;
constexpr std::size_t kKeptBody = 4 * 1024 * 1024;

std::optional<std::uint64_t> Number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// `head` ends with an empty line.
std::optional<Request> ParseHead(std::string head) {
  std::string_view rest = head;
  const auto next_line = [&rest] {
    const std::size_t end = std::min(rest.find("\r\n"), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    return line;
  };
  const std::string_view first = next_line();
  const std::size_t method_end = first.find(' ');
  const std::size_t target_end = first.rfind(' ');
  if (method_end == std::string_view::npos || target_end <= method_end) return std::nullopt;
  const std::string_view target = first.substr(method_end + 1, target_end - method_end - 1);
  Request request = RequestTo(std::string(first.substr(0, method_end)), std::string(target));
  while (!rest.empty()) {
    const std::string_view line = next_line();
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    request.headers.emplace_back(line.substr(0, colon), Trimmed(line.substr(colon + 1)));
  }
  request.head = std::move(head);
  return request;
}

}  // namespace

std::optional<std::string> RequestReader::TakeLine() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (buffer_.size() > kMaxHead || !Fill()) return std::nullopt;
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

bool RequestReader::TakeBody(std::uint64_t size, std::string& body) {
  while (size != 0) {
    if (buffer_.empty() && !Fill()) return false;
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer_.size()));
    body.append(buffer_, 0, std::min(taken, kKeptBody - std::min(kKeptBody, body.size())));
    buffer_.erase(0, taken);
    size -= taken;
  }
  return true;
}

bool RequestReader::TakeChunks(std::string& body) {
  while (true) {
    const auto line = TakeLine();
    const auto size = line ? Number(*line, 16) : std::nullopt;
    if (!size) return false;
    if (*size == 0) break;
    if (!TakeBody(*size, body) || !TakeLine()) return false;
  }
  while (const auto trailer = TakeLine()) {
    if (trailer->empty()) return true;
  }
  return false;
}

std::optional<Request> RequestReader::Next() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (buffer_.size() > kMaxHead || !Fill()) return std::nullopt;
  }
  auto request = ParseHead(buffer_.substr(0, end + 4));
  buffer_.erase(0, end + 4);
  if (!request) return std::nullopt;
  request->arrived = std::chrono::steady_clock::now();
  if (request->Header("Expect")) stream_.Write("HTTP/1.1 100 Continue\r\n\r\n");
  const auto coding = request->Header("Transfer-Encoding");
  if (coding && strcasecmp(coding->c_str(), "chunked") == 0) {
    if (!TakeChunks(request->body)) return std::nullopt;
  } else if (const auto length = request->Header("Content-Length")) {
    const auto size = Number(*length, 10);
    if (!size || !TakeBody(*size, request->body)) return std::nullopt;
  }
  return request;
}

}  // namespace counterscan::fake
