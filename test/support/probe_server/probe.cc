#include "probe.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <string>

#include "memory.h"
#include "plinth/async.h"

namespace plinth::test {

namespace {

constexpr auto kForever = std::chrono::hours(24 * 365);
constexpr int kMaxMessageSize = 64 << 20;
constexpr int kMaxDelayMs = 60'000;

/// Metadata "delay-ms" of a call; no delay without it.
std::chrono::milliseconds delay_of(const ServerContext& context) {
  const auto text = context.request_metadata().get("delay-ms");
  if (!text) return {};
  int delay = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), delay);
  if (error != std::errc() || end != text->data() + text->size() || delay < 0 || delay > kMaxDelayMs) {
    throw StatusError(invalid_argument("delay-ms is 0 to {}, not '{}'", kMaxDelayMs, *text));
  }
  return std::chrono::milliseconds(delay);
}

std::int64_t remaining_ms(const ServerContext& context) {
  if (!context.deadline().is_set()) return -1;
  return std::chrono::duration_cast<std::chrono::milliseconds>(context.remaining()).count();
}

}  // namespace

/// Counts a handler of Hang while it runs, and, as there is no other end to it, that it was cancelled.
class ProbeServicer::Hanging {
 public:
  explicit Hanging(ProbeServicer& probe) : probe_(probe) { ++probe_.hanging_; }
  ~Hanging() {
    ++probe_.cancelled_;
    --probe_.hanging_;
  }
  Hanging(const Hanging&) = delete;
  Hanging& operator=(const Hanging&) = delete;

 private:
  ProbeServicer& probe_;
};

Task<Result<Nothing>> ProbeServicer::Throw(ServerContext& context, const ThrowRequest& request) {
  const auto& kind = request.kind();
  if (kind == "int") throw 42;
  if (kind == "runtime_error") throw std::runtime_error("something that no caller should read");
  if (kind == "status") throw StatusError(aborted("told so"));
  if (kind == "abort") context.abort(StatusCode::kAborted, "aborted by its handler");
  co_return invalid_argument("kind is int, runtime_error, status or abort, not '{}'", kind);
}

Task<Result<Nothing>> ProbeServicer::Fail(ServerContext& context, const FailRequest& request) {
  context.trailing_metadata().add("probe-trailer", "yes");
  if (request.code() < 1 || request.code() > 16) co_return invalid_argument("code is 1 to 16, not {}", request.code());
  co_return Status(static_cast<StatusCode>(request.code()), request.message());
}

Task<Result<Nothing>> ProbeServicer::Hang(ServerContext&, const Nothing&) {
  const Hanging hanging(*this);
  co_await sleep_for(kForever);
  co_return Nothing();
}

Generator<Chunk> ProbeServicer::Flood(ServerContext& context, const FloodRequest& request) {
  if (request.bytes() < 0 || request.message_size() < 1 || request.message_size() > kMaxMessageSize) {
    context.abort(invalid_argument("bytes is at least 0, and message_size 1 to {}", kMaxMessageSize));
  }
  for (auto left = request.bytes(); left > 0;) {
    const auto size = std::min<std::int64_t>(left, request.message_size());
    Chunk chunk;
    chunk.mutable_data()->resize(static_cast<std::size_t>(size), 'x');
    left -= size;
    co_yield std::move(chunk);
  }
}

Task<Result<DrainReply>> ProbeServicer::Drain(ServerContext& context, Reader<Chunk>& chunks) {
  const auto delay = delay_of(context);
  DrainReply reply;
  while (true) {
    if (delay.count() > 0) co_await sleep_for(delay);
    auto chunk = co_await chunks.next();
    if (!chunk) break;
    reply.set_messages(reply.messages() + 1);
    reply.set_bytes(reply.bytes() + static_cast<std::int64_t>(chunk->data().size()));
  }
  co_return reply;
}

Generator<Chunk> ProbeServicer::Chat(ServerContext&, Reader<Chunk>& chunks) {
  while (auto chunk = co_await chunks.next()) co_yield std::move(*chunk);
}

Task<Result<EchoReply>> ProbeServicer::Echo(ServerContext& context, const EchoRequest& request) {
  if (request.reply_size() < 0 || request.reply_size() > kMaxMessageSize) {
    co_return invalid_argument("reply_size is 0 to {}", kMaxMessageSize);
  }
  if (const auto delay = delay_of(context); delay.count() > 0) co_await sleep_for(delay);
  EchoReply reply;
  reply.mutable_data()->resize(static_cast<std::size_t>(request.reply_size()), 'x');
  reply.set_received(static_cast<std::int64_t>(request.data().size()));
  reply.set_remaining_ms(remaining_ms(context));
  reply.set_server(::getpid());
  co_return reply;
}

Task<Result<StatsReply>> ProbeServicer::Stats(ServerContext&, const Nothing&) {
  const auto memory = resident_memory();
  StatsReply reply;
  reply.set_hanging(hanging_);
  reply.set_cancelled(cancelled_);
  reply.set_resident(memory.now);
  reply.set_peak_resident(memory.peak);
  co_return reply;
}

}  // namespace plinth::test
