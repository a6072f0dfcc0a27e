#pragma once

#include <utility>

#include "plinth/servicer.h"

/// The typed shells: what generated code puts around a handler so that the untyped call path can run it.
namespace plinth::detail {

template <class Handler>
struct HandlerTypes;

template <class S, class Rsp, class Req>
struct HandlerTypes<Task<Result<Rsp>> (S::*)(ServerContext&, const Req&)> {
  using Servicer = S;
  using Request = Req;
};
template <class S, class Rsp, class Req>
struct HandlerTypes<Generator<Rsp> (S::*)(ServerContext&, const Req&)> {
  using Servicer = S;
  using Request = Req;
  using Response = Rsp;
};
template <class S, class Rsp, class Req>
struct HandlerTypes<Task<Result<Rsp>> (S::*)(ServerContext&, Reader<Req>&)> {
  using Servicer = S;
  using Request = Req;
};

/// Sends all that a generator gives.
template <class Rsp>
Task<Status> write_all(Generator<Rsp> responses, Writer<Rsp>& writer) {
  while (true) {
    auto response = co_await responses.next();
    if (!response) co_return Status();
    co_await writer.write(*response);
  }
}

template <auto Handler>
Task<Status> serve_unary(BaseServicer& servicer, ServerContext& context, MessageStream& stream) {
  using Types = HandlerTypes<decltype(Handler)>;
  typename Types::Request request;
  stream.take_message(request);
  auto task = (static_cast<typename Types::Servicer&>(servicer).*Handler)(context, request);
  auto response = co_await std::move(task);
  if (!response) co_return std::move(response).error();
  stream.put_last_message(*response);
  co_return Status();
}

template <auto Handler>
Task<Status> serve_server_streaming(BaseServicer& servicer, ServerContext& context, MessageStream& stream) {
  using Types = HandlerTypes<decltype(Handler)>;
  typename Types::Request request;
  stream.take_message(request);
  auto responses = (static_cast<typename Types::Servicer&>(servicer).*Handler)(context, request);
  Writer<typename Types::Response> writer(stream);
  auto all = write_all(std::move(responses), writer);
  co_return co_await std::move(all);
}

template <auto Handler>
Task<Status> serve_client_streaming(BaseServicer& servicer, ServerContext& context, MessageStream& stream) {
  using Types = HandlerTypes<decltype(Handler)>;
  Reader<typename Types::Request> reader(stream);
  auto task = (static_cast<typename Types::Servicer&>(servicer).*Handler)(context, reader);
  auto response = co_await std::move(task);
  if (!response) co_return std::move(response).error();
  stream.put_last_message(*response);
  co_return Status();
}

/// With its types spelled out: they choose the writer form among the two handlers of that name.
template <class S, class Req, class Rsp, Task<Status> (S::*Handler)(ServerContext&, Reader<Req>&, Writer<Rsp>&)>
Task<Status> serve_bidirectional(BaseServicer& servicer, ServerContext& context, MessageStream& stream) {
  Reader<Req> reader(stream);
  Writer<Rsp> writer(stream);
  auto task = (static_cast<S&>(servicer).*Handler)(context, reader, writer);
  co_return co_await std::move(task);
}

inline Status not_implemented(const Method& method) {
  return unimplemented("the server does not implement {}", method.path);
}

/// What a handler is that the servicer does not override. `method` must live as long as the program.
template <class Rsp>
Task<Result<Rsp>> refuse(const Method& method) {
  co_return not_implemented(method);
}

template <class Rsp>
Generator<Rsp> refuse_stream(const Method& method) {
  Status status = not_implemented(method);
  co_yield std::move(status);
}

}  // namespace plinth::detail
