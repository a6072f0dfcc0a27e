#include "messages.h"

namespace plinth::interop {

namespace {

template <class Request>
Request with_payload(std::int32_t size) {
  Request request;
  request.mutable_payload()->mutable_body()->assign(static_cast<std::size_t>(size), '\0');
  return request;
}

}  // namespace

SimpleRequest simple_request(std::int32_t size, std::int32_t response_size) {
  auto request = with_payload<SimpleRequest>(size);
  request.set_response_size(response_size);
  return request;
}

SimpleRequest large_request() { return simple_request(kLargeRequest, kLargeResponse); }

InputRequest input_request(std::int32_t size) { return with_payload<InputRequest>(size); }

OutputRequest output_request(std::int32_t size, std::int32_t response_size) {
  auto request = with_payload<OutputRequest>(size);
  request.add_response_parameters()->set_size(response_size);
  return request;
}

}  // namespace plinth::interop
