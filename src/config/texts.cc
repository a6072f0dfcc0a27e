#include "config/texts.h"

#include <algorithm>

namespace plinth::config {

namespace {

bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
}
bool is_filled_line(std::string_view text) { return !text.empty() && is_line(text); }

bool is_host(std::string_view text) { return is_filled_line(text) && !text.starts_with("unix:"); }

bool is_url(std::string_view text) {
  const auto scheme = text.substr(0, text.find("://"));
  return is_line(text) && (scheme == "http" || scheme == "https") && text.size() > scheme.size() + 3;
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
