#pragma once

#include <coroutine>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/message_lite.h>
#include <gtest/gtest.h>

#include "plinth/server_context.h"
#include "plinth/stub.h"
#include "plinth/task.h"

namespace plinth {

/// What one side of a call got and sent, with messages as bytes. `Base` is MessageStream or ClientCall.
template <class Base>
class FakeStream : public Base {
 public:
  /// What the other side sends, and whether it has sent its last.
  std::deque<std::string> incoming;
  bool ended = true;
  /// What this side sent; `last` is the response that ends a call.
  std::vector<std::string> sent;
  std::vector<std::string> last;

  void receive(const google::protobuf::MessageLite& message) {
    incoming.push_back(message.SerializeAsString());
    if (auto reader = std::exchange(reader_, nullptr)) reader.resume();
  }
  void end() {
    ended = true;
    if (auto reader = std::exchange(reader_, nullptr)) reader.resume();
  }

  bool can_take() const noexcept override { return ended || !incoming.empty(); }
  void wait_to_take(std::coroutine_handle<> reader, CancelScope*) noexcept override { reader_ = reader; }
  bool take_message(google::protobuf::MessageLite& message) override {
    if (incoming.empty()) return false;
    EXPECT_TRUE(message.ParseFromString(incoming.front()));
    incoming.pop_front();
    return true;
  }

  bool can_put() const noexcept override { return true; }
  void wait_to_put(std::coroutine_handle<>, CancelScope*) noexcept override {}
  void put_message(const google::protobuf::MessageLite& message) override {
    sent.push_back(message.SerializeAsString());
  }
  void put_last_message(const google::protobuf::MessageLite& message) override {
    last.push_back(message.SerializeAsString());
  }

 private:
  std::coroutine_handle<> reader_;
};

class FakeServerStream final : public FakeStream<MessageStream> {};

class FakeClientCall final : public FakeStream<ClientCall> {
 public:
  /// What the call ends with; it ends when its messages do.
  Status end_status;
  bool half_closed = false;
  bool dropped = false;

  void half_close() override { half_closed = true; }
  void cancel() override { end_status = cancelled("the caller has cancelled the call"); }
  void set_compression(bool) override {}
  bool received_compressed() const noexcept override { return false; }
  bool ended() const noexcept override { return FakeStream::ended && half_closed; }
  void wait_for_end(std::coroutine_handle<>, CancelScope*) noexcept override {}
  void receive_into(google::protobuf::MessageLite* response) override {
    if (response && end_status.ok() && !take_message(*response)) end_status = internal_error("no response");
  }
  Status status() override { return end_status; }
  const Metadata& initial_metadata() const noexcept override { return metadata_; }
  const Metadata& trailing_metadata() const noexcept override { return metadata_; }

 private:
  void drop() noexcept override { dropped = true; }

  Metadata metadata_;
};

/// Gives one call, which the test has prepared, and keeps what was asked for.
class FakeChannel final : public Channel {
 public:
  FakeClientCall call;
  Method method;
  CallOptions options;

  ClientCallPtr start_call(const Method& asked, CallOptions given) override {
    method = asked;
    options = std::move(given);
    return ClientCallPtr(&call);
  }
  ChannelState state() const override { return ChannelState::kReady; }
  void connect() override {}
  Task<ChannelState> changed_from(ChannelState) override { co_return ChannelState::kReady; }
  void close() override {}
};

class FakeServerContext final : public ServerContext {
 public:
  void send_initial_metadata() override {}
  void set_compression(bool) override {}
  bool received_compressed() const noexcept override { return false; }
  Traffic traffic() const noexcept override { return {}; }
  ScopedInstances& scoped_instances() override { throw std::logic_error("this call has no container"); }
};

/// The result of a task that has nothing to wait for.
template <class T>
T run(Task<T> task) {
  struct : detail::Completion {
    void on_complete() noexcept override {}
  } completion;
  if (!task.start(nullptr, completion)) throw std::logic_error("the task waits for something");
  return task.take();
}

}  // namespace plinth
