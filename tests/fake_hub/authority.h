// Authority: a certificate authority of a test's own, made anew each time.
//
// Nobody trusts it but who is given its PEM (SSL_CERT_FILE), and it trusts nobody: its key never
// leaves the process.
#pragma once

#include <memory>
#include <string>

namespace counterscan::fake {

// What is wrong with a server's certificate.
enum class CertificateKind { kGood, kExpired, kNotYetValid, kWrongHost, kSelfSigned };

struct Identity {
  std::string certificate_pem;
  std::string key_pem;
};

class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  const std::string& pem() const { return pem_; }
  // A certificate and its key for 127.0.0.1, ::1, localhost and huggingface.co (which a test may
  // reach through a proxy of its own), or for elsewhere.test when the host is to be wrong.
  Identity Issue(CertificateKind kind) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string pem_;
};

}  // namespace counterscan::fake
