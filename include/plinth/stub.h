#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "plinth/deadline.h"
#include "plinth/metadata.h"
#include "plinth/method.h"
#include "plinth/status.h"
#include "plinth/stream.h"
#include "plinth/task.h"

namespace plinth {

/// What a caller may say of one call.
struct CallOptions {
  CallOptions() = default;

  /// How long it may take; without one, the default of the channel.
  std::optional<Duration> timeout;
  /// Sent before the first message.
  Metadata metadata;
};

/// One call from the client's side, without types. It starts when it is made; dropping it cancels it.
class ClientCall : public MessageStream {
 public:
  virtual ~ClientCall() = default;

  /// Says that no more messages will be put.
  virtual void half_close() = 0;

  /// Awaits the end of the call: its status. Messages that have not been taken by then are dropped.
  virtual Task<Status> finish() = 0;

  virtual const Metadata& initial_metadata() const noexcept = 0;
  virtual const Metadata& trailing_metadata() const noexcept = 0;
};

/// Where calls go. May be used from any worker.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual std::unique_ptr<ClientCall> start_call(const Method& method, CallOptions options) = 0;
};

/// A call with one request and a stream of responses.
template <class Rsp>
class ClientReader {
 public:
  explicit ClientReader(std::unique_ptr<ClientCall> call) noexcept : call_(std::move(call)), reader_(*call_) {}

  /// Awaits the next response; none at the end: then `finish` tells how it ended.
  typename Reader<Rsp>::Next next() noexcept { return reader_.next(); }
  Task<Status> finish() { return call_->finish(); }
  ClientCall& call() noexcept { return *call_; }

 private:
  std::unique_ptr<ClientCall> call_;
  Reader<Rsp> reader_;
};

/// A call with a stream of requests and one response.
template <class Req, class Rsp>
class ClientWriter {
 public:
  explicit ClientWriter(std::unique_ptr<ClientCall> call) noexcept : call_(std::move(call)), writer_(*call_) {}

  typename Writer<Req>::Write write(const Req& request) noexcept { return writer_.write(request); }
  /// Ends the requests and awaits the response.
  Task<Result<Rsp>> finish();
  ClientCall& call() noexcept { return *call_; }

 private:
  std::unique_ptr<ClientCall> call_;
  Writer<Req> writer_;
};

/// A call with two streams, independent of each other.
template <class Req, class Rsp>
class ClientStream {
 public:
  explicit ClientStream(std::unique_ptr<ClientCall> call) noexcept
      : call_(std::move(call)), reader_(*call_), writer_(*call_) {}

  typename Writer<Req>::Write write(const Req& request) noexcept { return writer_.write(request); }
  void half_close() { call_->half_close(); }
  typename Reader<Rsp>::Next next() noexcept { return reader_.next(); }
  Task<Status> finish() { return call_->finish(); }
  ClientCall& call() noexcept { return *call_; }

 private:
  std::unique_ptr<ClientCall> call_;
  Reader<Rsp> reader_;
  Writer<Req> writer_;
};

namespace detail {

/// The one response of a call, once it has ended.
template <class Rsp>
Task<Result<Rsp>> only_response(ClientCall& call) {
  Reader<Rsp> reader(call);
  auto response = co_await reader.next();
  auto end = call.finish();
  Status status = co_await std::move(end);
  if (!status.ok()) co_return status;
  if (!response) co_return internal_error("the call ended with OK but without a response");
  co_return std::move(*response);
}

template <class Rsp>
Task<Result<Rsp>> only_response(std::unique_ptr<ClientCall> call) {
  auto response = only_response<Rsp>(*call);
  co_return co_await std::move(response);
}

template <class Req>
std::unique_ptr<ClientCall> start_with(Channel& channel, const Method& method, const Req& request,
                                       CallOptions options) {
  auto call = channel.start_call(method, std::move(options));
  call->put_message(request);
  call->half_close();
  return call;
}

}  // namespace detail

template <class Req, class Rsp>
Task<Result<Rsp>> ClientWriter<Req, Rsp>::finish() {
  call_->half_close();
  return detail::only_response<Rsp>(*call_);
}

}  // namespace plinth
