#pragma once

#include <coroutine>
#include <optional>

#include "plinth/cancel.h"

namespace google::protobuf {
class MessageLite;
}

namespace plinth {

/// The two streams of messages of one call without their types: what Reader and Writer, and generated code, stand on.
/// Implemented by the call path; one reader and one writer may wait at a time.
class MessageStream {
 public:
  /// Whether `take_message` would give an answer now.
  virtual bool can_take() const noexcept = 0;
  virtual void wait_to_take(std::coroutine_handle<> reader, CancelScope* scope) noexcept = 0;
  /// Parses the next message into `message`; false at the end of the stream. Throws StatusError when the call is
  /// cancelled, or when what came is no such message.
  virtual bool take_message(google::protobuf::MessageLite& message) = 0;

  /// Whether the send buffer of the call has room.
  virtual bool can_put() const noexcept = 0;
  virtual void wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept = 0;
  /// Serializes `message` into the send buffer. Throws StatusError when the call is cancelled.
  virtual void put_message(const google::protobuf::MessageLite& message) = 0;
  /// The same for the one response of a call that ends with it: held back until the call has its status.
  virtual void put_last_message(const google::protobuf::MessageLite& message) = 0;

 protected:
  ~MessageStream() = default;
};

/// The messages that the other side sends.
template <class T>
class Reader {
 public:
  explicit Reader(MessageStream& stream) noexcept : stream_(&stream) {}

  /// Awaits the next message; none when the other side has sent its last. Throws StatusError when the call is
  /// cancelled. One `next` at a time; it may be awaited while a write is.
  class Next {
   public:
    bool await_ready() const noexcept { return stream_->can_take(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      stream_->wait_to_take(self, self.promise().scope());
    }
    std::optional<T> await_resume() {
      std::optional<T> message(std::in_place);
      if (!stream_->take_message(*message)) message.reset();
      return message;
    }

   private:
    friend class Reader;
    explicit Next(MessageStream* stream) noexcept : stream_(stream) {}
    MessageStream* stream_;
  };
  Next next() noexcept { return Next(stream_); }

 private:
  MessageStream* stream_;
};

/// The messages that this side sends.
template <class T>
class Writer {
 public:
  explicit Writer(MessageStream& stream) noexcept : stream_(&stream) {}

  /// Awaits room in the send buffer, and puts a message there. Throws StatusError when the call is cancelled.
  /// `message` must live until it has been awaited. One `write` at a time; it may be awaited while a read is.
  class Write {
   public:
    bool await_ready() const noexcept { return stream_->can_put(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      stream_->wait_to_put(self, self.promise().scope());
    }
    void await_resume() { stream_->put_message(*message_); }

   private:
    friend class Writer;
    Write(MessageStream* stream, const T& message) noexcept : stream_(stream), message_(&message) {}
    MessageStream* stream_;
    const T* message_;
  };
  Write write(const T& message) noexcept { return Write(stream_, message); }

 private:
  MessageStream* stream_;
};

}  // namespace plinth
