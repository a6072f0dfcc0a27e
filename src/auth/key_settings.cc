#include "auth/key_settings.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <utility>

#include "auth/fetched_keys.h"
#include "auth/http_get.h"
#include "auth/read_file.h"
#include "auth/secret_key.h"
#include "net/tls_client.h"
#include "plinth/runtime.h"

namespace plinth::auth {

namespace {

using namespace std::chrono_literals;

using KeySourceResult = Result<std::shared_ptr<KeySource>>;

/// Keys that are fetched on a thread of their own, so that no call waits for another's.
class OwnThreadKeys final : public KeySource {
 public:
  OwnThreadKeys(const Algorithm& algorithm, FetchedKeys::Fetch fetch, FetchedKeys::Options options,
                const std::shared_ptr<Logger>& logger)
      : runtime_({.workers = 1, .offload_threads = 1, .logger = logger}),
        keys_(runtime_.worker(0), algorithm, std::move(fetch), std::move(options), logger) {}

  std::shared_ptr<const KeySet> keys() const override { return keys_.keys(); }
  std::uint64_t version() const noexcept override { return keys_.version(); }
  Task<void> look_again() override { return keys_.look_again(); }

 private:
  Runtime runtime_;
  FetchedKeys keys_;
};

Task<Result<std::string>> read_again(const std::string& file) { co_return read_file(file, KeySet::kMaxSize); }

/// The file is good when the program starts, and is read again from then on.
KeySourceResult keys_of_file(const Algorithm& algorithm, const std::string& file,
                             const std::shared_ptr<Logger>& logger) {
  const auto text = read_file(file, KeySet::kMaxSize);
  if (!text) return std::unexpected(failed_precondition("SECURITY__JWKS_FILE: {}", text.error().message()));
  if (const auto keys = KeySet::parse(*text, algorithm); !keys) {
    return std::unexpected(failed_precondition("SECURITY__JWKS_FILE '{}': {}", file, keys.error().message()));
  }
  auto fetch = [file] { return read_again(file); };
  FetchedKeys::Options options{.source = file, .max_age = 10s, .min_age = 1s};
  return std::make_shared<OwnThreadKeys>(algorithm, std::move(fetch), std::move(options), logger);
}

KeySourceResult keys_of_url(const Algorithm& algorithm, const std::string& text, const std::string& ca_file,
                            const std::shared_ptr<Logger>& logger) {
  const auto url = HttpUrl::parse(text);
  if (!url) return std::unexpected(failed_precondition("SECURITY__JWKS_URL: {}", url.error().message()));
  if (!url->secure) logger->warning("grpc_auth_keys_not_protected", {{"source", text}});
  auto tls = net::TlsClient::load({.ca_file = ca_file}, logger, net::TlsProtocol::kHttp1);
  if (!tls) return std::unexpected(failed_precondition("SECURITY__JWKS_URL: {}", tls.error().message()));
  auto fetch = [client = HttpClient(*tls, KeySet::kMaxSize), url = *url] { return client.get(url); };
  return std::make_shared<OwnThreadKeys>(algorithm, std::move(fetch), FetchedKeys::Options{.source = text}, logger);
}

/// What a secret key should have at least (RFC 7518, section 3.2).
std::size_t digest_size(const Algorithm& algorithm) {
  return static_cast<std::size_t>(EVP_MD_get_size(EVP_get_digestbyname(algorithm.digest)));
}

KeySourceResult secret_of(const Algorithm& algorithm, const SecuritySettings& settings,
                          const std::shared_ptr<Logger>& logger) {
  if (!settings.jwks_file.empty() || !settings.jwks_url.empty()) {
    return std::unexpected(failed_precondition(
        "SECURITY__ALGORITHM is {}, which has no use for SECURITY__JWKS_URL and SECURITY__JWKS_FILE: set it to the "
        "algorithm of their keys, such as RS256",
        algorithm.name));
  }
  if (settings.secret_key.empty()) {
    return std::unexpected(
        failed_precondition("SECURITY__ALGORITHM is {}, which needs SECURITY__SECRET_KEY", algorithm.name));
  }
  auto key = make_secret_key(algorithm, settings.secret_key);
  if (!key) return std::unexpected(failed_precondition("SECURITY__SECRET_KEY: {}", key.error().message()));
  if (const auto size = digest_size(algorithm); settings.secret_key.size() < size) {
    logger->warning("grpc_auth_short_key",
                    {{"algorithm", algorithm.name}, {"bytes", settings.secret_key.size()}, {"recommended", size}});
  }
  return std::make_shared<FixedKeys>(KeySet(std::move(*key)));
}

}  // namespace

Result<const Algorithm*> algorithm_of(const SecuritySettings& settings) {
  if (const auto* const algorithm = find_algorithm(settings.algorithm)) return algorithm;
  return std::unexpected(failed_precondition("SECURITY__ALGORITHM '{}' is not known", settings.algorithm));
}

KeySourceResult make_key_source(const Algorithm& algorithm, const SecuritySettings& settings,
                                const std::string& ca_file, const std::shared_ptr<Logger>& logger) {
  if (algorithm.family == Algorithm::Family::kHmac) return secret_of(algorithm, settings, logger);
  if (settings.jwks_file.empty() == settings.jwks_url.empty()) {
    return std::unexpected(failed_precondition(
        "SECURITY__ALGORITHM is {}, which needs one of SECURITY__JWKS_URL and SECURITY__JWKS_FILE", algorithm.name));
  }
  return settings.jwks_url.empty() ? keys_of_file(algorithm, settings.jwks_file, logger)
                                   : keys_of_url(algorithm, settings.jwks_url, ca_file, logger);
}

}  // namespace plinth::auth
