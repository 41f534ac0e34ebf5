#include "tests/fake_hub/authority.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace counterscan::fake {
namespace {

struct Freeing {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <class T>
using Owned = std::unique_ptr<T, Freeing>;

constexpr long kDay = 24L * 60 * 60;

// Elliptic curve keys: an RSA key would cost each test a tenth of a second.
Owned<EVP_PKEY> NewKey() {
  Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  if (key == nullptr) throw std::runtime_error("cannot make a key");
  return key;
}

template <class Write>
std::string Pem(Write write) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || write(bio.get()) != 1) throw std::runtime_error("cannot write PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void AddExtension(X509* certificate, X509* issuer, int name, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, name, value));
  if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1) {
    throw std::runtime_error(std::string("cannot add to a certificate: ") + value);
  }
}

struct Lifetime {
  long from_seconds = -kDay;
  long until_seconds = 30 * kDay;
};

// Not signed yet, and without extensions.
Owned<X509> NewCertificate(const std::string& name, EVP_PKEY* key, X509* issuer,
                           Lifetime lifetime) {
  Owned<X509> certificate(X509_new());
  if (certificate == nullptr) throw std::runtime_error("cannot make a certificate");
  X509* const x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), lifetime.from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(x509), lifetime.until_seconds);
  X509_set_pubkey(x509, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(issuer == nullptr ? x509 : issuer));
  return certificate;
}

void Sign(X509* certificate, EVP_PKEY* key) {
  if (X509_sign(certificate, key, EVP_sha256()) == 0) {
    throw std::runtime_error("cannot sign a certificate");
  }
}

std::string CertificatePem(X509* certificate) {
  return Pem([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

}  // namespace

struct Authority::Keys {
  Owned<EVP_PKEY> key;
  Owned<X509> certificate;
};

Authority::Authority() : keys_(std::make_unique<Keys>()) {
  keys_->key = NewKey();
  keys_->certificate = NewCertificate("fake hub test authority", keys_->key.get(), nullptr, {});
  X509* const own = keys_->certificate.get();
  // All that strict verifiers (Python 3.13's default) ask of an authority.
  AddExtension(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(own, own, NID_subject_key_identifier, "hash");
  Sign(own, keys_->key.get());
  pem_ = CertificatePem(own);
}

Authority::~Authority() = default;

Identity Authority::Issue(CertificateKind kind) const {
  Lifetime lifetime;
  if (kind == CertificateKind::kExpired) lifetime = {-30 * kDay, -kDay};
  if (kind == CertificateKind::kNotYetValid) lifetime = {kDay, 30 * kDay};
  const bool wrong_host = kind == CertificateKind::kWrongHost;
  const Owned<EVP_PKEY> key = NewKey();
  const bool self_signed = kind == CertificateKind::kSelfSigned;
  const Owned<X509> certificate =
      NewCertificate(wrong_host ? "elsewhere.test" : "localhost", key.get(),
                     self_signed ? nullptr : keys_->certificate.get(), lifetime);
  X509* const own = certificate.get();
  X509* const issuer = self_signed ? own : keys_->certificate.get();
  AddExtension(own, issuer, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(own, issuer, NID_key_usage, "critical,digitalSignature");
  AddExtension(own, issuer, NID_ext_key_usage, "serverAuth");
  AddExtension(
      own, issuer, NID_subject_alt_name,
      wrong_host ? "DNS:elsewhere.test" : "DNS:localhost,DNS:huggingface.co,IP:127.0.0.1,IP:::1");
  AddExtension(own, issuer, NID_subject_key_identifier, "hash");
  if (!self_signed) AddExtension(own, issuer, NID_authority_key_identifier, "keyid:always");
  Sign(own, self_signed ? key.get() : keys_->key.get());
  return {.certificate_pem = CertificatePem(own),
          .key_pem = Pem([&key](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace counterscan::fake
