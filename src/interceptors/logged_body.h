#pragma once

#include <set>
#include <string>

namespace google::protobuf {
class MessageLite;
}

namespace plinth::interceptors {

/// A message as JSON, with proto names for its fields, and "[redacted]" as the value of those in `redact`. Empty when
/// it has no JSON form: a lite message, or an Any of a type that this program does not know.
std::string logged_body(const google::protobuf::MessageLite& message, const std::set<std::string>& redact);

}  // namespace plinth::interceptors
