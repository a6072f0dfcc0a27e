#include "emit.h"
#include "signature.h"

namespace plinth::plugin {
namespace {

using google::protobuf::io::Printer;

const char* kind_name(CallKind kind) {
  switch (kind) {
    case CallKind::kUnary: return "kUnary";
    case CallKind::kServerStreaming: return "kServerStreaming";
    case CallKind::kClientStreaming: return "kClientStreaming";
    case CallKind::kBidirectional: return "kBidirectional";
  }
  return "";
}

void emit_includes(const FileModel& file, Printer& out) {
  out.Print("#include \"$base$.plinth.h\"\n", "base", file.base);
  if (file.services.empty()) return;
  out.Print("\n#include \"$base$.pb.h\"\n#include \"plinth/detail/serve.h\"\n", "base", file.base);
}

void emit_description(const FileModel& file, Printer& out) {
  if (file.description_symbol.empty()) return;
  out.Print(
      "\n// No message of the file is used here: this keeps its description, which reflection reads, in programs.\n"
      "[[gnu::used]] static const auto* const $symbol$_in_use = &::$symbol$;\n",
      "symbol", file.description_symbol);
}

/// The names of the methods as constants.
void emit_methods(const ServiceModel& service, Printer& out) {
  out.Print("\nstruct $service$::Methods {\n", "service", service.cpp_name);
  for (const auto& method : service.methods) {
    out.Print("  static constexpr ::plinth::Method k$name${\n", "name", method.name);
    out.Print("      \"$path$\", ::plinth::CallKind::$kind$};\n", "path", method.path, "kind", kind_name(method.kind));
  }
  out.Print("};\n");
}

void emit_definition(const std::string& returns, const std::string& function, const std::string& parameters,
                     const std::string& body, Printer& out) {
  out.Print("\n$returns$ $function$(\n    $parameters$) {\n  $body$\n}\n", "returns", returns, "function", function,
            "parameters", parameters, "body", body);
}

void emit_handler(const ServiceModel& service, const MethodModel& method, Printer& out) {
  auto function = service.cpp_name + "::Servicer::" + method.cpp_name;
  bool streams = method.kind == CallKind::kServerStreaming || method.kind == CallKind::kBidirectional;
  auto signature = handler_signature(method);
  auto refuse = std::string("return ::plinth::detail::") + (streams ? "refuse_stream" : "refuse") + "<" +
                method.response + ">(Methods::k" + method.name + ");";
  emit_definition(signature.returns, function, signature.unused(), refuse, out);
  if (method.kind != CallKind::kBidirectional) return;

  auto writer = writer_signature(method);
  auto forward = "return ::plinth::detail::write_all(this->" + method.cpp_name + "(context, requests), responses);";
  emit_definition(writer.returns, function, writer.used(), forward, out);
}

/// The shell around a handler, as a template of plinth/detail/serve.h.
std::string shell(const MethodModel& method) {
  auto handler = "&Servicer::" + method.cpp_name;
  switch (method.kind) {
    case CallKind::kUnary: return "serve_unary<" + handler + ">";
    case CallKind::kServerStreaming: return "serve_server_streaming<" + handler + ">";
    case CallKind::kClientStreaming: return "serve_client_streaming<" + handler + ">";
    case CallKind::kBidirectional:
      return "serve_bidirectional<Servicer, " + method.request + ", " + method.response + ", " + handler + ">";
  }
  return {};
}

void emit_table(const ServiceModel& service, Printer& out) {
  for (const auto& method : service.methods) {
    out.Print("      {Methods::k$name$,\n       &::plinth::detail::$shell$},\n", "name", method.name, "shell",
              shell(method));
  }
}

void emit_base_functions(const ServiceModel& service, Printer& out) {
  out.Print("\n::std::string_view $service$::Servicer::service_name() const noexcept { return kName; }\n", "service",
            service.cpp_name);
  out.Print("\n::std::span<const ::plinth::MethodHandler> $service$::Servicer::methods() const noexcept {\n", "service",
            service.cpp_name);
  if (service.methods.empty()) {
    out.Print("  return {};\n}\n");
    return;
  }
  out.Print("  static constexpr ::plinth::MethodHandler kHandlers[] = {\n");
  emit_table(service, out);
  out.Print("  };\n  return kHandlers;\n}\n");
}

std::string call_body(const MethodModel& method, const std::string& returns) {
  auto with_request =
      "::plinth::detail::start_with(*channel_, Methods::k" + method.name + ", request, ::std::move(options))";
  auto without_request = "channel_->start_call(Methods::k" + method.name + ", ::std::move(options))";
  switch (method.kind) {
    case CallKind::kUnary:
      return "return ::plinth::detail::only_response<" + method.response + ">(\n      " + with_request + ");";
    case CallKind::kServerStreaming: return "return " + returns + "(\n      " + with_request + ");";
    case CallKind::kClientStreaming:
    case CallKind::kBidirectional: return "return " + returns + "(\n      " + without_request + ");";
  }
  return {};
}

void emit_call(const ServiceModel& service, const MethodModel& method, Printer& out) {
  auto signature = call_signature(method);
  auto function = service.cpp_name + "::Stub::" + method.cpp_name;
  emit_definition(signature.returns, function, signature.used(), call_body(method, signature.returns), out);
}

void emit_service(const ServiceModel& service, Printer& out) {
  if (!service.methods.empty()) emit_methods(service, out);
  emit_base_functions(service, out);
  for (const auto& method : service.methods) emit_handler(service, method, out);
  for (const auto& method : service.methods) emit_call(service, method, out);
}

}  // namespace

void emit_source(const FileModel& file, Printer& out) {
  out.Print("// Generated by protoc-gen-plinth from $proto$. Do not edit.\n", "proto", file.proto);
  emit_includes(file, out);
  emit_description(file, out);
  if (file.services.empty()) return;
  if (!file.cpp_scope.empty()) out.Print("\nnamespace $scope$ {\n", "scope", file.cpp_scope);
  for (const auto& service : file.services) emit_service(service, out);
  if (!file.cpp_scope.empty()) out.Print("\n}  // namespace $scope$\n", "scope", file.cpp_scope);
}

}  // namespace plinth::plugin
