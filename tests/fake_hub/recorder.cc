#include "tests/fake_hub/recorder.h"

#include <algorithm>

namespace counterscan::fake {
namespace {

bool Fits(std::string_view glob, std::string_view text) {
  // Back to the last star when something does not fit: it then stands for one character more.
  std::size_t i = 0;
  std::size_t j = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_end = 0;
  while (j < text.size()) {
    if (i < glob.size() && glob[i] == '*') {
      star = i++;
      star_end = j;
    } else if (i < glob.size() && glob[i] == text[j]) {
      ++i;
      ++j;
    } else if (star != std::string_view::npos) {
      i = star + 1;
      j = ++star_end;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', i) == std::string_view::npos;
}

}  // namespace

bool Matches(std::string_view pattern, const Request& request) {
  if (const std::size_t space = pattern.find(' '); space != std::string_view::npos) {
    if (pattern.substr(0, space) != request.method) return false;
    pattern.remove_prefix(space + 1);
  }
  if (pattern.find('?') != std::string_view::npos) return Fits(pattern, request.target);
  return Fits(pattern, request.path) || Fits(pattern, PercentDecoded(request.path));
}

void Recorder::Add(const Request& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
}

void Recorder::Clear() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
}

std::vector<Request> Recorder::All() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<Request> Recorder::Of(std::string_view pattern) const {
  std::vector<Request> found = All();
  std::erase_if(found, [pattern](const Request& request) { return !Matches(pattern, request); });
  return found;
}

std::size_t Recorder::Count(std::string_view pattern) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(requests_.begin(), requests_.end(),
                    [pattern](const Request& request) { return Matches(pattern, request); }));
}

bool Recorder::Saw(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(requests_.begin(), requests_.end(),
                     [text](const Request& request) { return request.Contains(text); });
}

}  // namespace counterscan::fake
