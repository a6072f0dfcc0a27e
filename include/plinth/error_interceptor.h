#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <utility>

#include "plinth/interceptor.h"
#include "plinth/log.h"
#include "plinth/status.h"

namespace plinth {

/// Which status an exception becomes, by its type. A type that is not in the table goes with its nearest base that is;
/// of several bases, the first. What has none is INTERNAL "Internal server error".
///
///     ErrorMap map;
///     map.add<LockedError>(StatusCode::kAborted, "Try again");
///     map.add<QuotaError>([](const QuotaError& error) { return resource_exhausted("No {} left", error.what_ran_out());
///     });
///
/// Reading is for many threads at the same time, adding for one alone.
class ErrorMap {
 public:
  /// Has the errors of plinth/errors.h and some of the standard library: the table in doc/errors.md.
  ErrorMap();

  /// The peer sees `sentence`. A second `add` of a type takes the place of the first.
  template <std::derived_from<std::exception> Error>
  ErrorMap& add(StatusCode code, std::string sentence) {
    return add<Error>([status = Status(code, std::move(sentence))](const Error&) { return status; });
  }

  /// The peer sees what `to_status` gives, its details included. An OK is taken for no answer: INTERNAL.
  template <std::derived_from<std::exception> Error>
  ErrorMap& add(std::function<Status(const Error&)> to_status) {
    entries_[typeid(Error)] = [to_status = std::move(to_status)](const std::exception& thrown) {
      const auto* error = dynamic_cast<const Error*>(&thrown);
      return error ? to_status(*error) : Status();
    };
    return *this;
  }

  Status status_of(const std::exception& error) const;

 private:
  using ToStatus = std::function<Status(const std::exception&)>;
  const ToStatus* find(const std::type_info& type) const;

  std::unordered_map<std::type_index, ToStatus> entries_;
};

struct ErrorOptions {
  ErrorMap map = {};
  /// Adds google.rpc details: ErrorInfo to every error that was thrown, and what a DomainError knows of itself. What
  /// does not fit into 4 KiB is left out.
  bool include_details = false;
  /// Adds the type and the text of the exception too, as google.rpc.DebugInfo: for development, never for strangers.
  bool include_debug_info = false;
  /// ErrorInfo's domain. Empty: the name of the service, "myservice.MyService".
  std::string domain = "";
  /// Gets `grpc_error`. Null: the logger of the worker does.
  std::shared_ptr<Logger> logger = nullptr;
};

/// Gives the peer a safe sentence, and the log the truth, for everything that handlers and the interceptors inside of
/// this one throw: grpc_error{method, error_type, status, message}, which is loud where it is the server's fault, and
/// information where it is the caller's. A Status that they return or abort with is for the peer: it passes as it is.
/// On a client it does nothing.
class ErrorInterceptor final : public Interceptor {
 public:
  explicit ErrorInterceptor(ErrorOptions options = {}) : options_(std::move(options)) {}

  std::string_view name() const noexcept override { return "ErrorInterceptor"; }
  Task<Status> intercept(CallContext& call, Next next) override;

 private:
  Task<Status> watch(CallContext& call, Next next) const;
  Status translated(const CallContext& call, const Status& status) const;
  Status status_of(const CallContext& call, const std::exception_ptr& thrown) const;
  Status detailed(const CallContext& call, Status status, const std::exception* error) const;

  ErrorOptions options_;
};

}  // namespace plinth
