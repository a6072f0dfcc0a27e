#include "relay.h"

#include "plinth/tracing.h"

namespace plinth::test {

Task<Result<EchoReply>> RelayServicer::Echo(ServerContext&, const EchoRequest& request) {
  for (const auto& entry : current_baggage().entries()) {
    current_span().set_attribute({"baggage." + entry.key, entry.value});
  }
  if (!next_) {
    EchoReply reply;
    reply.set_received(static_cast<std::int64_t>(request.data().size()));
    co_return reply;
  }
  auto reply = next_->Echo(request);
  co_return co_await std::move(reply);
}

}  // namespace plinth::test
