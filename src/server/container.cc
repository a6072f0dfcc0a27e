#include "plinth/container.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <unordered_map>

namespace plinth {

namespace {

std::string name_of(std::type_index type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                    &std::free);
  return name ? name.get() : type.name();
}

template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw ResolutionError(fmt::format(format, std::forward<Args>(args)...));
}

// One at a time, so that what a destructor resolves or destroys meets no half-changed list.
void destroy_newest_first(std::vector<std::shared_ptr<void>>& objects) noexcept {
  while (!objects.empty()) {
    const auto newest = std::move(objects.back());
    objects.pop_back();
  }
}

}  // namespace

struct Container::Registration {
  explicit Registration(std::type_index type) : type(type) {}

  std::type_index type;
  Lifetime lifetime = Lifetime::kSingleton;
  Make make;
  std::atomic<void*> singleton = nullptr;
};

struct Container::Registry {
  std::unordered_map<std::type_index, Registration> registrations;
  // Held while a singleton is made, and with it those that it needs: one lock for all has no order to get wrong.
  std::recursive_mutex making;
  std::vector<std::shared_ptr<void>> owned;
};

/// A factory that runs now, and those that wait for it: a list in the stack frames of this thread. It, and not the
/// Resolver, knows the chain: a factory may also resolve from a container that it has captured.
class Container::Making {
 public:
  explicit Making(const Registration& registration) : registration_(registration), outer_(innermost_) {
    if (is_made_now(registration)) fail("these types need each other in a circle: {}", circle());
    innermost_ = this;
  }
  ~Making() { innermost_ = outer_; }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  /// The object whose factory asks, null when no factory does.
  static const Registration* asking() noexcept { return innermost_ ? &innermost_->registration_ : nullptr; }

  static bool is_made_now(const Registration& registration) noexcept {
    const auto* making = innermost_;
    while (making && &making->registration_ != &registration) making = making->outer_;
    return making != nullptr;
  }

 private:
  std::string circle() const {
    auto names = name_of(registration_.type);
    const auto* making = this;
    do {
      making = making->outer_;
      names = fmt::format("{} -> {}", name_of(making->registration_.type), names);
    } while (&making->registration_ != &registration_);
    return names;
  }

  static constinit thread_local const Making* innermost_;

  const Registration& registration_;
  const Making* outer_;
};

constinit thread_local const Container::Making* Container::Making::innermost_ = nullptr;

void ScopedInstances::clear() noexcept {
  scoped_.clear();
  destroy_newest_first(owned_);
}

void* Resolver::find(std::type_index type) { return container_.find(type, call_); }

Container::Container() : registry_(std::make_unique<Registry>()) {}

Container::~Container() { destroy_newest_first(registry_->owned); }

void Container::add(std::type_index type, Lifetime lifetime, Make make) {
  auto& registration = registry_->registrations.try_emplace(type, type).first->second;
  if (Making::is_made_now(registration) || registration.singleton.load(std::memory_order_relaxed)) {
    fail("{} is registered again after it was resolved: what has it would keep the old one", name_of(type));
  }
  registration.lifetime = lifetime;
  registration.make = std::move(make);
}

void Container::add_instance(std::type_index type, std::shared_ptr<void> instance) {
  if (!instance) fail("the instance of {} is null", name_of(type));
  add(type, Lifetime::kSingleton,
      [object = instance.get()](Resolver&) { return std::shared_ptr<void>(std::shared_ptr<void>(), object); });
  registry_->owned.push_back(std::move(instance));
}

void* Container::find(std::type_index type, ScopedInstances* call) {
  const auto found = registry_->registrations.find(type);
  if (found == registry_->registrations.end()) fail_missing(type);
  auto& registration = found->second;
  if (registration.lifetime == Lifetime::kSingleton) {
    auto* const made = registration.singleton.load(std::memory_order_acquire);
    return made ? made : make_singleton(registration);
  }
  if (!call) fail_without_call(registration);
  return make_for_call(registration, *call);
}

void* Container::make_singleton(Registration& registration) {
  const std::lock_guard lock(registry_->making);
  if (auto* const made = registration.singleton.load(std::memory_order_relaxed)) return made;
  auto& object = registry_->owned.emplace_back(make(registration, nullptr));
  registration.singleton.store(object.get(), std::memory_order_release);
  return object.get();
}

void* Container::make_for_call(const Registration& registration, ScopedInstances& call) {
  const bool scoped = registration.lifetime == Lifetime::kScoped;
  if (scoped) {
    const auto found = std::ranges::find(call.scoped_, &registration, &ScopedInstances::Scoped::registration);
    if (found != call.scoped_.end()) return found->object;
  }
  auto& object = call.owned_.emplace_back(make(registration, &call));
  if (scoped) call.scoped_.emplace_back(&registration, object.get());
  return object.get();
}

std::shared_ptr<void> Container::make(const Registration& registration, ScopedInstances* call) {
  const Making making(registration);
  Resolver resolver(*this, call);
  auto object = registration.make(resolver);
  if (!object) fail("the factory of {} returned null", name_of(registration.type));
  return object;
}

void Container::fail_missing(std::type_index type) {
  const auto* const asking = Making::asking();
  const auto needed = asking ? fmt::format(", which {} needs,", name_of(asking->type)) : "";
  fail("{}{} is not registered in the container", name_of(type), needed);
}

void Container::fail_without_container(std::type_index type, std::string_view service) {
  fail("{} cannot be resolved: the servicer of {} was made without a container", name_of(type), service);
}

void Container::fail_without_call(const Registration& registration) {
  const auto name = name_of(registration.type);
  const auto* const lifetime = registration.lifetime == Lifetime::kScoped ? "scoped" : "transient";
  const auto* const asking = Making::asking();
  if (asking && asking->lifetime == Lifetime::kSingleton) {
    fail("the singleton {} cannot use {}, which is {} and ends with its call: register both alike",
         name_of(asking->type), name, lifetime);
  }
  fail("{} is registered as {}: it belongs to a call, and there is none here", name, lifetime);
}

}  // namespace plinth
