#include "services/health_checks.h"

#include <algorithm>

#include "plinth/async.h"

namespace plinth::services {

namespace {

/// OK when the dependency works, else why it does not.
Task<Status> ask(const HealthRegistry::Check& check, Duration timeout) {
  try {
    auto asking = with_timeout(timeout, check());
    const bool works = co_await std::move(asking);
    co_return works ? Status() : unavailable("its check answered false");
  } catch (const StatusError& error) {
    co_return error.status();
  } catch (const std::exception& error) {
    co_return unavailable("{}", error.what());
  } catch (...) {
    co_return unavailable("its check threw something that is no std::exception");
  }
}

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
  cancel();
  std::vector<BackgroundTask> ending;
  {
    std::lock_guard lock(mutex_);
    worker_ = nullptr;
    ending.swap(running_);
  }
  for (auto& task : ending) task.wait();
}

Task<void> HealthChecks::keep_asking(Dependency& dependency) {
  const auto* scope = co_await this_scope();
  while (true) {
    auto asking = ask(dependency.check, dependency.options.timeout);
    const auto answer = co_await std::move(asking);
    scope->check();  // an answer to a cancelled question says nothing about the dependency
    report(dependency, answer);
    auto pause = sleep_for(dependency.options.interval);
    co_await std::move(pause);
  }
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
