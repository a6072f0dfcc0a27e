#include "services/health_board.h"

namespace plinth {

std::string_view to_string(HealthStatus status) noexcept {
  switch (status) {
    case HealthStatus::kServing: return "SERVING";
    case HealthStatus::kNotServing: return "NOT_SERVING";
    case HealthStatus::kUnknown: break;
  }
  return "UNKNOWN";
}

}  // namespace plinth

namespace plinth::services {

HealthBoard::HealthBoard(std::shared_ptr<Logger> logger) : logger_(std::move(logger)) {}

void HealthBoard::set_status(std::string_view service, HealthStatus status) {
  change(service, [&] { statuses_.insert_or_assign(std::string(service), status); });
}

void HealthBoard::set_dependencies_work(bool work) {
  change("", [&] { dependencies_work_ = work; });
}

void HealthBoard::close() {
  change("", [&] {
    if (std::exchange(closed_, true)) return;
    wake_all();
  });
}

void HealthBoard::open() {
  change("", [&] { closed_ = false; });
}

/// Does it, and lets those know who see something else after it than before.
template <class Change>
void HealthBoard::change(std::string_view service, Change change) {
  std::optional<HealthStatus> before, after;
  bool news = false;
  {
    std::lock_guard lock(mutex_);
    before = find(service);
    change();
    after = find(service);
    if (before != after) wake(service);
    const bool expected = !before && (closed_ || after == HealthStatus::kServing);
    news = before != after && !expected;
  }
  if (news) log(service, *after);
}

std::optional<HealthStatus> HealthBoard::status(std::string_view service) const {
  std::lock_guard lock(mutex_);
  return find(service);
}

std::map<std::string, HealthStatus> HealthBoard::statuses() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, HealthStatus> result;
  for (const auto& [service, own] : statuses_) result.emplace(service, effective(service, own));
  return result;
}

std::optional<HealthStatus> HealthBoard::find(std::string_view service) const {
  const auto found = statuses_.find(service);
  if (found == statuses_.end()) return std::nullopt;
  return effective(service, found->second);
}

HealthStatus HealthBoard::effective(std::string_view service, HealthStatus own) const noexcept {
  if (closed_) return HealthStatus::kNotServing;
  if (service.empty() && own == HealthStatus::kServing && !dependencies_work_) return HealthStatus::kNotServing;
  return own;
}

void HealthBoard::wake(std::string_view service) const {
  for (const auto* watcher : watchers_) {
    if (watcher->service_ == service) watcher->changed_.set();
  }
}

void HealthBoard::wake_all() const {
  for (const auto* watcher : watchers_) watcher->changed_.set();
}

void HealthBoard::log(std::string_view service, HealthStatus status) const {
  logger_->info("health_status_changed", {{"service", service}, {"status", to_string(status)}});
}

HealthBoard::Watcher::Watcher(HealthBoard& board, std::string_view service) : board_(board), service_(service) {
  std::lock_guard lock(board_.mutex_);
  board_.watchers_.insert(this);
}

HealthBoard::Watcher::~Watcher() {
  std::lock_guard lock(board_.mutex_);
  board_.watchers_.erase(this);
}

HealthBoard::View HealthBoard::Watcher::view() const {
  std::lock_guard lock(board_.mutex_);
  return {board_.find(service_), board_.closed_};
}

}  // namespace plinth::services
