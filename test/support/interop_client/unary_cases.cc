#include <string>
#include <vector>

#include "cases.h"
#include "client.h"
#include "expect.h"
#include "large_unary.h"
#include "messages.h"
#include "plinth/async.h"

namespace plinth::interop {

namespace {

constexpr int kConcurrentCalls = 1000;
constexpr int kPickedCalls = 20;

Task<void> empty_unary(Client& client) {
  auto call = client.stub().EmptyCall({});
  const auto response = co_await std::move(call);
  expect_ok(status_of(response), "EmptyCall");
}

Task<void> large_unary(Client& client) {
  auto call = call_large_unary(client, large_request());
  co_await std::move(call);
}

Task<void> concurrent_large_unary(Client& client) {
  std::vector<Task<void>> calls;
  for (int count = 0; count < kConcurrentCalls; ++count) calls.push_back(large_unary(client));
  auto all = when_all(std::move(calls));
  co_await std::move(all);
}

/// Every call is served by the same server, however many the name has.
Task<void> pick_first_unary(Client& client) {
  std::string first;
  for (int count = 0; count < kPickedCalls; ++count) {
    SimpleRequest request;
    request.set_fill_server_id(true);
    auto call = client.stub().UnaryCall(request);
    auto result = co_await std::move(call);
    const auto response = value_of(std::move(result), "UnaryCall");
    expect(!response.server_id().empty(), "the server does not say its server_id");
    if (first.empty()) first = response.server_id();
    expect(response.server_id() == first, "{} has answered after {}", response.server_id(), first);
  }
}

}  // namespace

std::vector<Case> unary_cases() {
  return {{"empty_unary", empty_unary},
          {"large_unary", large_unary},
          {"concurrent_large_unary", concurrent_large_unary},
          {"pick_first_unary", pick_first_unary}};
}

}  // namespace plinth::interop
