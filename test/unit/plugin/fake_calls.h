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
  Status status;
  bool half_closed = false;

  void half_close() override { half_closed = true; }
  Task<Status> finish() override { co_return status; }
  const Metadata& initial_metadata() const noexcept override { return metadata_; }
  const Metadata& trailing_metadata() const noexcept override { return metadata_; }

 private:
  Metadata metadata_;
};

/// Gives one call, which the test has prepared, and keeps what was asked for.
class FakeChannel final : public Channel {
 public:
  std::unique_ptr<FakeClientCall> prepared = std::make_unique<FakeClientCall>();
  FakeClientCall& call = *prepared;
  Method method;
  CallOptions options;

  std::unique_ptr<ClientCall> start_call(const Method& asked, CallOptions given) override {
    method = asked;
    options = std::move(given);
    return std::move(prepared);
  }
};

class FakeServerContext final : public ServerContext {
 public:
  void send_initial_metadata() override {}
  void set_compression(bool) override {}
  bool received_compressed() const noexcept override { return false; }
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
