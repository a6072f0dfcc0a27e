#pragma once

#include <google/protobuf/wrappers.pb.h>

#include <array>
#include <functional>
#include <string>
#include <utility>

#include "plinth/detail/serve.h"
#include "plinth/servicer.h"

namespace plinth::test {

using Text = google::protobuf::StringValue;

inline Text text(std::string value) {
  Text message;
  message.set_value(std::move(value));
  return message;
}

inline constexpr std::string_view kUnary = "/test.Text/Unary";
inline constexpr std::string_view kServerStreaming = "/test.Text/ServerStreaming";
inline constexpr std::string_view kClientStreaming = "/test.Text/ClientStreaming";
inline constexpr std::string_view kBidirectional = "/test.Text/Bidirectional";

/// A service of texts with a method of each kind, as generated code would have it. What they do the test gives, before
/// the first call; a coroutine's captures live as long as the servicer.
class StringServicer final : public BaseServicer {
 public:
  std::function<Task<Result<Text>>(ServerContext&, const Text&)> unary;
  std::function<Generator<Text>(ServerContext&, const Text&)> server_streaming;
  std::function<Task<Result<Text>>(ServerContext&, Reader<Text>&)> client_streaming;
  std::function<Task<Status>(ServerContext&, Reader<Text>&, Writer<Text>&)> bidirectional;

  std::string_view service_name() const noexcept override { return "test.Text"; }

  std::span<const MethodHandler> methods() const noexcept override {
    static constexpr std::array<MethodHandler, 4> kMethods = {{
        {{kUnary, CallKind::kUnary}, detail::serve_unary<&StringServicer::Unary>},
        {{kServerStreaming, CallKind::kServerStreaming},
         detail::serve_server_streaming<&StringServicer::ServerStreaming>},
        {{kClientStreaming, CallKind::kClientStreaming},
         detail::serve_client_streaming<&StringServicer::ClientStreaming>},
        {{kBidirectional, CallKind::kBidirectional},
         detail::serve_bidirectional<StringServicer, Text, Text, &StringServicer::Bidirectional>},
    }};
    return kMethods;
  }

  Task<Result<Text>> Unary(ServerContext& context, const Text& request) { return unary(context, request); }
  Generator<Text> ServerStreaming(ServerContext& context, const Text& request) {
    return server_streaming(context, request);
  }
  Task<Result<Text>> ClientStreaming(ServerContext& context, Reader<Text>& requests) {
    return client_streaming(context, requests);
  }
  Task<Status> Bidirectional(ServerContext& context, Reader<Text>& requests, Writer<Text>& responses) {
    return bidirectional(context, requests, responses);
  }
};

}  // namespace plinth::test
