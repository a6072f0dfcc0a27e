#include "auth/read_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace plinth::auth {

Result<std::string> read_file(const std::string& path, std::size_t max_size) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(max_size + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() && !file) {
    const auto reason = std::error_code(errno, std::generic_category()).message();
    return std::unexpected(failed_precondition("cannot read '{}': {}", path, reason));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() <= max_size) return text;
  return std::unexpected(failed_precondition("cannot read '{}': it has more than {} bytes", path, max_size));
}

}  // namespace plinth::auth
