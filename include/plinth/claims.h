#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/status.h"

namespace plinth {

/// What a token says of its bearer (RFC 7519, section 4). A cheap value: copies share one body, which never changes.
/// Handlers get those of a verified token from `claims_of`.
class Claims {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// Reads a JSON object: what a token has after its signature was checked, or what a test of a handler makes up.
  /// INVALID_ARGUMENT when one of the claims below has another type than RFC 7519, RFC 8693 ("scope") and RFC 9068 say.
  static Result<Claims> parse(std::string_view json);

  /// "sub", "iss", "jti"; empty when the token has none.
  const std::string& subject() const noexcept;
  const std::string& issuer() const noexcept;
  const std::string& id() const noexcept;

  /// "aud": a text or a list of them.
  const std::vector<std::string>& audiences() const noexcept;

  /// "scope", words between spaces; or "scp", that or a list of words.
  const std::vector<std::string>& scopes() const noexcept;
  bool has_scope(std::string_view scope) const noexcept;

  /// "exp", "nbf", "iat"; none when the token has none.
  std::optional<Time> expiry() const noexcept;
  std::optional<Time> not_before() const noexcept;
  std::optional<Time> issued_at() const noexcept;

  /// Any other claim, when it is there and has this type. A text is valid as long as these Claims.
  std::optional<std::string_view> text(std::string_view name) const noexcept;
  std::optional<double> number(std::string_view name) const noexcept;
  std::optional<bool> flag(std::string_view name) const noexcept;
  /// Any claim as JSON; empty when it is not there.
  std::string json(std::string_view name) const;

 private:
  struct Data;
  explicit Claims(std::shared_ptr<const Data> data) noexcept : data_(std::move(data)) {}
  std::shared_ptr<const Data> data_;
};

}  // namespace plinth
