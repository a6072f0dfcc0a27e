#include "signature.h"

#include <fmt/format.h>

namespace plinth::plugin {
namespace {

bool one_request(const MethodModel& method) {
  return method.kind == CallKind::kUnary || method.kind == CallKind::kServerStreaming;
}

bool one_response(const MethodModel& method) {
  return method.kind == CallKind::kUnary || method.kind == CallKind::kClientStreaming;
}

Parameter context() { return {"::plinth::ServerContext&", "context"}; }
Parameter request(const MethodModel& method) { return {fmt::format("const {}&", method.request), "request"}; }
Parameter requests(const MethodModel& method) {
  return {fmt::format("::plinth::Reader<{}>&", method.request), "requests"};
}

std::string task_of(const std::string& message) { return fmt::format("::plinth::Task<::plinth::Result<{}>>", message); }

std::string call_type(const MethodModel& method) {
  switch (method.kind) {
    case CallKind::kUnary: return task_of(method.response);
    case CallKind::kServerStreaming: return fmt::format("::plinth::ClientReader<{}>", method.response);
    case CallKind::kClientStreaming:
      return fmt::format("::plinth::ClientWriter<{}, {}>", method.request, method.response);
    case CallKind::kBidirectional:
      return fmt::format("::plinth::ClientStream<{}, {}>", method.request, method.response);
  }
  return {};
}

/// On one line, or one parameter a line when they are too long for it.
template <class Form>
std::string joined(const std::vector<Parameter>& parameters, Form form) {
  std::vector<std::string> parts;
  for (const auto& parameter : parameters) parts.push_back(form(parameter));
  auto line = fmt::format("{}", fmt::join(parts, ", "));
  return line.size() <= 100 ? line : fmt::format("{}", fmt::join(parts, ",\n    "));
}

}  // namespace

std::string Signature::declared() const {
  return joined(parameters, [](const Parameter& p) {
    return p.type + " " + p.name + (p.default_value.empty() ? "" : " = " + p.default_value);
  });
}

std::string Signature::unused() const {
  return joined(parameters, [](const Parameter& p) { return p.type; });
}

std::string Signature::used() const {
  return joined(parameters, [](const Parameter& p) { return p.type + " " + p.name; });
}

Signature handler_signature(const MethodModel& method) {
  auto returns =
      one_response(method) ? task_of(method.response) : fmt::format("::plinth::Generator<{}>", method.response);
  return {returns, {context(), one_request(method) ? request(method) : requests(method)}};
}

Signature writer_signature(const MethodModel& method) {
  Parameter responses{fmt::format("::plinth::Writer<{}>&", method.response), "responses"};
  return {"::plinth::Task<::plinth::Status>", {context(), requests(method), responses}};
}

Signature call_signature(const MethodModel& method) {
  Parameter options{"::plinth::CallOptions", "options", "{}"};
  if (one_request(method)) return {call_type(method), {request(method), options}};
  return {call_type(method), {options}};
}

}  // namespace plinth::plugin
