#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

/// Throw-away certificates, and a place for them.
namespace plinth::test {

/// A folder that is gone with the test.
class TempFolder {
 public:
  TempFolder() {
    auto name = (std::filesystem::temp_directory_path() / "plinth-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    path_ = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string file(const std::string& name) const { return path_ / name; }

  /// The whole file at once, as a new file in place of the one before.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / "new") << text;
    std::filesystem::rename(path_ / "new", path_ / name);
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

/// A certificate and its key.
class Certificate {
 public:
  struct Options {
    std::string name = "localhost";
    /// As the openssl program takes them; empty: none.
    std::string alternative_names = "DNS:localhost,IP:127.0.0.1";
    /// From now.
    std::chrono::seconds valid_from = -std::chrono::hours(1);
    std::chrono::seconds valid_until = std::chrono::hours(1);
  };

  /// Signed by itself; may sign others.
  static Certificate authority(const std::string& name, std::chrono::seconds valid_until = std::chrono::hours(1)) {
    Certificate made({.name = name, .alternative_names = "", .valid_until = valid_until});
    made.extend(NID_basic_constraints, "critical,CA:TRUE");
    made.sign_with(made);
    return made;
  }

  Certificate sign(const Options& options) const {
    Certificate made(options);
    if (!options.alternative_names.empty()) made.extend(NID_subject_alt_name, options.alternative_names);
    made.sign_with(*this);
    return made;
  }

  std::string pem() const {
    return text_of([this](BIO* out) { PEM_write_bio_X509(out, certificate_.get()); });
  }
  std::string key_pem() const { return key_pem(key_.get()); }

  static std::string key_pem(EVP_PKEY* key) {
    return text_of([key](BIO* out) { PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
  }
  /// One that asks for a password.
  std::string locked_key_pem() const {
    return text_of([this](BIO* out) {
      PEM_write_bio_PrivateKey(out, key_.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr, const_cast<char*>("secret"));
    });
  }

 private:
  explicit Certificate(const Options& options) {
    static long serial = 0;
    auto* certificate = certificate_.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), options.valid_from.count());
    X509_gmtime_adj(X509_getm_notAfter(certificate), options.valid_until.count());
    const auto* name = reinterpret_cast<const unsigned char*>(options.name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, name, -1, -1, 0);
    X509_set_pubkey(certificate, key_.get());
  }

  void extend(int kind, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), X509_EXTENSION_free);
    X509_add_ext(certificate_.get(), extension.get(), -1);
  }
  void sign_with(const Certificate& issuer) {
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(issuer.certificate_.get()));
    X509_sign(certificate_.get(), issuer.key_.get(), EVP_sha256());
  }

  template <class Write>
  static std::string text_of(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate_{X509_new(), X509_free};
};

}  // namespace plinth::test
