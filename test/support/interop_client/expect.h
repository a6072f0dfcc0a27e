#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "grpc/testing/messages.pb.h"
#include "plinth/status.h"

namespace plinth::interop {

/// Something is not as the description of the case says; `what` says it in words.
class CaseFailed : public std::runtime_error {
 public:
  using runtime_error::runtime_error;
};

template <class... Args>
void expect(bool holds, fmt::format_string<Args...> otherwise, Args&&... args) {
  if (!holds) throw CaseFailed(fmt::format(otherwise, std::forward<Args>(args)...));
}

/// `what` names the call: "the first call".
void expect_ok(const Status& status, std::string_view what);
void expect_code(const Status& status, StatusCode code, std::string_view what);
void expect_status(const Status& status, StatusCode code, std::string_view message, std::string_view what);

template <class T>
Status status_of(const Result<T>& result) {
  return result ? Status() : result.error();
}

template <class T>
T value_of(Result<T> result, std::string_view what) {
  expect_ok(status_of(result), what);
  return std::move(*result);
}

/// So many bytes, all zero.
void expect_zeros(const ::grpc::testing::Payload& payload, std::int32_t size, std::string_view what);

}  // namespace plinth::interop
