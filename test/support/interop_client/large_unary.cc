#include "large_unary.h"

#include "expect.h"

namespace plinth::interop {

Task<void> call_large_unary(Client& client, SimpleRequest request, CallOptions options) {
  auto call = client.stub().UnaryCall(request, std::move(options));
  auto result = co_await std::move(call);
  const auto response = value_of(std::move(result), "UnaryCall");
  expect_zeros(response.payload(), request.response_size(), "the response");
}

}  // namespace plinth::interop
