#include "expect.h"

#include <algorithm>

namespace plinth::interop {

void expect_ok(const Status& status, std::string_view what) {
  expect(status.ok(), "{} should have succeeded, and ended with {}", what, status.to_string());
}

void expect_code(const Status& status, StatusCode code, std::string_view what) {
  expect(status.code() == code, "{} should have ended with {}, and ended with {}", what, to_string(code),
         status.to_string());
}

void expect_status(const Status& status, StatusCode code, std::string_view message, std::string_view what) {
  expect_code(status, code, what);
  expect(status.message() == message, "the message of {} should have been '{}', and is '{}'", what, message,
         status.message());
}

void expect_zeros(const ::grpc::testing::Payload& payload, std::int32_t size, std::string_view what) {
  const auto& body = payload.body();
  expect(body.size() == static_cast<std::size_t>(size), "the payload of {} should have {} bytes, and has {}", what,
         size, body.size());
  const bool zeros = std::ranges::all_of(body, [](char byte) { return byte == '\0'; });
  expect(zeros, "the payload of {} should be zeros", what);
}

}  // namespace plinth::interop
