#pragma once

#include <google/protobuf/message_lite.h>

#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "call/failure.h"
#include "call/waiter.h"
#include "plinth/server_context.h"
#include "plinth/servicer.h"

namespace plinth::test {

/// One call of a servicer's method without a connection: the test is the client and the wire.
///
///     FakeCall call(loop.worker(), *servicer, "Watch");
///     call.request(message);
///     call.start();
///     EXPECT_EQ(call.responses<HealthCheckResponse>().size(), 1u);
class FakeCall final : public ServerContext, public MessageStream, detail::Completion {
 public:
  FakeCall(Worker& worker, BaseServicer& servicer, std::string_view method)
      : worker_(worker), servicer_(servicer), handler_(find(servicer, method)) {
    method_ = &handler_.method;
    request_metadata_ = &no_metadata_;
    peer_ = &client_;
  }

  void request(const google::protobuf::MessageLite& message) { request_bytes(message.SerializeAsString()); }
  void request_bytes(std::string bytes) {
    Worker::Turn turn(worker_);
    incoming_.push_back(std::move(bytes));
    reader_.wake();
  }
  /// The client sends no more.
  void half_close() {
    Worker::Turn turn(worker_);
    half_closed_ = true;
    reader_.wake();
  }

  void start() {
    Worker::Turn turn(worker_);
    task_ = handler_.run(servicer_, *this, *this);
    if (task_.start(&scope_, *this)) on_complete();
  }

  /// The client goes away, or the deadline passes.
  void cancel(Status reason) {
    Worker::Turn turn(worker_);
    scope_.cancel(std::move(reason));
  }

  /// How many more responses there is room for; at first any number.
  void set_room(std::size_t responses) {
    Worker::Turn turn(worker_);
    room_ = responses;
    if (room_ > 0) writer_.wake();
  }

  /// The responses since this was last asked for.
  template <class Response>
  std::vector<Response> responses() {
    std::vector<Response> result;
    for (const auto& bytes : std::exchange(sent_, {})) {
      if (!result.emplace_back().ParseFromString(bytes)) throw std::logic_error("a response of another type");
    }
    return result;
  }

  /// How the handler ended; nothing while it runs.
  const std::optional<Status>& status() const noexcept { return status_; }

  // ServerContext
  void send_initial_metadata() override {}
  void set_compression(bool) override {}
  bool received_compressed() const noexcept override { return false; }
  Traffic traffic() const noexcept override { return {}; }
  ScopedInstances& scoped_instances() override { return instances_; }

  // MessageStream
  bool can_take() const noexcept override { return half_closed_ || !incoming_.empty() || cancelled(); }
  void wait_to_take(std::coroutine_handle<> reader, CancelScope* scope) noexcept override {
    reader_.wait(reader, scope);
  }
  bool take_message(google::protobuf::MessageLite& message) override {
    reader_.check();
    scope_.check();
    if (incoming_.empty()) return false;
    const auto bytes = std::move(incoming_.front());
    incoming_.pop_front();
    if (!message.ParseFromString(bytes)) throw StatusError(internal_error("not a {}", message.GetTypeName()));
    return true;
  }
  bool can_put() const noexcept override { return room_ > 0 || cancelled(); }
  void wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept override {
    writer_.wait(writer, scope);
  }
  void put_message(const google::protobuf::MessageLite& message) override {
    writer_.check();
    scope_.check();
    --room_;
    sent_.push_back(message.SerializeAsString());
  }
  void put_last_message(const google::protobuf::MessageLite& message) override {
    sent_.push_back(message.SerializeAsString());
  }

 private:
  static const MethodHandler& find(const BaseServicer& servicer, std::string_view name) {
    for (const auto& handler : servicer.methods()) {
      if (handler.method.name() == name) return handler;
    }
    throw std::logic_error("the service has no such method");
  }

  void on_complete() noexcept override { status_ = task_.error() ? call::status_from(task_.error()) : task_.take(); }

  Worker& worker_;
  BaseServicer& servicer_;
  const MethodHandler& handler_;
  Metadata no_metadata_;
  Peer client_{"inproc:test", ""};
  ScopedInstances instances_;
  std::deque<std::string> incoming_;
  bool half_closed_ = false;
  call::Waiter reader_;
  std::size_t room_ = static_cast<std::size_t>(-1);
  std::vector<std::string> sent_;
  call::Waiter writer_;
  Task<Status> task_;
  std::optional<Status> status_;
};

}  // namespace plinth::test
