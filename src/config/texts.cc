#include "config/texts.h"

#include <algorithm>

#include "config/values.h"

namespace plinth::config {

namespace {

bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
}
bool is_filled_line(std::string_view text) { return !text.empty() && is_line(text); }

bool is_host(std::string_view text) { return is_filled_line(text) && !text.starts_with("unix:"); }

/// A host, and perhaps a port.
bool is_place(std::string_view text) {
  const auto host_end = text.starts_with('[') ? text.find(']') : 0;
  if (host_end == std::string_view::npos) return false;
  const auto colon = text.find(':', host_end);
  if (colon == std::string_view::npos) return !text.empty();
  const auto port = read_whole(text.substr(colon + 1));
  return colon != 0 && port && *port >= 1 && *port <= 65535;
}

bool is_url(std::string_view text) {
  const auto scheme = text.substr(0, text.find("://"));
  if (!is_line(text) || (scheme != "http" && scheme != "https") || text.size() <= scheme.size() + 3) return false;
  const auto rest = text.substr(scheme.size() + 3);
  // What is wrong here is printed, and a user's password must not be: who uses the URL looks at such a one.
  return rest.find('@') != std::string_view::npos || is_place(rest.substr(0, rest.find_first_of("/?#")));
}
bool is_url_or_empty(std::string_view text) { return text.empty() || is_url(text); }

}  // namespace

Kind<std::string> line() { return text("a text on one line, not empty", is_filled_line); }
Kind<std::string> path() { return text("the path of a file; empty for none", is_line); }
Kind<std::string> host() { return text("an IP address or a name", is_host); }
Kind<std::string> host_or_socket() { return text("an IP address, a name, or unix:/path", is_filled_line); }
Kind<std::string> url() { return text("http://host... or https://host...", is_url); }
Kind<std::string> url_or_none() { return text("http://host... or https://host...; empty for none", is_url_or_empty); }

}  // namespace plinth::config
