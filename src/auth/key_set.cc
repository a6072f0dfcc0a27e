#include "auth/key_set.h"

#include <nlohmann/json.hpp>

#include "auth/json.h"
#include "auth/jwk.h"

namespace plinth::auth {

namespace {

using nlohmann::json;

Result<std::string> key_id_of(const json& jwk) {
  const auto found = jwk.find("kid");
  if (found == jwk.end()) return std::string();
  const auto* const id = found->get_ptr<const std::string*>();
  if (id && !id->empty() && id->size() <= kMaxKeyIdSize) return *id;
  return std::unexpected(invalid_argument("its \"kid\" {} is no text of 1 to {} bytes", shown(*found), kMaxKeyIdSize));
}

Result<json> keys_of(std::string_view jwks) {
  if (jwks.size() > KeySet::kMaxSize) {
    return std::unexpected(invalid_argument("{} bytes: at most {} are allowed", jwks.size(), KeySet::kMaxSize));
  }
  auto document = parse_json(jwks);
  if (!document) return document;
  const auto* const keys = document->is_object() && document->contains("keys") ? &document->at("keys") : nullptr;
  if (!keys || !keys->is_array()) return std::unexpected(invalid_argument("no object with a list of \"keys\""));
  if (keys->size() <= KeySet::kMaxKeys) return *keys;
  return std::unexpected(invalid_argument("{} keys: at most {} are allowed", keys->size(), KeySet::kMaxKeys));
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view jwks, const Algorithm& algorithm) {
  const auto list = keys_of(jwks);
  if (!list) return std::unexpected(list.error());
  Keys keys;
  Status unusable = invalid_argument("the list is empty");
  for (const auto& jwk : *list) {
    auto key = read_jwk(jwk, algorithm);
    auto id = key ? key_id_of(jwk) : std::unexpected(key.error());
    if (!id) {
      unusable = std::move(id).error();
      continue;
    }
    const auto [place, is_new] = keys.emplace(std::move(*id), std::move(*key));
    if (!is_new) return std::unexpected(invalid_argument("two keys with the \"kid\" {}", shown(json(place->first))));
  }
  if (!keys.empty()) return KeySet(std::move(keys));
  return std::unexpected(invalid_argument("no key for {}: {}", algorithm.name, unusable.message()));
}

const Key* KeySet::find(const std::optional<std::string>& id) const noexcept {
  if (only_) return only_.get();
  if (!id) return keys_.size() == 1 ? keys_.begin()->second.get() : nullptr;
  const auto found = keys_.find(*id);
  return found == keys_.end() ? nullptr : found->second.get();
}

}  // namespace plinth::auth
