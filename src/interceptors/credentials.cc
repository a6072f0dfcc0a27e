#include "plinth/credentials.h"

#include "interceptors/credentials_tokens.h"
#include "plinth/client_context.h"

namespace plinth {

class CredentialsInterceptor::Tokens final : public interceptors::CredentialsTokens {
 public:
  using CredentialsTokens::CredentialsTokens;

  Task<Status> run(ClientContext& attempt, Next next) {
    auto getting = header();
    const auto header = co_await std::move(getting);
    if (!header) co_return header.error();
    attempt.request_metadata().set("authorization", **header);
    auto rest = next();
    co_return co_await std::move(rest);
  }

  static Task<Status> refuse() {
    co_return unauthenticated("the connection is not encrypted, so that the token would be for everybody to read");
  }
};

CredentialsInterceptor::CredentialsInterceptor(TokenSource source, CredentialsOptions options)
    : allow_plaintext_(options.allow_plaintext) {
  tokens_ = std::make_shared<Tokens>(std::move(source), std::move(options));
}
CredentialsInterceptor::~CredentialsInterceptor() {
  if (tokens_) tokens_->close();
}
CredentialsInterceptor::CredentialsInterceptor(CredentialsInterceptor&&) noexcept = default;

Task<Status> CredentialsInterceptor::intercept(CallContext& call, Next next) {
  auto* const attempt = call.as_client();
  if (!attempt) return next();
  if (!attempt->secure() && !allow_plaintext_) return Tokens::refuse();
  return tokens_->run(*attempt, next);
}

}  // namespace plinth
