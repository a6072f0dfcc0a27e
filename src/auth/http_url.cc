#include "auth/http_url.h"

#include <algorithm>

#include "net/endpoint.h"

namespace plinth::auth {

namespace {

bool is_visible(char c) noexcept { return c > ' ' && c < '\x7f'; }

/// Takes `prefix` off `text`.
bool consume(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool read_authority(std::string_view authority, HttpUrl& url) {
  const auto end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
  if (authority.starts_with('[') && end == std::string_view::npos) return false;
  const bool in_brackets = authority.starts_with('[');
  url.host = in_brackets ? authority.substr(1, end - 1) : authority.substr(0, end);
  auto rest = end == std::string_view::npos ? std::string_view() : authority.substr(end + (in_brackets ? 1 : 0));
  url.port = url.secure ? 443 : 80;
  if (url.host.empty() || authority.contains('@')) return false;
  if (rest.empty()) return true;
  const auto port = consume(rest, ":") ? net::parse_port(rest) : std::nullopt;
  url.port = port.value_or(0);
  return port.has_value();
}

}  // namespace

Result<HttpUrl> HttpUrl::parse(std::string_view text) {
  // Without the text: there may be a password in it.
  const auto refused = [] { return std::unexpected(invalid_argument("no http or https URL without a password")); };
  HttpUrl url;
  auto rest = text.substr(0, text.find('#'));
  if (!std::ranges::all_of(rest, is_visible)) return refused();
  url.secure = consume(rest, "https://");
  if (!url.secure && !consume(rest, "http://")) return refused();
  url.authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(url.authority.size());
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  if (!read_authority(url.authority, url)) return refused();
  return url;
}

}  // namespace plinth::auth
