// Feeds what src/auth reads with anything. The first byte of an input chooses the parser:
// h the value of an authorization header, t token, s the header and the claims of a token that is then signed well (an
// empty line between them), c claims, k keys (the second byte is the algorithm's place in kAlgorithms), p policy, u
// URL.

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "auth/authorization.h"
#include "auth/http_url.h"
#include "auth/secret_key.h"
#include "auth/token_verifier.h"
#include "fuzz/fuzz.h"
#include "plinth/async.h"
#include "plinth/auth_policy.h"
#include "unit/auth/signer.h"

namespace plinth::auth {
namespace {

using namespace std::chrono_literals;
using fuzz::expect;
using fuzz::expect_sentence;
using test::Signer;

constexpr std::array<std::string_view, 5> kAlgorithms = {"HS256", "RS256", "PS384", "ES256", "EdDSA"};
constexpr ClaimRules kRules = {.clock_skew = 30s};

Claims::Time now() noexcept { return Claims::Time(1'000'000s); }

const Algorithm& hs256() { return *find_algorithm("HS256"); }

std::shared_ptr<KeySource> secret_key() {
  return std::make_shared<FixedKeys>(KeySet(make_secret_key(hs256(), std::string(Signer::kSecret)).value()));
}

/// Twice, since the second answer may come from memory.
Result<Claims> verify(std::string_view token) {
  TokenVerifier verifier(hs256(), secret_key(), kRules, &now);
  auto claims = sync_wait(verifier.verify(token));
  const auto again = sync_wait(verifier.verify(token));
  expect(claims ? again.has_value() : again.error() == claims.error(), "a token is as good the second time");
  if (!claims) expect_sentence(claims.error().message());
  return claims;
}

bool is_signed(const Token& token) {
  return token.signature == Signer::hmac("SHA256", Signer::kSecret, token.signed_text);
}

void fuzz_header(std::string_view value) {
  Metadata request;
  request.add_unchecked("authorization", value);
  const auto token = bearer_token(request);
  expect(token.empty() || (is_token_text(token) && value.ends_with(token)), "a token is the last word of the header");
  request.add_unchecked("authorization", value);
  expect(bearer_token(request).empty(), "of two headers none counts");
}

void fuzz_token(std::string_view text) {
  const auto token = Token::parse(text);
  const auto again = token ? fmt::format("{}.{}", token->signed_text, test::base64url(token->signature)) : "";
  if (token) expect(again == text, "no other text is the same token");
  if (!token) expect_sentence(token.error().message());
  const auto claims = verify(text);
  expect(!claims || (token && is_signed(*token)), "only what is signed passes");
}

void fuzz_signed(std::string_view text) {
  const auto end = text.find("\n\n");
  const auto header = text.substr(0, end), payload = end == text.npos ? "" : text.substr(end + 2);
  const auto signed_text = Signer("HS256").sign_raw(header, payload);
  const auto accepted = verify(signed_text);
  if (!accepted) return;
  expect(signed_text.size() <= TokenVerifier::kMaxTokenSize, "no token is above the limit");
  expect(Token::parse(signed_text)->algorithm == "HS256", "only the algorithm of the key passes");
  expect(accepted->expiry() && *accepted->expiry() > now() - kRules.clock_skew, "what has expired does not pass");
  expect(!accepted->not_before() || *accepted->not_before() <= now() + kRules.clock_skew, "nor what is not valid yet");
}

void fuzz_claims(std::string_view text) {
  const auto claims = Claims::parse(text);
  if (!claims) return expect_sentence(claims.error().message());
  for (const auto& scope : claims->scopes()) expect(claims->has_scope(scope), "it has the scopes that it has");
  for (const auto time : {claims->expiry(), claims->not_before(), claims->issued_at()}) {
    expect(!time || *time >= Claims::Time(), "no time overflows");
  }
  expect(claims->text("sub").value_or("") == claims->subject(), "a claim is the same however it is asked for");
  const auto again = Claims::parse(R"({"aud":)" + (claims->json("aud").empty() ? "[]" : claims->json("aud")) + "}");
  expect(again && again->audiences() == claims->audiences(), "a claim as JSON is the same claim");
}

void fuzz_keys(std::string_view text) {
  const auto choice = text.empty() ? 0 : static_cast<unsigned char>(text[0]) % kAlgorithms.size();
  const auto keys =
      KeySet::parse(text.substr(std::min<std::size_t>(1, text.size())), *find_algorithm(kAlgorithms[choice]));
  if (!keys) return expect_sentence(keys.error().message());
  expect(keys->size() >= 1 && keys->size() <= KeySet::kMaxKeys, "the number of keys has its bounds");
  const auto* const only = keys->find(std::nullopt);
  expect((only != nullptr) == (keys->size() == 1), "a token that names no key has the only one");
  if (only) expect(!only->verify("text", std::string(256, 's')), "no key takes any signature");
}

void fuzz_policy(std::string_view text) {
  const auto policy = AuthPolicy::parse(text);
  if (!policy) return expect_sentence(policy.error().message());
  const Peer peer{.address = "unix:", .tls_subject = "CN=ops", .unix_credentials = UnixCredentials{}};
  for (const std::string_view method : {"/myservice.MyService/GetResource", "/myservice.Admin/Stop", "/", ""}) {
    const auto first = std::ranges::find_if(policy->rules(), [&](auto& rule) { return rule.matches(method, peer); });
    const auto& used = policy->rule_for(method, peer);
    const bool is_first = first == policy->rules().end() ? used.access == AuthPolicy::Access::kToken : &used == &*first;
    expect(is_first, "the first rule that matches counts, and without one a token is needed");
  }
}

void fuzz_url(std::string_view text) {
  const auto url = HttpUrl::parse(text);
  if (!url) return expect_sentence(url.error().message());
  expect(!url->host.empty() && !url->authority.contains('@'), "there is a host and no password");
  expect(url->target.starts_with('/') && fuzz::is_printable(url->authority + url->target), "a request can say it");
  const auto again = HttpUrl::parse((url->secure ? "https://" : "http://") + url->authority + url->target);
  expect(again && again->host == url->host && again->port == url->port && again->target == url->target,
         "its parts make the same URL");
}

}  // namespace
}  // namespace plinth::auth

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plinth::auth;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'h': fuzz_header(rest); break;
    case 't': fuzz_token(rest); break;
    case 's': fuzz_signed(rest); break;
    case 'c': fuzz_claims(rest); break;
    case 'k': fuzz_keys(rest); break;
    case 'p': fuzz_policy(rest); break;
    case 'u': fuzz_url(rest); break;
    default: break;
  }
  return 0;
}
