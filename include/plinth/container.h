#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

namespace plinth {

class BaseServicer;
class Container;

/// An object that the container cannot give. The message is a sentence that names the types and says why.
class ResolutionError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// What containers have made for one call: its scoped and transient objects. They live until it is cleared or
/// destroyed, and go in the reverse order of their creation. One thread at a time. The container must outlive it.
class ScopedInstances {
 public:
  ScopedInstances() = default;
  ~ScopedInstances() { clear(); }
  ScopedInstances(const ScopedInstances&) = delete;
  ScopedInstances& operator=(const ScopedInstances&) = delete;

  bool empty() const noexcept { return owned_.empty(); }
  void clear() noexcept;

 private:
  friend class Container;
  struct Scoped {
    const void* registration;
    void* object;
  };
  std::vector<Scoped> scoped_;
  std::vector<std::shared_ptr<void>> owned_;
};

/// What a factory gets its own dependencies from. Valid until the factory returns.
class Resolver {
 public:
  /// Valid for at least as long as the object that the factory makes. Throws ResolutionError.
  template <class T>
  T& resolve() {
    return *static_cast<T*>(find(typeid(T)));
  }

 private:
  friend class Container;
  Resolver(Container& container, ScopedInstances* call) noexcept : container_(container), call_(call) {}
  void* find(std::type_index type);

  Container& container_;
  ScopedInstances* call_;
};

/// Makes the objects that servicers use and gives them what they need:
///
///     Container container;
///     container.register_instance(Config{...});
///     container.register_singleton<Repository>([](Resolver& r) {
///       return std::make_unique<SqlRepository>(r.resolve<Config>());
///     });
///     container.register_scoped<GetResourceUseCase>(
///         [](Resolver& r) { return GetResourceUseCase(r.resolve<Repository>()); });
///
/// A factory takes a `Resolver&` or nothing, and returns a T, a unique_ptr or a shared_ptr, of T or of a type derived
/// from it. Many threads may run it at once; what it throws, the caller of `resolve` gets.
///
/// Register first, then resolve: resolving is for any number of threads at the same time, registering for one alone.
/// A second registration of a type replaces the first. The container must outlive the calls that use it.
class Container {
 public:
  Container();
  /// Destroys the singletons and the instances, the newest first.
  ~Container();
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  /// One T, made when it is first needed. Its factory must not wait for another thread that resolves.
  template <class T, class Factory>
  void register_singleton(Factory factory) {
    add<T>(Lifetime::kSingleton, std::move(factory));
  }
  /// One T a call.
  template <class T, class Factory>
  void register_scoped(Factory factory) {
    add<T>(Lifetime::kScoped, std::move(factory));
  }
  /// A new T each time, which lives until its call ends.
  template <class T, class Factory>
  void register_transient(Factory factory) {
    add<T>(Lifetime::kTransient, std::move(factory));
  }
  /// A T that is there already.
  template <class T>
  void register_instance(std::shared_ptr<T> instance) {
    add_instance(typeid(T), std::move(instance));
  }
  template <class T>
    requires(!std::is_abstract_v<T>)
  void register_instance(T value) {
    add_instance(typeid(T), std::make_shared<T>(std::move(value)));
  }

  /// A singleton or an instance. Valid as long as the container. Throws ResolutionError for other types.
  template <class T>
  T& resolve() {
    return *static_cast<T*>(find(typeid(T), nullptr));
  }
  /// Any type. Valid until `call` is cleared. Throws ResolutionError.
  template <class T>
  T& resolve(ScopedInstances& call) {
    return *static_cast<T*>(find(typeid(T), &call));
  }

 private:
  friend class BaseServicer;
  friend class Resolver;
  enum class Lifetime : unsigned char { kSingleton, kScoped, kTransient };
  using Make = std::move_only_function<std::shared_ptr<void>(Resolver&) const>;
  struct Registration;
  struct Registry;
  class Making;

  template <class T, class Factory>
  static std::shared_ptr<void> make_with(const Factory& factory, Resolver& resolver);
  template <class T, class Factory>
  void add(Lifetime lifetime, Factory factory) {
    add(typeid(T), lifetime,
        [factory = std::move(factory)](Resolver& resolver) { return make_with<T>(factory, resolver); });
  }
  void add(std::type_index type, Lifetime lifetime, Make make);
  void add_instance(std::type_index type, std::shared_ptr<void> instance);

  void* find(std::type_index type, ScopedInstances* call);
  void* make_singleton(Registration& registration);
  void* make_for_call(const Registration& registration, ScopedInstances& call);
  std::shared_ptr<void> make(const Registration& registration, ScopedInstances* call);
  [[noreturn]] static void fail_missing(std::type_index type);
  [[noreturn]] static void fail_without_container(std::type_index type, std::string_view service);
  [[noreturn]] static void fail_without_call(const Registration& registration);

  std::unique_ptr<Registry> registry_;
};

template <class T, class Factory>
std::shared_ptr<void> Container::make_with(const Factory& factory, Resolver& resolver) {
  constexpr bool takes_resolver = std::is_invocable_v<const Factory&, Resolver&>;
  static_assert(takes_resolver || std::is_invocable_v<const Factory&>,
                "a factory takes a Resolver& or nothing, and is not mutable: many threads may run it at once");
  const auto call = [&]() -> decltype(auto) {
    if constexpr (takes_resolver) {
      return factory(resolver);
    } else {
      return factory();
    }
  };
  using Made = decltype(call());
  if constexpr (std::is_convertible_v<Made, std::shared_ptr<T>>) {
    return std::shared_ptr<T>(call());
  } else {
    static_assert(std::is_convertible_v<Made*, T*>, "a factory returns a T, a unique_ptr<T> or a shared_ptr<T>");
    return std::shared_ptr<T>(new Made(call()));
  }
}

}  // namespace plinth
