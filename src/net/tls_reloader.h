#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/tls_context.h"
#include "plinth/deadline.h"
#include "plinth/log.h"
#include "plinth/status.h"

namespace plinth::net {

/// A TLS context that is made from files, and made anew when one of them has changed: for the handshakes that begin
/// from then on, while older connections go on with what they have. When the files cannot be used, as while somebody
/// writes them, the last good context stays, and it is tried again. All workers may use one at the same time.
///
/// Logs tls_reloaded{file} for each file that has changed, and tls_reload_failed{file, error} once for each reason.
class TlsReloader {
 public:
  using Make = std::function<LoadedTlsContext()>;

  /// FAILED_PRECONDITION, with the file and the reason, when `make` fails. `logger` may be null.
  static Result<std::unique_ptr<TlsReloader>> load(std::vector<std::string> files, Make make,
                                                   std::shared_ptr<Logger> logger);

  /// The context for a handshake that begins `now`. Looks at the files at most once a second.
  std::shared_ptr<TlsContext> context(TimePoint now);

 private:
  /// What tells one version of a file from the next.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::vector<Stamp>;

  TlsReloader(std::vector<std::string> files, Make make, std::shared_ptr<Logger> logger, Stamps stamps,
              std::shared_ptr<TlsContext> context);

  static Stamp stamp_of(const std::string& file);
  static Stamps stamps_of(const std::vector<std::string>& files);
  void look();
  void log_success(const Stamps& found) const;
  void log_failure(const TlsFileError& error);

  const std::vector<std::string> files_;
  const Make make_;
  const std::shared_ptr<Logger> logger_;
  std::mutex mutex_;
  /// Of the files that `context_` is made from.
  Stamps stamps_;
  std::shared_ptr<TlsContext> context_;
  TimePoint next_look_ = TimePoint::min();
  std::string last_failure_;
};

}  // namespace plinth::net
