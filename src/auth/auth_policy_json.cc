#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <utility>

#include "auth/json.h"
#include "auth/read_file.h"
#include "plinth/auth_policy.h"

namespace plinth {

namespace {

using nlohmann::json;
using Access = AuthPolicy::Access;

/// A value and where it stands. The first mistake is thrown as a StatusError.
class Place {
 public:
  Place(const json& value, std::string path) : value_(value), path_(std::move(path)) {}

  [[noreturn]] void refuse(std::string_view rule) const {
    throw StatusError(
        invalid_argument("{} is {}: {} is needed", path_.empty() ? "the text" : path_, auth::shown(value_), rule));
  }

  /// An object that has no other fields than these.
  void check_fields(std::initializer_list<std::string_view> names) const {
    if (!value_.is_object()) refuse("an object");
    for (const auto& [name, field] : value_.items()) {
      const auto known = std::ranges::find(names, std::string_view(name)) != names.end();
      if (!known) Place(name, "the name of a field of " + (path_.empty() ? "the text" : path_)).refuse(one_of(names));
    }
  }
  bool has(const char* name) const { return value_.contains(name); }
  Place operator[](const char* name) const {
    if (!has(name)) refuse(fmt::format("an object with \"{}\"", name));
    return {value_.at(name), path_.empty() ? name : fmt::format("{}.{}", path_, name)};
  }

  std::vector<Place> items() const {
    if (!value_.is_array() || value_.empty()) refuse("a list with something in it");
    std::vector<Place> items;
    for (const auto& item : value_) items.emplace_back(item, fmt::format("{}[{}]", path_, items.size()));
    return items;
  }

  std::string text() const {
    if (!value_.is_string() || value_.get_ref<const std::string&>().empty()) refuse("a text");
    return value_.get<std::string>();
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const auto& item : items()) texts.push_back(item.text());
    return texts;
  }
  std::uint32_t number() const {
    constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();
    if (!value_.is_number_unsigned() || value_.get<std::uint64_t>() > kMax) refuse("a whole number of 32 bits");
    return value_.get<std::uint32_t>();
  }

  static std::string one_of(std::initializer_list<std::string_view> names) {
    return fmt::format("one of {}", fmt::join(names, ", "));
  }

 private:
  const json& value_;
  std::string path_;
};

PeerIdentity read_peer(const Place& place) {
  place.check_fields({"tls_subject", "uid", "gid"});
  PeerIdentity peer;
  if (place.has("tls_subject")) peer.tls_subject = place["tls_subject"].text();
  if (place.has("uid")) peer.uid = place["uid"].number();
  if (place.has("gid")) peer.gid = place["gid"].number();
  if (!peer.tls_subject && !peer.uid && !peer.gid) place.refuse("an object with \"tls_subject\", \"uid\" or \"gid\"");
  return peer;
}

AuthPolicy::Peers read_peers(const Place& list) {
  AuthPolicy::Peers peers;
  for (const auto& item : list.items()) peers.push_back(read_peer(item));
  return peers;
}

Access read_access(const Place& place) {
  const auto text = place.text();
  if (text == "public") return Access::kPublic;
  if (text == "token") return Access::kToken;
  if (text == "deny") return Access::kDenied;
  place.refuse(Place::one_of({"public", "token", "deny"}));
}

void add_rule(AuthPolicy& policy, const Place& place) {
  place.check_fields({"methods", "access", "scopes", "peers"});
  const auto access = read_access(place["access"]);
  const auto peers = place.has("peers") ? read_peers(place["peers"]) : AuthPolicy::Peers();
  const auto scopes = place.has("scopes") ? place["scopes"].texts() : std::vector<std::string>();
  if (access != Access::kToken && !scopes.empty()) place["access"].refuse("\"token\" beside \"scopes\"");
  for (const auto& method : place["methods"].items()) {
    try {
      policy.add({.method = method.text(), .peers = peers, .access = access, .scopes = scopes});
    } catch (const std::invalid_argument&) {
      method.refuse("/package.Service/Method, /package.Service/* or *");
    }
  }
}

constexpr std::size_t kMaxSize = 1024 * 1024;

/// Throws StatusError.
AuthPolicy read_policy(std::string_view text) {
  const auto document = auth::parse_json(text);
  if (!document) throw StatusError(document.error());
  const Place root(*document, "");
  root.check_fields({"rules"});
  AuthPolicy policy;
  for (const auto& rule : root["rules"].items()) add_rule(policy, rule);
  return policy;
}

Result<AuthPolicy> read_named(std::string_view name, std::string_view text) {
  try {
    return read_policy(text);
  } catch (const StatusError& error) {
    return std::unexpected(invalid_argument("{}: {}", name, error.what()));
  }
}

}  // namespace

Result<AuthPolicy> AuthPolicy::parse(std::string_view json) { return read_named("auth policy", json); }

Result<AuthPolicy> AuthPolicy::from_file(const std::string& path) {
  const auto text = auth::read_file(path, kMaxSize);
  if (!text) return std::unexpected(text.error());
  return read_named(fmt::format("auth policy '{}'", path), *text);
}

}  // namespace plinth
