#include "plinth/interceptor.h"

#include "call/failure.h"

namespace plinth {

namespace {

/// What an interceptor throws is the status of the call, for those outside of it.
Task<Status> intercepted(Interceptor& interceptor, CallContext& call, Next rest) {
  std::exception_ptr thrown;
  try {
    auto task = interceptor.intercept(call, rest);
    co_return co_await std::move(task);
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return call::translated(call, call::status_from(thrown));
}

}  // namespace

Task<Status> Next::operator()() const {
  if (rest_.empty()) return end_->run();
  return intercepted(*rest_.front(), *call_, Next(rest_.subspan(1), *call_, *end_));
}

}  // namespace plinth
