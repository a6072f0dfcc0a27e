#include "model.h"

#include <fmt/format.h>
#include <google/protobuf/compiler/code_generator.h>
#include <google/protobuf/compiler/cpp/names.h>
#include <google/protobuf/descriptor.pb.h>

#include "check.h"
#include "comment.h"
#include "names.h"
#include "pb_names.h"

namespace plinth::plugin {
namespace {

namespace pb = google::protobuf;

CallKind kind_of(const pb::MethodDescriptor& method) {
  if (method.client_streaming()) {
    return method.server_streaming() ? CallKind::kBidirectional : CallKind::kClientStreaming;
  }
  return method.server_streaming() ? CallKind::kServerStreaming : CallKind::kUnary;
}

MethodModel make_method(const pb::MethodDescriptor& method, Scope& scope) {
  const auto& service = *method.service();
  return {.name = method.name(),
          .cpp_name = scope.declare(method.name()),
          .path = fmt::format("/{}/{}", service.full_name(), method.name()),
          .kind = kind_of(method),
          .request = pb::compiler::cpp::QualifiedClassName(method.input_type()),
          .response = pb::compiler::cpp::QualifiedClassName(method.output_type()),
          .comment = comment_of(method),
          .deprecated = method.options().deprecated() || service.options().deprecated()};
}

ServiceModel make_service(const pb::ServiceDescriptor& service, Scope& outer) {
  Scope inner({"BaseServicer", "Fake", "Methods", "Servicer", "Stub", "blocks", "channel_", "get_service",
               "get_use_case", "kName", "methods", "service_name"});
  for (int i = 0; i < service.method_count(); ++i) {
    inner.reserve(service.method(i)->name());
    inner.take("on_" + service.method(i)->name());
  }

  ServiceModel model{.cpp_name = outer.declare(service.name()),
                     .full_name = service.full_name(),
                     .comment = comment_of(service),
                     .methods = {}};
  for (int i = 0; i < service.method_count(); ++i) model.methods.push_back(make_method(*service.method(i), inner));
  return model;
}

/// The names of the services' classes, which have the members given here.
Scope services_scope(const pb::FileDescriptor& file) {
  Scope scope({"Fake", "Methods", "Servicer", "Stub", "kName"});
  for (int i = 0; i < file.service_count(); ++i) scope.reserve(file.service(i)->name());
  for (auto& name : pb_names(file)) scope.take(name);
  return scope;
}

/// "a.b" as "a::b".
std::string scope_of(const std::string& package) {
  std::string scope;
  for (char c : package) scope += c == '.' ? std::string("::") : std::string(1, c);
  return scope;
}

void add_message(FileModel& model, const pb::Descriptor& message) {
  auto name = pb::compiler::cpp::ClassName(&message);
  model.messages[scope_of(message.file()->package())].insert(name);
}

/// The name that protoc gives to a file's descriptor table: what is not a letter or digit, in hexadecimal.
std::string description_symbol(const pb::FileDescriptor& file) {
  std::string symbol = "descriptor_table_";
  for (unsigned char c : file.name()) {
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    symbol += plain ? std::string(1, static_cast<char>(c)) : fmt::format("_{:x}", c);
  }
  return symbol;
}

/// Adds the messages of all methods; true when one of them is the file's own.
bool add_messages(FileModel& model, const pb::FileDescriptor& file) {
  bool own = false;
  for (int i = 0; i < file.service_count(); ++i) {
    const auto& service = *file.service(i);
    for (int j = 0; j < service.method_count(); ++j) {
      for (const auto* message : {service.method(j)->input_type(), service.method(j)->output_type()}) {
        add_message(model, *message);
        own |= message->file() == &file;
      }
    }
  }
  return own;
}

}  // namespace

FileModel make_model(const pb::FileDescriptor& file) {
  check(file);
  FileModel model;
  model.proto = file.name();
  model.base = pb::compiler::StripProto(file.name());
  model.cpp_scope = scope_of(file.package());
  if (file.service_count() == 0) return model;

  auto scope = services_scope(file);
  for (int i = 0; i < file.service_count(); ++i) model.services.push_back(make_service(*file.service(i), scope));
  bool own_message = add_messages(model, file);
  bool lite = file.options().optimize_for() == pb::FileOptions::LITE_RUNTIME;
  if (!own_message && !lite) model.description_symbol = description_symbol(file);
  return model;
}

}  // namespace plinth::plugin
