#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/peer.h"
#include "plinth/status.h"

namespace plinth {

/// Who may call without being asked for a token, or may not call at all: what a connection proves of its other end.
/// Everything that is given must be so.
struct PeerIdentity {
  /// As RFC 2253 writes it, letter by letter: "CN=ops,O=Example". Only with mutual TLS.
  std::optional<std::string> tls_subject = std::nullopt;
  /// Of the process at the other end of a Unix socket.
  std::optional<uid_t> uid = std::nullopt;
  std::optional<gid_t> gid = std::nullopt;

  bool matches(const Peer& peer) const noexcept;
};

/// What a call needs, by its method and its peer. A list of rules, of which the first that matches counts:
///
///     AuthPolicy policy;
///     policy.allow("/myservice.MyService/GetResource")                                    // anybody
///         .allow("/grpc.channelz.v1.Channelz/*", {{.uid = 0}, {.tls_subject = "CN=ops"}})  // these, without a token
///         .require_scopes("/myservice.MyService/*", {"resources"})                         // a token with this scope
///         .deny("/myservice.Admin/*");                                                     // nobody
///
/// A call that no rule matches needs a valid token, but for health and reflection, which are public. Methods are
/// "/package.Service/Method", "/package.Service/*" or "*"; anything else throws std::invalid_argument. A rule with
/// peers matches only when one of them does; others go on to the next rule. A list of peers or scopes that is given
/// must have something in it: an empty one, which would let everybody in, throws std::invalid_argument too.
class AuthPolicy {
 public:
  using Peers = std::vector<PeerIdentity>;

  enum class Access : std::uint8_t { kPublic, kToken, kDenied };

  struct Rule {
    std::string method = "*";
    /// Empty: everybody.
    Peers peers = {};
    Access access = Access::kToken;
    /// All of them are needed. Empty: any good token will do.
    std::vector<std::string> scopes = {};

    bool matches(std::string_view path, const Peer& peer) const noexcept;
  };

  AuthPolicy& allow(std::string method);
  AuthPolicy& allow(std::string method, Peers peers);
  AuthPolicy& require_token(std::string method);
  AuthPolicy& require_token(std::string method, Peers peers);
  AuthPolicy& require_scopes(std::string method, std::vector<std::string> scopes);
  AuthPolicy& require_scopes(std::string method, std::vector<std::string> scopes, Peers peers);
  AuthPolicy& deny(std::string method);
  AuthPolicy& deny(std::string method, Peers peers);
  AuthPolicy& add(Rule rule);

  /// Reads one from JSON; doc/auth.md has the form. A field that is not known is a mistake. Errors name the place:
  ///
  ///     auth policy: rules[2].access is "pulbic": one of public, token, deny is needed
  static Result<AuthPolicy> parse(std::string_view json);
  /// The same from a file of at most 1 MiB, whose name then stands in the error.
  static Result<AuthPolicy> from_file(const std::string& path);

  /// The rule for a call. Lives as long as this policy. Allocates nothing.
  const Rule& rule_for(std::string_view method, const Peer& peer) const noexcept;

  const std::vector<Rule>& rules() const noexcept { return rules_; }

 private:
  std::vector<Rule> rules_;
};

}  // namespace plinth
