#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::test {

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (const auto line : std::views::split(text, '\n')) lines.emplace_back(line.begin(), line.end());
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

/// A file in memory.
class LogFile {
 public:
  LogFile() = default;
  ~LogFile() { ::close(fd_); }
  LogFile(const LogFile&) = delete;

  int fd() const noexcept { return fd_; }
  std::string text() const {
    struct stat file{};
    ::fstat(fd_, &file);
    std::string text(static_cast<std::size_t>(file.st_size), '\0');
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::pread(fd_, text.data(), text.size(), 0))));
    return text;
  }

 private:
  const int fd_ = ::memfd_create("log", MFD_CLOEXEC);
};

/// A pipe that nobody reads but the test.
class LogPipe {
 public:
  LogPipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) std::abort();
  }
  ~LogPipe() {
    close_reader();
    ::close(ends_[1]);
  }
  LogPipe(const LogPipe&) = delete;

  int fd() const noexcept { return ends_[1]; }
  void close_reader() noexcept {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }

  /// Reads, waiting for more, until `enough` is true of all that was read.
  template <class Enough>
  std::string read_until(Enough enough) {
    std::string all;
    do {
      char buffer[4096];
      const auto size = ::read(ends_[0], buffer, sizeof buffer);
      if (size <= 0) break;
      all.append(buffer, static_cast<std::size_t>(size));
    } while (!enough(all) || all.back() != '\n');
    return all;
  }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace plinth::test
