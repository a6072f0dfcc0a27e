#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::config {

constexpr std::string_view kDotenvName = ".env";
constexpr std::size_t kLargestDotenv = 1024 * 1024;

struct DotenvEntry {
  std::string name;
  std::string value;
  std::size_t line;
};

/// Reads the text of a .env file, one NAME=value a line, in their order:
///
///     # a comment
///     export NAME=value        # a '#' after a space begins one too
///     NAME = 'as it stands, # and \n included'
///     NAME="with \n \r \t \" \\ \$ in it"
///
/// The error is one line that begins with ".env:<line>:".
std::expected<std::vector<DotenvEntry>, std::string> parse_dotenv(std::string_view text);

}  // namespace plinth::config
