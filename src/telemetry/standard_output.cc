#include "telemetry/standard_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace plinth::telemetry {

namespace {

/// In a program that was started without standard output, the next file or socket to be opened would take its number.
void keep_number_taken(int fd) noexcept {
  if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) return;
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere < 0 || nowhere == fd) return;
  ::dup2(nowhere, fd);
  ::close(nowhere);
}

std::shared_ptr<LineWriter> open_standard_output() {
  keep_number_taken(STDOUT_FILENO);
  std::atexit([] { standard_output()->flush(); });
  return std::make_shared<LineWriter>(STDOUT_FILENO);
}

}  // namespace

// Never destroyed: what lives longest may still log.
std::shared_ptr<LineWriter> standard_output() {
  static const auto& writer = *new std::shared_ptr<LineWriter>(open_standard_output());
  return writer;
}

bool wants_colour(int fd) noexcept {
  const char* refused = std::getenv("NO_COLOR");
  return ::isatty(fd) && !(refused && *refused);
}

}  // namespace plinth::telemetry
