#include "auth/token.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "auth/ascii.h"
#include "auth/base64url.h"
#include "auth/json.h"
#include "auth/key_set.h"

namespace plinth::auth {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxEncodedHeader = 2048;

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

std::optional<Parts> split(std::string_view text) noexcept {
  const auto first = text.find('.');
  const auto last = text.rfind('.');
  if (first == last || text.find('.', first + 1) != last) return std::nullopt;
  return Parts{text.substr(0, first), text.substr(first + 1, last - first - 1), text.substr(last + 1)};
}

/// "JWT", or "at+jwt" of RFC 9068, in any case; "application/" may stand before it (RFC 7515, section 4.1.9).
bool is_access_type(const json& type) {
  if (!type.is_string()) return false;
  auto name = type.get<std::string>();
  std::ranges::transform(name, name.begin(), lower);
  constexpr std::string_view kPrefix = "application/";
  if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
  return name == "jwt" || name == "at+jwt";
}

std::unexpected<Status> refused(std::string_view reason) { return std::unexpected(unauthenticated("{}", reason)); }

Result<json> parse_header(std::string_view encoded) {
  const auto text = encoded.size() <= kMaxEncodedHeader ? base64url_decode(encoded) : std::nullopt;
  if (!text) return refused("its header is too long or no base64url");
  auto header = parse_json(*text);
  if (!header) return refused("its header is malformed: " + header.error().message());
  if (!header->is_object()) return refused("its header is no object");
  if (header->contains("crit")) return refused("its header has \"crit\"");
  if (header->contains("typ") && !is_access_type((*header)["typ"])) return refused("its \"typ\" is not JWT or at+jwt");
  return header;
}

Result<std::optional<std::string>> key_id_in(const json& header) {
  const auto found = header.find("kid");
  if (found == header.end()) return std::nullopt;
  const auto* const id = found->get_ptr<const std::string*>();
  if (!id || id->empty() || id->size() > kMaxKeyIdSize) return refused("its \"kid\" is no text, or too long");
  return *id;
}

}  // namespace

Result<Token> Token::parse(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return refused("it has not three parts");
  const auto header = parse_header(parts->header);
  if (!header) return std::unexpected(header.error());
  auto key_id = key_id_in(*header);
  if (!key_id) return std::unexpected(std::move(key_id).error());
  const auto algorithm = header->find("alg");
  if (algorithm == header->end() || !algorithm->is_string()) return refused("its header has no \"alg\"");
  auto payload = base64url_decode(parts->payload), signature = base64url_decode(parts->signature);
  if (!payload || !signature) return refused("it is no base64url");
  return Token{.signed_text = text.substr(0, text.rfind('.')),
               .signature = std::move(*signature),
               .payload = std::move(*payload),
               .algorithm = algorithm->get<std::string>(),
               .key_id = std::move(*key_id)};
}

}  // namespace plinth::auth
