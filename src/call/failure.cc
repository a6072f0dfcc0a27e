#include "call/failure.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

namespace plinth::call {

namespace {

std::string demangled(const std::type_info& type) {
  std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr),
                                                   std::free);
  return name ? name.get() : type.name();
}

}  // namespace

Status status_from(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const StatusError& error) {
    if (!error.status().ok()) return error.status();
  } catch (...) {
  }
  return internal_error("Internal server error").with_cause(thrown);
}

Status translated(const CallContext& call, Status status) {
  const auto* translation = status.cause() ? call.find<Translation>() : nullptr;
  if (!translation) return status;
  try {
    return translation->translate(status);
  } catch (...) {
    return status_from(std::current_exception());
  }
}

Description describe(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return {demangled(typeid(error)), error.what()};
  } catch (...) {
    const auto* type = abi::__cxa_current_exception_type();
    return {type ? demangled(*type) : "unknown", "not a std::exception"};
  }
}

}  // namespace plinth::call
