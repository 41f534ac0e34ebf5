// FakeHub: a Hugging Face Hub of a test's own, on loopback, over real TLS.
//
// It records every request, answers what the test scripted, and otherwise what the Hub would
// answer for the repositories it was given.
//
//     FakeHub hub;
//     hub.Answer("/api/models/org/name", ErrorReply(503, "", "busy"), 2);  // twice, then as usual
//     ... run a client with HF_ENDPOINT=hub.endpoint() and SSL_CERT_FILE=hub.ca_file() ...
//     EXPECT_EQ(hub.recorder().Count("GET /api/models/org/name"), 3);
//     EXPECT_FALSE(hub.recorder().Saw("hf_secret"));
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/fake_hub/authority.h"
#include "tests/fake_hub/http.h"
#include "tests/fake_hub/hub_api.h"
#include "tests/fake_hub/listener.h"
#include "tests/fake_hub/quota.h"
#include "tests/fake_hub/recorder.h"
#include "tests/fake_hub/repository.h"
#include "tests/fake_hub/script.h"
#include "tests/support/temp_dir.h"

namespace counterscan::fake {

struct HubOptions {
  Transport transport = Transport::kTls;
  CertificateKind certificate = CertificateKind::kGood;
  // Who signs the certificate; null for an authority of its own. Two hubs with one authority are
  // two origins that a client believes equally.
  std::shared_ptr<const Authority> authority{};
  std::uint16_t port = 0;  // 0: any free one
};

class FakeHub {
 public:
  // Listens once constructed. Throws std::runtime_error when it cannot.
  explicit FakeHub(HubOptions options = {});
  ~FakeHub();
  FakeHub(const FakeHub&) = delete;
  FakeHub& operator=(const FakeHub&) = delete;

  // Breaks off replies under way, and listens no more. The destructor does the same.
  void Stop();

  // "https://127.0.0.1:40123", or http for Transport::kPlain.
  std::string endpoint() const { return EndpointAt("127.0.0.1"); }
  // The same server by another name: "localhost" is another host, and the certificate is good for
  // it.
  std::string EndpointAt(std::string_view host) const;
  std::uint16_t port() const;
  // PEM of the authority, for SSL_CERT_FILE. Lives as long as the hub.
  const std::string& ca_file() const { return ca_file_; }
  const std::shared_ptr<const Authority>& authority() const { return authority_; }

  // Scripted answers come before all else, and only they may be without the Hub's own headers
  // (Reply::bare). See Matches() in recorder.h for the pattern. `times` uses, then the next line.
  void Answer(std::string pattern, Reply reply, int times = kAlways);
  void Answer(std::string pattern, Handler handler, int times = kAlways);
  void ForgetScript() { script_.Clear(); }

  // See presets.h for repositories that are ready to use.
  void Add(Repo repo) { api_.Add(std::move(repo)); }
  void AddUser(User user) { api_.AddUser(std::move(user)); }
  void Change(RepoKind kind, std::string_view id, const std::function<void(Repo&)>& change) {
    api_.Change(kind, id, change);
  }

  void SetQuota(std::string_view bucket, QuotaRule rule) { quota_.Set(bucket, rule); }

  Recorder& recorder() { return recorder_; }
  const Listener& listener() const { return *listener_; }

 private:
  Reply Handle(const Request& request);

  HubOptions options_;
  TempDir folder_;
  std::shared_ptr<const Authority> authority_;
  std::string ca_file_;
  Recorder recorder_;
  Script script_;
  Quota quota_;
  HubApi api_;
  std::atomic<std::uint64_t> request_number_ = 0;
  std::unique_ptr<Listener> listener_;  // last: its threads use all of the above
};

}  // namespace counterscan::fake
