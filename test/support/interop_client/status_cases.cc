#include <string_view>

#include "cases.h"
#include "client.h"
#include "expect.h"
#include "messages.h"

namespace plinth::interop {

namespace {

using ::grpc::testing::UnimplementedService;

constexpr std::string_view kMessage = "test status message";
constexpr std::string_view kSpecialMessage = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";

template <class Request>
Request asking_for(StatusCode code, std::string_view message) {
  Request request;
  request.mutable_response_status()->set_code(static_cast<std::int32_t>(code));
  request.mutable_response_status()->set_message(std::string(message));
  return request;
}

Task<void> expect_echoed(Client& client, std::string_view message) {
  const auto request = asking_for<SimpleRequest>(StatusCode::kUnknown, message);
  auto call = client.stub().UnaryCall(request);
  const auto result = co_await std::move(call);
  expect_status(status_of(result), StatusCode::kUnknown, message, "UnaryCall");
}

Task<void> status_code_and_message(Client& client) {
  auto unary = expect_echoed(client, kMessage);
  co_await std::move(unary);

  auto call = client.stub().FullDuplexCall();
  const auto request = asking_for<OutputRequest>(StatusCode::kUnknown, kMessage);
  co_await call.write(request);
  call.half_close();
  const auto status = co_await call.finish();
  expect_status(status, StatusCode::kUnknown, kMessage, "FullDuplexCall");
}

Task<void> special_status_message(Client& client) { return expect_echoed(client, kSpecialMessage); }

Task<void> unimplemented_method(Client& client) {
  auto call = client.stub().UnimplementedCall({});
  const auto result = co_await std::move(call);
  expect_code(status_of(result), StatusCode::kUnimplemented, "UnimplementedCall");
}

Task<void> unimplemented_service(Client& client) {
  UnimplementedService::Stub stub(client.channel());
  auto call = stub.UnimplementedCall({});
  const auto result = co_await std::move(call);
  expect_code(status_of(result), StatusCode::kUnimplemented, "UnimplementedCall of UnimplementedService");
}

}  // namespace

std::vector<Case> status_cases() {
  return {{"status_code_and_message", status_code_and_message},
          {"special_status_message", special_status_message},
          {"unimplemented_method", unimplemented_method},
          {"unimplemented_service", unimplemented_service}};
}

}  // namespace plinth::interop
