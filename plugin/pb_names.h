#pragma once

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>

namespace plinth::plugin {

/// What protoc's own C++ declares, beside the services' classes, in the namespace of a file: the classes, values and
/// extensions of the file and of those that it imports, and the namespaces within it.
std::set<std::string> pb_names(const google::protobuf::FileDescriptor& file);

}  // namespace plinth::plugin
