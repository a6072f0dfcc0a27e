#include "plinth/auth_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace plinth {

namespace {

using Access = AuthPolicy::Access;
using Rule = AuthPolicy::Rule;

bool is_pattern(std::string_view text) noexcept {
  if (text == "*") return true;
  const auto slash = text.rfind('/');
  const auto service = text.substr(0, slash), method = text.substr(slash + 1);
  return service.starts_with('/') && service.size() > 1 && service.find_first_of("/*", 1) == std::string_view::npos &&
         (method == "*" || (!method.empty() && !method.contains('*')));
}

bool covers(std::string_view pattern, std::string_view method) noexcept {
  if (!pattern.ends_with('*')) return pattern == method;
  return method.starts_with(pattern.substr(0, pattern.size() - 1));
}

bool is_public_by_default(std::string_view method) noexcept {
  constexpr std::array<std::string_view, 3> kPublic = {"/grpc.health.v1.Health/*",
                                                       "/grpc.reflection.v1.ServerReflection/*",
                                                       "/grpc.reflection.v1alpha.ServerReflection/*"};
  return std::ranges::any_of(kPublic, [method](auto pattern) { return covers(pattern, method); });
}

/// Who builds a list from settings and finds nothing there must not let everybody in.
template <class List>
List some(List list, std::string_view name) {
  if (list.empty())
    throw std::invalid_argument(fmt::format("a rule for no {} would be for everybody: leave it out", name));
  return list;
}

const Rule& default_rule_for(std::string_view method) noexcept {
  static const Rule anybody{.access = Access::kPublic};
  static const Rule any_token;
  return is_public_by_default(method) ? anybody : any_token;
}

}  // namespace

bool PeerIdentity::matches(const Peer& peer) const noexcept {
  if (!tls_subject && !uid && !gid) return false;
  if (tls_subject && (tls_subject->empty() || *tls_subject != peer.tls_subject)) return false;
  const auto& process = peer.unix_credentials;
  if (uid && (!process || process->uid != *uid)) return false;
  return !gid || (process && process->gid == *gid);
}

bool AuthPolicy::Rule::matches(std::string_view path, const Peer& peer) const noexcept {
  const auto is_peer = [&](const PeerIdentity& identity) { return identity.matches(peer); };
  return covers(method, path) && (peers.empty() || std::ranges::any_of(peers, is_peer));
}

AuthPolicy& AuthPolicy::allow(std::string method) { return add({std::move(method), {}, Access::kPublic, {}}); }

AuthPolicy& AuthPolicy::allow(std::string method, Peers peers) {
  return add({std::move(method), some(std::move(peers), "peers"), Access::kPublic, {}});
}

AuthPolicy& AuthPolicy::require_token(std::string method) { return add({std::move(method), {}, Access::kToken, {}}); }

AuthPolicy& AuthPolicy::require_token(std::string method, Peers peers) {
  return add({std::move(method), some(std::move(peers), "peers"), Access::kToken, {}});
}

AuthPolicy& AuthPolicy::require_scopes(std::string method, std::vector<std::string> scopes) {
  return add({std::move(method), {}, Access::kToken, some(std::move(scopes), "scopes")});
}

AuthPolicy& AuthPolicy::require_scopes(std::string method, std::vector<std::string> scopes, Peers peers) {
  return add({std::move(method), some(std::move(peers), "peers"), Access::kToken, some(std::move(scopes), "scopes")});
}

AuthPolicy& AuthPolicy::deny(std::string method) { return add({std::move(method), {}, Access::kDenied, {}}); }

AuthPolicy& AuthPolicy::deny(std::string method, Peers peers) {
  return add({std::move(method), some(std::move(peers), "peers"), Access::kDenied, {}});
}

AuthPolicy& AuthPolicy::add(Rule rule) {
  if (!is_pattern(rule.method)) {
    throw std::invalid_argument(
        fmt::format("'{}' is not /package.Service/Method, /package.Service/* or *", rule.method));
  }
  rules_.push_back(std::move(rule));
  return *this;
}

const Rule& AuthPolicy::rule_for(std::string_view method, const Peer& peer) const noexcept {
  const auto found = std::ranges::find_if(rules_, [&](const Rule& rule) { return rule.matches(method, peer); });
  return found == rules_.end() ? default_rule_for(method) : *found;
}

}  // namespace plinth
