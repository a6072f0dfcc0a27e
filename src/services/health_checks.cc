#include "services/health_checks.h"

#include <algorithm>

#include "plinth/async.h"

namespace plinth::services {

namespace {

Status too_late() { return deadline_exceeded("the timeout has passed"); }

}  // namespace

void HealthChecks::add(std::string name, HealthRegistry::Check check, DependencyOptions options) {
  std::lock_guard lock(mutex_);
  dependencies_.push_back(std::make_unique<Dependency>(std::move(name), std::move(check), options));
  tell_board();
  if (worker_) begin(*dependencies_.back());
}

void HealthChecks::start(Worker& worker) {
  std::lock_guard lock(mutex_);
  if (worker_) return;
  worker_ = &worker;
  for (const auto& dependency : dependencies_) {
    dependency->state = State::kUnknown;
    begin(*dependency);
  }
  tell_board();
}

void HealthChecks::begin(Dependency& dependency) {
  running_.emplace_back(*worker_, [this, &dependency] { return keep_asking(dependency); });
}

void HealthChecks::cancel() {
  std::lock_guard lock(mutex_);
  for (auto& task : running_) task.cancel();
}

void HealthChecks::stop() {
  std::vector<BackgroundTask> ending;
  {
    std::lock_guard lock(mutex_);
    worker_ = nullptr;
    ending.swap(running_);
  }
  for (auto& task : ending) task.cancel();
  for (auto& task : ending) task.wait();
}

Task<void> HealthChecks::keep_asking(Dependency& dependency) {
  const auto* scope = co_await this_scope();
  while (true) {
    auto asking = ask(dependency);
    const auto answer = co_await std::move(asking);
    scope->check();  // an answer to a cancelled question says nothing about the dependency
    report(dependency, answer);
    auto pause = sleep_for(dependency.options.interval);
    co_await std::move(pause);
  }
}

/// OK when the dependency works, else why it does not.
Task<Status> HealthChecks::ask(Dependency& dependency) {
  try {
    auto asking = when_any(dependency.check(), tell_when_late(dependency));
    const auto first = co_await std::move(asking);
    if (first.index() == 1) co_return too_late();
    co_return std::get<0>(first) ? Status() : unavailable("its check answered false");
  } catch (const StatusError& error) {
    co_return error.status();
  } catch (const std::exception& error) {
    co_return unavailable("{}", error.what());
  } catch (...) {
    co_return unavailable("its check threw something that is no std::exception");
  }
}

/// Before the check has ended: one that blocks a thread cannot be cancelled.
Task<void> HealthChecks::tell_when_late(Dependency& dependency) {
  auto patience = sleep_for(dependency.options.timeout);
  co_await std::move(patience);
  report(dependency, too_late());
}

void HealthChecks::report(Dependency& dependency, const Status& answer) {
  const auto state = answer.ok() ? State::kWorks : State::kFails;
  if (dependency.state == state) return;
  if (state == State::kFails) {
    logger_->warning("health_dependency_unhealthy", {{"dependency", dependency.name}, {"error", answer.to_string()}});
  } else if (dependency.state == State::kFails) {
    logger_->info("health_dependency_recovered", {{"dependency", dependency.name}});
  }
  std::lock_guard lock(mutex_);
  dependency.state = state;
  tell_board();
}

void HealthChecks::tell_board() {
  const auto works = [](const auto& dependency) { return dependency->state == State::kWorks; };
  board_.set_dependencies_work(std::ranges::all_of(dependencies_, works));
}

}  // namespace plinth::services
