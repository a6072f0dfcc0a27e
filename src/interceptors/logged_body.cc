#include "interceptors/logged_body.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

namespace plinth::interceptors {

namespace {

using nlohmann::ordered_json;

std::string to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) text.clear();
  return text;
}

void redact_in(ordered_json& value, const std::set<std::string>& names) {
  if (!value.is_structured()) return;
  for (auto& [key, inner] : value.items()) {
    if (value.is_object() && names.contains(key)) {
      inner = "[redacted]";
    } else {
      redact_in(inner, names);
    }
  }
}

/// On the JSON, so that maps, Structs and what is inside of an Any count, too.
std::string redacted(const std::string& text, const std::set<std::string>& names) {
  auto json = ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) return {};
  redact_in(json, names);
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string logged_body(const google::protobuf::MessageLite& message, const std::set<std::string>& redact) {
  const auto* const full = dynamic_cast<const google::protobuf::Message*>(&message);
  if (!full) return {};
  auto text = to_json(*full);
  return redact.empty() ? text : redacted(text, redact);
}

}  // namespace plinth::interceptors
