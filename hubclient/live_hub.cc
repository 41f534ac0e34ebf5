#include "hubclient/live_hub.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "hubclient/hub_exchange.h"
#include "hubclient/hub_request.h"
#include "hubclient/hub_url.h"
#include "hubclient/repo_conversation.h"
#include "hubclient/repository_list.h"
#include "hubclient/request_queue.h"
#include "hubclient/rfc3339.h"

namespace counterscan {
namespace {

RequestQueue::Options QueueOptions(const LiveHub::Options& options) {
  RequestQueue::Options queue;
  queue.timeout = options.timeout;
  queue.stop = options.stop;
  queue.held_back = options.held_back;
  queue.limits = options.http;
  return queue;
}

}  // namespace

LiveHub::LiveHub(HttpTransport& transport, HubClock& clock, Options options)
    : transport_(transport), clock_(clock), options_(std::move(options)), pacer_(options_.pause) {}

std::optional<HubQuota> LiveHub::quota() const {
  const auto& last = pacer_.last();
  return last ? std::optional(QuotaOf(*last)) : std::nullopt;
}

void LiveHub::Ask(std::span<const HubQuery> queries, const OnRecord& on_record) {
  RequestQueue queue(transport_, clock_, pacer_, QueueOptions(options_));
  std::map<std::size_t, RepoConversation> conversations;
  std::set<std::size_t> given_up;  // whose last request is still on its way
  std::map<std::size_t, std::chrono::milliseconds> took;
  std::size_t next_query = 0;
  bool wanted = true;

  const auto hand_over = [&](std::size_t number) {
    HubRecord record = conversations.at(number).Take();
    conversations.erase(number);
    took.erase(number);
    wanted = on_record(number, std::move(record));
  };
  // Adds the next request of a conversation; hands the record over where there is none.
  const auto go_on = [&](std::size_t number) {
    if (took[number] > options_.http.repository && conversations.at(number).next()) {
      conversations.at(number).GiveUp(NoAnswer::kTooSlow);
    }
    const auto& next = conversations.at(number).next();
    if (next) {
      queue.Add(number, *next);
    } else {
      hand_over(number);
    }
  };
  // `number` is the one that has no request on its way.
  const auto keep_within_limit = [&](std::size_t number) {
    if (!conversations.at(number).next()) return;  // it is about to be handed over
    std::uint64_t kept = 0;
    for (const auto& [each, conversation] : conversations) kept += conversation.kept_bytes();
    if (kept <= options_.http.kept_bytes) return;
    const auto largest = std::max_element(
        conversations.begin(), conversations.end(),
        [](const auto& a, const auto& b) { return a.second.kept_bytes() < b.second.kept_bytes(); });
    largest->second.GiveUp(NoAnswer::kListTooLarge);
    if (largest->first == number) return;
    given_up.insert(largest->first);
    hand_over(largest->first);
  };

  while (wanted) {
    while (wanted && conversations.size() + given_up.size() < options_.http.in_flight &&
           next_query < queries.size()) {
      const std::size_t number = next_query++;
      conversations.try_emplace(number, queries[number], options_.endpoint, options_.limits,
                                options_.http);
      go_on(number);
    }
    if (!wanted || (conversations.empty() && next_query >= queries.size())) break;
    for (HttpTransport::Finished& finished : queue.Wait()) {
      if (given_up.erase(finished.id) > 0) continue;
      took[finished.id] += finished.took;
      conversations.at(finished.id)
          .OnReply(std::move(finished.reply), FormatRfc3339(clock_.WallTime()));
      keep_within_limit(finished.id);
      if (!wanted) break;
      go_on(finished.id);
      if (!wanted) break;
    }
  }
}

std::optional<Refusal> LiveHub::ListRepositories(const RepositorySearch& search,
                                                 const OnRepository& on_repository) {
  RequestQueue queue(transport_, clock_, pacer_, QueueOptions(options_));
  HttpRequest request = ListRequest(options_.endpoint, search);
  const std::string first_url = request.url.substr(0, request.url.find('?'));
  std::set<std::string> pages, listed;
  while (true) {
    pages.insert(request.url);
    queue.Add(0, request);
    HttpReply reply = std::move(queue.Wait().front().reply);
    HubExchange exchange = MakeExchange(request, std::move(reply), "");
    ListPage page = ReadListPage(exchange, search.type, options_.limits);
    for (RepoId& repo : page.repositories) {
      if (!listed.insert(repo.id).second) continue;
      if (!on_repository(std::move(repo)) || listed.size() == search.limit) return std::nullopt;
    }
    if (page.refusal) return page.refusal;
    const auto link = exchange.headers.find("link");
    if (link == exchange.headers.end()) return std::nullopt;
    auto next = NextPage(link->second, request.url);
    if (!next) {
      if (!MentionsNextPage(link->second)) return std::nullopt;
      return Refusal{HubState::kUnreachable, "the Hub's list goes on at another server",
                     NoAnswer::kRedirectElsewhere};
    }
    if (!next->starts_with(first_url + "?") || pages.contains(*next) ||
        pages.size() >= options_.http.pages || listed.size() >= options_.http.listed_repositories) {
      return Refusal{HubState::kUnreachable, std::string(RowOf(NoAnswer::kTooManyPages).words),
                     NoAnswer::kTooManyPages};
    }
    request = {};
    request.url = std::move(*next);
  }
}

}  // namespace counterscan
