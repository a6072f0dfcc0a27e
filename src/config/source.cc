#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "config/dotenv.h"
#include "plinth/settings.h"

namespace plinth {

namespace {

using Text = std::expected<std::string, std::string>;

std::unexpected<std::string> unreadable(std::string_view reason) {
  return std::unexpected(fmt::format("{}: cannot be read: {}", config::kDotenvName, reason));
}
std::unexpected<std::string> unreadable(int error) { return unreadable(std::generic_category().message(error)); }

class File {
 public:
  // O_NONBLOCK: a pipe of this name must not hold the program up.
  explicit File(const char* path) : descriptor_(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (is_open()) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const noexcept { return descriptor_ >= 0; }
  bool is_regular() const noexcept {
    struct stat status{};
    return ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  }

  /// All of it, or the first `limit` bytes.
  Text read(std::size_t limit) const {
    std::string text(limit, '\0');
    std::size_t size = 0;
    while (size < limit) {
      const auto got = ::read(descriptor_, text.data() + size, limit - size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return unreadable(errno);
      if (got == 0) break;
      size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    return text;
  }

 private:
  int descriptor_;
};

/// Empty when there is no such file.
Text read_dotenv() {
  const File file(std::string(config::kDotenvName).c_str());
  if (!file.is_open()) return errno == ENOENT ? Text() : unreadable(errno);
  if (!file.is_regular()) return unreadable("it is not a regular file");
  return file.read(config::kLargestDotenv + 1);
}

}  // namespace

std::expected<SettingsSource, std::string> SettingsSource::of_process() {
  auto dotenv = read_dotenv();
  if (!dotenv) return std::unexpected(std::move(dotenv).error());
  SettingsSource source{.environment = {}, .dotenv = *std::move(dotenv)};
  for (char** variable = environ; variable && *variable; ++variable) {
    const std::string_view text(*variable);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    source.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return source;
}

}  // namespace plinth
