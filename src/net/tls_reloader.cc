#include "net/tls_reloader.h"

#include <sys/stat.h>

namespace plinth::net {

using namespace std::chrono_literals;

namespace {
constexpr auto kTimeBetweenLooks = 1s;
}

Result<std::unique_ptr<TlsReloader>> TlsReloader::load(std::vector<std::string> files, Make make,
                                                       std::shared_ptr<Logger> logger) {
  auto stamps = stamps_of(files);  // first, so that a change while they are read is seen later
  auto context = make();
  if (!context) return std::unexpected(failed_precondition("{}", context.error().sentence));
  if (!logger) logger = make_null_logger();
  return std::unique_ptr<TlsReloader>(
      new TlsReloader(std::move(files), std::move(make), std::move(logger), std::move(stamps), std::move(*context)));
}

TlsReloader::TlsReloader(std::vector<std::string> files, Make make, std::shared_ptr<Logger> logger, Stamps stamps,
                         std::shared_ptr<TlsContext> context)
    : files_(std::move(files)),
      make_(std::move(make)),
      logger_(std::move(logger)),
      stamps_(std::move(stamps)),
      context_(std::move(context)) {}

std::shared_ptr<TlsContext> TlsReloader::context(TimePoint now) {
  std::lock_guard lock(mutex_);
  if (now >= next_look_) {
    next_look_ = now + kTimeBetweenLooks;
    look();
  }
  return context_;
}

void TlsReloader::look() {
  auto found = stamps_of(files_);
  if (found == stamps_) return last_failure_.clear();
  auto context = make_();
  if (!context) return log_failure(context.error());
  log_success(found);
  last_failure_.clear();
  stamps_ = std::move(found);
  context_ = std::move(*context);
}

TlsReloader::Stamp TlsReloader::stamp_of(const std::string& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  const auto modified = std::chrono::seconds(found.st_mtim.tv_sec) + std::chrono::nanoseconds(found.st_mtim.tv_nsec);
  return {found.st_dev, found.st_ino, found.st_size, modified.count()};
}

TlsReloader::Stamps TlsReloader::stamps_of(const std::vector<std::string>& files) {
  Stamps stamps;
  for (const auto& file : files) stamps.push_back(stamp_of(file));
  return stamps;
}

void TlsReloader::log_success(const Stamps& found) const {
  for (std::size_t index = 0; index < files_.size(); ++index) {
    if (found[index] != stamps_[index]) logger_->info("tls_reloaded", {{"file", files_[index]}});
  }
}

void TlsReloader::log_failure(const TlsFileError& error) {
  if (error.sentence == last_failure_) return;
  last_failure_ = error.sentence;
  logger_->error("tls_reload_failed", {{"file", error.file}, {"error", error.sentence}});
}

}  // namespace plinth::net
