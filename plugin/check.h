#pragma once

#include <google/protobuf/descriptor.h>

namespace plinth::plugin {

/// Throws std::invalid_argument when the services of a file have no form in C++: "file:line:column: ", as protoc's own
/// errors begin, and a sentence for the author of the .proto. Of a file whose source is not known: "file: ".
void check(const google::protobuf::FileDescriptor& file);

}  // namespace plinth::plugin
