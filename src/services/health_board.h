#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "plinth/event.h"
#include "plinth/health.h"
#include "plinth/log.h"

namespace plinth::services {

/// How a server's services are, and who watches them. "" is the whole server. All functions may be called from any
/// thread.
class HealthBoard {
 public:
  explicit HealthBoard(std::shared_ptr<Logger> logger);

  void set_status(std::string_view service, HealthStatus status);

  /// Whether every dependency works, on which "" depends too.
  void set_dependencies_work(bool work);

  /// Before `open` and from `close` on every service is NOT_SERVING, and a watcher is told that it is over.
  void open();
  void close();

  /// Nothing when it is not known.
  std::optional<HealthStatus> status(std::string_view service) const;
  std::map<std::string, HealthStatus> statuses() const;

  struct View {
    std::optional<HealthStatus> status;
    bool closed = false;
  };

  /// Who watches one service, from construction to destruction, both on the worker that it is made on.
  class Watcher {
   public:
    /// `service` must outlive the watcher.
    Watcher(HealthBoard& board, std::string_view service);
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    View view() const;
    /// Returns when `view` may give something else than before.
    Task<void> changed() const { return changed_.wait(); }

   private:
    friend class HealthBoard;
    HealthBoard& board_;
    std::string_view service_;
    Event changed_;
  };

 private:
  template <class Change>
  void change(std::string_view service, Change change);
  std::optional<HealthStatus> find(std::string_view service) const;
  HealthStatus effective(std::string_view service, HealthStatus own) const noexcept;
  void wake(std::string_view service) const;
  void wake_all() const;
  void log(std::string_view service, HealthStatus status) const;

  std::shared_ptr<Logger> logger_;
  mutable std::mutex mutex_;
  std::map<std::string, HealthStatus, std::less<>> statuses_{{"", HealthStatus::kServing}};
  std::unordered_set<const Watcher*> watchers_;
  bool dependencies_work_ = true;
  bool closed_ = true;
};

}  // namespace plinth::services
