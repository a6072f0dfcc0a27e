#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "plinth/method.h"

/// What is generated, as plain values: all that depends on protobuf's descriptors is decided here.
namespace plinth::plugin {

struct MethodModel {
  std::string name;      // as in the .proto, and on the wire
  std::string cpp_name;  // of the functions
  std::string path;      // "/package.Service/Method"
  CallKind kind = CallKind::kUnary;
  std::string request;  // "::package::Message"
  std::string response;
  std::vector<std::string> comment;
  bool deprecated = false;
};

struct ServiceModel {
  std::string cpp_name;
  std::string full_name;  // "package.Service"
  std::vector<std::string> comment;
  std::vector<MethodModel> methods;
};

struct FileModel {
  std::string proto;      // "foo/service.proto"
  std::string base;       // "foo/service"
  std::string cpp_scope;  // "foo::bar", empty for the global one
  std::vector<ServiceModel> services;

  /// The message classes that the services use, by their namespaces.
  std::map<std::string, std::set<std::string>> messages;

  /// The symbol that keeps the file's description in a program that links it from an archive. Empty when one of the
  /// file's own messages is in use, which does that already, and for lite files, which have no description.
  std::string description_symbol;
};

/// Throws what `check` does.
FileModel make_model(const google::protobuf::FileDescriptor& file);

}  // namespace plinth::plugin
