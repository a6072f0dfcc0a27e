#pragma once

#include <span>
#include <string_view>
#include <typeindex>

#include "plinth/container.h"
#include "plinth/generator.h"
#include "plinth/method.h"
#include "plinth/server_context.h"
#include "plinth/status.h"
#include "plinth/stream.h"
#include "plinth/task.h"

namespace plinth {

class BaseServicer;

/// One method of a service and the code that runs a call of it.
struct MethodHandler {
  using Run = Task<Status> (*)(BaseServicer& servicer, ServerContext& context, MessageStream& stream);
  Method method;
  Run run = nullptr;
};

/// What every servicer is. Generated code derives `<Service>::Servicer` from it, and users derive theirs from that.
/// One object serves the calls of all workers at the same time.
class BaseServicer {
 public:
  /// Without a container `get_use_case` and `get_service` fail.
  BaseServicer() = default;
  /// `container` must outlive the servicer.
  explicit BaseServicer(Container& container) noexcept : container_(&container) {}
  virtual ~BaseServicer() = default;

  /// "package.Service", and its methods; valid as long as the program.
  virtual std::string_view service_name() const noexcept = 0;
  virtual std::span<const MethodHandler> methods() const noexcept = 0;

  /// True: its handlers block (old libraries, files, long computations). Each call then runs on a thread for blocking
  /// code, which it has to itself until it ends, instead of the worker of its connection. Everything else is the same:
  /// such a handler may await, too. It learns of a cancelled call at its next await.
  virtual bool blocks() const noexcept { return false; }

 protected:
  BaseServicer(const BaseServicer&) = default;
  BaseServicer& operator=(const BaseServicer&) = default;

  /// The object that the container has for T. Valid until the call ends. Throws ResolutionError, which the caller
  /// sees as INTERNAL, when there is no container, or no T in it.
  template <class T>
  T& get_use_case() const {
    return resolve<T>();
  }
  template <class T>
  T& get_service() const {
    return resolve<T>();
  }

 private:
  template <class T>
  T& resolve() const {
    return *static_cast<T*>(find(typeid(T)));
  }
  void* find(std::type_index type) const;

  Container* container_ = nullptr;
};

}  // namespace plinth
