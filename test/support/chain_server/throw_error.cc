#include "throw_error.h"

#include <chrono>
#include <map>
#include <stdexcept>
#include <system_error>

#include "plinth/errors.h"

namespace plinth::test {

namespace {

using namespace std::chrono_literals;
using Thrower = void (*)(const std::string& message);

template <class Error>
void throw_it(const std::string& message) {
  throw Error(message);
}

const std::map<std::string_view, Thrower> kThrowers = {
    {"ValidationError", [](const std::string& message) { throw ValidationError("page_size", message); }},
    {"NotFoundError", [](const std::string&) { throw NotFoundError("Resource", "7"); }},
    {"ConflictError", [](const std::string&) { throw ConflictError("Resource", "7"); }},
    {"UnauthorizedError", throw_it<UnauthorizedError>},
    {"ForbiddenError", throw_it<ForbiddenError>},
    {"RateLimitError", [](const std::string& message) { throw RateLimitError(message, 1500ms); }},
    {"ExternalServiceError", [](const std::string& message) { throw ExternalServiceError("payments", message); }},
    {"DatabaseError", throw_it<DatabaseError>},
    {"TimeoutError", throw_it<TimeoutError>},
    {"invalid_argument", throw_it<std::invalid_argument>},
    {"out_of_range", throw_it<std::out_of_range>},
    {"runtime_error", throw_it<std::runtime_error>},
    {"connection_refused",
     [](const std::string& message) {
       throw std::system_error(std::make_error_code(std::errc::connection_refused), message);
     }},
    {"int", [](const std::string&) { throw 42; }},
};

}  // namespace

void throw_error(std::string_view name, const std::string& message) {
  if (const auto thrower = kThrowers.find(name); thrower != kThrowers.end()) thrower->second(message);
  throw StatusError(invalid_argument("there is no error '{}'", name));
}

}  // namespace plinth::test
